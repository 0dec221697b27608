"""The file for a parent's calendar holds the call, and gives nothing away."""

import datetime as dt

from icalendar import Calendar

from bot.calendar_file import calendar_file
from bot.callbacks import Call, Callback
from bot.settings import LONDON

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
SUMMER = dt.datetime(2026, 7, 1, 10, tzinfo=LONDON)
CALL = Call("call", SUMMER, 30, "Sarah", "+447911123456", safe_to_leave=False, about="my ex")


def event(callback, at=NOON):
    (found,) = Calendar.from_ical(calendar_file(callback, "Phone call", at)).walk("VEVENT")
    return found


def test_the_call_is_in_the_calendar_at_its_time():
    found = event(Callback(7, "a-conversation", CALL))
    assert found["dtstart"].dt == SUMMER
    assert found["dtend"].dt == SUMMER + dt.timedelta(minutes=30)
    assert found["summary"] == "Phone call"


def test_who_looks_at_the_calendar_learns_nothing_else():
    content = calendar_file(Callback(7, "a-conversation", CALL), "Phone call", NOON).decode()
    assert not [word for word in ("Sarah", "7911", "my ex", "a-conversation") if word in content]


def test_a_later_file_moves_the_call_rather_than_adding_one():
    first, later = (event(Callback(7, "talk", CALL), at) for at in (NOON, NOON + dt.timedelta(minutes=1)))
    assert first["uid"] == later["uid"]
    assert first["sequence"] < later["sequence"]
