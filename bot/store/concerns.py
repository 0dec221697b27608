"""Records of concerns for somebody's safety: one open at a time for each conversation, added to and never changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.concerns import CHECK, ConcernRecord, Draft, Entry, Finding, Step, Undecided, UnknownConcern, check
from bot.conversation import Risk
from bot.handover import UnknownTalk
from bot.store.database import HIGHEST_NUMBER, Database, in_london, stored
from bot.store.tables import concern_entries, concerns, conversations, talks

_LEVELS = [*Risk]
_LAST_TALK = sa.select(sa.func.max(talks.c.number)).where(talks.c.conversation == concerns.c.conversation)
_RECORD = (
    sa.select(
        *(concerns.c.number, concerns.c.conversation, concerns.c.urgency),
        *(conversations.c.channel, conversations.c.forgotten_at),
        *(talks.c.number.label("talk"), talks.c.adviser, talks.c.ended_at),
    )
    .join(conversations, conversations.c.id == concerns.c.conversation)
    .outerjoin(talks, talks.c.number == _LAST_TALK.correlate(concerns).scalar_subquery())
)
_OPEN = concerns.c.closed_at.is_(None)


class Concerns(Database):
    """What was said, who saw it, what was decided, to whom it was referred, and what it came to."""

    async def find_concern(self, conversation: str, finding: Finding, at: dt.datetime) -> None:
        """Write down what the check has found in a message: once, however often the message is checked."""
        async with self._writing() as connection:
            await _lock(connection, conversation)
            if await _is_written(connection, conversation, finding.message):
                return
            number = await _opened(connection, conversation, finding.level, at, seen=False)
            for message, text in finding.before:
                draft = Draft(Step.BEFORE, CHECK, text=text)
                await _append(connection, number, draft, at, message=message)
            draft = Draft(Step.FOUND, CHECK, finding.kind, finding.text)
            await _append(connection, number, draft, at, message=finding.message, level=finding.level.value)

    async def raise_concern(self, talk: int, by: str, level: Risk, why: str, at: dt.datetime) -> int:
        """Write down what an adviser has seen in a talk; the number of the record. Raises `UnknownTalk`."""
        async with self._writing() as connection:
            query = sa.select(talks.c.conversation).where(talks.c.number == talk)
            conversation = (await connection.execute(query)).scalar_one_or_none()
            if conversation is None:
                raise UnknownTalk
            await _lock(connection, conversation)
            number = await _opened(connection, conversation, level, at, seen=True)
            entries = (await _records(connection, concerns.c.number == number))[0].entries
            draft = Draft(Step.RAISED, by, text=why)
            if not entries or not _same(entries[-1], draft):
                await _append(connection, number, draft, at, level=level.value)
            return number

    async def add_to_concern(self, number: int, draft: Draft, at: dt.datetime) -> None:
        """Add to a record; the same twice in a row is once. Raises `UnknownConcern`, and what `check` raises."""
        async with self._writing() as connection:
            this = concerns.c.number == min(number, HIGHEST_NUMBER)
            query = sa.select(concerns.c.number).where(this).with_for_update()
            if (await connection.execute(query)).one_or_none() is None:
                raise UnknownConcern
            record = (await _records(connection, this))[0]
            if _same(record.entries[-1], draft):
                return
            check(record, draft)
            await _append(connection, number, draft, at)
            state = {"closed_at": stored(at)} if draft.step is Step.CLOSED else {}
            await _change(connection, number, seen=True, **state)

    async def concern(self, number: int) -> ConcernRecord:
        """Raises `UnknownConcern`."""
        async with self._reading() as connection:
            found = await _records(connection, concerns.c.number == min(number, HIGHEST_NUMBER))
        if not found:
            raise UnknownConcern
        return found[0]

    async def open_concerns(self) -> Sequence[ConcernRecord]:
        """The concerns without an outcome, the gravest first, then the oldest."""
        return await self._concerns(_OPEN)

    async def unseen_concerns(self) -> Sequence[ConcernRecord]:
        """Of the open concerns those in which somebody has yet to see the last words."""
        return await self._concerns(_OPEN, concerns.c.seen.is_(False))

    async def concerns_before(self, number: int | None, most: int) -> Sequence[ConcernRecord]:
        """All concerns, the last first: so many of those with a lower number, or of all."""
        query = sa.select(concerns.c.number).order_by(concerns.c.number.desc()).limit(most)
        if number is not None:
            query = query.where(concerns.c.number < number)
        async with self._reading() as connection:
            numbers = (await connection.execute(query)).scalars().all()
            found = await _records(connection, concerns.c.number.in_(numbers))
        return sorted(found, key=lambda record: -record.number)

    async def open_concern(self, conversation: str) -> ConcernRecord | None:
        """The concern of a conversation that has no outcome yet."""
        found = await self._concerns(concerns.c.conversation == conversation, _OPEN)
        return found[0] if found else None

    async def _concerns(self, *where: Any) -> Sequence[ConcernRecord]:
        async with self._reading() as connection:
            return await _records(connection, *where)


async def see_with(connection: AsyncConnection, conversation: str, by: str, at: dt.datetime) -> None:
    """Who takes a talk has seen its concern."""
    for record in await _locked(connection, conversation):
        if record.unseen:
            await _append(connection, record.number, Draft(Step.SEEN, by), at)
            await _change(connection, record.number, seen=True)


async def put_back_with(connection: AsyncConnection, conversation: str, at: dt.datetime) -> None:
    """Whoever had the talk is gone: its concern needs somebody anew."""
    for record in await _locked(connection, conversation):
        await _append(connection, record.number, Draft(Step.PUT_BACK, CHECK), at)
        await _change(connection, record.number, seen=False)


async def require_decision(connection: AsyncConnection, conversation: str) -> None:
    """Raises `Undecided` where the concern of a conversation was not decided since the last words."""
    if any(record.undecided for record in await _records(connection, concerns.c.conversation == conversation, _OPEN)):
        raise Undecided


async def _locked(connection: AsyncConnection, conversation: str) -> Sequence[ConcernRecord]:
    """The open record of a conversation, if there is one; nobody else adds to it until the transaction ends."""
    this = (concerns.c.conversation == conversation, _OPEN)
    await connection.execute(sa.select(concerns.c.number).where(*this).with_for_update())
    return await _records(connection, *this)


async def _lock(connection: AsyncConnection, conversation: str) -> None:
    """One at a time for a conversation; also one that was forgotten meanwhile: danger is written down all the same."""
    query = sa.select(conversations.c.id).where(conversations.c.id == conversation).with_for_update()
    await connection.execute(query)


async def _is_written(connection: AsyncConnection, conversation: str, message: int) -> bool:
    query = (
        sa.select(concern_entries.c.number)
        .join(concerns, concerns.c.number == concern_entries.c.concern)
        .where(
            concerns.c.conversation == conversation,
            concern_entries.c.step == Step.FOUND.value,
            concern_entries.c.message == message,
        )
    )
    return (await connection.execute(query)).first() is not None


async def _opened(connection: AsyncConnection, conversation: str, level: Risk, at: dt.datetime, *, seen: bool) -> int:
    """The open record of a locked conversation at this level at least; a new one where there is none."""
    urgency = _LEVELS.index(level)
    query = sa.select(concerns).where(concerns.c.conversation == conversation, _OPEN).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is not None:
        await _change(connection, row.number, seen=seen, urgency=min(urgency, row.urgency))
        return int(row.number)
    values = {"conversation": conversation, "urgency": urgency, "seen": seen, "opened_at": stored(at)}
    return int((await connection.execute(sa.insert(concerns).values(values))).inserted_primary_key[0])


async def _change(connection: AsyncConnection, number: int, **state: Any) -> None:
    await connection.execute(sa.update(concerns).where(concerns.c.number == number).values(**state))


async def _append(connection: AsyncConnection, concern: int, draft: Draft, at: dt.datetime, **more: Any) -> None:
    """Append an entry under the next number of its locked record."""
    last = sa.select(sa.func.coalesce(sa.func.max(concern_entries.c.number), 0)).where(
        concern_entries.c.concern == concern
    )
    row = {
        **{"concern": concern, "number": (await connection.execute(last)).scalar_one() + 1, "at": stored(at)},
        **{"by": draft.by, "step": draft.step.value, "what": draft.what, "text": draft.text, "who": draft.who},
        **{"about": draft.about, **more},
    }
    await connection.execute(sa.insert(concern_entries).values(row))


async def _records(connection: AsyncConnection, *where: Any) -> list[ConcernRecord]:
    rows = (await connection.execute(_RECORD.where(*where).order_by(concerns.c.urgency, concerns.c.number))).all()
    query = (
        sa.select(concern_entries)
        .where(concern_entries.c.concern.in_([row.number for row in rows]))
        .order_by(concern_entries.c.concern, concern_entries.c.number)
    )
    entries: dict[int, list[Entry]] = defaultdict(list)
    if rows:
        for entry in (await connection.execute(query)).all():
            entries[entry.concern].append(_entry(entry))
    return [
        ConcernRecord(
            number=row.number,
            conversation=row.conversation,
            channel=row.channel,
            level=_LEVELS[row.urgency],
            entries=tuple(entries[row.number]),
            talk=row.talk,
            adviser=row.adviser or "",
            talk_open=row.talk is not None and row.ended_at is None,
            forgotten=row.forgotten_at is not None,
        )
        for row in rows
    ]


def _same(entry: Entry, draft: Draft) -> bool:
    """Whether an entry says just this: a form that was sent twice."""
    said = (entry.step, entry.by, entry.what, entry.text, entry.who, entry.about)
    return said == (draft.step, draft.by, draft.what, draft.text, draft.who, draft.about)


def _entry(row: Any) -> Entry:
    return Entry(
        number=row.number,
        at=in_london(row.at),
        by=row.by,
        step=Step(row.step),
        what=row.what,
        text=row.text,
        who=row.who,
        about=row.about,
        message=row.message,
        level=Risk(row.level) if row.level else None,
    )
