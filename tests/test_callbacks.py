"""Parents are offered the calls that we can make, and no others."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.callbacks import Call, Callbacks, moment_words
from bot.hours import Hours
from bot.settings import LONDON

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
WEEK = {"monday": ["09:30-17:00"], "tuesday": ["09:30-12:30", "13:00-17:00"], "friday": ["22:00-02:00"]}


def service(calls=None, minutes=30, at_once=1, **hours):
    sentences = dict.fromkeys(("open", "last_handover", "over", "weekday", "again", "unknown"), "")
    rules = {"time_zone": "Europe/London", "weekly": WEEK, "bank_holidays": "closed", "last_handover_minutes": 0}
    kind = {"label": "A call", "said": ["call"], "minutes": minutes, "at_once": at_once, "weekly": calls or WEEK}
    callbacks = {"days_ahead": 14, "least_notice_minutes": 60, "card": "x", "kinds": {"call": kind}}
    sentences |= {"bank_holiday": "", "bank_holidays": ""}
    return {"hours": {**rules, "sentences": sentences, **hours}, "callbacks": callbacks}


def a_call(begin, minutes=30):
    return Call("call", begin, minutes, "Jo", "+447700900123", True)


def free(rules=None, taken=(), now=NOW):
    return Callbacks(rules or service()).free("call", taken, now)


def at(day, hour, minute=0, fold=0):
    return dt.datetime(2026, *day, hour, minute, tzinfo=LONDON, fold=fold)


def test_a_call_begins_at_the_soonest_after_the_notice_we_need():
    assert free()[0] == at((11, 23), 13)
    assert free(now=NOW + dt.timedelta(minutes=1))[0] == at((11, 23), 13, 30)


def test_the_last_call_of_a_day_ends_when_we_close():
    monday = [begin for begin in free() if begin.date() == dt.date(2026, 11, 23)]
    assert monday[-1] == at((11, 23), 16, 30)
    assert [begin for begin in free(service(minutes=45)) if begin.date() == monday[0].date()][-1] == at(
        (11, 23), 16, 15
    )


def test_no_call_begins_in_our_lunch_break():
    tuesday = [f"{begin:%H:%M}" for begin in free() if begin.date() == dt.date(2026, 11, 24)]
    assert tuesday[5:7] == ["12:00", "13:00"]


@pytest.mark.parametrize(
    "closed",
    [
        {"closures": [{"from": dt.date(2026, 11, 30), "to": dt.date(2026, 11, 30), "sentence": "Moving."}]},
        {"weekly": {**WEEK, "monday": []}},
    ],
    ids=["closure", "weekly hours"],
)
def test_no_call_is_offered_while_we_are_closed(closed):
    assert at((11, 30), 10) in free()
    assert not [begin for begin in free(service(**closed)) if begin.date() == dt.date(2026, 11, 30)]


def test_no_call_is_offered_on_a_bank_holiday():
    days = {begin.date() for begin in free(now=at((12, 21), 12))}
    assert dt.date(2026, 12, 21) in days
    assert dt.date(2026, 12, 28) not in days


def test_a_call_before_midnight_may_end_after_it():
    begins = free(service({"friday": ["23:00-01:00"]}, minutes=60))
    assert begins[:2] == [at((11, 27), 23), at((11, 28), 0)]


def test_a_booked_call_is_offered_to_nobody_else_until_all_of_us_are_busy():
    taken = [a_call(at((11, 24), 10))]
    assert at((11, 24), 10) not in free(taken=taken)
    assert at((11, 24), 10) in free(service(at_once=2), taken)
    assert at((11, 24), 10) not in free(service(at_once=2), taken * 2)


def test_a_call_that_was_booked_when_calls_were_longer_keeps_its_time():
    begins = free(taken=[a_call(at((11, 24), 9, 45), minutes=60)])
    assert not {at((11, 24), 9, 30), at((11, 24), 10), at((11, 24), 10, 30)} & {*begins}
    assert at((11, 24), 11) in begins


def test_calls_of_another_kind_take_nobodys_place():
    other = Call("listening", at((11, 24), 10), 30, "Jo", "+447700900123", True)
    assert at((11, 24), 10) in free(taken=[other])


def test_a_time_that_the_clock_jumps_over_in_spring_is_not_offered():
    nights = {"weekly": {"saturday": ["22:00-24:00"], "sunday": ["00:00-04:00"]}}
    rules = service({"sunday": ["00:00-04:00"]}, minutes=60, **nights)
    begins = free(rules, now=dt.datetime(2026, 3, 28, 12, tzinfo=LONDON))
    assert [f"{begin:%H:%M}" for begin in begins if begin.date() == dt.date(2026, 3, 29)] == ["00:00", "02:00", "03:00"]


def test_a_time_that_comes_twice_in_autumn_is_offered_once():
    rules = service({"sunday": ["00:00-04:00"]}, minutes=60, weekly={"sunday": ["00:00-04:00"]})
    begins = free(rules, now=dt.datetime(2026, 10, 24, 12, tzinfo=LONDON))
    night = [begin for begin in begins if begin.date() == dt.date(2026, 10, 25)]
    assert [f"{begin:%H:%M}" for begin in night] == ["00:00", "01:00", "02:00", "03:00"]
    assert {begin.fold for begin in night} == {0}


def test_a_moment_reads_as_people_say_it():
    assert moment_words(at((11, 24), 10)) == "Tuesday 24 November at 10am"


moments = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 1)).map(lambda at: at.replace(tzinfo=LONDON))
lengths = st.sampled_from([15, 30, 45, 60, 90])


@settings(max_examples=60, deadline=None)
@given(now=moments, minutes=lengths, at_once=st.integers(1, 3), data=st.data())
def test_whatever_is_booked_what_is_offered_can_be_kept(now, minutes, at_once, data):
    rules = service(minutes=minutes, at_once=at_once)
    calls, hours = Callbacks(rules), Hours(rules["hours"])
    everything = calls.free("call", (), now)
    taken = [a_call(begin, minutes) for begin in data.draw(st.lists(st.sampled_from(everything), max_size=30))]
    offered = calls.free("call", taken, now)
    assert offered == sorted({*offered})
    for begin in offered:
        # In UTC, since the clock may change in between.
        ends = begin.astimezone(dt.timezone.utc) + dt.timedelta(minutes=minutes)
        assert begin.astimezone(dt.timezone.utc) - now.astimezone(dt.timezone.utc) >= dt.timedelta(minutes=60)
        assert hours.open_at(begin)
        assert hours.open_at(ends - dt.timedelta.resolution)
        assert sum(call.begin == begin for call in taken) < at_once
    for begin in {*everything} - {*offered}:
        assert sum(call.begin < a_call(begin, minutes).end and begin < call.end for call in taken) >= at_once
