"""Which rows of the database belong to a conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import in_london
from bot.store.tables import conversations, metadata, telegram_chats, telegram_updates

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

#: In this order a table stands behind those that it points to. What belongs to chats comes after them.
TABLES = sorted(metadata.sorted_tables, key=lambda table: table is telegram_updates)


async def rows_of(connection: AsyncConnection, conversation: str) -> Rows:
    """The rows that belong to a conversation, and those that belong to them, by table; opened, times in London."""
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for table in TABLES:
        where = belonging(table, conversation, found)
        if where is not None:
            query = sa.select(table).where(where).order_by(*table.primary_key.columns)
            found[table.name] = [_readable(row) for row in (await connection.execute(query)).mappings()]
    return found


def belonging(table: sa.Table, conversation: str, found: Rows) -> Any:
    """Which rows of a table belong to a conversation, by what was found before; None: it has nothing to do with any."""
    if table is conversations:
        return table.c.id == conversation
    if table is telegram_updates:
        # Telegram knows of chats only.
        return table.c.chat.in_([row["chat"] for row in found.get(telegram_chats.name, ())])
    if "conversation" in table.c:
        return table.c.conversation == conversation
    links = [key for key in table.foreign_keys if key.column.table.name in found]
    if not links:
        return None
    return sa.or_(*(key.parent.in_([row[key.column.name] for row in found[key.column.table.name]]) for key in links))


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: in_london(value) if isinstance(value, dt.datetime) else value for name, value in row.items()}
