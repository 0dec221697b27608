"""A parent names a day and a time as people do, and is understood."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.said_times import any_will_do, days_said, times_said

#: A Monday.
TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("today", "11-23"),
        ("this afternoon please", "11-23"),
        ("tomorrow", "11-24"),
        ("tmrw if poss", "11-24"),
        ("the day after tomorrow", "11-25"),
        ("Thursday", "11-26"),
        ("on thurs, after the school run", "11-26"),
        ("weds", "11-25"),
        ("next Thursday", "12-03"),
        ("Tuesday next week", "12-01"),
        ("next week, on the tuesday", "12-01"),
        ("friday week", "12-04"),
        ("the 26th", "11-26"),
        ("2nd", "12-02"),
        ("24 November", "11-24"),
        ("the 24th of november", "11-24"),
        ("Dec 3rd", "12-03"),
        ("3/12", "12-03"),
        ("03/12/2026 at 10", "12-03"),
        ("2026-12-03", "12-03"),
    ],
)
def test_a_day_is_understood(said, day):
    assert days_said(said, TODAY)[0] == dt.date.fromisoformat(f"2026-{day}")


def test_todays_weekday_may_mean_today_or_a_week_from_now():
    assert days_said("monday", TODAY) == [dt.date(2026, 11, 23), dt.date(2026, 11, 30)]


def test_next_week_means_any_of_its_days():
    assert days_said("some time next week", TODAY) == [dt.date(2026, 11, 30) + dt.timedelta(days=n) for n in range(7)]


def test_a_date_that_has_passed_is_next_years():
    assert days_said("3 january", TODAY) == [dt.date(2027, 1, 3)]


@pytest.mark.parametrize("said", ["", "I do not know", "my son was sent home", "30 february", "at 10", "45/13"])
def test_where_no_day_is_named_none_is_made_up(said):
    assert days_said(said, TODAY) == []


@pytest.mark.parametrize(
    ("said", "begin", "end"),
    [
        ("10", "10:00", "10:00"),
        ("10am", "10:00", "10:00"),
        ("at 10 please", "10:00", "10:00"),
        ("half ten", "10:30", "10:30"),
        ("half past 2", "14:30", "14:30"),
        ("quarter to four", "15:45", "15:45"),
        ("quarter past nine", "09:15", "09:15"),
        ("3 o'clock", "15:00", "15:00"),
        ("14.30", "14:30", "14:30"),
        ("2:30 p.m.", "14:30", "14:30"),
        ("noon", "12:00", "12:00"),
        ("3 in the afternoon", "15:00", "15:00"),
        ("tomorrow at ten", "10:00", "10:00"),
        ("24 november 2pm", "14:00", "14:00"),
        ("after 3", "15:00", "24:00"),
        ("any time before 11", "00:00", "11:00"),
        ("between 10 and 12", "10:00", "12:00"),
        ("from ten until twelve", "10:00", "12:00"),
        ("in the morning", "00:00", "11:59"),
        ("after lunch", "13:00", "18:00"),
        ("before lunch", "00:00", "11:59"),
        ("evening", "17:00", "24:00"),
    ],
)
def test_a_time_is_understood(said, begin, end):
    assert [tuple(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in span) for span in times_said(said)] == [
        (begin, end)
    ]


@pytest.mark.parametrize("said", ["", "thursday", "24 november", "he is 10", "99", "25:00", "the 26th"])
def test_where_no_time_is_named_none_is_made_up(said):
    assert times_said(said) == []


@pytest.mark.parametrize("said", ["whenever", "as soon as possible", "asap", "the soonest", "I don’t mind", "any time"])
def test_a_parent_may_leave_the_choice_to_us(said):
    assert any_will_do(said)


def test_a_parent_who_names_a_time_has_chosen():
    assert not any_will_do("thursday at 10")


@given(st.text(max_size=60))
def test_nothing_that_a_parent_types_breaks_it(said):
    assert all(isinstance(day, dt.date) for day in days_said(said, TODAY))
    assert all(0 <= low <= high <= 24 * 60 for low, high in times_said(said))


@given(st.dates(TODAY, TODAY + dt.timedelta(days=300)), st.times())
def test_what_stands_on_a_button_is_understood(day, time):
    assert days_said(f"{day.day} {day:%B}", TODAY)[0] == day
    assert days_said(day.isoformat(), TODAY) == [day]
    low, high = times_said(f"{time:%H:%M}")[0]
    assert low == high
    assert low % (12 * 60) == (time.hour * 60 + time.minute) % (12 * 60)
