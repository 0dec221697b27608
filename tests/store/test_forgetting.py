"""What is deleted is gone from every place, also for whoever has the key; what is left tells no word of it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from bot.callbacks import Call
from bot.helpline import UnknownConversation
from bot.store import SqlStore
from tests.everything import (
    LONG,
    LONGER,
    NOON,
    WORD,
    left_in_files,
    opened_in_files,
    read_with_keys,
    say_everything,
    sealed_in,
    words,
)


async def test_a_deleted_chat_is_gone_from_every_table_and_file_also_for_who_has_the_key(
    store: SqlStore, address: str, tmp_path: Path
) -> None:
    await say_everything(store)
    assert WORD in await read_with_keys(store)
    sqlite = address.startswith("sqlite")
    sealed = sealed_in(tmp_path / "helpline.sqlite") if sqlite else set()
    assert await store.forget("talk", NOON)
    assert WORD not in await read_with_keys(store)
    if sqlite:
        # PostgreSQL keeps what was sealed until it vacuums; the key opens it no less than a back-up.
        assert not [text for text in opened_in_files([tmp_path]) if WORD in text]
        kept = sealed_in(tmp_path / "helpline.sqlite")
        assert left_in_files([tmp_path], sealed - kept) == set()


async def test_who_reads_at_that_moment_delays_it_and_does_not_prevent_it(
    store: SqlStore, tmp_path: Path, request
) -> None:
    if "sqlite" not in request.node.name:
        return
    await say_everything(store)
    database = tmp_path / "helpline.sqlite"
    sealed = sealed_in(database)
    with contextlib.closing(sqlite3.connect(database)) as back_up:
        back_up.execute("BEGIN")
        assert back_up.execute("SELECT number FROM messages").fetchone()
        assert await store.forget("talk", NOON)
        gone = sealed - sealed_in(database)
        assert left_in_files([tmp_path], gone) == gone
        await store.empty_log_again()
    await store.empty_log_again()
    assert left_in_files([tmp_path], gone) == set()


async def test_before_it_is_deleted_the_same_search_finds_it(store: SqlStore, tmp_path: Path, request) -> None:
    await say_everything(store)
    if "sqlite" in request.node.name:
        opened = opened_in_files([tmp_path])
        assert len([text for text in opened if WORD in text]) > 12
        assert LONG in opened
        sealed = sealed_in(tmp_path / "helpline.sqlite")
        assert max(map(len, sealed)) > len(LONGER)
        assert left_in_files([tmp_path], sealed) == sealed


async def test_another_family_keeps_its_chat(store: SqlStore) -> None:
    await say_everything(store)
    await say_everything(store, "other", 1002)
    await store.forget("talk", NOON)
    assert len(await store.thread("other")) == 7
    assert (await store.chat(1002)).conversation == "other"


@pytest.mark.parametrize("by", ["parent", "Sue"])
async def test_what_is_left_says_who_deleted_how_much_and_when(store: SqlStore, by: str) -> None:
    await say_everything(store)
    assert await store.forget("talk", NOON, by)
    assert not await store.forget("talk", NOON, "somebody else")
    events = await store.events_of("talk")
    (left,) = [event for event in events if event.kind == "forgotten"]
    assert (left.by, left.at, left.was, left.now) == (by, NOON, "closed", "closed")
    assert left.why == "7 lines, 1 handover cards, 2 remarks, 1 calls, 2 parcels, 1 updates"
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


async def test_how_a_call_went_goes_with_the_chat(store: SqlStore) -> None:
    await store.open("talk", "web", NOON)
    booked = await store.book("talk", Call("call", NOON, 30, "Kim", "+44", True, "a school"), 1, NOON)
    await store.done(booked.number, "answered", "Sam", NOON)
    await store.forget("talk", NOON)
    left = await store.callback(booked.number)
    assert left is not None
    assert (left.outcome, left.call.name, left.call.phone, left.call.about) == ("", "", "", "")
