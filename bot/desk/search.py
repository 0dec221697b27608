"""Finds cards by the words of an adviser."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from bot.knowledge import Card

#: So many cards are offered.
MOST_FOUND = 8
#: What a word counts by where it stands.
IN_TITLE, IN_ANSWER, IN_EXAMPLES = 4.0, 2.0, 1.0
#: Words that begin with the same letters are taken for kin, at this share: "suspended" finds "suspension".
KIN_LETTERS, KIN_SHARE = 5, 0.5

_WORD = re.compile(r"\w+")


class CardSearch:
    """An index of all cards, made when it is first needed; a rare word counts more than a frequent one."""

    def __init__(self, cards: Mapping[str, Card]) -> None:
        self._cards = cards

    @cached_property
    def _index(self) -> Mapping[str, Mapping[str, float]]:
        """For each word the cards that have it, with what it counts there."""
        index: dict[str, dict[str, float]] = defaultdict(dict)
        for card in self._cards.values():
            # From the least to the most: what counts is the best place of a word.
            for weight, text in (
                (IN_EXAMPLES, " ".join([*card.examples, card.basis, card.next_steps])),
                (IN_ANSWER, card.short),
                (IN_TITLE, f"{card.title} {card.topic}"),
            ):
                for word, share in _words(text):
                    index[word][card.id] = weight * share
        return index

    def find(self, words: str) -> Sequence[Card]:
        """The cards that fit the words, the best first."""
        scores: dict[str, float] = defaultdict(float)
        for word in {word for word, _ in _words(words)}:
            fitting = self._index.get(word, {})
            for card, weight in fitting.items():
                scores[card] += weight * math.log(len(self._cards) / len(fitting))
        best = sorted((-score, card) for card, score in scores.items() if score)
        return [self._cards[card] for _, card in best[:MOST_FOUND]]


def _words(text: str) -> Iterator[tuple[str, float]]:
    """The words of a text and the kin of each, with what they count."""
    for word in _WORD.findall(text.casefold()):
        yield word, 1.0
        if len(word) >= KIN_LETTERS:
            yield f"{word[:KIN_LETTERS]}…", KIN_SHARE
