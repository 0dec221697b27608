"""Days and times are written as people read them."""

import datetime as dt

import pytest

from bot.dates import date_words, day_words, time_words


def test_a_date_is_written_as_a_parent_reads_it():
    assert date_words(dt.date(2026, 3, 1)) == "1 March 2026"


def test_a_day_not_far_off_has_its_weekday():
    assert day_words(dt.date(2026, 12, 1)) == "Tuesday 1 December"


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [(9, 30, "9.30am"), (17, 0, "5pm"), (12, 0, "12 noon"), (0, 0, "midnight"), (12, 5, "12.05pm"), (0, 1, "12.01am")],
)
def test_a_time_is_written_with_am_and_pm(hour, minute, words):
    assert time_words(dt.datetime(2026, 12, 1, hour, minute)) == words
