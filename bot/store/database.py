"""One database: its connections, its transactions, its migrations."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.settings import LONDON

_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class Database:
    """What every part of the store reads and writes through."""

    def __init__(self, database_url: str) -> None:
        scheme, _, rest = database_url.partition("://")
        url = f"{_ASYNC_DRIVERS.get(scheme, scheme)}://{rest}"
        self._engine: AsyncEngine = create_async_engine(
            url,
            future=True,
            hide_parameters=True,
            # Without a pool each operation on SQLite would open the file anew.
            poolclass=sa.pool.AsyncAdaptedQueuePool,
        )
        self._one_writer = asyncio.Lock()
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)

    async def upgrade(self) -> None:
        """Bring the tables up to date by the migrations."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_migrate)

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds the right to write from its first read on.

        SQLite has one writer at a time. Waiting in line here is fair and quick; its own waiting is neither.
        """
        if self._engine.dialect.name != "sqlite":
            async with self._engine.begin() as connection:
                yield connection
            return
        async with self._one_writer, self._engine.begin() as connection:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def stored(at: dt.datetime) -> dt.datetime:
    """A time as it is stored: in UTC."""
    return at.astimezone(dt.timezone.utc)


def in_london(at: dt.datetime | None) -> Any:
    """A stored time as the helpline reads it. SQLite gives times back without their zone."""
    if at is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=dt.timezone.utc)).astimezone(LONDON)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # With secure_delete what was erased is overwritten, and not only unlinked.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON")
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(connection: sa.engine.Connection) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")
