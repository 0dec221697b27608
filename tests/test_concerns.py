"""What a record of a concern asks for next, who may read it, and what may be added to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.accounts import Account, Role
from bot.concerns import (
    CHECK,
    ConcernIsClosed,
    ConcernRecord,
    Draft,
    Due,
    DueTimes,
    Entry,
    NoCouncilNamed,
    NotReferred,
    Step,
    Unacknowledged,
    Undecided,
    check,
    may_read,
)
from bot.conversation import Risk
from bot.settings import LONDON

NIGHT = dt.datetime(2026, 11, 21, 23, 50, tzinfo=LONDON)
RULES = {
    "decide_minutes": {"immediate": 15, "urgent": 60, "concern": 2880},
    "acknowledge_hours": 72,
    "close_days": 14,
}


def record(*steps: Step, level: Risk = Risk.URGENT, **more: object) -> ConcernRecord:
    """A record with an entry for each step, a minute apart; the check's words, Ann's deeds."""
    entries = tuple(
        Entry(
            number,
            NIGHT + dt.timedelta(minutes=number - 1),
            CHECK if step in (Step.BEFORE, Step.FOUND, Step.PUT_BACK) else "Ann",
            step,
            "suicide" if step is Step.FOUND else "",
            "words",
            about=number - 1 if step is Step.ACKNOWLEDGED else None,
        )
        for number, step in enumerate(steps, start=1)
    )
    return replace(ConcernRecord(1, "a", "web", level, entries), **more)


@pytest.mark.parametrize(("level", "minutes"), [(Risk.IMMEDIATE, 15), (Risk.URGENT, 60), (Risk.CONCERN, 2880)])
def test_a_decision_is_due_by_the_level_also_at_night(level: Risk, minutes: int) -> None:
    found = record(Step.FOUND, level=level)
    due = DueTimes(RULES).of(found)
    assert due == Due("decide", NIGHT + dt.timedelta(minutes=minutes))
    assert not DueTimes(RULES).overdue(found, due.by)
    assert DueTimes(RULES).overdue(found, due.by + dt.timedelta(seconds=1))


def test_the_time_begins_anew_with_new_words() -> None:
    due = DueTimes(RULES).of(record(Step.FOUND, Step.SEEN, Step.DECIDED, Step.FOUND))
    assert due == Due("decide", NIGHT + dt.timedelta(minutes=63))


def test_a_referral_waits_for_its_answer_and_then_the_concern_for_its_outcome() -> None:
    steps = [Step.FOUND, Step.DECIDED, Step.REFERRED]
    times = DueTimes(RULES)
    assert times.of(record(*steps)) == Due("acknowledge", NIGHT + dt.timedelta(minutes=2, hours=72))
    assert times.of(record(*steps, Step.ACKNOWLEDGED)) == Due("close", NIGHT + dt.timedelta(days=14))
    assert times.of(record(*steps, Step.ACKNOWLEDGED, Step.CLOSED)) is None


@pytest.mark.parametrize(
    ("steps", "unseen"),
    [
        ([Step.FOUND], True),
        ([Step.FOUND, Step.SEEN], False),
        ([Step.FOUND, Step.DECIDED], False),
        ([Step.FOUND, Step.SEEN, Step.FOUND], True),
        ([Step.FOUND, Step.SEEN, Step.PUT_BACK], True),
        ([Step.RAISED], False),
    ],
)
def test_a_concern_is_unseen_until_somebody_at_the_desk_has_done_something(steps: list[Step], unseen: bool) -> None:
    assert record(*steps).unseen is unseen


def test_an_adviser_who_is_gone_does_not_undo_what_was_decided() -> None:
    assert not record(Step.FOUND, Step.DECIDED, Step.PUT_BACK).undecided


@pytest.mark.parametrize(
    ("steps", "step", "error"),
    [
        ([Step.FOUND], Step.CLOSED, Undecided),
        ([Step.FOUND, Step.SEEN], Step.CLOSED, Undecided),
        ([Step.FOUND, Step.DECIDED, Step.FOUND], Step.CLOSED, Undecided),
        ([Step.FOUND, Step.DECIDED, Step.REFERRED], Step.CLOSED, Unacknowledged),
        ([Step.FOUND, Step.DECIDED, Step.CLOSED], Step.DECIDED, ConcernIsClosed),
        ([Step.FOUND, Step.DECIDED], Step.ACKNOWLEDGED, NotReferred),
        ([Step.FOUND, Step.REFERRED, Step.ACKNOWLEDGED], Step.ACKNOWLEDGED, NotReferred),
    ],
)
def test_what_cannot_be_added_yet_is_refused(steps: list[Step], step: Step, error: type[Exception]) -> None:
    with pytest.raises(error):
        check(record(*steps), Draft(step, "Ann", about=2))


def test_a_referral_to_children_s_services_says_which_council_s() -> None:
    decided = record(Step.FOUND, Step.DECIDED)
    with pytest.raises(NoCouncilNamed):
        check(decided, Draft(Step.REFERRED, "Ann", "childrens_services"))
    for draft in (
        Draft(Step.REFERRED, "Ann", "childrens_services", who="Kent"),
        Draft(Step.REFERRED, "Ann", "police"),
    ):
        check(decided, draft)


def test_a_concern_is_closed_once_all_is_done() -> None:
    check(record(Step.FOUND, Step.DECIDED, Step.REFERRED, Step.ACKNOWLEDGED), Draft(Step.CLOSED, "Sue"))


BO = Account("Bo", Role.ADVISER)


@pytest.mark.parametrize(
    ("found", "may"),
    [
        (record(Step.FOUND), True),
        (record(Step.FOUND, talk=1, adviser="Ann", talk_open=True), False),
        (record(Step.FOUND, talk=1, adviser="Bo", talk_open=True), True),
        (record(Step.FOUND, Step.SEEN, talk=1, adviser="Bo"), True),
        (record(Step.FOUND, Step.SEEN), False),
        (record(Step.FOUND, Step.SEEN, talk=1, talk_open=True), True),
        (record(Step.FOUND, Step.DECIDED, Step.CLOSED), False),
    ],
    ids=["unseen", "with Ann", "mine", "was mine", "seen by Ann", "nobody has the talk", "closed"],
)
def test_an_adviser_reads_what_is_theirs_or_still_needs_somebody(found: ConcernRecord, may: bool) -> None:
    assert may_read(BO, found) is may
    assert may_read(Account("Sue", Role.SUPERVISOR), found)
    assert not may_read(Account("Ed", Role.EDITOR), found)


def test_who_has_done_something_about_a_concern_may_go_on() -> None:
    assert may_read(Account("Ann", Role.ADVISER), record(Step.FOUND, Step.SEEN))
