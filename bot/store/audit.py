"""The log of what is done at the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from bot.accounts import Act
from bot.store.database import Database, in_london, stored
from bot.store.tables import audit


class Audit(Database):
    """Lines are added, never changed."""

    async def add_act(self, by: str, what: str, about: str, session: str, at: dt.datetime) -> None:
        """Add a line."""
        row = {"at": stored(at), "by": by, "what": what, "about": about, "session": session}
        async with self._writing() as connection:
            await connection.execute(sa.insert(audit).values(row))

    async def has_log(self) -> bool:
        """Whether there is a log: before it is brought up to date, a database of an older helpline may have none."""
        async with self._reading() as connection:
            return bool(await connection.run_sync(lambda sync: sa.inspect(sync).has_table(audit.name)))

    async def acts(
        self,
        by: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        *,
        most: int = 100,
        skip: int = 0,
    ) -> Sequence[Act]:
        """The latest lines first: of one person, of a time, from a place in the list on."""
        query = sa.select(audit).order_by(audit.c.number.desc()).limit(most).offset(skip)
        if by is not None:
            query = query.where(audit.c.by == by)
        if since is not None:
            query = query.where(audit.c.at >= stored(since))
        if until is not None:
            query = query.where(audit.c.at < stored(until))
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
        return [Act(row.number, in_london(row.at), row.by, row.what, row.about, row.session) for row in rows]

    async def who_acted(self) -> Sequence[str]:
        """Everybody of whom there are lines, those who have left among them."""
        query = sa.select(audit.c.by).where(audit.c.by != "").distinct().order_by(audit.c.by)
        async with self._reading() as connection:
            return list((await connection.execute(query)).scalars())
