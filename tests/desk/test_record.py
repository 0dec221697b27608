"""A supervisor hands out or deletes what is held on a chat, however it is found; nobody else can; all is in the log."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.callbacks import Call
from bot.helpline import UnknownConversation
from bot.knowledge import Knowledge
from bot.reference import reference
from tests.desk.conftest import Adviser, DeskStage
from tests.everything import (
    WORD,
    left_in_files,
    opened_in_files,
    read_with_keys,
    say_danger,
    say_everything,
    sealed_in,
    words,
)

RECORD = "/desk/talks/1/record"


@pytest.fixture(autouse=True)
async def a_chat(stage: DeskStage) -> None:
    assert await say_everything(stage.store, at=stage.now) == 1


@pytest.mark.parametrize("name", ["Ann", "Ed"])
async def test_nobody_but_a_supervisor_can(adviser: Adviser, stage: DeskStage, name: str) -> None:
    browser = await adviser(name)
    assert (await browser.get(RECORD)).status_code == 403
    assert (await browser.post(RECORD, data={"as": "txt"})).status_code == 403
    assert (await browser.post(f"{RECORD}/erase", data={"sure": "1"})).status_code == 403
    assert len(await stage.store.thread("talk")) == 7


async def test_a_supervisor_finds_the_page_from_the_talk(adviser: Adviser) -> None:
    sue = await adviser("Sue")
    assert RECORD in (await sue.get("/desk/talks/1")).text
    assert (await sue.get(RECORD)).status_code == 200
    assert (await sue.get("/desk/talks/99/record")).status_code == 404


async def test_a_supervisor_hands_out_a_chat(adviser: Adviser, knowledge: Knowledge) -> None:
    sue = await adviser("Sue")
    text = await sue.post(RECORD, data={"as": "txt"})
    assert text.headers["content-disposition"] == 'attachment; filename="talk-1.txt"'
    assert words("a parent") in text.text
    assert words("a note") not in text.text
    everything = await sue.post(RECORD, data={"as": "json", "private": "1"})
    assert words("a note") in everything.text
    assert everything.headers["content-type"] == "application/json"
    assert (await sue.post(RECORD, data={"as": "exe"})).status_code == 422
    page = (await sue.get(RECORD)).text
    assert page.count(f"Sue: {knowledge.say('desk_record_exported')}") == 2


async def test_a_supervisor_deletes_a_chat_once_they_are_sure(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge, tmp_path: Path
) -> None:
    sue = await adviser("Sue")
    unsure = await sue.post(f"{RECORD}/erase")
    assert (unsure.status_code, len(await stage.store.thread("talk"))) == (422, 7)
    assert knowledge.say("desk_record_not_sure") in unsure.text
    sealed = sealed_in(tmp_path / "helpline.sqlite")
    assert (await sue.post(f"{RECORD}/erase", data={"sure": "1"})).status_code == 303
    assert WORD not in await read_with_keys(stage.store)
    assert not [text for text in opened_in_files([tmp_path]) if WORD in text]
    assert left_in_files([tmp_path], sealed - sealed_in(tmp_path / "helpline.sqlite")) == set()
    page = (await sue.get(RECORD)).text
    assert f"Sue: {knowledge.say('desk_record_forgotten')} (7 lines" in page


async def test_a_parent_who_waits_is_out_of_the_queue_when_the_chat_is_deleted(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    talk = await stage.parent("zweigelt")
    sue = await adviser("Sue")
    address = f"/desk/talks/{talk.number}/record"
    assert knowledge.say("desk_record_erase_open") in (await sue.get(address)).text
    await sue.post(f"{address}/erase", data={"sure": "1"})
    assert await stage.store.queue() == []
    with pytest.raises(UnknownConversation):
        await stage.helpline.hear(talk.conversation, "Is somebody there?")


async def test_a_chat_is_found_by_its_call_its_concern_and_by_the_number_that_its_parent_reads_out(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    """A call that the assistant booked, and a chat with it alone, have no talk."""
    await stage.store.open("alone", "web", stage.now)
    await stage.store.record("alone", "c1", "Only the machine heard this.", "", stage.now)
    call = Call("call", stage.now + dt.timedelta(days=2), 30, "Kim", "+447911123456", True, "a school")
    booked = await stage.store.book("alone", call, 9, stage.now)
    await say_danger(stage.store, "alone", stage.now)
    concern = await stage.store.open_concern("alone")
    assert concern is not None
    number = reference("alone").replace(" ", "")
    sue = await adviser("Sue")
    assert f"/desk/calls/{booked.number}/record" in (await sue.get(f"/desk/calls/{booked.number}")).text
    assert f"/desk/concerns/{concern.number}/record" in (await sue.get(f"/desk/concerns/{concern.number}")).text
    found = await sue.get("/desk/chats", params={"reference": f" {number[:3]}-{number[3:]}"}, follow_redirects=False)
    assert found.headers["location"] == f"/desk/chats/{number}/record"
    for address in (f"calls/{booked.number}", f"concerns/{concern.number}", f"chats/{number}"):
        assert (await sue.get(f"/desk/{address}/record")).status_code == 200
        handed = await sue.post(f"/desk/{address}/record", data={"as": "txt"})
        assert "Only the machine heard this." in handed.text
        assert f'"{address.replace("s/", "-")}.txt"' in handed.headers["content-disposition"]
    assert (await sue.post(f"/desk/chats/{number}/record/erase", data={"sure": "1"})).status_code == 303
    assert await stage.store.thread("alone") == []
    assert len(await stage.store.thread("talk")) == 7
    assert "deleted" in (await sue.get(f"/desk/calls/{booked.number}")).text
    page = (await sue.get(f"/desk/calls/{booked.number}/record")).text
    assert f"Sue: {knowledge.say('desk_record_forgotten')} (1 lines, 1 calls" in page


@pytest.mark.parametrize("name", ["Ann", "Ed"])
@pytest.mark.parametrize("what", ["calls", "concerns", "chats"])
async def test_no_other_way_to_it_is_open_to_others(adviser: Adviser, stage: DeskStage, name: str, what: str) -> None:
    which = reference("talk").replace(" ", "") if what == "chats" else "1"
    await say_danger(stage.store, at=stage.now)
    browser = await adviser(name)
    assert (await browser.get(f"/desk/{what}/{which}/record")).status_code == 403
    assert (await browser.post(f"/desk/{what}/{which}/record", data={"as": "txt"})).status_code == 403
    assert (await browser.post(f"/desk/{what}/{which}/record/erase", data={"sure": "1"})).status_code == 403
    assert (await browser.get("/desk/chats", params={"reference": which})).status_code == 403
    assert len(await stage.store.thread("talk")) == 7


@pytest.mark.parametrize(
    "which", ["calls/99", "concerns/99", "chats/000000000", "chats/x", "chats/talk", "calls/" + "9" * 30]
)
async def test_a_number_that_leads_nowhere_says_so(adviser: Adviser, which: str) -> None:
    assert (await (await adviser("Sue")).get(f"/desk/{which}/record")).status_code == 404


async def test_a_number_that_two_chats_have_hands_out_neither(
    adviser: Adviser, monkeypatch: pytest.MonkeyPatch, stage: DeskStage
) -> None:
    await stage.store.open("other", "web", stage.now)
    monkeypatch.setattr("bot.store.everything.reference", lambda _: "123 456 789")
    assert (await (await adviser("Sue")).get("/desk/chats/123456789/record")).status_code == 404
