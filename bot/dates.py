"""Days and times as people read them."""

from __future__ import annotations

import datetime as dt


def date_words(day: dt.date) -> str:
    """A date: 21 November 2026."""
    return f"{day.day} {day:%B %Y}"


def day_words(day: dt.date) -> str:
    """A day not far off: Tuesday 24 November."""
    return f"{day:%A} {day.day} {day:%B}"


def time_words(moment: dt.datetime) -> str:
    """A time of the day: 9.30am, 5pm, 12 noon, midnight."""
    if not moment.minute and moment.hour in (0, 12):
        return "12 noon" if moment.hour else "midnight"
    minutes = f".{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'pm' if moment.hour >= 12 else 'am'}"
