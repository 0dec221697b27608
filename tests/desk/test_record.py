"""A supervisor hands out or deletes what is held on a chat; nobody else can, and each act is in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.helpline import UnknownConversation
from bot.knowledge import Knowledge
from tests.desk.conftest import Adviser, DeskStage
from tests.everything import WORD, left_in_files, opened_in_files, read_with_keys, say_everything, sealed_in, words

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
