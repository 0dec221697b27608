"""Which nation of the United Kingdom a message names, read without any model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.knowledge import Council

#: What comes after this is where the family has left.
MOVED_AWAY = re.compile(r"\b(?:moved|moving|relocated|used to live)\s+(?:here\s+)?(?:from|in)\s+$", re.IGNORECASE)


class Nations:
    """Knows the words for nations in `knowledge/facts.yml`, and the councils whose names mean nothing else."""

    def __init__(self, words: Mapping[str, Any], councils: Sequence[Council]) -> None:
        everyday = frozenset(words["everyday_names"])
        self._patterns: dict[str, tuple[frozenset[str], re.Pattern[str]]] = {}
        for nation, said in words["facts"]["nation"].items():
            named = (council for council in councils if council.nation == nation)
            places = (name for council in named for name in (council.name, *council.also_known_as))
            phrases = [*said, *(name for name in places if name.lower() not in everyday)]
            self._patterns[nation] = frozenset(max(_words(phrase), key=len) for phrase in phrases), whole_words(phrases)

    def find(self, text: str) -> str | None:
        """The nation that is named, unless the family has moved away from there."""
        words = set(_words(text))
        for nation, (marks, pattern) in self._patterns.items():
            # Most messages name no place at all, which is quickly seen.
            if not marks.isdisjoint(words) and is_said(pattern, text):
                return nation
        return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def is_said(pattern: re.Pattern[str], text: str) -> bool:
    """Whether it is found somewhere that the family has not left."""
    return any(not MOVED_AWAY.search(text[: match.start()]) for match in pattern.finditer(text))


def whole_words(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern for whole words, the longest first."""
    longest_first = sorted(set(phrases), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)
