"""When a parent finds an adviser, and what a parent reads who does not."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.hours import DAYS, Hours

LONDON = ZoneInfo("Europe/London")
INDIA = ZoneInfo("Asia/Kolkata")
UTC = dt.timezone.utc

WEEKDAYS = {day: ["09:30-17:00"] for day in DAYS[:5]}
NIGHTS = {day: ["22:00-02:00"] for day in DAYS}
RULES = {
    "time_zone": "Europe/London",
    "weekly": WEEKDAYS,
    "bank_holidays": "closed",
    "last_handover_minutes": 15,
    # Not those of service.yml, so that an editor who changes a sentence there breaks no test.
    "sentences": {
        "open": "Open until {time} {day}.",
        "last_handover": "Too late, we close at {time}.",
        "over": "Over for today.",
        "weekday": "Closed on {weekday}s.",
        "again": "Open again {day} at {time}.",
        "bank_holiday": "Open again {day} at {time}; {days} is a bank holiday.",
        "bank_holidays": "Open again {day} at {time}; {days} are bank holidays.",
        "unknown": "No opening is known.",
    },
}
TRAINING = {"from": dt.date(2026, 12, 14), "to": dt.date(2026, 12, 14), "sentence": "Staff training."}
CHRISTMAS = {"from": dt.date(2026, 12, 24), "to": dt.date(2027, 1, 3), "sentence": "Closed for Christmas."}


def hours(**rules):
    return Hours({**RULES, **rules})


def london(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON)


def shown(moment: dt.datetime | None) -> str | None:
    """A moment as a clock in London shows it, with the time that is kept there."""
    if moment is not None:
        assert moment.tzinfo == LONDON
    return moment and f"{moment:%Y-%m-%dT%H:%M %Z}"


def test_an_adviser_answers_from_the_first_minute_to_the_last():
    assert not hours().open_at(london("2026-11-23T09:29:59"))
    assert hours().open_at(london("2026-11-23T09:30"))
    assert hours().open_at(london("2026-11-23T16:59:59"))
    assert not hours().open_at(london("2026-11-23T17:00"))


def test_a_parent_abroad_meets_the_hours_of_london():
    assert hours().open_at(dt.datetime(2026, 11, 23, 15, 0, tzinfo=INDIA))
    assert not hours().open_at(dt.datetime(2026, 11, 23, 14, 59, tzinfo=INDIA))
    assert shown(hours().next_opening(dt.datetime(2026, 11, 23, 9, 30, tzinfo=INDIA))) == "2026-11-23T09:30 GMT"
    assert hours().words(dt.datetime(2026, 11, 23, 23, 30, tzinfo=INDIA)).endswith("Open again tomorrow at 9.30am.")


def test_a_parent_who_asks_while_we_are_open_is_told_of_the_opening_after_this_one():
    assert shown(hours().next_opening(london("2026-11-23T09:30"))) == "2026-11-24T09:30 GMT"
    assert shown(hours().next_opening(london("2026-11-27T12:00"))) == "2026-11-30T09:30 GMT"


def test_a_parent_is_promised_no_adviser_on_a_channel_that_nobody_answers():
    never = hours(weekly={day: [] for day in DAYS})
    assert never.next_opening(london("2026-11-23T12:00")) is None
    assert never.closing(london("2026-11-23T12:00")) is None
    assert never.words(london("2026-11-23T12:00")) == "Closed on Mondays. No opening is known."


def test_an_opening_is_looked_for_sixty_days_ahead():
    far = {"weekly": {}, "openings": [{"date": dt.date(2026, 3, 31), "shifts": ["09:30-17:00"]}]}
    # The clock changes in between: sixty days are so many hours, not so many times half past nine.
    assert shown(hours(**far).next_opening(london("2026-01-30T08:30"))) == "2026-03-31T09:30 BST"
    assert hours(**far).next_opening(london("2026-01-30T08:29")) is None


# -- the clock changes -----------------------------------------------------------------------------------------------

CHANGES = [("2026-03-29", "BST"), ("2026-10-25", "GMT"), ("2027-03-28", "BST"), ("2027-10-31", "GMT")]


@pytest.mark.parametrize(("sunday", "kept"), CHANGES)
def test_an_adviser_is_there_at_half_past_nine_on_the_clock_when_the_clocks_have_changed(sunday, kept):
    monday = dt.date.fromisoformat(sunday) + dt.timedelta(days=1)
    opened = hours(bank_holidays="open").next_opening(london(f"{sunday}T00:30"))
    assert shown(opened) == f"{monday}T09:30 {kept}"
    assert shown(hours(bank_holidays="open").closing(opened)) == f"{monday}T17:00 {kept}"


@pytest.mark.parametrize(
    ("saturday", "ends", "lasts"),
    [
        ("2026-03-28", "2026-03-29T02:00 BST", 3),
        ("2026-10-24", "2026-10-25T02:00 GMT", 5),
        ("2027-03-27", "2027-03-28T02:00 BST", 3),
        ("2027-10-30", "2027-10-31T02:00 GMT", 5),
    ],
)
def test_a_night_shift_is_shorter_in_spring_and_longer_in_autumn(saturday, ends, lasts):
    begun = london(f"{saturday}T22:00")
    closing = hours(weekly=NIGHTS).closing(begun)
    assert shown(closing) == ends
    assert closing.astimezone(UTC) - begun.astimezone(UTC) == dt.timedelta(hours=lasts)


def test_a_shift_that_ends_at_a_time_that_comes_twice_ends_the_first_time():
    closing = hours(weekly={"saturday": ["22:00-01:30"]}).closing(london("2026-10-24T23:00"))
    assert shown(closing) == "2026-10-25T01:30 BST"


def test_a_shift_that_begins_at_a_time_that_is_left_out_begins_an_hour_later():
    opening = hours(weekly={"sunday": ["01:30-05:00"]}).next_opening(london("2026-03-28T12:00"))
    assert shown(opening) == "2026-03-29T02:30 BST"


def test_a_shift_within_the_hour_that_is_left_out_is_none():
    never = hours(weekly={"sunday": ["01:30-02:15"]})
    assert shown(never.next_opening(london("2026-03-28T12:00"))) == "2026-04-05T01:30 BST"


def test_ten_to_two_is_late_only_the_second_time_on_the_night_the_clocks_go_back():
    night = hours(weekly=NIGHTS)
    assert night.takes_handovers_at(london("2026-10-25T01:50"))
    assert not night.takes_handovers_at(london("2026-10-25T01:50").replace(fold=1))
    assert night.open_at(london("2026-10-25T01:50").replace(fold=1))


# -- bank holidays ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-04-03", "Good Friday"),
        ("2026-04-06", "Easter Monday"),
        ("2026-05-04", "the early May bank holiday"),
        ("2026-08-31", "the summer bank holiday"),
        ("2026-12-25", "Christmas Day"),
        ("2026-12-28", "for Boxing Day, a Saturday"),
        ("2027-01-01", "New Year’s Day"),
        ("2027-03-26", "Good Friday"),
        ("2027-03-29", "Easter Monday, the day after the clocks change"),
        ("2027-12-27", "for Christmas Day, a Saturday"),
        ("2027-12-28", "for Boxing Day, a Sunday"),
        ("2028-01-03", "for New Year’s Day, a Saturday"),
    ],
)
def test_nobody_answers_on_a_bank_holiday(day, name):
    assert not hours().open_at(london(f"{day}T12:00")), name
    assert hours(bank_holidays="open").open_at(london(f"{day}T12:00"))


def test_a_bank_holiday_of_scotland_is_an_ordinary_day():
    assert hours().open_at(london("2026-08-03T12:00"))
    assert hours().open_at(london("2026-11-30T12:00"))


def test_a_night_shift_that_began_before_a_bank_holiday_is_worked_to_its_end():
    night = hours(weekly=NIGHTS)
    assert night.open_at(london("2026-12-25T01:59"))
    assert not night.open_at(london("2026-12-25T22:00"))
    assert not night.open_at(london("2026-12-26T01:00"))


# -- closures and openings -------------------------------------------------------------------------------------------


def test_a_closure_by_days_lasts_to_the_end_of_its_last_day():
    closed = hours(closures=[CHRISTMAS])
    assert closed.open_at(london("2026-12-23T16:59"))
    assert shown(closed.next_opening(london("2026-12-23T17:00"))) == "2027-01-04T09:30 GMT"


def test_a_closure_by_times_parts_a_shift():
    drill = {"from": "2026-12-14T13:00", "to": dt.datetime(2026, 12, 14, 14, 30), "sentence": "Fire drill."}
    closed = hours(closures=[drill])
    assert shown(closed.closing(london("2026-12-14T10:00"))) == "2026-12-14T13:00 GMT"
    assert shown(closed.next_opening(london("2026-12-14T10:00"))) == "2026-12-14T14:30 GMT"
    assert closed.words(london("2026-12-14T13:10")) == "Fire drill. Open again today at 2.30pm."


def test_closures_that_overlap_are_closed_from_the_first_to_the_last():
    first = {"from": "2026-12-14T11:00", "to": "2026-12-14T13:00", "sentence": "The phones are moved."}
    second = {"from": "2026-12-14T12:00", "to": "2026-12-14T15:00", "sentence": "Staff training."}
    closed = hours(closures=[second, first])
    assert shown(closed.next_opening(london("2026-12-14T11:30"))) == "2026-12-14T15:00 GMT"
    assert "The phones are moved." in closed.words(london("2026-12-14T11:30"))


def test_a_closure_that_takes_no_shift_away_is_no_reason():
    night = {"from": "2026-12-15T02:00", "to": "2026-12-15T04:00", "sentence": "Machines are renewed."}
    assert hours(closures=[night]).words(london("2026-12-14T18:00")) == "Over for today. Open again tomorrow at 9.30am."
    morning = {"from": "2026-12-14T09:30", "to": "2026-12-14T11:00", "sentence": "Staff training."}
    assert "Staff" not in hours(closures=[morning]).words(london("2026-12-14T18:00"))


def test_a_closure_from_the_first_minute_of_a_shift_moves_the_opening():
    morning = {"from": "2026-12-14T09:30", "to": "2026-12-14T11:00", "sentence": "Staff training."}
    assert shown(hours(closures=[morning]).next_opening(london("2026-12-14T08:00"))) == "2026-12-14T11:00 GMT"


def test_a_closure_of_a_night_is_the_reason_after_midnight_too():
    night = {"from": "2026-11-23T22:00", "to": "2026-11-24T02:00", "sentence": "The phones are moved."}
    said = hours(weekly=NIGHTS, closures=[night]).words(london("2026-11-24T00:30"))
    assert said == "The phones are moved. Open again today at 10pm."


def test_the_same_reason_is_told_once():
    days = [{**TRAINING, "from": dt.date(2026, 12, day), "to": dt.date(2026, 12, day)} for day in (14, 15)]
    said = hours(closures=days).words(london("2026-12-14T10:00"))
    assert said == "Staff training. Open again on Wednesday at 9.30am."


def test_an_opening_is_stronger_than_a_bank_holiday_and_than_the_week():
    openings = [
        {"date": dt.date(2026, 12, 28), "shifts": ["10:00-12:00", "13:00-14:00"], "sentence": "Here for you."},
        {"date": dt.date(2026, 12, 29), "shifts": ["12:00-14:00"]},
    ]
    opened = hours(openings=openings)
    assert shown(opened.next_opening(london("2026-12-24T18:00"))) == "2026-12-28T10:00 GMT"
    assert shown(opened.closing(london("2026-12-28T13:30"))) == "2026-12-28T14:00 GMT"
    assert not opened.open_at(london("2026-12-29T11:00"))
    assert opened.words(london("2026-12-28T10:00")) == "Open until 12 noon today. Here for you."
    assert opened.words(london("2026-12-27T10:00")) == "Closed on Sundays. Open again tomorrow at 10am. Here for you."


def test_a_closure_is_stronger_than_an_opening():
    opening = {"date": dt.date(2026, 12, 29), "shifts": ["10:00-14:00"]}
    assert not hours(closures=[CHRISTMAS], openings=[opening]).open_at(london("2026-12-29T11:00"))


# -- several shifts, nights and channels -----------------------------------------------------------------------------


def test_a_parent_reaches_nobody_between_two_shifts():
    split = hours(weekly={"monday": ["09:30-12:00", "13:00-17:00"]})
    assert shown(split.closing(london("2026-11-23T10:00"))) == "2026-11-23T12:00 GMT"
    assert split.words(london("2026-11-23T12:30")) == "Open again today at 1pm."
    assert split.words(london("2026-11-23T11:50")) == "Too late, we close at 12 noon. Open again today at 1pm."
    assert "Over" not in split.words(london("2026-11-23T16:50"))


def test_shifts_that_touch_or_overlap_are_one_period():
    touching = hours(weekly={"monday": ["13:00-17:00", "09:30-13:00", "16:00-18:00"]})
    assert shown(touching.closing(london("2026-11-23T10:00"))) == "2026-11-23T18:00 GMT"
    assert touching.takes_handovers_at(london("2026-11-23T12:59"))


def test_shifts_that_touch_at_midnight_are_one_period():
    night = hours(weekly={"monday": ["20:00-24:00"], "tuesday": ["00:00-03:00"]})
    assert shown(night.closing(london("2026-11-23T21:00"))) == "2026-11-24T03:00 GMT"
    assert shown(night.next_opening(london("2026-11-23T21:00"))) == "2026-11-30T20:00 GMT"


def test_a_night_shift_belongs_to_the_day_on_which_it_begins():
    night = hours(weekly={"monday": ["22:00-02:00"]})
    assert night.open_at(london("2026-11-24T01:59"))
    assert not night.open_at(london("2026-11-23T01:00"))
    assert night.words(london("2026-11-23T23:00")) == "Open until 2am tomorrow."
    assert night.words(london("2026-11-24T01:00")) == "Open until 2am today."


def test_a_channel_may_have_days_of_its_own():
    apart = hours(channels={"telegram": {"saturday": ["10:00-13:00"], "monday": None}})
    assert apart.open_at(london("2026-11-21T11:00"), "telegram")
    assert not apart.open_at(london("2026-11-21T11:00"))
    assert not apart.open_at(london("2026-11-23T11:00"), "telegram")
    assert apart.open_at(london("2026-11-24T11:00"), "telegram")
    assert apart.open_at(london("2026-11-23T11:00"), "a channel without hours of its own")
    assert hours(channels={"telegram": None}).open_at(london("2026-11-23T11:00"), "telegram")


def test_a_closure_or_an_opening_may_be_for_one_channel():
    sunday = {"date": dt.date(2026, 12, 13), "shifts": ["10:00-12:00"], "channels": ["telegram"]}
    apart = hours(closures=[{**TRAINING, "channels": ["web"]}], openings=[sunday])
    assert not apart.open_at(london("2026-12-14T11:00"), "web")
    assert apart.open_at(london("2026-12-14T11:00"), "telegram")
    assert apart.open_at(london("2026-12-13T11:00"), "telegram")
    assert not apart.open_at(london("2026-12-13T11:00"), "web")


def test_an_adviser_takes_on_nobody_new_in_the_last_quarter_of_an_hour():
    assert hours().takes_handovers_at(london("2026-11-23T16:45"))
    assert not hours().takes_handovers_at(london("2026-11-23T16:45:01"))
    assert hours().open_at(london("2026-11-23T16:45:01"))
    assert not hours().takes_handovers_at(london("2026-11-23T09:00"))
    assert hours(last_handover_minutes=0).takes_handovers_at(london("2026-11-23T16:59:59"))


def test_hours_that_never_end_are_told_to_end_in_two_months():
    always = hours(weekly={day: ["00:00-24:00"] for day in DAYS}, bank_holidays="open")
    assert always.next_opening(london("2026-11-23T12:00")) is None
    assert always.words(london("2026-11-23T12:00")) == "Open until midnight on Saturday 23 January."


# -- words -----------------------------------------------------------------------------------------------------------

SAID = [
    ("2026-11-23T10:00", {}, "Open until 5pm today."),
    ("2026-11-23T08:00", {}, "Open again today at 9.30am."),
    ("2026-11-23T17:00", {}, "Over for today. Open again tomorrow at 9.30am."),
    ("2026-11-23T16:50", {}, "Too late, we close at 5pm. Open again tomorrow at 9.30am."),
    ("2026-11-24T00:10", {}, "Open again today at 9.30am."),
    ("2026-11-27T18:00", {}, "Over for today. Open again on Monday at 9.30am."),
    ("2026-11-28T10:00", {}, "Closed on Saturdays. Open again on Monday at 9.30am."),
    # A bank holiday is named where its name is short.
    ("2026-08-30T10:00", {}, "Open again on Tuesday at 9.30am; tomorrow is a bank holiday."),
    ("2026-08-28T16:50", {}, "Too late, we close at 5pm. Open again on Tuesday at 9.30am; Monday is a bank holiday."),
    ("2026-12-31T18:00", {}, "Open again on Monday at 9.30am; tomorrow (New Year’s Day) is a bank holiday."),
    (
        "2026-04-02T18:00",
        {},
        "Open again on Tuesday at 9.30am; tomorrow (Good Friday) and Monday (Easter Monday) are bank holidays.",
    ),
    (
        "2026-12-25T10:00",
        {},
        "Open again on Tuesday at 9.30am; today (Christmas Day) and Monday are bank holidays.",
    ),
    ("2027-12-26T10:00", {}, "Open again on Wednesday at 9.30am; tomorrow and Tuesday are bank holidays."),
    # A closure says itself why.
    ("2026-12-14T10:00", {"closures": [TRAINING]}, "Staff training. Open again tomorrow at 9.30am."),
    ("2026-12-13T10:00", {"closures": [TRAINING]}, "Staff training. Open again on Tuesday at 9.30am."),
    (
        "2026-12-11T16:50",
        {"closures": [TRAINING]},
        "Too late, we close at 5pm. Staff training. Open again on Tuesday at 9.30am.",
    ),
    ("2026-12-24T10:00", {"closures": [CHRISTMAS]}, "Closed for Christmas. Open again on Monday 4 January at 9.30am."),
    ("2026-12-28T10:00", {"closures": [CHRISTMAS]}, "Closed for Christmas. Open again on Monday 4 January at 9.30am."),
    ("2026-12-29T10:00", {"closures": [CHRISTMAS]}, "Closed for Christmas. Open again on Monday at 9.30am."),
    (
        "2026-08-27T18:00",
        {"closures": [{"from": dt.date(2026, 8, 28), "to": dt.date(2026, 8, 28), "sentence": "Staff training."}]},
        "Staff training. Open again on Tuesday at 9.30am; Monday is a bank holiday.",
    ),
    (
        "2026-12-23T18:00",
        {"closures": [{**CHRISTMAS, "to": dt.date(2026, 12, 28)}]},
        "Closed for Christmas. Open again on Tuesday at 9.30am.",
    ),
    (
        "2026-12-01T10:00",
        {"closures": [{**TRAINING, "from": "2026-11-30T09:00", "to": dt.date(2027, 3, 1)}]},
        "Staff training. No opening is known.",
    ),
    # Midnight belongs to the day that it ends; noon is named.
    ("2026-11-23T21:00", {"weekly": {"monday": ["20:00-24:00"]}}, "Open until midnight today."),
    ("2026-11-23T21:00", {"weekly": {"tuesday": ["00:00-06:00"]}}, "Open again today at midnight."),
    ("2026-11-22T21:00", {"weekly": {"monday": ["12:00-12:30"]}}, "Closed on Sundays. Open again tomorrow at 12 noon."),
    ("2026-11-23T12:10", {"weekly": {"monday": ["12:00-12:30"]}}, "Open until 12.30pm today."),
    ("2026-11-23T00:05", {"weekly": {"monday": ["00:00-00:45"]}}, "Open until 12.45am today."),
    (
        "2026-11-23T13:00",
        {"weekly": {"monday": ["12:00-12:30"]}},
        "Over for today. Open again on Monday 30 November at 12 noon.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("at", "rules", "said"), SAID)
def test_a_parent_reads_when_and_why(at, rules, said):
    assert hours(**rules).words(london(at)) == said


def test_the_sentences_of_service_yml_read_as_plain_english(knowledge):
    ours = Hours(knowledge.service["hours"])
    assert ours.words(london("2020-11-23T10:00")) == "We are open until 5pm today."
    assert ours.words(london("2020-12-27T10:00")) == "We open again on Tuesday at 9.30am; tomorrow is a bank holiday."


# -- whatever the hours are ------------------------------------------------------------------------------------------

#: Times around both clock changes, Easter, Christmas and the year's end.
_NEAR = [dt.datetime(2026, 3, 22), dt.datetime(2026, 10, 18), dt.datetime(2026, 12, 18), dt.datetime(2027, 3, 20)]
CLOCK = st.builds(
    lambda near, minutes: near + dt.timedelta(minutes=minutes), st.sampled_from(_NEAR), st.integers(0, 21 * 24 * 60)
)
MOMENTS = st.builds(
    lambda clock, zone, fold: clock.replace(tzinfo=LONDON, fold=fold).astimezone(zone),
    CLOCK,
    st.sampled_from([LONDON, UTC, INDIA, ZoneInfo("America/New_York")]),
    st.integers(0, 1),
)


def _shift(begin: int, lasts: int) -> str:
    end = (begin + lasts) % 1440
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


SHIFTS = st.lists(st.builds(_shift, st.integers(0, 287).map(lambda five: 5 * five), st.integers(1, 420)), max_size=3)
WEEKS = st.fixed_dictionaries(dict.fromkeys(DAYS, SHIFTS))
SOME_CHANNELS = st.sampled_from([[], ["web"], ["telegram"]])
CLOSURES = st.builds(
    lambda begin, lasts, whole, channels: {
        "from": begin.date() if whole else begin,
        "to": (begin + lasts).date() if whole else begin + lasts,
        "sentence": "A closure.",
        "channels": channels,
    },
    CLOCK,
    st.integers(1, 9 * 24 * 60).map(lambda minutes: dt.timedelta(minutes=minutes)),
    st.booleans(),
    SOME_CHANNELS,
)
OPENINGS = st.builds(
    lambda clock, shifts, channels: {"date": clock.date(), "shifts": shifts, "channels": channels},
    CLOCK,
    SHIFTS.filter(bool),
    SOME_CHANNELS,
)
ANY_RULES = st.fixed_dictionaries(
    {
        "weekly": WEEKS,
        "channels": st.fixed_dictionaries({}, optional={"telegram": WEEKS}),
        "bank_holidays": st.sampled_from(["open", "closed"]),
        "last_handover_minutes": st.integers(0, 60),
        "closures": st.lists(CLOSURES, max_size=3),
        "openings": st.lists(OPENINGS, max_size=3),
    }
)
CHANNEL = st.sampled_from(["web", "telegram"])
#: The dates in `_NEAR`, and what is a bank holiday then.
BANK_HOLIDAYS = {
    *map(dt.date.fromisoformat, ("2026-04-03", "2026-04-06", "2026-12-25", "2026-12-26", "2026-12-28", "2027-01-01")),
    *map(dt.date.fromisoformat, ("2027-03-26", "2027-03-29")),
}
CHANGE_DAYS = {dt.date.fromisoformat(day) for day, _ in CHANGES}
INSTANT = dt.timedelta.resolution


def on_channel(rows, channel):
    return [row for row in rows if channel in (row["channels"] or ["web", "telegram"])]


def closed_by_a_closure(rules, clock: dt.datetime, channel: str) -> bool:
    for row in on_channel(rules["closures"], channel):
        if isinstance(row["from"], dt.datetime):
            closed = row["from"] <= clock < row["to"]
        else:
            closed = row["from"] <= clock.date() <= row["to"]
        if closed:
            return True
    return False


def read_naively(rules, clock: dt.datetime, channel: str) -> bool:
    """Whether an adviser answers when the clock in London shows a time, read as an editor reads the file."""
    if closed_by_a_closure(rules, clock, channel):
        return False
    yesterday = clock.date() - dt.timedelta(days=1)
    time = f"{clock:%H:%M}"
    for day in (yesterday, clock.date()):
        shifts = {**rules["weekly"], **rules["channels"].get(channel, {})}[DAYS[day.weekday()]]
        if rules["bank_holidays"] == "closed" and day in BANK_HOLIDAYS:
            shifts = []
        openings = [row for row in on_channel(rules["openings"], channel) if row["date"] == day]
        if openings:
            shifts = [shift for row in openings for shift in row["shifts"]]
        for shift in shifts:
            begin, _, end = shift.partition("-")
            tonight = end if begin < end else "24:00"
            if begin >= end > time if day == yesterday else begin <= time < tonight:
                return True
    return False


@settings(deadline=None)
@given(ANY_RULES, MOMENTS, CHANNEL)
def test_hours_are_what_an_editor_reads_minute_by_minute(rules, at, channel):
    table = hours(**rules)
    for minutes in range(0, 600, 7):
        moment = at.astimezone(UTC) + dt.timedelta(minutes=minutes)
        clock = moment.astimezone(LONDON).replace(tzinfo=None)
        # In the night of a clock change the clock alone does not tell the time.
        if clock.date() not in CHANGE_DAYS or clock.hour >= 3:
            assert table.open_at(moment, channel) == read_naively(rules, clock, channel), clock


@settings(deadline=None)
@given(ANY_RULES, MOMENTS, CHANNEL)
def test_the_next_opening_is_the_moment_at_which_advisers_open(rules, at, channel):
    table = hours(**rules)
    opening = table.next_opening(at, channel)
    since = (table.closing(at, channel) or at).astimezone(UTC)
    last = at.astimezone(UTC) + dt.timedelta(days=60)
    if opening is not None:
        assert at.astimezone(UTC) < opening.astimezone(UTC) <= last
        assert table.open_at(opening, channel)
        last = opening.astimezone(UTC) - INSTANT
    for tenth in range(11):
        moment = since + (last - since) * tenth / 10
        assert moment < since or not table.open_at(moment, channel)


@settings(deadline=None)
@given(ANY_RULES, MOMENTS, CHANNEL)
def test_a_closing_is_the_moment_at_which_advisers_go(rules, at, channel):
    table = hours(**rules)
    closing = table.closing(at, channel)
    assert (closing is not None) == table.open_at(at, channel)
    if closing is not None:
        closing = closing.astimezone(UTC)
        assert closing > at.astimezone(UTC)
        assert table.open_at(closing - INSTANT, channel)
        assert not table.open_at(closing, channel)
        late = closing - at.astimezone(UTC) < dt.timedelta(minutes=rules["last_handover_minutes"])
        assert table.takes_handovers_at(at, channel) is not late


@settings(deadline=None)
@given(ANY_RULES, MOMENTS, CHANNEL)
def test_nobody_is_promised_an_adviser_within_a_closure(rules, at, channel):
    opening = hours(**rules).next_opening(at, channel)
    if opening is not None and opening.date() not in CHANGE_DAYS:
        assert not closed_by_a_closure(rules, opening.replace(tzinfo=None), channel)


@settings(deadline=None)
@given(ANY_RULES, MOMENTS, CHANNEL)
def test_a_parent_is_always_told_something(rules, at, channel):
    said = hours(**rules).words(at, channel)
    assert re.fullmatch(r"[A-Z][^{}]+\.", said)
    assert ("Open until" in said) is hours(**rules).takes_handovers_at(at, channel)
