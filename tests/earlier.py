"""A database as an earlier helpline has left it."""

from __future__ import annotations

import alembic.command
import alembic.config
import sqlalchemy as sa

from bot.settings import ROOT
from tests.keys import KEYS


def migrated_to(number: str, connection: sa.engine.Connection) -> sa.MetaData:
    """The tables that there were after a migration, in an empty database."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(ROOT / "bot/migrations"))
    config.attributes.update(connection=connection, keys=KEYS)
    alembic.command.upgrade(config, number)
    before = sa.MetaData()
    before.reflect(connection)
    return before
