"""What supervisors read off the whole helpline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from bot.figures import PastTalk
from bot.store.database import Database, in_london, stored
from bot.store.tables import bookings, conversations, talks


class Board(Database):
    """What supervisors read off the whole helpline; it writes nothing."""

    async def past_talks(self, since: dt.datetime) -> Sequence[PastTalk]:
        """The handovers since then, the oldest first."""
        columns = (talks.c.number, talks.c.waiting_since, talks.c.waited, talks.c.outcome, talks.c.topics)
        query = (
            sa.select(*columns, talks.c.score, talks.c.said_after, conversations.c.channel)
            .join(conversations, conversations.c.id == talks.c.conversation)
            .where(talks.c.waiting_since >= stored(since))
            .order_by(talks.c.waiting_since, talks.c.number)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            PastTalk(
                number=row.number,
                channel=row.channel,
                began=in_london(row.waiting_since),
                waited=row.waited,
                outcome=row.outcome,
                topics=tuple(row.topics),
                score=row.score,
                said_after=row.said_after,
            )
            for row in rows
        ]

    async def conversations_begun(self, since: dt.datetime) -> Sequence[tuple[dt.datetime, str]]:
        """When conversations began since then, and on which channel, the oldest first."""
        query = (
            sa.select(conversations.c.opened_at, conversations.c.channel)
            .where(conversations.c.opened_at >= stored(since))
            .order_by(conversations.c.opened_at)
        )
        async with self._reading() as connection:
            return [(in_london(at), channel) for at, channel in (await connection.execute(query)).all()]

    async def calls_due(self, until: dt.datetime) -> Sequence[dt.datetime]:
        """When the booked calls begin that nobody has made yet, up to this moment, the earliest first."""
        query = (
            sa.select(bookings.c.starts_at)
            .where(bookings.c.status == "booked", bookings.c.starts_at < stored(until))
            .order_by(bookings.c.starts_at)
        )
        async with self._reading() as connection:
            return [in_london(at) for at in (await connection.execute(query)).scalars()]
