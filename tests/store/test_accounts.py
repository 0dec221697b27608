"""The store keeps people and sessions, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bot.accounts import Account, HasTalks, NameTaken, Role, UnknownAccount
from bot.handover import HandoverCard, Way
from bot.settings import LONDON
from bot.store import SqlStore

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
LATER = NOON + dt.timedelta(hours=1)


@pytest.fixture
async def ann(store: SqlStore) -> str:
    await store.add_account("Ann", Role.ADVISER, "hashed", 3)
    return "Ann"


async def test_a_new_adviser_is_away_and_has_not_been_seen(store: SqlStore, ann: str) -> None:
    assert await store.account(ann) == Account("Ann", Role.ADVISER, available=False, most_talks=3, seen_at=None)
    assert await store.password_of(ann) == "hashed"


async def test_the_advisers_are_listed_by_name(store: SqlStore, ann: str) -> None:
    await store.add_account("Zoë", Role.EDITOR, "x", 3)
    await store.add_account("Bo", Role.SUPERVISOR, "x", 5)
    assert [(who.name, who.role) for who in await store.accounts()] == [
        (ann, Role.ADVISER),
        ("Bo", Role.SUPERVISOR),
        ("Zoë", Role.EDITOR),
    ]


async def test_two_advisers_cannot_have_the_same_name(store: SqlStore, ann: str) -> None:
    with pytest.raises(NameTaken):
        await store.add_account(ann, Role.SUPERVISOR, "another", 3)
    assert (await store.account(ann)).role is Role.ADVISER


async def test_what_is_noted_of_an_adviser_is_kept(store: SqlStore, ann: str) -> None:
    await store.available(ann, True)
    await store.seen(ann, NOON)
    await store.change_password(ann, "new")
    assert await store.account(ann) == Account(ann, Role.ADVISER, available=True, most_talks=3, seen_at=NOON)
    assert await store.password_of(ann) == "new"


async def test_nobody_is_changed_who_does_not_exist(store: SqlStore) -> None:
    for change in (
        store.account("Nobody"),
        store.available("Nobody", True),
        store.seen("Nobody", NOON),
        store.change_password("Nobody", "x"),
        store.remove_account("Nobody"),
    ):
        with pytest.raises(UnknownAccount):
            await change
    assert await store.password_of("Nobody") is None


async def test_a_session_is_the_advisers_until_it_ends(store: SqlStore, ann: str) -> None:
    await store.begin_session("token", ann, NOON, LATER)
    found = await store.session("token", NOON)
    assert found is not None
    assert (found.account.name, found.began_at, found.ends_at) == (ann, NOON, LATER)
    assert await store.session("token", LATER) is None
    assert await store.session("another", NOON) is None


async def test_a_session_can_be_made_longer_and_ended(store: SqlStore, ann: str) -> None:
    await store.begin_session("token", ann, NOON, LATER)
    await store.prolong_session("token", LATER + dt.timedelta(minutes=5))
    assert await store.session("token", LATER) is not None
    await store.end_session("token")
    assert await store.session("token", NOON) is None


async def test_an_adviser_is_signed_out_everywhere_and_nobody_else_is(store: SqlStore, ann: str) -> None:
    await store.add_account("Bo", Role.ADVISER, "x", 3)
    for token, name in (("a1", ann), ("a2", ann), ("b", "Bo")):
        await store.begin_session(token, name, NOON, LATER)
    await store.end_sessions(ann)
    assert [token for token in ("a1", "a2", "b") if await store.session(token, NOON)] == ["b"]


async def test_sessions_that_have_ended_are_swept_out(store: SqlStore, ann: str) -> None:
    await store.begin_session("old", ann, NOON, LATER)
    await store.begin_session("new", ann, LATER, LATER + dt.timedelta(hours=1))
    assert await store.session("old", NOON) is None


async def test_a_removed_adviser_is_gone_with_their_sessions(store: SqlStore, ann: str) -> None:
    await store.begin_session("token", ann, NOON, LATER)
    await store.remove_account(ann)
    assert await store.accounts() == []
    assert await store.session("token", NOON) is None


async def test_an_adviser_with_an_open_talk_cannot_be_removed(store: SqlStore, ann: str) -> None:
    await store.open("talk", "web", NOON)
    await store.hand_over("talk", HandoverCard(), Way.LIVE, None, "asked", NOON)
    await store.take(ann, "Ann is here.", NOON)
    with pytest.raises(HasTalks):
        await store.remove_account(ann)
    assert (await store.account(ann)).name == ann


async def test_of_two_who_add_the_same_name_at_once_one_is_told(store: SqlStore) -> None:
    adding = [store.add_account("Cy", Role.ADVISER, str(n), 3) for n in range(5)]
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["NameTaken"] * 4 + ["NoneType"]
