"""A supervisor switches the assistant or the desk off on a channel, and everybody is told why."""

from __future__ import annotations

import pytest

from tests.desk.conftest import Adviser, DeskStage

OFF = {"channel": "web", "what": "bot", "turn": "off", "reason": "We are  mending it.\n"}


async def test_what_a_supervisor_switches_off_is_off_with_its_reason_and_written_down(
    stage: DeskStage, adviser: Adviser
) -> None:
    browser = await adviser("Sue")
    assert (await browser.post("/desk/switches", data=OFF)).headers["location"] == "/desk/switches"
    assert await stage.store.switched_off() == {("web", "bot"): "We are mending it."}


async def test_a_parent_reads_the_reason_and_an_adviser_does_on_every_page(stage: DeskStage, adviser: Adviser) -> None:
    sue, ann, ed = await adviser("Sue"), await adviser("Ann"), await adviser("Ed")
    await sue.post("/desk/switches", data=OFF)
    for browser, path in ((sue, "/desk/switches"), (ann, "/desk"), (ed, "/desk")):
        assert "The assistant is off (web page). Parents read: We are mending it." in (await browser.get(path)).text
    conversation = await stage.helpline.open("web")
    assert "We are mending it." in (await stage.helpline.hear(conversation, "timetable")).text


async def test_what_is_off_can_be_switched_on_again(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Sue")
    await browser.post("/desk/switches", data=OFF)
    assert ">Switch on<" in (await browser.get("/desk/switches")).text
    await browser.post("/desk/switches", data={**OFF, "turn": "on"})
    assert await stage.store.switched_off() == {}


async def test_nothing_is_switched_off_without_a_word_to_parents(stage: DeskStage, adviser: Adviser) -> None:
    answer = await (await adviser("Sue")).post("/desk/switches", data={**OFF, "reason": "  "})
    assert answer.status_code == 422
    assert "Please write what parents will read." in answer.text
    assert 'aria-describedby="web-bot-notice"' in answer.text
    assert await stage.store.switched_off() == {}


@pytest.mark.parametrize("wrong", [{"channel": "fax"}, {"what": "coffee"}])
async def test_there_is_no_switch_for_what_we_do_not_have(
    stage: DeskStage, adviser: Adviser, wrong: dict[str, str]
) -> None:
    answer = await (await adviser("Sue")).post("/desk/switches", data={**OFF, **wrong})
    assert answer.status_code == 422
    assert await stage.store.switched_off() == {}


async def test_a_desk_that_is_off_takes_messages_only(stage: DeskStage, adviser: Adviser) -> None:
    await (await adviser("Sue")).post("/desk/switches", data={**OFF, "what": "desk", "reason": "Training day."})
    conversation = await stage.helpline.open("web")
    assert "Training day." in (await stage.helpline.hear(conversation, "I want to talk to a person")).text
