"""One database: its connections, its transactions, its migrations."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import anyio
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.sealing import Keys
from bot.settings import LONDON
from bot.store.sealed import give_keys
from bot.store.tables import keys_in_use

_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

#: How long SQLite waits for others, in milliseconds; and where it holds up whoever writes.
_PATIENCE, _MOMENT = 5000, 500

#: No number that a database counts to is higher; an address may hold any.
HIGHEST_NUMBER = 2**31 - 1


#: So many connections of one process, which stay open: a crowd that comes at once would open and close them all day.
MOST_CONNECTIONS = 15


class KeyMissing(Exception):
    """The database holds what only a key can open that is not there; the message names the key's id."""


class Database:
    """What every part of the store reads and writes through."""

    def __init__(self, database_url: str, keys: Keys) -> None:
        self._keys = keys
        scheme, _, rest = database_url.partition("://")
        url = f"{_ASYNC_DRIVERS.get(scheme, scheme)}://{rest}"
        self._engine: AsyncEngine = create_async_engine(
            url,
            future=True,
            hide_parameters=True,
            # Without a pool each operation on SQLite would open the file anew; what is beyond its size is closed again.
            poolclass=sa.pool.AsyncAdaptedQueuePool,
            pool_size=MOST_CONNECTIONS,
            max_overflow=0,
            pool_use_lifo=True,
        )
        give_keys(self._engine, keys)
        self._one_writer = asyncio.Lock()
        self._log_is_full = False
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)

    async def upgrade(self) -> None:
        """Bring the tables up to date by the migrations, and claim the keys. Raises `KeyMissing`."""
        async with self._engine.begin() as connection:
            was, now = await connection.run_sync(_migrate, self._keys)
        if was not in (None, now):
            await self._leave_no_trace()
        await self.claim_keys()

    async def claim_keys(self) -> None:
        """Note which key this store seals with, so that nobody starts without it. Raises `KeyMissing`.

        Repeated now and then, this holds even against a change of keys that took place in the meantime.
        """
        async with self._reading() as connection:
            in_use = set((await connection.execute(sa.select(keys_in_use.c.id))).scalars())
        if self._keys.newest not in in_use:
            with contextlib.suppress(sa.exc.IntegrityError):
                async with self._writing() as connection:
                    await connection.execute(sa.insert(keys_in_use).values(id=self._keys.newest))
        if missing := in_use - self._keys.ids:
            raise KeyMissing(
                f"The database holds what the key {', '.join(sorted(missing))} has sealed, and HELPLINE_KEYS does not "
                "hold that key. Put it back, behind the others; `python -m bot rotate-key` makes it needless."
            )

    async def close(self) -> None:
        await self._engine.dispose()

    async def _leave_no_trace(self) -> None:
        """Build SQLite's file anew, without what it held before; PostgreSQL's `VACUUM FULL` is not ours to begin."""
        if self._engine.dialect.name == "sqlite":
            async with self._one_writer, self._engine.connect() as connection:
                await connection.exec_driver_sql("VACUUM")
        await self._empty_log()

    async def empty_log_again(self) -> None:
        """Do what could not be done while somebody read, as a back-up does: to be asked for now and then."""
        if self._log_is_full:
            await self._empty_log()

    async def _empty_log(self) -> None:
        """SQLite's write-ahead log holds earlier pages until it is written back and cut off.

        It cannot be while somebody reads in it, for longer than a moment.
        """
        if self._engine.dialect.name == "sqlite":
            async with self._one_writer, self._engine.connect() as connection:
                await connection.exec_driver_sql(f"PRAGMA busy_timeout={_MOMENT}")
                busy, *_ = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
                await connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE}")
            self._log_is_full = bool(busy)

    @contextlib.asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        with _unhurried():
            async with self._engine.connect() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds the right to write from its first read on.

        SQLite has one writer at a time. Waiting in line here is fair and quick; its own waiting is neither.
        """
        if self._engine.dialect.name != "sqlite":
            with _unhurried():
                async with self._engine.begin() as connection:
                    yield connection
            return
        async with self._one_writer:
            with _unhurried():
                async with self._engine.begin() as connection:
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
                    yield connection


def _unhurried() -> anyio.CancelScope:
    """A block that ends before its task does.

    When a browser leaves, its stream is cancelled anew at every step until it has ended. A connection that is being
    given back would be lost in that, and its thread with it.
    """
    return anyio.CancelScope(shield=True)


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
    pragmas = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_PATIENCE}",
        "secure_delete=ON",
    )
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(connection: sa.engine.Connection, keys: Keys) -> tuple[str | None, str | None]:
    """The revision before, and the one afterwards."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes.update(connection=connection, keys=keys)
    revision = MigrationContext.configure(connection).get_current_revision
    was = revision()
    alembic.command.upgrade(config, "head")
    return was, revision()
