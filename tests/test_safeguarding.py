"""What the check for danger must find, and what it must leave alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.conversation import MOST_CHARACTERS, Risk
from bot.knowledge import read_yaml
from bot.safeguarding import Safeguard

KNOWLEDGE = Path(__file__).parent.parent / "knowledge"
CONTENT = read_yaml(KNOWLEDGE / "safeguarding.yml")
MESSAGES = read_yaml(Path(__file__).parent / "safeguarding_messages.yml")
KINDS = tuple(CONTENT["kinds"])

#: What one message may take, the longest one that the page takes, with two as long before it.
MOST_SECONDS = 0.020


@pytest.fixture(scope="module")
def safeguard() -> Safeguard:
    return Safeguard(CONTENT)


def must() -> Iterator[tuple[str, str, str]]:
    for kind, row in CONTENT["kinds"].items():
        for level, messages in row["must"].items():
            yield from ((kind, level, message) for message in messages)


def must_not() -> Iterator[tuple[str, str]]:
    for kind, row in CONTENT["kinds"].items():
        yield from ((kind, message) for message in row["must_not"])


@pytest.mark.parametrize(("kind", "level", "message"), must())
def test_a_message_that_must_be_found_is_found_at_its_level(
    safeguard: Safeguard, kind: str, level: str, message: str
) -> None:
    concern = safeguard.check(message)
    assert concern is not None, "nothing was found"
    assert (concern.kind, concern.risk) == (kind, Risk(level))


@pytest.mark.parametrize(("kind", "message"), must_not())
def test_a_near_miss_is_left_alone(safeguard: Safeguard, kind: str, message: str) -> None:
    assert safeguard.check(message) is None


@pytest.mark.parametrize("message", MESSAGES["danger"])
def test_danger_in_other_words_is_found(safeguard: Safeguard, message: str) -> None:
    concern = safeguard.check(message)
    assert concern is not None, "nothing was found"
    assert concern.risk is not Risk.CONCERN


@pytest.mark.parametrize("message", MESSAGES["concern"])
def test_a_concern_in_other_words_is_found(safeguard: Safeguard, message: str) -> None:
    assert safeguard.check(message) is not None


@pytest.mark.parametrize("message", MESSAGES["ordinary"])
def test_an_ordinary_message_is_left_alone(safeguard: Safeguard, message: str) -> None:
    assert safeguard.check(message) is None


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_at_least_ten_messages_and_ten_near_misses(kind: str) -> None:
    row = CONTENT["kinds"][kind]
    assert sum(map(len, row["must"].values())) >= 10
    assert len(row["must_not"]) >= 10


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_names_a_wording_and_signposts_that_exist(kind: str) -> None:
    row = CONTENT["kinds"][kind]
    signposts = {signpost["id"] for signpost in read_yaml(KNOWLEDGE / "signposts.yml")["signposts"]}
    assert row["wording"] in read_yaml(KNOWLEDGE / "wording.yml")
    assert row["signposts"][0] == "emergency-999"
    assert set(row["signposts"]) <= signposts


def test_every_spelling_has_one_plain_form() -> None:
    said = [variant for variants in CONTENT["spellings"].values() for variant in variants]
    assert sorted(said) == sorted(set(said))


def test_a_message_is_read_with_the_one_before_it(safeguard: Safeguard) -> None:
    assert safeguard.check("I've taken them all") is None
    concern = safeguard.check("I've taken them all", before=["hello", "the tablets are on my bed"])
    assert concern is not None
    assert (concern.kind, concern.risk) == ("suicide", Risk.IMMEDIATE)


def test_what_was_found_before_is_not_found_again(safeguard: Safeguard) -> None:
    assert safeguard.check("when must the governors meet?", before=["my partner hit me last night"]) is None


def test_danger_now_counts_more_than_a_concern_in_the_same_message(safeguard: Safeguard) -> None:
    concern = safeguard.check("She has self harmed for years. She has just swallowed a whole packet of paracetamol.")
    assert concern is not None
    assert concern.risk is Risk.IMMEDIATE


def test_what_was_long_ago_is_a_concern_only(safeguard: Safeguard) -> None:
    now, then = (safeguard.check(f"he tried to kill himself {when}") for when in ("in his bedroom", "two years ago"))
    assert now is not None
    assert now.risk is Risk.URGENT
    assert then is not None
    assert then.risk is Risk.CONCERN


@pytest.mark.parametrize("message", ["I’ve took 30 PILLS", "i have took 30 pills!!!", "i've took 30 💊"])
def test_capitals_curly_apostrophes_and_emoji_change_nothing(safeguard: Safeguard, message: str) -> None:
    concern = safeguard.check(message)
    assert concern is not None
    assert concern.risk is Risk.IMMEDIATE


@pytest.mark.parametrize("message", ["", " ", "?", "👍", "…", "ok"])
def test_a_message_without_words_is_left_alone(safeguard: Safeguard, message: str) -> None:
    assert safeguard.check(message) is None


def test_the_longest_message_takes_less_than_twenty_milliseconds(safeguard: Safeguard) -> None:
    text = ("My son is nine and the school keeps ringing me to collect him, he hit me and I can not do this. " * 20)[
        :MOST_CHARACTERS
    ]
    took = []
    for _ in range(10):
        began = time.perf_counter()
        safeguard.check(text, before=[text, text])
        took.append(time.perf_counter() - began)
    # The quickest of ten: a busy machine must not fail the test.
    assert min(took) < MOST_SECONDS
