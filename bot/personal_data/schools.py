"""Names of schools: "St Mary's Primary", "Oakfield Academy", "he goes to Greenwood"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.personal_data.presidio import LocalRecognizer, NlpArtifacts, RecognizerResult
from bot.personal_data.words import Kind, Vocabulary, Word

#: May stand within the name of a school, and not at its ends.
_WITHIN = frozenset(("of", "the", "and", "on", "in", "c", "e", "ce", "cofe", "rc", "church", "england", "catholic"))
#: And at its end: "St John's C of E School".
_OF_A_CHURCH = frozenset(("e", "ce", "cofe", "rc", "catholic", "england"))
_BEFORE_SMALL = frozenset(("at", "to", "from", "attends", "called", "left", "of"))
_KINDS_CALLED = frozenset(("called", "named"))
#: So many words a name may have before the word that says what kind of school it is.
_MOST_WORDS = 6


class Schools(LocalRecognizer):
    """Finds names of schools, nurseries and colleges; those that our own answers name are left."""

    def __init__(self, vocabulary: Vocabulary, lists: Mapping[str, Sequence[str]]) -> None:
        self._vocabulary = vocabulary
        self._kinds = frozenset(lists["school_words"])
        self._common = frozenset(lists["not_school_names"])
        at_school = "|".join(re.escape(cue) for cue in lists["at_school"])
        self._at_school = re.compile(rf"\b(?:{at_school}|in (?:year|yr|y) ?\d+ at)\s+$", re.IGNORECASE)
        super().__init__(supported_entities=["school"])

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        words: Any = nlp_artifacts.tokens
        found = sorted({*self._saints(words), *self._by_kind(words), *self._by_cue(text, words)})
        spans = [
            (words[first].start, words[last].end if words[last].low in self._kinds else words[last].whole)
            for first, last in found
        ]
        return [
            RecognizerResult("school", start, end, 0.9)
            for start, end in spans
            if not self._vocabulary.is_said(text[start:end])
        ]

    def _saints(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """ "st marys", "St. John the Baptist C of E Primary": saints have schools, whatever the letters."""
        for place, word in enumerate(words[:-1]):
            saint = words[place + 1]
            beside = saint.gap == " " or (saint.gap == ". " and word.low == "st")
            # The "st" of "1st" stands beside a figure.
            if word.low not in ("st", "saint") or not beside or (place and not word.gap):
                continue
            last = place + 1
            while last + 1 < len(words) and words[last + 1].gap == " " and self._goes_on(words[last + 1]):
                last += 1
            while words[last].low in _WITHIN:
                last -= 1
            if words[last].low in self._kinds or saint.capital or saint.possessive:
                yield place, last

    def _by_kind(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """A name before the word that says what kind of school it is."""
        for place, word in enumerate(words):
            if word.low not in self._kinds or (place + 1 < len(words) and self._says_more(words[place + 1])):
                continue
            first = place
            if first and not self._may_precede(words[first - 1], word):
                continue
            while first and place - first < _MOST_WORDS and words[first].gap == " " and self._leads(words, first - 1):
                first -= 1
            while first < place and not self._is_own_name(words, first, place):
                first += 1
            if first < place:
                yield first, place

    def _by_cue(self, text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """A name that we do not know where only a school's can stand."""
        for place, word in enumerate(words):
            if word.kind is not Kind.UNKNOWN:
                continue
            named = place > 1 and words[place - 1].low in _KINDS_CALLED and words[place - 2].low in self._kinds
            if named or (word.capital and self._at_school.search(text[: word.start])):
                last = place
                while last + 1 < len(words) and words[last + 1].gap == " " and words[last + 1].capital:
                    last += 1
                yield place, last

    def _may_precede(self, word: Word, kind: Word) -> bool:
        """Not "Zubair's school", "on Friday the school", "an SLD school"."""
        if word.low in _WITHIN:
            return word.low in _OF_A_CHURCH
        return kind.capital or not (word.possessive or word.text[:-1].isupper() or word.kind is Kind.NAME)

    def _says_more(self, word: Word) -> bool:
        return word.gap == " " and word.low in self._kinds

    def _goes_on(self, word: Word) -> bool:
        return word.low in self._kinds or word.low in _WITHIN or word.capital

    def _leads(self, words: Sequence[Word], place: int) -> bool:
        """Whether a word may belong to the name of the school whose kind comes after it."""
        word = words[place]
        if word.capital or word.low in self._kinds or word.low in _WITHIN:
            return True
        # "at oakfield academy", "at little acorns nursery"
        before = words[place - 1] if place else None
        if word.kind is not Kind.UNKNOWN or before is None:
            return False
        return before.low in _BEFORE_SMALL or (before.kind is Kind.UNKNOWN and self._leads(words, place - 1))

    def _is_own_name(self, words: Sequence[Word], place: int, kind: int) -> bool:
        """Whether a word makes the name of a school its own, and not "Special School" or "Kent school"."""
        word = words[place]
        if word.low in self._common or word.low in self._kinds or word.low.isdigit():
            return False
        if word.kind is Kind.OURS and self._vocabulary.is_place(word):
            return words[kind].capital and not word.text.isupper()
        # "Park View Academy", "Can Oakfield Academy"
        begins = word.first and self._vocabulary.is_small(word)
        return not begins or (words[kind].capital and words[place + 1].capital and place + 1 < kind)
