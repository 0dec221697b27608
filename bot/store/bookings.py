"""Booked calls."""

from __future__ import annotations

from bot.store.database import Database


class Bookings(Database):
    """Booked calls."""
