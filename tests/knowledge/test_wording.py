"""Every fixed sentence is there, is used, can be read by a tired parent, and promises nothing we cannot keep."""

from __future__ import annotations

import re
import string

import pytest
import textstat

from bot.knowledge import KINDS, Knowledge, read_yaml
from bot.settings import ROOT

WORDING = read_yaml(ROOT / "knowledge" / "wording.yml")
IN_DANGER = tuple(key for key in WORDING if key.startswith("sg_"))

#: A reading grade says nothing about a label or a sentence shorter than this many words.
SHORTEST_GRADED = 8
HIGHEST_GRADE = 8
#: What a parent in danger can take in.
MOST_WORDS_IN_DANGER = 95

#: What no sentence may say, since we cannot keep it.
PROMISES = re.compile(
    r"\b(?:guarantee|we promise|i promise|always be here|will be fine|completely confidential)\b", re.I
)


#: Wordings that are said on one channel only, or to advisers, by how their keys begin.
ONE_CHANNEL = ("page_", "telegram_", "desk_", "talk_", "board_", "concern_", "callback_desk", "widget_")


def plain(text: str) -> str:
    """A wording as it is read: link texts without addresses, no marks."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("**", "")


def test_every_reply_to_small_talk_has_its_sentence() -> None:
    rules = read_yaml(ROOT / "data" / "stories" / "rules.yml")["rules"]
    intents = {step["intent"] for rule in rules for step in rule["steps"] if "intent" in step} - {"ask"}
    assert intents <= set(WORDING)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_card_has_a_name(kind: str) -> None:
    assert WORDING[f"kind_{kind}"]


def test_each_sentence_can_be_read_at_age_eleven() -> None:
    texts = {key: plain(text) for key, text in WORDING.items()}
    graded = {key: text for key, text in texts.items() if len(text.split()) >= SHORTEST_GRADED}
    assert [key for key, text in graded.items() if textstat.flesch_kincaid_grade(text) > HIGHEST_GRADE] == []


def test_no_sentence_promises_what_we_cannot_keep() -> None:
    assert [key for key, text in WORDING.items() if PROMISES.search(text)] == []


@pytest.mark.parametrize(
    ("key", "blanks"),
    [
        ("source", {"title", "address", "section", "date", "kind", "reviewed"}),
        ("excerpt", {"question"}),
        ("old_word", {"word", "means", "since"}),
        ("card_overdue", {"date"}),
        ("card_expired", {"date"}),
    ],
)
def test_a_sentence_with_blanks_has_all_of_them(key: str, blanks: set[str]) -> None:
    assert {name for _, name, _, _ in string.Formatter().parse(WORDING[key]) if name} == blanks


def test_the_source_is_a_link() -> None:
    assert "[{title}]({address})" in WORDING["source"]


def test_every_number_to_call_is_one_of_our_signposts(knowledge: Knowledge) -> None:
    known = " ".join(signpost.phone for signpost in knowledge.signposts.values())
    numbers = ((key, number) for key, text in WORDING.items() for number in re.findall(r"\d[\d ]{5,}\d", text))
    assert [(key, number) for key, number in numbers if number not in known] == []


@pytest.mark.parametrize("key", IN_DANGER)
def test_words_for_danger_say_first_when_to_call_999(key: str) -> None:
    begins, bold, *_ = WORDING[key].split("**")
    assert "999" in bold
    # At most two short sentences of kindness come before it.
    assert len(begins.split()) <= 35


@pytest.mark.parametrize("key", IN_DANGER)
def test_words_for_danger_ask_nothing_and_are_short(key: str) -> None:
    assert "?" not in WORDING[key]
    assert len(plain(WORDING[key]).split()) <= MOST_WORDS_IN_DANGER


def test_the_topic_buttons_are_ten_to_twelve_cards(knowledge: Knowledge) -> None:
    topics = knowledge.service["topics"]
    assert 10 <= len(set(topics)) == len(topics) <= 12
    assert set(topics) <= set(knowledge.cards)


def test_the_hours_name_every_day_of_the_week(knowledge: Knowledge) -> None:
    hours = knowledge.service["hours"]
    assert hours["time_zone"] == "Europe/London"
    assert list(hours["weekly"]) == ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    for shifts in hours["weekly"].values():
        assert all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", shift) for shift in shifts)


def test_what_is_said_on_every_channel_speaks_of_no_page() -> None:
    shared = {key: plain(str(text)) for key, text in WORDING.items() if not key.startswith(ONE_CHANNEL)}
    assert [key for key, text in shared.items() if re.search(r"\b(?:page|box|screen|tab|window|click)\b", text)] == []
