"""Personal data is found in what parents write, and the words of our own subject are left alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.conversation import MOST_CHARACTERS
from bot.knowledge import Knowledge, read_yaml
from bot.personal_data import KINDS, PersonalData
from bot.personal_data.numbers import nhs_number_fits, upn_fits
from bot.settings import ROOT

MARK = re.compile(r"\{(\w+):([^}]*)\}")
GROUPS = read_yaml(Path(__file__).with_name("sentences.yml"))
THREADS = read_yaml(Path(__file__).with_name("threads.yml"))
SENTENCES = [(group, sentence) for group, sentences in GROUPS.items() for sentence in sentences]


@pytest.fixture(scope="module")
def personal_data(knowledge: Knowledge) -> PersonalData:
    return PersonalData(knowledge)


def as_marked(text: str, personal_data: PersonalData, before: Sequence[str] = ()) -> str:
    for found in reversed(personal_data.find(text, before)):
        text = f"{text[: found.start]}{{{found.kind}:{text[found.start : found.end]}}}{text[found.end :]}"
    return text


def test_there_are_enough_sentences():
    assert len(SENTENCES) >= 150


@pytest.mark.parametrize(("group", "sentence"), SENTENCES, ids=[sentence for _, sentence in SENTENCES])
def test_in_a_sentence_what_is_personal_is_found_and_nothing_else(group, sentence, personal_data):
    # A surname is one with the given name; "name and name" may be one finding or two.
    found = as_marked(MARK.sub(r"\2", sentence), personal_data)
    assert found == sentence


@pytest.mark.parametrize(
    ("before", "sentence"), [(before, sentence) for before, sentences in THREADS.items() for sentence in sentences]
)
def test_who_was_named_before_is_known_again_and_nothing_else(before, sentence, personal_data):
    assert as_marked(MARK.sub(r"\2", sentence), personal_data, [before]) == sentence


def test_each_kind_is_tried_and_has_words_that_stand_in_its_place(knowledge):
    assert {kind for _, sentence in SENTENCES for kind, _ in MARK.findall(sentence)} == {*KINDS}
    assert all(re.fullmatch(r"\[[\w -]+\]", knowledge.say(f"masked_{kind}")) for kind in KINDS)


def test_a_masked_text_keeps_all_else_and_is_not_masked_again(personal_data):
    text = "My son Tom’s school, St Mary's, rang 07700 900123.\nWhat now?"
    masked = personal_data.mask(text)
    assert masked == "My son [name]’s school, [school], rang [phone number].\nWhat now?"
    assert personal_data.find(masked) == []


def test_a_name_said_in_an_earlier_message_is_known_in_this_one(personal_data):
    assert personal_data.mask("zog was sent home") == "zog was sent home"
    assert personal_data.mask("zog was sent home", ["My son is called Zog."]) == "[name] was sent home"
    assert personal_data.mask("Will the school call me?", ["My son Will is ten."]) == "Will the school call me?"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("What about tomorrow?", "Tom was excluded"),
        ("I cannot cope", "Ann was excluded"),
        ("Is there a benefit?", "Ben was excluded"),
        ("An umbrella?", "Ella was excluded"),
        ("Will the school ring?", "Will was excluded"),
        ("Tom was excluded", "Tom and Ben were excluded"),
        ("We live in LS6 3QB", "We live in LS6 3QA"),
    ],
)
def test_what_is_only_part_of_an_earlier_word_was_not_sent_before(before, text, personal_data):
    assert personal_data.offer(text, [before]) is not None


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("My son Tom Baker was excluded", "Can Tom go back? TOM is 8"),
        ("We live in LS6 3QB", "ls6 3qb is our postcode"),
        ("My son is called Zog", "zog is home"),
    ],
)
def test_what_was_sent_before_as_it_is_is_not_asked_about_again(before, text, personal_data):
    assert personal_data.offer(text, [before, "And now?"]) is None


@pytest.mark.parametrize(("number", "fits"), [("9434765919", True), ("943 476 5919", True), ("9434765918", False)])
def test_an_nhs_number_has_its_check_digit(number, fits):
    assert nhs_number_fits(number) is fits


def test_no_nhs_number_asks_for_ten_as_its_check_digit():
    numbers = [f"00000000{ninth}{check}" for ninth in range(10) for check in range(10)]
    fitting = [number for number in numbers if nhs_number_fits(number)]
    assert len(fitting) == 9
    assert not any(number.startswith("000000006") for number in fitting)


@pytest.mark.parametrize(
    ("upn", "fits"),
    # The last has a letter at its end: a temporary number.
    [("H801200001001", True), ("h801200001001", True), ("A801200001001", False), ("R80120000100A", False)],
)
def test_a_upn_has_its_check_letter(upn, fits):
    assert upn_fits(upn) is fits


def test_a_temporary_upn_fits_with_exactly_one_first_letter():
    assert sum(upn_fits(f"{letter}80120000100X") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 1


def test_the_words_of_our_own_content_are_left_alone(knowledge, personal_data):
    """Names in examples are examples of names; titles, signposts and councils have none."""
    texts = [card.title for card in knowledge.cards.values()]
    texts += [f"I was told to ask {signpost.name}." for signpost in knowledge.signposts.values()]
    texts += [f"We live in {council.name}. {council.official_name} said no." for council in knowledge.councils]
    touched = {text: personal_data.mask(text) for text in texts if personal_data.find(text)}
    assert touched == {}


def test_of_the_questions_we_are_asked_in_tests_few_are_touched_and_rightly(personal_data):
    questions = [
        json.loads(line)["text"]
        for file in sorted((ROOT / "tests/eval").glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    found = {question[one.start : one.end] for question in questions for one in personal_data.find(question)}
    # All of them are names, one of an American state.
    assert found == {"Alfie", "Theo", "Amira", "Noah", "Georgia", "Ellie", "Jayden", "Freya", "Maisie", "Tom"}


@pytest.mark.parametrize(
    "unit",
    [
        "",
        "🙂",
        "\x00",
        "[name] ",
        "a",
        "1",
        "son ",
        "A B ",
        "born in a b ",
        "12/03/2015 is his ",
        "07700 ",
        "a.b@",
        "at St ",
    ],
)
def test_whatever_a_parent_writes_is_read_in_a_moment(unit, personal_data):
    text = (unit * MOST_CHARACTERS)[:MOST_CHARACTERS]
    started = time.process_time()
    personal_data.mask(text)
    assert time.process_time() - started < 0.5


def test_neither_spacy_nor_a_model_nor_a_network_is_needed():
    program = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("no network")
socket.socket.connect = socket.getaddrinfo = refuse
from bot.knowledge import load
from bot.personal_data import PersonalData
from bot.settings import ROOT
masked = PersonalData(load(ROOT / "knowledge")).mask("My son Tom, jo@example.com")
assert masked == "My son [name], [e-mail address]", masked
print(sorted({"spacy", "tensorflow", "thinc", "tldextract", "requests"} & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip()) == (0, "[]"), result.stderr


def test_of_what_was_read_before_only_the_places_are_remembered(personal_data, monkeypatch):
    monkeypatch.setattr("bot.personal_data.MOST_REMEMBERED", 3)
    monkeypatch.setattr(personal_data, "_remembered", {})
    read = []
    analyze = personal_data._analyzer.analyze
    monkeypatch.setattr(personal_data._analyzer, "analyze", lambda text, *_: read.append(text) or analyze(text, *_))
    before = ["My son Zubair was sent home", "He is at Oakfield Academy"]
    assert personal_data.mask("zubair has no place", before) == "[name] has no place"
    assert personal_data.mask("zubair has no place", before) == "[name] has no place"
    assert read == ["zubair has no place", *before]
    assert not re.search("(?i)zubair|oakfield", repr(personal_data._remembered))
    personal_data.find("And what now?")
    assert len(personal_data._remembered) == 3
    personal_data.find("zubair has no place")
    assert read.count("zubair has no place") == 2
