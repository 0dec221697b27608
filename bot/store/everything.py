"""Everything that is held on one conversation."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from bot.helpline import UnknownConversation
from bot.store.belonging import Rows, rows_of
from bot.store.database import Database, stored
from bot.store.tables import conversations, events


class Everything(Database):
    """Reads what there is, table by table, and notes that it was handed out."""

    async def everything_on(self, conversation: str) -> Rows:
        """The rows of each table that has any, opened, times in London. Raises `UnknownConversation`."""
        async with self._reading() as connection:
            found = await rows_of(connection, conversation)
        if not found[conversations.name]:
            raise UnknownConversation
        return {table: rows for table, rows in found.items() if rows}

    async def was_exported(self, conversation: str, by: str, at: dt.datetime, what: str) -> None:
        """Note in the log that somebody was given what is held."""
        row = {"at": stored(at), "by": by, "kind": "exported", "conversation": conversation, "was": "", "now": ""}
        async with self._writing() as connection:
            await connection.execute(sa.insert(events).values({**row, "why": what}))
