"""The figures that a supervisor plans shifts by are right, also where there is little to count."""

from __future__ import annotations

import datetime as dt

from bot.figures import PastTalk, Wait, by_day, tally, waits_by_hour
from bot.settings import LONDON


def talk(hour: int, waited: int | None) -> PastTalk:
    began = dt.datetime(2026, 11, 23, hour, 30, tzinfo=LONDON)
    return PastTalk(1, "web", began, waited, "answered", (), None, "")


def test_a_supervisor_reads_the_median_and_what_four_of_five_waited_hour_by_hour() -> None:
    waits = [60, 120, 180, 240, 3600]
    assert waits_by_hour([*(talk(14, wait) for wait in waits), talk(9, 61)]) == [Wait(9, 1, 2, 2), Wait(14, 5, 3, 4)]


def test_a_parent_whom_nobody_has_taken_and_one_taken_at_once_do_not_upset_the_waits() -> None:
    assert waits_by_hour([talk(9, None)]) == []
    assert waits_by_hour([talk(9, 0)]) == [Wait(9, 1, 0, 0)]


def test_the_most_frequent_comes_first_and_equals_stand_in_the_order_of_the_alphabet() -> None:
    assert tally(["transport", "suspension", "records", "suspension"]) == [
        ("suspension", 2),
        ("records", 1),
        ("transport", 1),
    ]


def test_a_day_without_a_handover_is_a_day_with_none() -> None:
    first, last = dt.date(2026, 11, 21), dt.date(2026, 11, 23)
    moments = [dt.datetime(2026, 11, 23, hour, tzinfo=LONDON) for hour in (0, 23)]
    assert by_day(moments, first, last) == [(first, 0), (dt.date(2026, 11, 22), 0), (last, 2)]
