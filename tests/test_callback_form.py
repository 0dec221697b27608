"""What a parent writes fills in the form as well as it can; what cannot be understood changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callback_form import FIELDS, NOT_UNDERSTOOD, STOPPED, Form, FormTurn, fill, missing

KINDS = {
    "call": ("A helpline call", "advice call"),
    "listening": ("A listening-ear appointment, one to one", "listening ear", "just listen"),
}
FREE = {
    "call": [f"2026-11-{day}T{time}" for day in (24, 25, 26) for time in ("09:30", "10:00", "13:00", "14:00")],
    "listening": [f"2026-11-26T{time}" for time in ("10:00", "13:00")],
}
FILLED = {
    "kind": "call",
    "day": "2026-11-24",
    "time": "10:00",
    "name": "Jo",
    "phone": "+447911123456",
    "safe": "yes",
    "about": "",
}


def said(asked, text, **values):
    """The form after a text, asked for a field when all before it are filled in."""
    before = {name: FILLED[name] for name in FIELDS[: FIELDS.index(asked)]} if asked else {}
    return fill(Form(asked, {**before, **values}, KINDS, FREE, "2026-11-23"), text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("can somebody ring me back", {}),
        ("ring me tomorrow at ten please", {"day": "2026-11-24", "time": "10:00"}),
        ("a listening ear appointment on thursday", {"kind": "listening", "day": "2026-11-26"}),
        ("could someone ring me on sunday", {}),
        ("ring me in the afternoon", {"time": "13:00"}),
        (f"he was suspended on thursday {'and then ' * 20}ring me", {}),
    ],
)
def test_the_wish_for_a_call_may_say_all_at_once(text, values):
    assert said("", text) == FormTurn(missing(values), values)


@pytest.mark.parametrize(
    ("asked", "text", "values"),
    [
        ("kind", "listening", {"kind": "listening"}),
        ("kind", "the helpline call please", {"kind": "call"}),
        ("kind", "I don't mind", {"kind": "call"}),
        ("kind", "an advice call, tomorrow after lunch", {"kind": "call", "day": "2026-11-24", "time": "13:00"}),
        ("day", "2026-11-25", {"day": "2026-11-25"}),
        ("day", "Thursday", {"day": "2026-11-26"}),
        ("day", "26", {"day": "2026-11-26"}),
        ("day", "tomorrow at half nine", {"day": "2026-11-24", "time": "09:30"}),
        ("day", "as soon as possible", {"day": "2026-11-24"}),
        ("time", "14:00", {"time": "14:00"}),
        ("time", "2", {"time": "14:00"}),
        ("time", "after lunch", {"time": "13:00"}),
        ("time", "whenever", {"time": "09:30"}),
        ("time", "thursday at 10", {"day": "2026-11-26", "time": "10:00"}),
        ("name", "my name is Will Smith.", {"name": "Will Smith"}),
        ("name", "Sarah", {"name": "Sarah"}),
        ("name", "it’s Mo, 07911 123456", {"name": "Mo", "phone": "+447911123456"}),
        ("phone", "it's 07911 123456", {"phone": "+447911123456"}),
        ("safe", "yes that's fine", {"safe": "yes"}),
        ("safe", "no problem", {"safe": "yes"}),
        ("safe", "please don’t", {"safe": "no"}),
        ("safe", "not sure", {"safe": "no"}),
        ("about", "his exclusion", {"about": "his exclusion"}),
        ("about", "skip", {"about": ""}),
        ("about", "no thanks", {"about": ""}),
        ("about", "x" * 1000, {"about": "x" * 300}),
    ],
)
def test_an_answer_fills_in_what_it_says(asked, text, values):
    turn = said(asked, text)
    assert {name: turn.values.get(name) for name in values} == values
    assert (turn.problem, turn.asked) == ("", missing(turn.values))


@pytest.mark.parametrize(
    ("asked", "text", "problem"),
    [
        ("kind", "blue", NOT_UNDERSTOOD),
        ("day", "dunno", NOT_UNDERSTOOD),
        ("day", "sunday", "day_taken"),
        ("time", "hm", NOT_UNDERSTOOD),
        ("time", "11am", "time_taken"),
        ("name", "what do you need that for?", NOT_UNDERSTOOD),
        ("name", "x" * 61, NOT_UNDERSTOOD),
        ("name", "…", NOT_UNDERSTOOD),
        ("name", "Jo 07911 12", "phone_wrong"),
        ("phone", "my mobile", NOT_UNDERSTOOD),
        ("phone", "+353 1 234 5678", "phone_foreign"),
        ("phone", "0906 123 4567", "phone_premium"),
        ("safe", "maybe", NOT_UNDERSTOOD),
    ],
)
def test_what_cannot_be_taken_is_asked_for_again_and_nothing_is_lost(asked, text, problem):
    turn = said(asked, text)
    assert (turn.asked, turn.problem) == (asked, problem)
    assert turn.values == {name: FILLED[name] for name in FIELDS[: FIELDS.index(asked)]}


@pytest.mark.parametrize("asked", FIELDS)
@pytest.mark.parametrize(
    "text", ["stop", "Cancel it please.", "I've changed my mind", "forget it", "I don't want a call"]
)
def test_a_parent_can_stop_at_any_question(asked, text):
    assert said(asked, text).problem == STOPPED


def test_a_time_that_was_said_before_the_day_is_kept_for_it():
    assert said("day", "after lunch").values["time"] == "13:00"
    assert said("day", "tomorrow", time="13:00").asked == "name"


def test_a_day_on_which_the_kind_has_no_call_is_asked_for_anew():
    turn = said("kind", "listening", day="2026-11-24", time="10:00")
    assert (turn.asked, turn.values) == ("day", {"kind": "listening", "time": "10:00"})


def test_a_time_that_another_day_does_not_have_is_asked_for_anew():
    turn = said("day", "tomorrow", time="11:00")
    assert (turn.asked, turn.values) == ("time", {"kind": "call", "day": "2026-11-24"})


def test_a_call_that_was_booked_by_somebody_else_meanwhile_is_missed_at_the_next_answer():
    turn = said("name", "Jo", time="11:00")
    assert (turn.asked, turn.problem) == ("time", "slot_taken")
    assert turn.values == {"kind": "call", "day": "2026-11-24", "name": "Jo"}


@given(st.sampled_from(["", *FIELDS]), st.text(max_size=80))
def test_whatever_a_parent_types_the_form_holds_only_what_can_be_kept(asked, text):
    turn = said(asked, text)
    assert set(turn.values) <= set(FIELDS)
    assert turn.problem or turn.asked == missing(turn.values)
    if {"kind", "day", "time"} <= set(turn.values):
        assert f"{turn.values['day']}T{turn.values['time']}" in FREE[turn.values["kind"]]
