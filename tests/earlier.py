"""A database as an earlier helpline has left it."""

from __future__ import annotations

from collections.abc import Callable

import alembic.command
import alembic.config
import sqlalchemy as sa

from bot.settings import ROOT
from bot.store import SqlStore
from bot.store.database import Database
from tests.keys import KEYS


async def upgraded(address: str, as_it_was: Callable[[sa.engine.Connection], None]) -> SqlStore:
    """The store of today over a database that was filled as an earlier helpline would have."""
    database = Database(address, KEYS)
    async with database._engine.begin() as connection:
        await connection.run_sync(as_it_was)
    await database.close()
    store = SqlStore(address, KEYS)
    await store.upgrade()
    return store


def migrated_to(number: str, connection: sa.engine.Connection) -> sa.MetaData:
    """The tables that there were after a migration, in an empty database."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(ROOT / "bot/migrations"))
    config.attributes.update(connection=connection, keys=KEYS)
    alembic.command.upgrade(config, number)
    before = sa.MetaData()
    before.reflect(connection)
    return before
