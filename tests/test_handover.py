"""The handover card says what was said, and nothing that the parent has left out."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Author, Context, Message, Reply, Shown, Status
from bot.handover import FEWEST_WAITS, HandoverCard, expected_minutes, propose
from bot.settings import LONDON

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)


def thread(*turns):
    """Lines of a thread: (what a parent wrote, status of the reply, cards shown)."""
    lines = []
    for text, status, *cards in turns:
        number = len(lines) + 1
        shown = tuple(Shown(card, "v1") for card in cards)
        lines += [
            Message(number, Author.PARENT, text, NOON, str(number)),
            Message(number + 1, Author.ASSISTANT, "…", NOON, "", answers=number, reply=Reply(status, "…", shown)),
        ]
    return lines


def test_what_a_parent_wants_is_their_last_question_and_not_their_thanks():
    said = thread(
        ("hello", Status.SMALL_TALK),
        ("can they send him home every day", Status.ANSWERED, "informal-sent-home"),
        ("thanks", Status.SMALL_TALK),
        ("let me talk to somebody", Status.HANDOVER),
    )
    assert propose(said, Context()).want == "can they send him home every day"


def test_a_question_that_found_no_answer_is_what_they_want():
    said = thread(("hi", Status.SMALL_TALK), ("the panel never wrote back", Status.NOT_KNOWN))
    assert propose(said, Context()).want == "the panel never wrote back"


def test_the_answers_a_parent_has_seen_are_on_the_card_once_with_their_versions():
    said = thread(("a", Status.ANSWERED, "one", "two"), ("b", Status.ANSWERED, "one"), ("c", Status.CHOICES, "three"))
    assert propose(said, Context()).shown == (Shown("one", "v1"), Shown("two", "v1"))


def test_what_was_said_of_the_family_is_on_the_card():
    card = propose([], Context(facts={"nation": "england", "council": "Kent", "ehc_plan": "has"}))
    assert (card.nation, card.council, card.facts) == ("england", "Kent", {"ehc_plan": "has"})


def test_a_parent_who_has_said_nothing_has_an_empty_card():
    assert propose([], Context()) == HandoverCard()


def test_what_a_parent_leaves_out_is_gone_and_the_rest_stays():
    card = HandoverCard(want="w", nation="wales", council="Kent", reach="07", safe_to_leave=True)
    assert card.without(("nation", "reach", "no such line")) == HandoverCard(
        want="w", council="Kent", safe_to_leave=True
    )


def test_a_card_comes_back_from_the_store_as_it_went():
    card = HandoverCard("w", "england", "Kent", {"school": "academy"}, (Shown("one", "v1"),), "07", False)
    assert HandoverCard.from_json(card.as_json()) == card


# -- how long it takes -------------------------------------------------------------------------------------------------


def test_with_too_few_waits_we_say_that_we_do_not_know():
    assert expected_minutes([60.0] * (FEWEST_WAITS - 1)) is None


@pytest.mark.parametrize(
    ("waits", "minutes"),
    [([10] * 5, 5), ([0] * 9, 5), ([300] * 5, 5), ([301] * 5, 10), ([60] * 8 + [3600, 3600], 15), ([1200] * 20, 20)],
)
def test_most_parents_waited_less_than_what_we_say(waits, minutes):
    assert expected_minutes(waits) == minutes


@given(st.lists(st.integers(0, 4 * 3600), min_size=FEWEST_WAITS, max_size=200))
def test_what_we_say_holds_for_four_of_five_and_is_a_multiple_of_five(waits):
    minutes = expected_minutes(waits)
    assert minutes % 5 == 0
    assert sum(wait <= minutes * 60 for wait in waits) >= 0.8 * (len(waits) - 1)
