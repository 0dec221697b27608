"""The store books a call once, however many want it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from bot.callbacks import Call, SlotTaken, State
from bot.conversation import Author
from bot.settings import LONDON
from bot.store import SqlStore

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
TEN = dt.datetime(2026, 11, 24, 10, tzinfo=LONDON)
CALL = Call("call", TEN, 30, "Jo", "+447911123456", safe_to_leave=False, about="his exclusion 🙂")
LATER = replace(CALL, begin=TEN + dt.timedelta(hours=1))
TUESDAY = (dt.datetime(2026, 11, 24, tzinfo=LONDON), dt.datetime(2026, 11, 25, tzinfo=LONDON))


@pytest.fixture(autouse=True)
async def conversation(store: SqlStore) -> None:
    await store.open("talk", "web", NOON)


async def said(store: SqlStore) -> list[str]:
    """What the helpline has said by itself."""
    return [line.text for line in await store.thread("talk") if line.author is Author.HELPLINE]


async def test_a_booked_call_comes_back_as_it_went_in(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    assert (booked.call, booked.conversation, booked.state, booked.tries) == (CALL, "talk", State.BOOKED, 0)
    assert await store.of_conversation("talk") == booked
    assert await store.callback(booked.number) == booked
    assert [*await store.taken(NOON)] == [booked]


async def test_there_is_no_call_where_none_was_booked(store: SqlStore) -> None:
    assert await store.of_conversation("talk") is None
    assert await store.callback(1) is None


async def test_as_many_calls_are_booked_at_one_time_as_we_can_make(store: SqlStore) -> None:
    for _ in range(2):
        await store.book("talk", CALL, 2, NOON)
    with pytest.raises(SlotTaken):
        await store.book("talk", CALL, 2, NOON)
    await store.book("talk", LATER, 2, NOON)
    assert len(await store.taken(NOON)) == 3


async def test_of_fifty_parents_who_want_the_last_call_one_gets_it(store: SqlStore) -> None:
    await store.book("talk", CALL, 2, NOON)
    parents = [f"parent-{number}" for number in range(50)]
    for parent in parents:
        await store.open(parent, "web", NOON)
    results = await asyncio.gather(*(store.book(one, CALL, 2, NOON) for one in parents), return_exceptions=True)
    assert sum(isinstance(result, SlotTaken) for result in results) == 49
    assert [call.conversation in parents for call in await store.taken(NOON)] == [False, True]


async def test_a_parent_can_have_another_time_and_the_old_one_is_free_again(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    changed = await store.change(booked.number, LATER, 1, NOON)
    assert (changed.number, changed.call) == (booked.number, LATER)
    await store.book("talk", CALL, 1, NOON)


async def test_a_parent_can_have_another_number_at_the_same_time(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    other = replace(CALL, phone="+442079460958")
    assert (await store.change(booked.number, other, 1, NOON)).call == other


async def test_a_change_to_a_time_that_is_taken_leaves_the_call_as_it_was(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    await store.book("talk", LATER, 1, NOON)
    with pytest.raises(SlotTaken):
        await store.change(booked.number, LATER, 1, NOON)
    assert await store.callback(booked.number) == booked


async def test_a_cancelled_call_is_free_for_others(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    await store.cancel(booked.number, "parent", NOON)
    assert await store.of_conversation("talk") is None
    assert [*await store.taken(NOON)] == [] == [*await store.due(*TUESDAY)]
    assert await said(store) == []
    await store.book("talk", CALL, 1, NOON)


async def test_a_parent_reads_that_we_have_taken_the_call_off(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    for _ in range(2):
        await store.cancel(booked.number, "Ann", NOON, "It is off.")
    assert await said(store) == ["It is off."]


async def test_the_calls_of_a_day_are_listed_with_those_that_were_forgotten(store: SqlStore) -> None:
    yesterday = replace(CALL, begin=TEN - dt.timedelta(days=1))
    forgotten = await store.book("talk", yesterday, 2, NOON)
    made = await store.book("talk", yesterday, 2, NOON)
    second, first = [await store.book("talk", call, 1, NOON) for call in (LATER, CALL)]
    await store.book("talk", replace(CALL, begin=TEN + dt.timedelta(days=1)), 1, NOON)
    for number in (made.number, first.number):
        await store.done(number, "answered", "Ann", NOON)
    due = await store.due(*TUESDAY)
    assert [call.number for call in due] == [forgotten.number, first.number, second.number]
    assert (due[1].state, due[1].outcome) == (State.MADE, "answered")


async def test_after_the_third_try_a_parent_reads_that_nobody_answered(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    for tries in range(2):
        assert (await store.try_made(booked.number, tries, "Missed.", "Ann", NOON)).state is State.BOOKED
    assert await said(store) == []
    missed = await store.try_made(booked.number, 2, "Missed.", "Ann", NOON)
    assert (missed.state, missed.tries) == (State.MISSED, 3)
    assert await said(store) == ["Missed."]


async def test_a_try_that_two_advisers_note_at_once_counts_once(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    await asyncio.gather(*(store.try_made(booked.number, 0, "Missed.", "Ann", NOON) for _ in range(5)))
    found = await store.callback(booked.number)
    assert found is not None
    assert found.tries == 1


async def test_a_call_that_is_over_is_not_over_again(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    await store.done(booked.number, "answered", "Ann", NOON)
    await store.cancel(booked.number, "parent", NOON)
    found = await store.callback(booked.number)
    assert found is not None
    assert (found.state, found.outcome) == (State.MADE, "answered")


async def test_what_becomes_of_a_call_stands_in_the_log_with_who_did_it(store: SqlStore) -> None:
    booked = await store.book("talk", CALL, 1, NOON)
    await store.change(booked.number, LATER, 1, NOON)
    await store.try_made(booked.number, 0, "Missed.", "Ann", NOON)
    await store.done(booked.number, "answered", "Bo", NOON)
    events = [(event.kind, event.by, event.now) for event in await store.events_of("talk")]
    assert events == [
        ("call", "parent", "booked"),
        ("call", "parent", "changed"),
        ("call", "Ann", "try 1"),
        ("call", "Bo", "made"),
    ]
