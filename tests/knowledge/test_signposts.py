"""Whoever we send a parent to can be reached, and is named where it matters."""

import dataclasses
import datetime as dt
import re

import pytest

from bot.answers import FOR_ADULTS, Answers
from bot.conversation import Risk
from bot.safeguarding import Concern

TODAY = dt.date(2026, 11, 21)
NATIONS = ("england", "wales", "scotland", "northern-ireland")
#: Helpers for children, and for women.
NOT_FOR_PARENTS = ("childline", *(f"domestic-abuse-{nation}" for nation in NATIONS))


def test_the_helplines_number_and_hours_are_the_same_everywhere(knowledge):
    helpline = knowledge.signposts["helpline"]
    assert helpline.phone == knowledge.service["phone"] == "0808 808 3555"
    assert helpline.hours == "Monday to Friday, 9.30am to 5pm"
    weekly = knowledge.service["hours"]["weekly"]
    assert {day for day, shifts in weekly.items() if shifts == ["09:30-17:00"]} == {
        "monday", "tuesday", "wednesday", "thursday", "friday",
    }  # fmt: skip
    assert "0808 808 3555" in knowledge.cards["helpline-hours"].short


@pytest.mark.parametrize(
    ("signpost", "phone"),
    [
        ("emergency-999", "999"),
        ("samaritans", "116 123"),
        ("childline", "0800 1111"),
        ("nspcc", "0808 800 5000"),
        ("nhs-111-option-2", "111, then option 2"),
    ],
)
def test_the_numbers_for_a_crisis_are_right(knowledge, signpost, phone):
    assert knowledge.signposts[signpost].phone == phone


def test_a_crisis_text_line_is_there_for_whoever_cannot_speak(knowledge):
    assert any("85258" in signpost.text for signpost in knowledge.signposts.values())


def test_hours_that_were_not_confirmed_are_not_shown(knowledge):
    # Their archived pages contradict each other, or are older than a known change.
    for signpost in ("nspcc", "family-lives", "lgsco", "papyrus", "mens-advice-line", "youngminds"):
        assert knowledge.signposts[signpost].hours == ""


def test_what_is_known_about_a_helper_is_not_from_the_future(knowledge):
    assert [row.id for row in knowledge.signposts.values() if row.as_of > TODAY] == []


def test_every_phone_number_can_be_dialled(knowledge):
    for row in knowledge.signposts.values():
        for number in re.findall(r"\+?\d[\d ]+\d", row.phone):
            digits = number.replace(" ", "")
            assert digits in ("999", "111", "101", "116123", "08001111") or len(digits) in (10, 11), (
                f"{row.id}: {number}"
            )


@pytest.mark.parametrize("nation", NATIONS)
def test_every_nation_has_advice_on_special_needs(knowledge, nation):
    assert [row for row in knowledge.signposts.values() if nation in row.nations and row.id != "helpline"]


@pytest.mark.parametrize("nation", NATIONS)
@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize(("young", "not_for_them"), [(False, NOT_FOR_PARENTS), (True, FOR_ADULTS)], ids=["parent", "young"])
def test_somebody_beside_999_can_be_called_or_texted_at_any_hour(knowledge, nation, risk, young, not_for_them):
    answers = Answers(knowledge)
    for kind, row in knowledge.safeguarding["kinds"].items():
        concern = Concern(kind, risk, row["wording"], tuple(row["signposts"]), young=young)
        helpers = answers.helpers(concern, nation)
        assert all(nation in helper.nations and (helper.phone or helper.text) for helper in helpers), kind
        first, *others = helpers
        assert first.id == "emergency-999", kind
        assert [helper.id for helper in others if helper.is_there_now and helper.id not in not_for_them], kind
        if risk is Risk.IMMEDIATE:
            assert all(helper.is_there_now for helper in helpers), kind
            # Whoever is in danger now has no time to choose.
            assert len(helpers) <= 5, kind


def test_whoever_is_there_now_has_hours_that_were_confirmed_and_a_number(knowledge):
    there_now = {row.id for row in knowledge.signposts.values() if row.is_there_now}
    assert there_now == {
        "emergency-999", "nhs-111-option-2", "nhs-111-wales", "nhs-24", "lifeline-ni", "samaritans", "shout",
        "childline", "domestic-abuse-england", "domestic-abuse-wales", "domestic-abuse-scotland",
        "domestic-abuse-northern-ireland",
    }  # fmt: skip
    lost = dataclasses.replace(knowledge.signposts["childline"], phone="")
    assert not lost.is_there_now


@pytest.mark.parametrize(
    ("nation", "number"),
    [("england", "111, then option 2"), ("wales", "111, then option 2"), ("scotland", "111"), ("northern-ireland", "0808 808 8000")],
)
def test_each_nation_s_own_line_for_a_crisis_is_named_in_danger_now(knowledge, nation, number):
    row = knowledge.safeguarding["kinds"]["suicide"]
    concern = Concern("suicide", Risk.IMMEDIATE, row["wording"], tuple(row["signposts"]))
    assert [helper.phone for helper in Answers(knowledge).helpers(concern, nation) if helper.nations == (nation,)] == [number]


@pytest.mark.parametrize("name", ["SENDIASS", "IPSEA", "Ombudsman", "Education Otherwise", "Voice for Learners"])
def test_the_helpers_that_parents_are_most_often_sent_to_are_there(knowledge, name):
    assert any(name in f"{row.name} {row.what_for}" for row in knowledge.signposts.values())


def test_what_a_helper_is_for_is_said_in_a_line(knowledge):
    assert [row.id for row in knowledge.signposts.values() if len(row.what_for.split()) > 30] == []
