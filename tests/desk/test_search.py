"""An adviser finds the card with the words that come to mind."""

from __future__ import annotations

import pytest

from bot.desk.search import MOST_FOUND, CardSearch
from bot.knowledge import Knowledge


@pytest.fixture(scope="module")
def search(knowledge: Knowledge) -> CardSearch:
    return CardSearch(knowledge.cards)


@pytest.mark.parametrize(
    ("words", "card"),
    [
        ("part-time timetable rules", "part-time-timetable-rules"),
        ("return meeting after suspension", "suspension-back-to-school"),
        ("deregister home education special school", "ehe-special-school"),
        ("suspended, back to school meeting", "suspension-back-to-school"),
        ("parent cannot pay fine holiday", "fine-holiday"),
    ],
)
def test_an_adviser_finds_a_card_by_its_title_its_examples_or_kin_of_its_words(
    search: CardSearch, words: str, card: str
) -> None:
    assert card in [found.id for found in search.find(words)][:4]


def test_an_adviser_is_offered_eight_cards_at_most_and_none_for_nothing(search: CardSearch) -> None:
    assert len(search.find("school")) == MOST_FOUND
    assert search.find("") == search.find("qqqq") == []


def test_a_card_that_is_named_by_its_title_is_among_the_first_three(search: CardSearch, knowledge: Knowledge) -> None:
    cards = knowledge.cards.values()
    assert [card.id for card in cards if card not in search.find(card.title)[:3]] == []
