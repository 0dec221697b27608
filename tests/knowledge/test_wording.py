"""Every fixed sentence is there, is used, can be read by a tired parent, and promises nothing we cannot keep."""

from __future__ import annotations

import re
import string

import pytest
import textstat

from bot.knowledge import DANGER_TEXTS, KINDS, YOUNG, Knowledge, read_yaml
from bot.settings import ROOT

WORDING = read_yaml(ROOT / "knowledge" / "wording.yml")
IN_DANGER = {text: [key for key in WORDING if re.fullmatch(rf"sg_.+_{text}({YOUNG})?", key)] for text in DANGER_TEXTS}

#: A reading grade says nothing about a label or a sentence shorter than this many words.
SHORTEST_GRADED = 8
HIGHEST_GRADE = 8
#: What a parent in danger can take in, the less the graver it is.
MOST_WORDS_IN_DANGER = {"immediate": 46, "urgent": 52, "concern": 36, "later": 80}
MOST_SENTENCES_NOW = 3
#: And how much kindness can come before what to do.
MOST_WORDS_BEFORE_999 = {"immediate": 13, "urgent": 22}

#: What no sentence may say, since we cannot keep it.
PROMISES = re.compile(
    r"\b(?:guarantee|we promise|i promise|always be here|will be fine|completely confidential)\b", re.I
)

#: What nobody in danger is told: what others will do or not do, that nobody hears of it, that all will be well.
PROMISES_IN_DANGER = re.compile(
    r"\b(?:will join|as soon as|we will|i will|always|on (?:its|the) way|is coming|until help comes"
    r"|not (?:be )?in trouble|in trouble for|be taken away|you choose whom|has to get hurt|will be (?:safe|fine|all right)"
    r"|keeps? you safe|will stop|get better|nobody (?:else )?(?:will|has to) know|between us|a secret|confidential"
    r"|(?:they|these people) will)\b",
    re.I,
)
#: What speaks to a parent, and is not for a young person to read.
TO_A_PARENT = re.compile(r"your (?:own )?(?:child|son|daughter)\b|bad parent|the child’s|other children|EHC|carer,", re.I)

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


def test_nobody_in_danger_is_promised_what_we_cannot_keep() -> None:
    said = {key: text for key, text in WORDING.items() if key.startswith(("sg_", "danger_told", "confidence"))}
    found = {key: PROMISES_IN_DANGER.findall(text) for key, text in said.items()}
    # "We cannot promise that they see it" is none.
    assert {key: promises for key, promises in found.items() if promises} == {}


@pytest.mark.parametrize(
    "promise",
    [
        "one of them will join you here as soon as they can",
        "you choose whom to tell; these people will listen",
        "you will not be in trouble with them",
        "Nobody is in trouble for this",
        "They will listen, and nobody has to get hurt",
        "Asking for help does not mean that your child will be taken away",
    ],
)
def test_promises_that_were_once_made_are_known(promise: str) -> None:
    assert PROMISES_IN_DANGER.search(promise)


@pytest.mark.parametrize("text", MOST_WORDS_BEFORE_999)
def test_words_for_danger_say_first_when_to_call_999(text: str) -> None:
    for key in IN_DANGER[text]:
        begins, bold, *_ = WORDING[key].split("**")
        assert "999" in bold, key
        assert len(begins.split()) <= MOST_WORDS_BEFORE_999[text], key


@pytest.mark.parametrize("text", DANGER_TEXTS)
def test_words_for_danger_ask_nothing_and_are_short(text: str) -> None:
    for key in IN_DANGER[text]:
        assert "?" not in WORDING[key], key
        assert len(plain(WORDING[key]).split()) <= MOST_WORDS_IN_DANGER[text], key


def test_what_to_do_this_minute_is_three_sentences() -> None:
    sentences = {key: re.findall(r"[^.!]+[.!]", plain(WORDING[key])) for key in IN_DANGER["immediate"]}
    assert [key for key, said in sentences.items() if not 2 <= len(said) <= MOST_SENTENCES_NOW] == []


def test_nothing_that_a_young_person_in_danger_reads_speaks_to_a_parent(knowledge: Knowledge) -> None:
    names = [row["wording"] for row in knowledge.safeguarding["kinds"].values()]
    said = {(name, text): knowledge.say_in_danger(name, text, young=True) for name in names for text in DANGER_TEXTS}
    assert {where: text for where, text in said.items() if TO_A_PARENT.search(text)} == {}


def test_who_reads_what_is_said_to_the_assistant_is_one_sentence_and_the_same_on_the_page() -> None:
    assert re.fullmatch(r"[^.]+\.", WORDING["confidence"])
    assert "advisers can read" in WORDING["confidence"]
    assert "even if you only wrote to the program" in WORDING["page_privacy"]
    assert "whether you told an adviser or only the program" in WORDING["page_privacy"]


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
