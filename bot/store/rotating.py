"""Sealing what is kept with the newest key, step by step, beside a running gateway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.sealed import Sealed
from bot.store.tables import keys_in_use, metadata

#: So many rows are sealed in one transaction: a gateway that wants to write waits some milliseconds.
AT_ONCE = 100


class Rotating(Database):
    """The change from one key to the next."""

    async def rotate(self, say: Callable[[str], None]) -> int:
        """Seal with the newest key whatever another has sealed; how many rows that were.

        It may be cut short at any moment, and begins anew where it left off.
        """
        rows = 0
        for table in metadata.sorted_tables:
            if sealed := [column for column in table.columns if isinstance(column.type, Sealed)]:
                sealed_here = await self._rotate(table, sealed)
                rows += sealed_here
                say(f"{table.name}: {sealed_here} rows sealed anew.")
        async with self._writing() as connection:
            await connection.execute(sa.delete(keys_in_use).where(keys_in_use.c.id != self._keys.newest))
        return rows

    async def _rotate(self, table: sa.Table, sealed: Sequence[Any]) -> int:
        # As it lies there, without being opened.
        as_kept = [sa.type_coerce(column, sa.Text).label(column.name) for column in sealed]
        old = sa.or_(*(sa.type_coerce(column, sa.Text).not_like(f"{self._keys.newest}.%") for column in sealed))
        key = list(table.primary_key.columns)
        after: tuple[Any, ...] | None = None
        rows = 0
        while True:
            query = sa.select(*key, *as_kept).where(old).order_by(*key).limit(AT_ONCE).with_for_update()
            if after is not None:
                query = query.where(sa.tuple_(*key) > sa.tuple_(*after))
            async with self._writing() as connection:
                found = (await connection.execute(query)).mappings().all()
                for row in found:
                    this = [column == row[column.name] for column in key]
                    opened = {column.name: self._opened(column, row[column.name]) for column in sealed}
                    await connection.execute(sa.update(table).where(*this).values(opened))
            if not found:
                return rows
            rows += len(found)
            after = tuple(found[-1][column.name] for column in key)

    def _opened(self, column: Any, kept: str | None) -> Any:
        return column.type.process_result_value(kept, self._engine.dialect)
