"""What supervisors read off the whole helpline."""

from __future__ import annotations

from bot.store.database import Database


class Board(Database):
    """What supervisors read off the whole helpline."""
