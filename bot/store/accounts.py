"""The people at the desk, and their sessions."""

from __future__ import annotations

from bot.store.database import Database


class Accounts(Database):
    """The people at the desk, and their sessions."""
