"""Abbreviations and old words are understood, and explained in today's words."""

import datetime as dt

import pytest

from bot.answers import Answers
from bot.conversation import Context, Question, Understanding


@pytest.fixture(scope="module")
def term(knowledge):
    said = {word: term for term in knowledge.terms for word in term.said}
    return said.__getitem__


@pytest.mark.parametrize(
    ("said", "today"),
    [
        ("statement", "EHC plan"),
        ("fixed term exclusion", "suspension"),
        ("fixed period exclusion", "suspension"),
        ("expelled", "permanent"),
        ("lea", "council"),
        ("connexions", "careers"),
        ("dcsf", "Department for Education"),
        ("ewo", "attendance"),
        ("school action plus", "SEN support"),
        ("parent partnership", "SENDIASS"),
    ],
)
def test_an_old_word_has_todays_word_and_says_since_when(term, said, today):
    assert today.lower() in f"{term(said).means} {term(said).explain}".lower()
    assert term(said).old
    assert term(said).since


@pytest.mark.parametrize(
    ("said", "full"),
    [
        ("ehcp", "education, health and care plan"),
        ("eotas", "education otherwise than at school"),
        ("ebsa", "emotionally based school avoidance"),
        ("irp", "independent review panel"),
        ("senco", "special educational needs"),
        ("pru", "pupil referral unit"),
        ("camhs", "mental health"),
        ("sar", "subject access request"),
        ("lado", "designated officer"),
        ("oeas", "online education accreditation scheme"),
    ],
)
def test_an_abbreviation_is_written_out(term, said, full):
    assert full in term(said).full.lower()
    assert not term(said).old


def test_a_word_that_is_used_today_is_not_corrected(knowledge):
    asked = Understanding(
        questions=(Question("how long can they suspend her with an EHCP", [("suspension-length", 0.99)]),)
    )
    text = Answers(knowledge).answer(asked, Context(), dt.date(2026, 11, 21)).text
    assert text.startswith("**How long can a suspension last?**")


def test_every_old_word_can_be_explained_in_one_line(knowledge):
    answers = Answers(knowledge)
    for term in (term for term in knowledge.terms if term.old):
        asked = Understanding(questions=(Question(f"what about the {term.said[0]}", [("suspension-length", 0.99)]),))
        text = answers.answer(asked, Context(), dt.date(2026, 11, 21)).text
        assert term.means in text.split("**How long")[0], term.said[0]


def test_an_explanation_is_short(knowledge):
    assert [term.said[0] for term in knowledge.terms if len(term.explain.split()) > 30] == []
