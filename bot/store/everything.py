"""Everything that is held on one conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from bot.handover import UnknownChat
from bot.helpline import UnknownConversation
from bot.reference import digits_of, reference
from bot.store.belonging import Rows, rows_of
from bot.store.database import HIGHEST_NUMBER, Database, stored
from bot.store.tables import bookings, concerns, conversations, events, talks

#: What leads to a conversation by its number.
_NUMBERED = {"talks": talks, "calls": bookings, "concerns": concerns}


class Everything(Database):
    """Reads what there is, table by table, and notes that it was handed out."""

    async def conversation_of(self, what: str, which: str) -> str:
        """The conversation of one of the `talks`, `calls` or `concerns`, or of the `chats` by its reference.

        Raises `UnknownChat`, also where two have the same reference.
        """
        digits = digits_of(which)
        if what in _NUMBERED:
            table = _NUMBERED[what]
            query = sa.select(table.c.conversation).where(table.c.number == min(int(digits or 0), HIGHEST_NUMBER))
        else:
            query = sa.select(conversations.c.id)
        async with self._reading() as connection:
            found: Sequence[str] = (await connection.execute(query)).scalars().all()
        if what not in _NUMBERED:
            # It is asked for a few times a year: that is no reason to keep it.
            found = [one for one in found if digits_of(reference(one)) == digits]
        if len(found) != 1:
            raise UnknownChat
        return found[0]

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
