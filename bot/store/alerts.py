"""Alerts of danger to whoever is on call: recorded before they are sent."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import Alert, Danger
from bot.concerns import ALARMING, CHECK, Step
from bot.conversation import Risk
from bot.handover import STOPPED_WAITING
from bot.rota import Person
from bot.store.concerns import see_with
from bot.store.database import Database, in_london, stored
from bot.store.tables import alerts, concern_entries, concerns, conversations, events, talks

_LEVELS = [*Risk]
_RUNNING = alerts.c.ended_at.is_(None)
_NOT_SEEN = alerts.c.seen_at.is_(None)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def _last_entry(column: Any, *where: Any) -> Any:
    """The highest value of a column among such entries of the open concern of a talk's conversation."""
    return (
        sa.select(sa.func.max(column))
        .join(concerns, concerns.c.number == concern_entries.c.concern)
        .where(concerns.c.conversation == talks.c.conversation, concerns.c.closed_at.is_(None), *where)
        .correlate(talks)
        .scalar_subquery()
    )


_ALARMING = (
    concern_entries.c.step == Step.FOUND.value,
    concern_entries.c.level.in_([level.value for level in ALARMING]),
)
_SAID_AT = _last_entry(concern_entries.c.at, *_ALARMING)
#: Nobody has the talk, or nobody has done anything about the last words of danger in it, not even seen them.
_NOBODY_KNOWS = sa.or_(
    talks.c.adviser == "",
    _last_entry(concern_entries.c.number, *_ALARMING)
    > sa.func.coalesce(_last_entry(concern_entries.c.number, concern_entries.c.by != CHECK), 0),
)


class Alerts(Database):
    """Each alert is a row; those of a danger that nobody has taken yet are running.

    Its token is not kept: it is its number, signed, so that no copy of the row is a way to press its button.
    """

    async def untaken(self, since: dt.datetime) -> Sequence[Danger]:
        """Talks in danger that nobody has, or has seen; those among them whose parent left the queue since a moment."""
        moved = (
            sa.select(sa.func.max(events.c.at))
            .where(events.c.talk == talks.c.number, events.c.kind.in_(("move", "level")))
            .correlate(talks)
            .scalar_subquery()
        )
        query = (
            sa.select(
                *(talks, conversations.c.channel, _SAID_AT.label("said_at")),
                sa.func.coalesce(moved, talks.c.waiting_since).label("since"),
            )
            .join(conversations, conversations.c.id == talks.c.conversation)
            .where(*_untaken(since))
            .order_by(talks.c.urgency, talks.c.number)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Danger(
                talk=row.number,
                level=_LEVELS[row.urgency],
                channel=row.channel,
                since=in_london(row.said_at if row.adviser else row.since),
                said_at=in_london(row.said_at),
                held=row.adviser != "",
            )
            for row in rows
        ]

    async def alert(
        self, talk: int, decide: Callable[[Sequence[Alert]], Person | None], at: dt.datetime
    ) -> Alert | None:
        """Record an alert for whom `decide` names, given the running ones; None where it names nobody.

        The talk is locked meanwhile, so that nobody decides, takes or sees it at the same time.
        """
        query = sa.select(talks).where(talks.c.number == talk, _NOBODY_KNOWS).with_for_update()
        async with self._writing() as connection:
            row = (await connection.execute(query)).one_or_none()
            person = decide(await self._alerts(connection, _RUNNING, alerts.c.talk == talk)) if row else None
            if row is None or person is None:
                return None
            # What has not reached them yet is in the new one too.
            old = (_RUNNING, alerts.c.talk == talk, alerts.c.person == person.name, alerts.c.sent_at.is_(None))
            await connection.execute(sa.update(alerts).where(*old).values(again_at=None))
            level = _LEVELS[row.urgency]
            number = await _add(connection, talk, level, person.name, at)
            await _log(connection, at, "helpline", "alert", row, now=person.name)
            return (await self._alerts(connection, alerts.c.number == number))[0]

    async def add_test_alert(self, person: str, at: dt.datetime) -> Alert:
        async with self._writing() as connection:
            number = await _add(connection, None, None, person, at)
            return (await self._alerts(connection, alerts.c.number == number))[0]

    async def claim_alerts(self, people: Sequence[str], at: dt.datetime, until: dt.datetime) -> Sequence[Alert]:
        """What is to be sent to these people now. Until that moment nobody else is given it, and after it again."""
        due = (_RUNNING, _NOT_SEEN, alerts.c.person.in_(people), alerts.c.again_at <= stored(at))
        query = sa.select(alerts.c.number).where(*due).order_by(alerts.c.number).with_for_update(skip_locked=True)
        async with self._reading() as connection:
            if not (await connection.execute(sa.select(alerts.c.number).where(*due).limit(1))).all():
                return []
        async with self._writing() as connection:
            these = alerts.c.number.in_(list((await connection.execute(query)).scalars()))
            values = {"again_at": stored(until), "attempts": alerts.c.attempts + 1}
            await connection.execute(sa.update(alerts).where(these).values(**values))
            return await self._alerts(connection, these)

    async def alert_sent(self, number: int, at: dt.datetime) -> None:
        await self._change_alert(number, sent_at=stored(at), again_at=None, failure="")

    async def alert_not_sent(self, number: int, why: str, again_at: dt.datetime | None) -> None:
        await self._change_alert(number, failure=why, again_at=again_at and stored(again_at))

    async def alert_of(self, token: str) -> Alert | None:
        number, _, _ = token.partition(".")
        if not _NUMBER.fullmatch(number):
            return None
        async with self._reading() as connection:
            found = await self._alerts(connection, alerts.c.number == int(number))
        return found[0] if found and self._keys.signed(token, _purpose(found[0].at)) else None

    async def see_alerts(self, talk: int, by: str, at: dt.datetime) -> bool:
        """Mark the running alerts of a talk as seen, and the concern there; False where none were left."""
        query = sa.select(talks).where(talks.c.number == talk).with_for_update()
        these = sa.update(alerts).where(_RUNNING, _NOT_SEEN, alerts.c.talk == talk)
        async with self._writing() as connection:
            row = (await connection.execute(query)).one()
            seen = bool((await connection.execute(these.values(seen_at=stored(at), seen_by=by))).rowcount)
            if seen:
                await _log(connection, at, by, "seen", row)
                await see_with(connection, row.conversation, by, at)
            return seen

    async def see_test_alert(self, number: int, by: str, at: dt.datetime) -> None:
        await self._change_alert(number, seen_at=stored(at), seen_by=by)

    async def end_alerts(self, but: Sequence[int], at: dt.datetime) -> int:
        """End the alerts of talks that are taken or over: of all but these. Gives how many there were."""
        others = (_RUNNING, alerts.c.talk.is_not(None), alerts.c.talk.not_in(but))
        async with self._reading() as connection:
            if not (await connection.execute(sa.select(alerts.c.number).where(*others).limit(1))).all():
                return 0
        async with self._writing() as connection:
            ended = await connection.execute(sa.update(alerts).where(*others).values(ended_at=stored(at)))
            return int(ended.rowcount)

    async def running_alerts(self) -> Sequence[Alert]:
        async with self._reading() as connection:
            return [*reversed(await self._alerts(connection, _RUNNING, alerts.c.talk.is_not(None)))]

    async def _alerts(self, connection: AsyncConnection, *where: Any) -> Sequence[Alert]:
        query = sa.select(alerts).where(*where).order_by(alerts.c.number)
        rows = (await connection.execute(query)).all()
        return [_read(row, self._keys.sign(str(row.number), _purpose(row.at))) for row in rows]

    async def _change_alert(self, number: int, **values: Any) -> None:
        async with self._writing() as connection:
            await connection.execute(sa.update(alerts).where(alerts.c.number == number).values(**values))


def _untaken(since: dt.datetime) -> tuple[Any, ...]:
    # A parent who no longer waits may still be in danger, and what they wrote is there to be read.
    left = sa.and_(talks.c.outcome == STOPPED_WAITING, talks.c.ended_at >= stored(since))
    grave = talks.c.urgency <= _LEVELS.index(Risk.URGENT)
    return (_NOBODY_KNOWS, grave, sa.or_(talks.c.ended_at.is_(None), left))


async def _add(connection: AsyncConnection, talk: int | None, level: Risk | None, person: str, at: dt.datetime) -> int:
    row = {"talk": talk, "level": level.value if level else "", "person": person, "at": stored(at)}
    more = {"attempts": 0, "again_at": stored(at), "failure": "", "seen_by": ""}
    return int((await connection.execute(sa.insert(alerts).values(**row, **more))).inserted_primary_key[0])


def _purpose(at: dt.datetime) -> str:
    # Numbers begin anew with a new database, and moments do not.
    return f"alert of {in_london(at).timestamp()}"


async def _log(connection: AsyncConnection, at: dt.datetime, by: str, kind: str, talk: Any, now: str = "") -> None:
    row = {"at": stored(at), "by": by, "kind": kind, "conversation": talk.conversation, "talk": talk.number}
    await connection.execute(sa.insert(events).values({**row, "was": "", "now": now, "why": ""}))


def _read(row: Any, token: str) -> Alert:
    return Alert(
        number=row.number,
        talk=row.talk,
        level=Risk(row.level) if row.level else None,
        person=row.person,
        token=token,
        at=in_london(row.at),
        attempts=row.attempts,
        again_at=in_london(row.again_at),
        sent_at=in_london(row.sent_at),
        failure=row.failure,
        seen_at=in_london(row.seen_at),
        seen_by=row.seen_by,
        ended_at=in_london(row.ended_at),
    )
