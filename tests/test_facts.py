"""What a parent says about the family is found; nothing is guessed."""

import pytest
import spacy
from spacy.tokens import Span

from bot.facts import FactFinder


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


@pytest.fixture(scope="module")
def find(knowledge, nlp):
    finder = FactFinder(knowledge.facts, knowledge.councils, nlp)

    def find(text, date=""):
        doc = nlp(text)
        if date:
            begin = text.index(date)
            doc.ents = [doc.char_span(begin, begin + len(date), label="DATE")]
            assert all(isinstance(entity, Span) for entity in doc.ents)
        return finder.find(doc)

    return find


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("how long can he be off for", {}),
        ("my son has an EHCP and they sent him home", {"ehc_plan": "has"}),
        ("her ehcp says one to one", {"ehc_plan": "has"}),
        ("he's got a statement of SEN", {"ehc_plan": "has"}),
        ("she doesn't have an EHC plan", {"ehc_plan": "none"}),
        ("she doesn’t have an EHC plan", {"ehc_plan": "none"}),
        ("he hasnt got an ehcp yet", {"ehc_plan": "none"}),
        ("no ehcp, what can we do", {"ehc_plan": "none"}),
        ("we have applied for an EHCP", {"ehc_plan": "applying"}),
        ("we are waiting for an EHCP", {"ehc_plan": "applying"}),
        ("what is an EHCP", {}),
        ("the academy rang me again", {"school": "academy"}),
        ("he is in a PRU", {"school": "pru"}),
        ("it is a special school", {"school": "special"}),
        ("we pay for a private school", {"school": "independent"}),
        ("she was suspended on Monday", {"exclusion": "suspension"}),
        ("a fixed term exclusion of two days", {"exclusion": "suspension"}),
        ("he has been permanently excluded", {"exclusion": "permanent"}),
        ("they expelled her", {"exclusion": "permanent"}),
        ("we live in Wales", {"nation": "wales"}),
        ("we are in Scotland", {"nation": "scotland"}),
        ("we live in Northern Ireland", {"nation": "northern-ireland"}),
        ("I moved here from Wales last year", {}),
        ("we live in Dubai", {"nation": "abroad"}),
        ("my 504 plan meeting is tomorrow", {"nation": "abroad"}),
    ],
)
def test_a_fact_that_is_said_is_found_and_no_other(find, text, facts):
    assert find(text) == facts


@pytest.mark.parametrize(
    ("text", "council", "nation"),
    [
        ("we are in Leeds and nobody helps", "Leeds", "england"),
        ("cardiff will not answer", "Cardiff", "wales"),
        ("school in Belfast will not have her", "Belfast", "northern-ireland"),
        ("Hertfordshire County Council says no", "Hertfordshire", "england"),
        ("Kent council will not assess", "Kent", "england"),
        ("we live in Reading", "Reading", "england"),
    ],
)
def test_a_council_is_found_by_its_name_and_tells_the_nation(find, text, council, nation):
    assert find(text) == {"council": council, "nation": nation}


@pytest.mark.parametrize(
    "text",
    [
        "he is behind in reading",
        "she will not get out of the bath",
        "he plays rugby for the school",
        "we moved from Leeds in the summer",
    ],
)
def test_an_everyday_word_or_a_place_the_family_has_left_is_no_council(find, text):
    assert "council" not in find(text)


@pytest.mark.parametrize(
    ("text", "date", "kept"),
    [
        ("he was sent home on 12 November and we heard nothing", "12 November", True),
        ("it happened yesterday at lunch", "yesterday", True),
        ("the meeting is on 3/12/2026 at school", "3/12/2026", True),
        ("they ring every day about him", "every day", False),
        ("he has been out for two weeks now", "two weeks", False),
    ],
)
def test_only_a_date_that_points_at_one_day_is_kept(find, text, date, kept):
    assert find(text, date).get("date") == (date if kept else None)
