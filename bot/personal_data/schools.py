"""Names of schools: "St Mary's Primary", "Oakfield Academy", "he goes to Greenwood"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bot.personal_data.presidio import LocalRecognizer, NlpArtifacts, RecognizerResult
from bot.personal_data.words import Kind, Vocabulary, Word, plain

#: May stand within the name of a school, and not at its ends.
_WITHIN = frozenset(("of", "the", "and", "on", "in", "c", "e", "ce", "cofe", "rc", "church", "england", "catholic"))
#: And at its end: "St John's C of E School".
_OF_A_CHURCH = frozenset(("e", "ce", "cofe", "rc", "catholic", "england"))
_BEFORE_SMALL = frozenset(("at", "to", "from", "attends", "called", "left", "of"))
_KINDS_CALLED = frozenset(("called", "named"))
_WHOSE = frozenset(("my", "his", "her", "their", "our"))
_IS = frozenset(("is", "was"))
#: "My son's school, Brookfield,"
_BESIDE = frozenset((" ", ", ", " (", ": ", " - ", " – "))
#: "st marys", not "st tom"
_SHORTEST_SAINT = 4
#: A word of two that were said before: "Park View".
_FEWEST_AGAIN = 2
#: So many words a name may have before the word that says what kind of school it is.
_MOST_WORDS = 6
_LONGEST_CUE = 40


class Schools(LocalRecognizer):
    """Finds names of schools, nurseries and colleges; those that our own answers name are left."""

    def __init__(self, vocabulary: Vocabulary, lists: Mapping[str, Sequence[str]]) -> None:
        self._vocabulary = vocabulary
        self._kinds = frozenset(lists["school_words"])
        self._common = frozenset(lists["not_school_names"])
        self._places = frozenset(lists["school_places"])
        self._saints_names = {tuple(name.split()) for name in lists["church_schools"]}
        self._not_schools = frozenset(lists["not_schools"])
        at_school = "|".join(re.escape(cue) for cue in lists["at_school"])
        self._at_school = re.compile(
            rf"\b(?:{at_school}|in (?:year|yr|y) ?\d+ at|(?:s?he|they|son|daughter) (?:is|was|are) at"
            r"|(?:moved|sent|transferred) (?:him|her|them) to)\s+$",
            re.IGNORECASE,
        )
        super().__init__(supported_entities=["school"])

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        words: Any = nlp_artifacts.tokens
        found = sorted(
            {
                *self._saints(words),
                *self._of_the_church(words),
                *self._by_kind(words),
                *self._by_cue(text, words),
                *self._beside_school(words),
            }
        )
        spans = [
            (words[first].start, words[last].end if words[last].low in self._kinds else words[last].whole)
            for first, last in found
        ]
        return [
            RecognizerResult("school", start, end, 0.9)
            for start, end in spans
            if not self._vocabulary.is_said(text[start:end]) and plain(text[start:end]) not in self._not_schools
        ]

    def again(self, words: Sequence[Word], known: Collection[str]) -> Iterator[tuple[int, int]]:
        """A school once named is known by the words that are its own: "brookfield" after "Brookfield Academy"."""
        named = [word.low in known and word.low not in self._kinds and word.low not in _WITHIN for word in words]
        place = 0
        while place < len(words):
            last = place
            while last < len(words) and named[last] and (last == place or words[last].gap == " "):
                last += 1
            run = words[place:last]
            capitals = len(run) >= _FEWEST_AGAIN and all(word.capital for word in run)
            if capitals or any(word.kind is Kind.UNKNOWN for word in run):
                yield run[0].start, run[-1].end
            place = max(last, place + 1)

    def _saints(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """ "st marys", "St. John the Baptist C of E Primary": saints have schools, whatever the letters."""
        for place, word in enumerate(words[:-1]):
            saint = words[place + 1]
            beside = saint.gap == " " or (saint.gap == ". " and word.low == "st")
            # The "st" of "1st" stands beside a figure.
            if word.low not in ("st", "saint") or not beside or (place and not word.gap):
                continue
            last = place + 1
            while last + 1 < len(words) and words[last + 1].gap == " " and self._goes_on(words, last + 1):
                last += 1
            while words[last].low in _WITHIN:
                last -= 1
            several = saint.low[-1] == "s" and len(saint.low) > _SHORTEST_SAINT
            small = (several or self._after_small(words, place)) and saint.kind in (Kind.NAME, Kind.UNKNOWN)
            if words[last].low in self._kinds or saint.capital or saint.possessive or small:
                yield place, last

    def _of_the_church(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """ "Our Lady of Lourdes", "sacred heart" """
        for place, word in enumerate(words):
            for length in (2, 3):
                name = words[place : place + length]
                if tuple(word.low for word in name) not in self._saints_names:
                    continue
                if not word.capital and not self._after_small(words, place):
                    continue
                last = place + length - 1
                while last + 1 < len(words) and words[last + 1].gap == " " and self._continues(words, last + 1):
                    last += 1
                while words[last].low in _WITHIN:
                    last -= 1
                yield place, last

    def _continues(self, words: Sequence[Word], place: int) -> bool:
        """ "Our Lady of lourdes" """
        return self._goes_on(words, place) or (words[place - 1].low == "of" and words[place].kind is not Kind.OURS)

    def _after_small(self, words: Sequence[Word], place: int) -> bool:
        return place > 0 and words[place].gap == " " and words[place - 1].low in _BEFORE_SMALL

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
                yield first, self._end(words, place)

    def _end(self, words: Sequence[Word], kind: int) -> int:
        """ "Harris Academy Peckham" """
        following = words[kind + 1] if kind + 1 < len(words) and words[kind].capital else None
        if following is None or following.gap != " " or not following.capital or following.kind is not Kind.UNKNOWN:
            return kind
        return kind + 1

    def _by_cue(self, text: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """A name that we do not know where only a school's can stand: "goes to Brookfield", "goes to The Priory"."""
        for place, word in enumerate(words):
            the = place > 0 and words[place - 1].text == "The" and word.gap == " "
            if word.kind is not Kind.UNKNOWN and (not the or word.kind is Kind.OURS):
                continue
            first = place - the
            if self._is_called(words, place) or (word.capital and self._goes_to(text, words[first])):
                yield first, self._last_capital(words, place)

    def _goes_to(self, text: str, word: Word) -> bool:
        """ "He goes to …" """
        return bool(self._at_school.search(text[max(0, word.start - _LONGEST_CUE) : word.start]))

    def _beside_school(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """ "my son's school Brookfield", "his school is Brookfield" """
        for place, word in enumerate(words[1:-1], start=1):
            whose = words[place - 1]
            if word.low not in self._kinds or not (whose.possessive or whose.low in _WHOSE):
                continue
            name = place + 2 if words[place + 1].low in _IS and place + 2 < len(words) else place + 1
            own = words[name].kind is Kind.UNKNOWN and words[name].low not in self._common
            if own and words[name].capital and words[name].gap in _BESIDE:
                yield name, self._last_capital(words, name)

    def _is_called(self, words: Sequence[Word], place: int) -> bool:
        """ "the school called Ashlands", "his school is called Brookfield" """
        if place < 2 or words[place - 1].low not in _KINDS_CALLED:
            return False
        before = place - 3 if place > 2 and words[place - 2].low in _IS else place - 2
        return words[before].low in self._kinds

    def _last_capital(self, words: Sequence[Word], place: int) -> int:
        while place + 1 < len(words) and words[place + 1].gap == " " and words[place + 1].capital:
            place += 1
        return place

    def _may_precede(self, word: Word, kind: Word) -> bool:
        """Not "Zubair's school", "on Friday the school", "an SLD school"."""
        if word.low in _WITHIN:
            return word.low in _OF_A_CHURCH
        return kind.capital or not (word.possessive or word.text[:-1].isupper() or word.kind is Kind.NAME)

    def _says_more(self, word: Word) -> bool:
        return word.gap == " " and word.low in self._kinds

    def _goes_on(self, words: Sequence[Word], place: int) -> bool:
        """ "St John the Baptist School", not "St John's School in May" """
        word = words[place]
        if words[place - 1].low in self._kinds and word.low in _WITHIN - _OF_A_CHURCH:
            return False
        return word.low in self._kinds or word.low in _WITHIN or word.capital

    def _leads(self, words: Sequence[Word], place: int) -> bool:
        """Whether a word may belong to the name of the school whose kind comes after it."""
        word = words[place]
        if word.capital or word.low in self._kinds or word.low in _WITHIN:
            return True
        # "at oakfield academy", "at little acorns nursery", "to park lane primary"
        if not place or (word.kind is not Kind.UNKNOWN and word.low not in self._places):
            return False
        before = words[place - 1]
        beside = before.kind is Kind.UNKNOWN or before.low in self._places
        return before.low in _BEFORE_SMALL or (beside and self._leads(words, place - 1))

    def _is_own_name(self, words: Sequence[Word], place: int, kind: int) -> bool:
        """Whether a word makes the name of a school its own, and not "Special School" or "Kent school"."""
        word = words[place]
        if word.low in self._common or word.low in self._kinds or word.low.isdigit():
            return False
        if word.kind in (Kind.OURS, Kind.DOUBTFUL) and self._vocabulary.is_place(word):
            return words[kind].capital and not word.text.isupper()
        # "Park View Academy", "Can Oakfield Academy"
        begins = word.first and self._vocabulary.is_small(word)
        return not begins or (words[kind].capital and words[place + 1].capital and place + 1 < kind)
