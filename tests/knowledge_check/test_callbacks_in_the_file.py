"""An editor who slips in the calls is told the line and the remedy, and never meets a stack trace."""

import datetime as dt
import textwrap

import pytest

from bot.knowledge_check.callbacks import CALLBACKS, check_callbacks
from bot.knowledge_check.page import open_list
from bot.knowledge_check.shape import Rule, record

TODAY = dt.date(2026, 11, 21)
#: The hours have a test of their own.
ANYTHING = Rule(lambda _: True, "")

SERVICE = textwrap.dedent(
    """\
    hours:
      time_zone: Europe/London
      weekly: {monday: ["09:30-17:00"], tuesday: ["09:30-17:00"]}
      bank_holidays: closed
      last_handover_minutes: 15
      sentences: {}
    callbacks:
      days_ahead: 14
      least_notice_minutes: 60
      card: helpline-callback
      kinds:
        call:
          label: "A helpline call"
          said: ["advice call"]
          minutes: 30
          at_once: 2
          weekly:
            monday: ["09:30-12:00"]
            tuesday: ["13:00-16:30"]
    """
)

# Each row: what the slip is, what is replaced by what, the line that must be named (a text that only stands on that
# line), words of the problem and of the remedy.
SLIPS = [
    ("a number in words", "days_ahead: 14", "days_ahead: many", "days_ahead", "cannot be 'many'", "1 to 60"),
    ("calls for ever", "days_ahead: 14", "days_ahead: 365", "days_ahead", "cannot be 365", "1 to 60"),
    ("a notice below nothing", "minutes: 60", "minutes: -5", "least_notice", "cannot be -5", "0 to 10080"),
    ("a card that is not there", "card: helpline-callback", "card: x", "card:", "no card 'x'", "how calls work"),
    ("a label that no button holds", "A helpline call", "A call " * 9, "label", "cannot be", "45 characters"),
    ("a kind without a length", "      minutes: 30\n", "", "call:", "'minutes' is missing", "5 to 180"),
    ("nobody who makes the calls", "at_once: 2", "at_once: 0", "at_once", "cannot be 0", "1 to 50"),
    ("a day with a spelling mistake", 'tuesday: ["13', 'tusday: ["13', "tusday", "'tusday' is not known", "tuesday"),
    ("times in other words", "13:00-16:30", "after lunch", 'tuesday: ["after', "'after lunch'", "09:30-17:00"),
    ("times that overlap", '["13:00-16:30"]', '["13:00-16:30", "16:00-17:00"]', "16:30", "overlaps", "one shift"),
    ("times that are too short", "13:00-16:30", "13:00-13:20", "13:20", "30 minutes does not fit", "shorter"),
    ("a day on which we are closed", 'tuesday: ["13', 'sunday: ["13', "sunday", "closed at these times", "'hours'"),
    ("times before we open", "13:00-16:30", "07:00-09:00", "07:00", "closed at these times", "'hours'"),
]


def findings(path):
    page = open_list(path)
    if not page.found:
        page.check(record(hours=ANYTHING, callbacks=CALLBACKS))
    if not page.found:
        check_callbacks({"helpline-callback"}, page, TODAY)
    return page.found


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "service.yml"
    path.write_text(SERVICE)
    return path


def test_calls_without_a_slip_have_no_findings(path):
    assert findings(path) == []


@pytest.mark.parametrize(("_", "old", "new", "line", "problem", "remedy"), SLIPS, ids=[row[0] for row in SLIPS])
def test_a_slip_is_found_on_its_line_with_its_remedy(path, _, old, new, line, problem, remedy):
    assert SERVICE.count(old) == 1
    path.write_text(SERVICE.replace(old, new))
    (found,) = findings(path)
    assert line in path.read_text().splitlines()[found.line - 1]
    assert problem in found.problem
    assert remedy in found.remedy


def test_a_service_without_any_kind_of_call_is_found(path):
    path.write_text(SERVICE[: SERVICE.index("    call:")].replace("kinds:", "kinds: {}"))
    assert [found.problem for found in findings(path)] == ["There is no kind of call."]
