"""An editor who slips in the hours is told the line and the remedy, and never meets a stack trace."""

# ruff: noqa: E501 - one slip a line can be read as a table

import datetime as dt
import textwrap

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.hours import Hours
from bot.knowledge_check.hours import HOURS, check_hours
from bot.knowledge_check.page import open_list
from bot.knowledge_check.shape import record

TODAY = dt.date(2026, 11, 21)
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.timezone.utc)

SERVICE = textwrap.dedent(
    """\
    hours:
      time_zone: Europe/London
      weekly:
        monday: ["09:30-12:30", "13:00-17:00"]
        friday: ["22:00-02:00"]
        sunday: []
      channels:
        telegram: {saturday: ["10:00-13:00"]}
      bank_holidays: closed
      last_handover_minutes: 15
      closures:
        - from: 2026-12-24
          to: 2027-01-03
          sentence: "We are closed for Christmas."
        - {from: 2026-12-14T13:00, to: 2026-12-14 15:00:00, sentence: "Fire drill.", channels: [web]}
      openings:
        - date: 2026-12-05
          shifts: ["10:00-14:00"]
          sentence: "We are here for you."
        - {date: 2026-12-06, shifts: ["10:00-24:00"], channels: [telegram]}
      sentences:
        open: "Until {time}."
        last_handover: "Nearly closed."
        over: "Closed for today."
        weekday: "Closed on {weekday}s."
        again: "Open again {day}."
        bank_holiday: "Open again {day}; {days} is a bank holiday."
        bank_holidays: "Open again {day}; {days} are bank holidays."
        unknown: "Closed."
    """
)


def findings(path):
    page = open_list(path)
    if not page.found:
        page.check(record(hours=HOURS))
    if not page.found:
        check_hours(page, TODAY)
    return page.found


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "service.yml"
    path.write_text(SERVICE)
    return path


def test_hours_without_a_slip_have_no_findings(path):
    assert findings(path) == []


# Each row: what the slip is, what is replaced by what, the line that must be named (a text that only stands on that
# line), words of the problem and of the remedy.
SLIPS = [
    ("a day of the week with a spelling mistake", "friday:", "firday:", "firday", "'firday' is not known", "monday, tuesday"),
    ("a shift in other words", "09:30-12:30", "half nine to noon", "monday", "'half nine to noon'", "09:30-17:00"),
    ("a shift at an hour that no clock has", "09:30-12:30", "09:30-25:00", "monday", "'09:30-25:00'", "09:30-17:00"),
    ("a shift without its nought", "09:30-12:30", "9:30-12:30", "monday", "'9:30-12:30'", "09:30-17:00"),
    ("a shift that is no list", '["22:00-02:00"]', '"22:00-02:00"', "friday", "cannot be '22:00-02:00'", "list"),
    ("a shift that is a number", '["22:00-02:00"]', "[9.30]", "friday", "cannot be 9.3", "09:30-17:00"),
    ("a time without quotes, which YAML takes for minutes", '["22:00-02:00"]', "[22:00]", "friday", "cannot be 1320", "09:30-17:00"),
    ("a shift that ends when it begins", "22:00-02:00", "22:00-22:00", "friday", "ends when it begins", "00:00-24:00"),
    ("a shift that ends before it begins", "13:00-17:00", "17:00-13:00", "monday", "ends before it begins", "earlier time first"),
    ("shifts that overlap", "13:00-17:00", "12:00-17:00", "monday", "'12:00-17:00' overlaps '09:30-12:30'", "one shift"),
    ("a channel's shift in other words", "10:00-13:00", "morning", "telegram", "'morning'", "09:30-17:00"),
    ("a channel's shift that ends before it begins", "10:00-13:00", "13:00-10:00", "telegram", "ends before it begins", "earlier time first"),
    ("a channel that is none", "telegram: {saturday", "telegrams: {saturday", "telegrams", "'telegrams' is not known", "web, telegram"),
    ("a channel that is a list", '{saturday: ["10:00-13:00"]}', "[saturday]", "telegram: [", "'telegram' cannot be", "monday"),
    ("another time zone", "Europe/London", "Europe/Paris", "time_zone", "'Europe/Paris'", "Europe/London"),
    ("no time zone", "  time_zone: Europe/London\n", "", "hours:", "'time_zone' is missing", "Europe/London"),
    ("no week", SERVICE[SERVICE.index("  weekly:") : SERVICE.index("  channels:")], "", "hours:", "'weekly' is missing", "monday"),
    ("nothing said of bank holidays", "  bank_holidays: closed\n", "", "hours:", "'bank_holidays' is missing", "closed, open"),
    ("bank holidays in other words", "bank_holidays: closed", "bank_holidays: no", "bank_holidays", "cannot be False", "closed, open"),
    ("a last handover in words", "minutes: 15", "minutes: a quarter", "last_handover", "cannot be 'a quarter'", "whole number"),
    ("a last handover that is true", "minutes: 15", "minutes: true", "last_handover", "cannot be True", "whole number"),
    ("a last handover after the closing", "minutes: 15", "minutes: -5", "last_handover", "cannot be -5", "from 0 to 120"),
    ("a closure without a sentence", '      sentence: "We are closed for Christmas."\n', "", "- from: 2026-12-24", "'sentence' is missing", "double quotes"),
    ("a closure without a beginning", "    - from: 2026-12-24\n      to", "    - to", "- to", "'from' is missing", "2026-12-24"),
    ("a closure that ends before it begins", "to: 2027-01-03", "to: 2026-01-03", "to: 2026-01-03", "ends before it begins", "'from'"),
    ("a closure of no length", "2026-12-14 15:00:00", "2026-12-14T13:00", "Fire drill", "ends before it begins", "'from'"),
    ("a closure to a day in words", "to: 2027-01-03", "to: new year", "to: new year", "cannot be 'new year'", "2026-12-24"),
    ("a closure to a day in quotes", "to: 2027-01-03", 'to: "2027-01-03"', 'to: "', "cannot be '2027-01-03'", "without quotes"),
    ("a closure to a day that is in no calendar", "to: 2027-01-03", "to: 2027-02-30", "2027-02-30", "no such day", "in the calendar"),
    ("a closure to a time that no clock has", "2026-12-14 15:00:00", "2026-12-14T25:00", "Fire drill", "cannot be '2026-12-14T25:00'", "2026-12-24T13:00"),
    ("a closure with a time zone", "2026-12-14 15:00:00", "2026-12-14 15:00:00+01:00", "Fire drill", "'to' cannot be", "2026-12-24T13:00"),
    ("a closure for ever", "to: 2027-01-03", "to: 9999-12-31", "to: 9999", "'to' cannot be", "2026-12-24"),
    ("a closure of a channel that is none", "channels: [web]", "channels: [fax]", "Fire drill", "cannot be 'fax'", "web, telegram"),
    ("a closure that is a day", "    - {from: 2026-12-14T13:00", "    - 2026-12-14\n    - {from: 2026-12-14T13:00", "    - 2026-12-14", "This entry cannot be", "sentence"),
    ("closures that are no list", SERVICE[SERVICE.index("    - from") : SERVICE.index("  openings:")], "    soon: yes\n", "closures", "'closures' cannot be", "list"),
    ("a closure that was over long ago", "- from: 2026-12-24\n      to: 2027-01-03", "- from: 2024-12-24\n      to: 2025-01-03", "2024", "over on 2025-01-03", "Delete"),
    ("an opening without shifts", '      shifts: ["10:00-14:00"]\n', "", "- date: 2026-12-05", "'shifts' is missing", "one entry"),
    ("an opening with no shift in its list", '["10:00-14:00"]', "[]", "shifts: []", "'shifts' is missing", "one entry"),
    ("an opening without a day", "    - date: 2026-12-05\n      shifts", "    - shifts", "- shifts", "'date' is missing", "2026-12-24"),
    ("an opening at a time", "date: 2026-12-05", "date: 2026-12-05T10:00", "T10:00", "'date' cannot be", "2026-12-24"),
    ("an opening in a year that nobody means", "date: 2026-12-05", "date: 0001-01-01", "0001", "'date' cannot be", "2026-12-24"),
    ("an opening that ends before it begins", "10:00-14:00", "14:00-10:00", "14:00-10:00", "ends before it begins", "earlier time first"),
    ("an opening that was over long ago", "date: 2026-12-05", "date: 2025-11-20", "2025", "over on 2025-11-20", "Delete"),
    ("two openings on a day", "2026-12-06", "2026-12-05", "{date", "an opening on 2026-12-05 already", "in one opening"),
    ("an opening that a closure takes away", "date: 2026-12-05", "date: 2026-12-29", "date: 2026-12-29", "closure on line 12 is stronger", "Make the closure two"),
    ("a sentence that is missing", '    over: "Closed for today."\n', "", "sentences:", "'over' is missing", "double quotes"),
    ("a sentence that is none of ours", "    over:", "    ever: Hello\n    over:", "ever:", "'ever' is not known", "open, last_handover"),
    ("a blank with a spelling mistake", "{time}", "{tiem}", "open:", "blank in 'open'", "{day}, {time}"),
    ("half a blank", "{time}", "{time", "open:", "blank in 'open'", "{day}, {time}"),
    ("a blank without a name", "{time}", "{}", "open:", "blank in 'open'", "{day}, {time}"),
    ("a blank of another sentence", "Closed for today.", "Until {time}.", "over:", "blank in 'over'", "without braces"),
    ("hours that are a text", SERVICE[SERVICE.index("hours:") :], 'hours: "office hours"\n', "hours:", "'hours' cannot be", "weekly"),
    ("no hours at all", SERVICE, "{}", "{}", "'hours' is missing", "weekly"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "problem", "remedy"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS]
)
def test_a_slip_in_the_hours_is_found_on_its_line_with_a_remedy(path, old, new, line, problem, remedy):
    assert old in SERVICE, "this row no longer fits the file above"
    path.write_text(SERVICE.replace(old, new, 1))
    found = findings(path)
    fitting = [finding for finding in found if problem in finding.problem]
    assert fitting, f"not found; instead: {[str(finding) for finding in found]}"
    assert line in path.read_text().splitlines()[fitting[0].line - 1]
    assert remedy in fitting[0].remedy


def test_a_closure_or_an_opening_is_kept_for_a_year(path):
    path.write_text(SERVICE.replace("date: 2026-12-05", "date: 2025-11-21"))
    assert findings(path) == []


def test_an_opening_outside_the_hours_or_the_channel_of_a_closure_is_kept(path):
    drill = SERVICE.replace("2026-12-14T13:00, to: 2026-12-14 15:00:00", "2026-12-05T13:00, to: 2026-12-05T15:00")
    path.write_text(drill)
    assert findings(path) == []
    path.write_text(drill.replace("2026-12-05T13:00", "2026-12-05T09:00"))
    assert findings(path) == []


#: What an editor might leave in place of an entry.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 3000) | st.floats() | st.dates() | st.datetimes()
    | st.sampled_from(["", "closed", "09:30-17:00", "22:00-02:00", "24:00-24:00", "2026-12-24T13:00", "{time}", "{", "web"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["monday", "web", "from", "to", "date", "shifts", "sentence", "open"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


def places(value, place=()):
    """The places of all entries, those of mappings and lists before those inside."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in rows:
        yield (*place, key)
        yield from places(inner, (*place, key))


PLACES = [*places(yaml.safe_load(SERVICE))]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), ANYTHING)
def test_whatever_stands_in_an_entry_is_found_or_can_be_used(path, place, anything):
    service = yaml.safe_load(SERVICE)
    around = service
    for key in place[:-1]:
        around = around[key]
    around[place[-1]] = anything
    path.write_text(yaml.safe_dump(service))
    if not findings(path):
        assert Hours(service["hours"]).words(NOW)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_an_entry_that_is_left_out_is_found_or_not_needed(path, place):
    service = yaml.safe_load(SERVICE)
    around = service
    for key in place[:-1]:
        around = around[key]
    del around[place[-1]]
    path.write_text(yaml.safe_dump(service))
    if not findings(path):
        assert Hours(service["hours"]).words(NOW)
