"""What is too old is deleted in its order, and nobody who waits is lost with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.accounts import Role
from bot.callbacks import Call
from bot.handover import HandoverCard, Way
from bot.retention import Limits
from bot.store import SqlStore
from tests.everything import NOON, WORD, read_with_keys, say_everything, words

DAY = dt.timedelta(days=1)
NEVER = NOON - 9999 * DAY
NONE = Limits(NEVER, NEVER, NEVER, NEVER, NEVER)
#: Everything below is said at noon; these are its limits a minute later.
LATER = NOON + dt.timedelta(minutes=1)


async def test_a_closed_talk_is_deleted_by_its_own_time(store: SqlStore) -> None:
    await say_everything(store)
    await store.update_done(1001)
    nothing = await store.delete_older(replace(NONE, closed_talk=NOON, open_talk=LATER), LATER)
    assert set(nothing.counts.values()) == {0}
    assert await store.thread("talk")
    deleted = await store.delete_older(replace(NONE, closed_talk=LATER), LATER)
    assert deleted.counts == {"open_talk": 0, "closed_talk": 1, "callback": 0, "concern_record": 0, "audit": 0}
    assert WORD not in await read_with_keys(store)
    assert [event.by for event in await store.events_of("talk") if event.kind == "forgotten"] == ["helpline"]


async def test_an_open_chat_is_deleted_by_its_last_line(store: SqlStore) -> None:
    for name, days in (("quiet", 0), ("empty", 0), ("lively", 20)):
        await store.open(name, "web", NOON)
        if name != "empty":
            await store.record(name, "c1", words("a parent"), "", NOON)
            await store.record(name, "c2", words("a parent"), "", NOON + days * DAY)
    deleted = await store.delete_older(replace(NONE, open_talk=NOON + 10 * DAY), NOON + 30 * DAY)
    assert deleted.counts["open_talk"] == 2
    assert [len(await store.thread(name)) for name in ("quiet", "empty", "lively")] == [0, 0, 2]


@pytest.mark.parametrize("way", [Way.LIVE, Way.MESSAGE, Way.CALLBACK])
async def test_whoever_waits_for_a_person_is_kept_and_named(store: SqlStore, way: Way) -> None:
    await store.open("talk", "web", NOON)
    await store.record("talk", "c1", words("a parent"), "", NOON)
    talk = await store.hand_over("talk", HandoverCard(), way, None, "asked", NOON)
    deleted = await store.delete_older(replace(NONE, open_talk=LATER, closed_talk=LATER, audit=LATER), LATER)
    assert (deleted.counts["open_talk"], deleted.kept) == (0, [f"talk {talk.number}"])
    assert len(await store.thread("talk")) == 1


async def test_a_talk_that_an_adviser_has_and_a_call_that_nobody_has_made_are_kept(store: SqlStore) -> None:
    await store.add_account("Sam", Role.ADVISER, "", 3)
    for name in ("held", "called"):
        await store.open(name, "web", NOON)
    talk = await store.hand_over("held", HandoverCard(), Way.LIVE, None, "asked", NOON)
    await store.take("Sam", "Sam is here.", NOON, talk.number)
    booked = await store.book("called", Call("call", NOON, 30, "Kim", "+44", True), 1, NOON)
    deleted = await store.delete_older(replace(NONE, open_talk=LATER, callback=LATER), LATER)
    assert sorted(deleted.kept) == [f"call {booked.number}", f"talk {talk.number}"]
    assert (await store.of_conversation("called")).call.name == "Kim"


async def test_a_call_loses_its_name_and_number_before_its_chat_goes(store: SqlStore) -> None:
    await say_everything(store)
    limits = replace(NONE, callback=NOON + 2 * DAY)
    assert (await store.delete_older(limits, NOON + 2 * DAY)).counts["callback"] == 1
    assert (await store.delete_older(limits, NOON + 2 * DAY)).counts["callback"] == 0
    call = (await store.callback(1)).call
    assert (call.name, call.phone, call.about) == ("", "", "")
    assert len(await store.thread("talk")) == 7


async def test_what_is_left_of_a_deleted_chat_goes_with_the_log(store: SqlStore) -> None:
    await say_everything(store)
    await say_everything(store, "other", 1002)
    await store.switch("web", "bot", "Being mended.", "Sam", NOON)
    await store.forget("talk", NOON)
    await store.delete_older(replace(NONE, audit=LATER), LATER)
    assert await store.events_of("talk") == []
    assert len(await store.thread("other")) == 7
    assert await store.switched_off()
    assert "'talk'" not in await read_with_keys(store)


async def test_a_deletion_leaves_a_record_of_numbers_and_says_when_it_was(store: SqlStore) -> None:
    assert await store.last_deletion() is None
    await say_everything(store)
    await store.update_done(1001)
    await store.delete_older(replace(NONE, closed_talk=LATER), LATER)
    assert await store.last_deletion() == LATER
    assert "0 open_talk, 1 closed_talk, 0 callback, 0 concern_record, 0 audit" in await read_with_keys(store)
