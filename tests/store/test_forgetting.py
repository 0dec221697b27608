"""What is deleted is gone from every place, also for whoever has the key; what is left tells no word of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.helpline import UnknownConversation
from bot.store import SqlStore
from tests.everything import NOON, WORD, opened_in_files, read_with_keys, say_everything, words


async def test_a_deleted_chat_is_gone_from_every_table_and_file_also_for_who_has_the_key(
    store: SqlStore, address: str, tmp_path: Path
) -> None:
    await say_everything(store)
    assert WORD in await read_with_keys(store)
    assert await store.forget("talk", NOON)
    assert WORD not in await read_with_keys(store)
    if address.startswith("sqlite"):
        # PostgreSQL keeps what was sealed until it vacuums; the key opens it no less than a back-up.
        assert not [text for text in opened_in_files([tmp_path]) if WORD in text]


async def test_before_it_is_deleted_the_same_search_finds_it(store: SqlStore, tmp_path: Path, request) -> None:
    await say_everything(store)
    if "sqlite" in request.node.name:
        assert len([text for text in opened_in_files([tmp_path]) if WORD in text]) > 12


async def test_another_family_keeps_its_chat(store: SqlStore) -> None:
    await say_everything(store)
    await say_everything(store, "other", 1002)
    await store.forget("talk", NOON)
    assert len(await store.thread("other")) == 5
    assert (await store.chat(1002)).conversation == "other"


@pytest.mark.parametrize("by", ["parent", "Sue"])
async def test_what_is_left_says_who_deleted_how_much_and_when(store: SqlStore, by: str) -> None:
    await say_everything(store)
    assert await store.forget("talk", NOON, by)
    assert not await store.forget("talk", NOON, "somebody else")
    events = await store.events_of("talk")
    (left,) = [event for event in events if event.kind == "forgotten"]
    assert (left.by, left.at, left.was, left.now) == (by, NOON, "closed", "closed")
    assert left.why == "5 lines, 1 handover cards, 2 remarks, 1 calls, 2 parcels, 1 updates"
    with pytest.raises(UnknownConversation):
        await store.record("talk", "late", "still there?", "", NOON)


async def test_what_a_parent_wrote_after_asking_for_the_deletion_is_still_dealt_with(store: SqlStore) -> None:
    await say_everything(store)
    await store.forget("talk", NOON, unheard=False)
    assert await store.next_update(1001) == (1001, {"message": {"text": words("an update")}})


async def test_what_waits_in_another_chat_is_not_touched(store: SqlStore) -> None:
    await say_everything(store)
    await say_everything(store, "other", 1002)
    await store.forget("talk", NOON)
    assert await store.chats_heard() == [1002]
