"""A booked call as a file for the parent's own calendar."""

from __future__ import annotations

import datetime as dt

from icalendar import Calendar, Event

from bot.callbacks import Callback


def calendar_file(callback: Callback, title: str, at: dt.datetime) -> bytes:
    """An iCalendar file, written at a moment, with one event: the call, under a title that gives nothing away."""
    event = Event()
    # The same booking is the same event, so that a later file moves it.
    event.add("uid", f"call-{callback.number}-{callback.conversation[:8]}@helpline")
    event.add("dtstamp", at.astimezone(dt.timezone.utc))
    event.add("sequence", int(at.timestamp()))
    event.add("dtstart", callback.call.begin.astimezone(dt.timezone.utc))
    event.add("dtend", callback.call.end)
    event.add("summary", title)
    calendar = Calendar()
    calendar.add("prodid", "-//SEND family helpline//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
