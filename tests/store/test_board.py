"""What a supervisor reads off the database is what happened."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from bot.accounts import Role
from bot.conversation import Holder
from bot.figures import PastTalk
from bot.handover import HandoverCard, Talk, Way
from bot.settings import LONDON
from bot.store import SqlStore
from bot.store.tables import bookings

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
MINUTE = dt.timedelta(minutes=1)


async def add_booking(store: SqlStore, starts_at: dt.datetime, status: str = "booked") -> None:
    row = {
        **{"conversation": "a", "kind": "call", "starts_at": starts_at.astimezone(dt.timezone.utc), "line": 0},
        **{"minutes": 30, "name": "Ade", "phone": "020 7946 0000", "safe_to_leave": True, "about": "", "tries": 0},
        **{"status": status, "outcome": "", "made_at": NOON.astimezone(dt.timezone.utc)},
    }
    async with store._writing() as connection:
        await connection.execute(sa.insert(bookings).values(row))


async def hand_over(store: SqlStore, conversation: str, at: dt.datetime = NOON) -> Talk:
    await store.open(conversation, "web", at)
    return await store.hand_over(conversation, HandoverCard(), Way.LIVE, None, "asked", at)


async def test_a_talk_that_was_taken_ended_and_thanked_for_is_counted_with_all_of_that(store: SqlStore) -> None:
    await store.add_account("Mina", Role.ADVISER, "", 3)
    talk = await hand_over(store, "a")
    await store.take("Mina", "", NOON + 2 * MINUTE)
    ending = {"outcome": "answered", "topics": ["suspension"]}
    await store.release(talk.number, "Mina", Holder.CLOSED, "", NOON + 9 * MINUTE, **ending)
    await store.thank("a", 5, "Thank you so much.")
    assert await store.past_talks(NOON) == [
        PastTalk(talk.number, "web", NOON, 120, "answered", ("suspension",), 5, "Thank you so much.")
    ]


async def test_a_talk_that_still_waits_is_counted_and_an_older_one_is_not(store: SqlStore) -> None:
    await hand_over(store, "old", NOON - MINUTE)
    talk = await hand_over(store, "new")
    assert [(past.number, past.waited, past.outcome) for past in await store.past_talks(NOON)] == [
        (talk.number, None, "")
    ]


async def test_a_conversation_is_counted_from_its_first_moment_on_the_clock_in_london(store: SqlStore) -> None:
    summer = dt.datetime(2026, 7, 1, 17, 30, tzinfo=LONDON)
    await store.open("a", "telegram", summer)
    begun = await store.conversations_begun(summer)
    assert begun == [(summer, "telegram")]
    assert begun[0][0].hour == 17
    assert await store.conversations_begun(summer + MINUTE) == []


async def test_calls_are_due_until_they_are_made_or_cancelled(store: SqlStore) -> None:
    await store.open("a", "web", NOON)
    await add_booking(store, NOON + 60 * MINUTE)
    await add_booking(store, NOON - 60 * MINUTE)
    await add_booking(store, NOON + 120 * MINUTE)
    await add_booking(store, NOON, status="cancelled")
    assert await store.calls_due(NOON + 90 * MINUTE) == [NOON - 60 * MINUTE, NOON + 60 * MINUTE]
