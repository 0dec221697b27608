"""Deleting what is older than it may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import Holder
from bot.retention import Deleted, Limits, sentence
from bot.store.belonging import TABLES, belonging, rows_of
from bot.store.database import in_london, stored
from bot.store.forgetting import Forgetting
from bot.store.tables import (
    alerts,
    audit,
    bookings,
    concern_entries,
    concerns,
    conversations,
    events,
    messages,
    talks,
)

#: What a deletion is called in the log.
KIND = "retained"
#: … and in the log of acts, where lines of it go.
ACT = "audit/delete"
_CLOSED = conversations.c.holder == Holder.CLOSED.value


class Retaining(Forgetting):
    """Words go first, with their conversation or call; what is left of it goes with the log."""

    async def delete_older(self, limits: Limits, at: dt.datetime) -> Deleted:
        talked, kept = await self._too_old(limits)
        counts = dict.fromkeys(talked, 0)
        for kind, conversation in ((kind, one) for kind, ids in talked.items() for one in ids):
            counts[kind] += await self.forget(conversation, at, "helpline", unheard=False)
        counts["callback"] = await self._empty_calls(limits.callback)
        counts["concern_record"] = await self._delete_concerns(limits.concern_record)
        counts["audit"] = await self._delete_what_is_left(limits.audit, at)
        deleted = Deleted(counts, kept)
        row = {"at": stored(at), "by": "helpline", "kind": KIND, "was": "", "now": "", "why": sentence(deleted)}
        async with self._writing() as connection:
            await connection.execute(sa.insert(events).values(row))
        await self._empty_log()
        return deleted

    async def last_deletion(self) -> dt.datetime | None:
        query = sa.select(sa.func.max(events.c.at)).where(events.c.kind == KIND)
        async with self._reading() as connection:
            found: dt.datetime | None = in_london((await connection.execute(query)).scalar_one())
        return found

    async def _too_old(self, limits: Limits) -> tuple[dict[str, Sequence[str]], Sequence[str]]:
        """The conversations to forget, by kind; and what keeps others from it."""
        last = sa.select(sa.func.max(messages.c.at)).where(messages.c.conversation == conversations.c.id)
        last_at = sa.func.coalesce(last.scalar_subquery(), conversations.c.opened_at)
        closed = sa.and_(_CLOSED, conversations.c.closed_at < stored(limits.closed_talk))
        opened = sa.and_(~_CLOSED, last_at < stored(limits.open_talk))
        old = (conversations.c.forgotten_at.is_(None), sa.or_(closed, opened))
        there = conversations.c.id
        holding = {
            "talk": sa.select(talks.c.number).where(talks.c.conversation == there, talks.c.ended_at.is_(None)),
            "concern": sa.select(concerns.c.number).where(
                concerns.c.conversation == there, concerns.c.closed_at.is_(None)
            ),
            "call": sa.select(bookings.c.number).where(bookings.c.conversation == there, bookings.c.status == "booked"),
        }
        columns = [query.limit(1).correlate(conversations).scalar_subquery().label(k) for k, query in holding.items()]
        query = sa.select(conversations.c.id, _CLOSED.label("closed"), *columns).where(*old).order_by(last_at)
        async with self._reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        free = [row for row in rows if all(row[what] is None for what in holding)]
        kept = [f"{what} {row[what]}" for row in rows for what in holding if row[what] is not None]
        return {
            "open_talk": [row["id"] for row in free if not row["closed"]],
            "closed_talk": [row["id"] for row in free if row["closed"]],
        }, kept

    async def _empty_calls(self, before: dt.datetime) -> int:
        """Take names, numbers and reasons out of the calls of a conversation that itself is not so old."""
        over = (bookings.c.status != "booked", bookings.c.starts_at < stored(before))
        async with self._writing() as connection:
            rows = (await connection.execute(sa.select(bookings.c.number, bookings.c.phone).where(*over))).all()
            full = [row.number for row in rows if row.phone]
            empty = (
                sa.update(bookings).where(bookings.c.number.in_(full)).values(name="", phone="", about="", outcome="")
            )
            await connection.execute(empty)
        return len(full)

    async def _delete_concerns(self, before: dt.datetime) -> int:
        """Delete the records that had their outcome so long ago, each as a whole."""
        old = sa.select(concerns.c.number).where(concerns.c.closed_at < stored(before))
        async with self._writing() as connection:
            numbers = (await connection.execute(old)).scalars().all()
            await connection.execute(sa.delete(concern_entries).where(concern_entries.c.concern.in_(numbers)))
            await connection.execute(sa.delete(concerns).where(concerns.c.number.in_(numbers)))
        return len(numbers)

    async def _delete_what_is_left(self, before: dt.datetime, at: dt.datetime) -> int:
        """Delete the rows of conversations that were forgotten so long ago, and what the log holds about none."""
        recorded = sa.select(concerns.c.conversation)
        # A concern's record leads back to its conversation for as long as it is kept.
        old = sa.select(conversations.c.id).where(
            conversations.c.forgotten_at < stored(before), conversations.c.id.not_in(recorded)
        )
        alone = (
            sa.delete(events).where(events.c.conversation.is_(None), events.c.at < stored(before)),
            sa.delete(alerts).where(alerts.c.talk.is_(None), alerts.c.at < stored(before)),
        )
        async with self._writing() as connection:
            rows = await _delete_acts(connection, before, at)
            rows += sum([int((await connection.execute(statement)).rowcount) for statement in alone])
            for conversation in (await connection.execute(old)).scalars().all():
                found = await rows_of(connection, conversation)
                for table in reversed(TABLES):
                    if found.get(table.name):
                        where = belonging(table, conversation, found)
                        rows += int((await connection.execute(sa.delete(table).where(where))).rowcount)
        return rows


async def _delete_acts(connection: AsyncConnection, before: dt.datetime, at: dt.datetime) -> int:
    """Delete the lines of the log of acts from before a moment. The database wants a line that says so first."""
    old = audit.c.at < stored(before)
    if not (await connection.execute(sa.select(audit.c.number).where(old).limit(1))).first():
        return 0
    about = f"{stored(before):%Y-%m-%d %H:%M:%S.%f}"
    row = {"at": stored(at), "by": "helpline", "what": ACT, "about": about, "session": ""}
    await connection.execute(sa.insert(audit).values(row))
    return int((await connection.execute(sa.delete(audit).where(old))).rowcount)
