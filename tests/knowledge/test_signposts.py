"""Whoever we send a parent to can be reached, and is named where it matters."""

import datetime as dt
import re

import pytest

TODAY = dt.date(2026, 11, 21)


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
    for signpost in ("nspcc", "family-lives", "lgsco"):
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


@pytest.mark.parametrize("nation", ["england", "wales", "scotland", "northern-ireland"])
def test_every_nation_has_advice_on_special_needs(knowledge, nation):
    assert [row for row in knowledge.signposts.values() if nation in row.nations and row.id != "helpline"]


def test_every_helper_that_a_concern_names_can_be_called_or_texted(knowledge):
    for kind, row in knowledge.safeguarding["kinds"].items():
        helpers = [knowledge.signposts[signpost] for signpost in row["signposts"]]
        assert any(helper.phone or helper.text for helper in helpers), kind


@pytest.mark.parametrize("name", ["SENDIASS", "IPSEA", "Ombudsman", "Education Otherwise", "Voice for Learners"])
def test_the_helpers_that_parents_are_most_often_sent_to_are_there(knowledge, name):
    assert any(name in f"{row.name} {row.what_for}" for row in knowledge.signposts.values())


def test_what_a_helper_is_for_is_said_in_a_line(knowledge):
    assert [row.id for row in knowledge.signposts.values() if len(row.what_for.split()) > 30] == []
