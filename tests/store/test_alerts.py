"""An alert is recorded once, sent by one, and over when somebody has the talk, on both databases."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.accounts import Role
from bot.alerts import Alert
from bot.concerns import Draft, Finding, Step
from bot.conversation import Holder, Risk
from bot.handover import STOPPED_WAITING, HandoverCard, Way
from bot.rota import EMAIL, Person
from bot.sealing import Keys, new_key
from bot.settings import LONDON
from bot.store import SqlStore
from tests.earlier import migrated_to, upgraded
from tests.everything import found_in_files, found_in_tables
from tests.keys import KEY, KEYS

NIGHT = dt.datetime(2026, 11, 22, 23, tzinfo=LONDON)
SUE, OMAR = Person("Sue", EMAIL, "sue@x.example"), Person("Omar", EMAIL, "omar@x.example")
DAY = dt.timedelta(days=1)


def at(seconds: float) -> dt.datetime:
    return NIGHT + dt.timedelta(seconds=seconds)


def tell(person: Person | None):
    return lambda _: person


async def danger(store: SqlStore, conversation: str = "a", level: Risk | None = Risk.URGENT) -> int:
    await store.open(conversation, "web", NIGHT)
    return (await store.hand_over(conversation, HandoverCard(), Way.MESSAGE, level, "suicide", NIGHT)).number


async def talks(store: SqlStore, seconds: float = 1) -> list[int]:
    return [danger.talk for danger in await store.untaken(at(seconds) - DAY)]


async def test_dangers_that_nobody_has_are_found_the_gravest_first(store: SqlStore) -> None:
    await danger(store, "calm", None)
    await danger(store, "concern", Risk.CONCERN)
    urgent, immediate = await danger(store, "urgent"), await danger(store, "immediate", Risk.IMMEDIATE)
    found = await store.untaken(NIGHT - DAY)
    assert [(one.talk, one.level, one.channel) for one in found] == [
        (immediate, Risk.IMMEDIATE, "web"),
        (urgent, Risk.URGENT, "web"),
    ]


async def test_a_danger_is_as_old_as_its_last_move_or_its_level(store: SqlStore) -> None:
    number = await danger(store)
    assert (await store.untaken(NIGHT - DAY))[0].since == NIGHT
    await store.raise_level("a", Risk.IMMEDIATE, at(60))
    assert (await store.untaken(NIGHT - DAY))[0].since == at(60)
    await store.add_account("Ann", Role.ADVISER, "", 3)
    await store.take("Ann", "", at(70), number)
    assert await talks(store) == []
    await store.release(number, "Ann", Holder.WAITING, "", at(300), why="adviser gone")
    assert (await store.untaken(NIGHT - DAY))[0].since == at(300)


async def test_danger_in_a_talk_that_its_adviser_has_not_seen_is_danger_until_they_do(store: SqlStore) -> None:
    number = await danger(store, "a", None)
    await store.add_account("Ann", Role.ADVISER, "", 3)
    await store.take("Ann", "", at(10), number)
    for message, level in ((3, Risk.CONCERN), (5, Risk.URGENT)):
        await store.find_concern("a", Finding("suicide", level, message, "words"), at(20 + message))
        await store.raise_level("a", level, at(20 + message))
        found = await store.untaken(NIGHT - DAY)
        assert [(one.talk, one.held, one.since, one.said_at) for one in found] == (
            [(number, True, at(25), at(25))] if level is Risk.URGENT else []
        )
    assert await store.alert(number, tell(SUE), at(150)) is not None
    concern = await store.open_concern("a")
    assert concern is not None
    await store.add_to_concern(concern.number, Draft(Step.SEEN, "Ann"), at(160))
    assert await talks(store) == []
    await store.find_concern("a", Finding("suicide", Risk.CONCERN, 7, "less"), at(170))
    assert await talks(store) == [], "a concern alone rings nobody"
    assert await store.alert(number, tell(SUE), at(180)) is None


async def test_a_parent_in_danger_who_leaves_the_queue_is_still_told_of_for_a_day(store: SqlStore) -> None:
    number = await danger(store)
    await store.leave_queue("a", Holder.BOT, STOPPED_WAITING, at(10))
    assert await talks(store, 20) == [number]
    assert await store.alert(number, tell(SUE), at(20)) is not None
    assert await talks(store, 24 * 3600 + 11) == []


async def test_a_conversation_that_is_deleted_is_told_of_no_more(store: SqlStore) -> None:
    await danger(store)
    await store.forget("a", at(10))
    assert await talks(store) == []


async def test_an_alert_is_recorded_with_ids_and_in_the_log(store: SqlStore) -> None:
    number = await danger(store)
    alert = await store.alert(number, tell(SUE), at(1))
    assert alert is not None
    assert alert == Alert(1, number, Risk.URGENT, "Sue", alert.token, at(1), again_at=at(1))
    event = (await store.events_of("a"))[-1]
    assert (event.by, event.kind, event.now, event.why) == ("helpline", "alert", "Sue", "")


async def test_an_alert_is_found_by_its_token_and_by_nothing_that_is_kept(store: SqlStore, address: str) -> None:
    alert = await store.alert(await danger(store), tell(SUE), at(1))
    assert alert is not None
    assert await store.alert_of(alert.token) == alert
    for token in ("", "1", "1.", "2" + alert.token[1:], alert.token[:-1], "1." + "0" * 32, "9" * 40, "²." + "0" * 32):
        assert await store.alert_of(token) is None
    secret = alert.token.partition(".")[2]
    assert secret not in str(await store.everything_on("a"))
    assert await found_in_tables(store, secret) == []
    # A key that has become the second still knows it; what it signs for one alert it does not for another.
    changed = SqlStore(address, Keys([new_key(), KEY]))
    assert (await changed.alert_of(alert.token)) is not None
    await changed.close()
    later = await store.add_test_alert("Sue", at(2))
    assert await store.alert_of(f"{later.number}.{secret}") is None


async def test_nothing_is_recorded_where_nobody_is_to_be_told_or_an_adviser_was_quicker(store: SqlStore) -> None:
    number = await danger(store)
    assert await store.alert(number, tell(None), at(1)) is None
    await store.add_account("Ann", Role.ADVISER, "", 3)
    await store.take("Ann", "", at(2), number)
    assert await store.alert(number, tell(SUE), at(3)) is None
    assert await store.running_alerts() == []


async def test_two_gateways_that_look_at_once_tell_once(store: SqlStore, address: str) -> None:
    other = SqlStore(address, KEYS)
    number = await danger(store)

    def first_only(running: Sequence[Alert]) -> Person | None:
        return None if running else SUE

    try:
        made = await asyncio.gather(*(one.alert(number, first_only, at(1)) for one in (store, other) * 3))
        assert sum(alert is not None for alert in made) == 1
        claimed = await asyncio.gather(*(one.claim_alerts(["Sue"], at(2), at(60)) for one in (store, other) * 3))
        assert sum(map(len, claimed)) == 1
    finally:
        await other.close()


async def test_an_alert_is_claimed_by_one_until_its_time_is_over(store: SqlStore) -> None:
    alert = await store.alert(await danger(store), tell(SUE), at(0))
    assert alert is not None
    assert await store.claim_alerts(["Omar"], at(1), at(61)) == []
    (claimed,) = await store.claim_alerts(["Sue", "Omar"], at(1), at(61))
    assert (claimed.number, claimed.attempts) == (alert.number, 1)
    assert await store.claim_alerts(["Sue"], at(60), at(120)) == []
    # Whoever had it was killed.
    (again,) = await store.claim_alerts(["Sue"], at(61), at(121))
    assert (again.number, again.attempts) == (alert.number, 2)


async def test_what_was_sent_is_sent_no_more(store: SqlStore) -> None:
    alert = await store.alert(await danger(store), tell(SUE), at(0))
    assert alert is not None
    await store.alert_not_sent(alert.number, "unreachable", at(10))
    (running,) = await store.running_alerts()
    assert (running.failure, running.again_at, running.given_up) == ("unreachable", at(10), False)
    await store.alert_sent(alert.number, at(11))
    (running,) = await store.running_alerts()
    assert (running.failure, running.sent_at, running.given_up) == ("", at(11), False)
    assert await store.claim_alerts(["Sue"], at(3600), at(3660)) == []


async def test_what_cannot_be_sent_is_given_up(store: SqlStore) -> None:
    alert = await store.alert(await danger(store), tell(SUE), at(0))
    assert alert is not None
    await store.alert_not_sent(alert.number, "refused", None)
    assert (await store.running_alerts())[0].given_up
    assert await store.claim_alerts(["Sue"], at(3600), at(3660)) == []


async def test_a_new_alert_takes_the_place_of_one_that_has_not_reached_the_same_person(store: SqlStore) -> None:
    number = await danger(store)
    for person in (SUE, OMAR, SUE):
        await store.alert(number, tell(person), at(0))
    assert [alert.number for alert in await store.claim_alerts(["Sue", "Omar"], at(1), at(61))] == [2, 3]


@pytest.mark.parametrize("seconds", [5, 500])
async def test_what_somebody_has_seen_is_not_sent_any_more(store: SqlStore, seconds: float) -> None:
    number = await danger(store)
    await store.alert(number, tell(SUE), at(0))
    await store.alert(number, tell(OMAR), at(seconds))
    assert await store.see_alerts(number, "Omar", at(seconds))
    assert not await store.see_alerts(number, "Sue", at(seconds + 1))
    assert {(alert.seen_by, alert.seen_at) for alert in await store.running_alerts()} == {("Omar", at(seconds))}
    assert await store.claim_alerts(["Sue", "Omar"], at(seconds + 1), at(seconds + 61)) == []
    event = (await store.events_of("a"))[-1]
    assert (event.by, event.kind) == ("Omar", "seen")


async def test_the_alerts_of_a_talk_that_is_taken_are_over(store: SqlStore) -> None:
    one, other = await danger(store), await danger(store, "b")
    first = await store.alert(one, tell(SUE), at(0))
    assert first is not None
    await store.alert(other, tell(SUE), at(0))
    await store.add_test_alert("Sue", at(0))
    assert await store.end_alerts([other], at(5)) == 1
    assert await store.end_alerts([other], at(6)) == 0
    assert [alert.talk for alert in await store.running_alerts()] == [other]
    over = await store.alert_of(first.token)
    assert over is not None
    assert over.ended_at == at(5)
    assert {alert.talk for alert in await store.claim_alerts(["Sue"], at(7), at(60))} == {other, None}
    assert await store.end_alerts([], at(8)) == 1


async def test_a_test_is_no_danger_and_can_be_seen(store: SqlStore) -> None:
    test = await store.add_test_alert("Sue", at(0))
    assert (test.talk, test.level) == (None, None)
    assert await store.running_alerts() == []
    await store.see_test_alert(test.number, "Sue", at(1))
    seen = await store.alert_of(test.token)
    assert seen is not None
    assert seen.seen_at == at(1)


def as_it_was_before(connection: sa.engine.Connection) -> None:
    before = migrated_to("0007", connection)
    moment = NIGHT.replace(tzinfo=None) if connection.dialect.name == "sqlite" else NIGHT
    row = {"level": "", "person": "Sue", "token": "gutedel", "at": moment, "attempts": 0, "failure": "", "seen_by": ""}
    connection.execute(sa.insert(before.tables["alerts"]), [row, {**row, "token": "another"}])


async def test_the_tokens_that_were_kept_are_gone_and_the_alerts_are_not(address: str, tmp_path: Path) -> None:
    store = await upgraded(address, as_it_was_before)
    assert (await store.add_test_alert("Sue", at(1))).number == 3
    assert await found_in_tables(store, "gutedel") == []
    assert found_in_files([tmp_path], "gutedel") == []
    await store.close()
