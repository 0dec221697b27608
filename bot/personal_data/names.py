"""Names of people: given names by a list, all others by the words around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.personal_data.presidio import LocalRecognizer, NlpArtifacts, RecognizerResult
from bot.personal_data.words import Kind, Vocabulary, Word

#: What may stand between "my son" and his name.
_BESIDE = frozenset(("", ",", ":", "(", "-", "–", '"', "“", "'", "‘"))
_CALLED = frozenset(("called", "named", "nicknamed"))
_NAMED = frozenset((("name", "is"), ("name", "was"), ("known", "as")))
#: "called Ofsted", "named person": so many letters in capitals are an abbreviation.
_ABBREVIATION = 5
_OLDEST_CHILD = 25
#: From this share of words that our own answers use, a message is in English.
_ENGLISH = 0.5
_OF_AGE = frozenset(("yo", "yrs", "yr", "year", "years", "aged"))


class Names(LocalRecognizer):
    """Finds names of people; given name and surname are one."""

    def __init__(self, vocabulary: Vocabulary, lists: Mapping[str, Sequence[str]]) -> None:
        self._vocabulary = vocabulary
        self._relations, self._titles, self._does, self._possessions = (
            frozenset(lists[name]) for name in ("relations", "titles", "does", "possessions")
        )
        super().__init__(supported_entities=["name"])

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        words: Any = nlp_artifacts.tokens
        return [RecognizerResult("name", start, end, 0.8) for start, end in self._found(words)]

    def _found(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        # In other languages names are words: there only those with a capital letter count.
        ours = sum(word.kind is Kind.OURS for word in words)
        if ours < len(words) * _ENGLISH:
            words = [word if word.capital else word._replace(kind=Kind.OURS) for word in words]
        place = 0
        while place < len(words):
            if not self._is_name(words, place):
                place += 1
                continue
            last = place
            while last + 1 < len(words) and self._goes_on(words, last):
                last += 1
            yield words[place].start, words[last].end
            place = last + 1

    def _is_name(self, words: Sequence[Word], place: int) -> bool:
        word, kind = words[place], words[place].kind
        if kind is Kind.NAME:
            return True
        if _is_abbreviation(word) or (kind is Kind.OURS and not word.capital):
            return False
        if self._after_title(words, place):
            return (word.capital and len(word.low) > 1) or kind is Kind.UNKNOWN
        if kind is Kind.OURS:
            return False
        if self._after_naming(words, place):
            return word.capital or kind is Kind.UNKNOWN
        if self._after_relation(words, place) and word.capital:
            return True
        if kind is Kind.DOUBTFUL:
            return self._acts(words, place)
        if word.capital:
            return self._owns(words, place) or self._is_of_an_age(words, place)
        return self._after_relation(words, place) and (self._acts(words, place) or self._owns(words, place))

    def _acts(self, words: Sequence[Word], place: int) -> bool:
        """Whether a word stands where only a person can: "Will is", "Grace (8)". A place or a month never does."""
        word, after = words[place], words[place + 1] if place + 1 < len(words) else None
        if word.kind is Kind.DOUBTFUL and (not word.capital or self._vocabulary.is_place(word)):
            return False
        does = after is not None and after.low in self._does and after.gap == " " and not word.possessive
        return does or self._owns(words, place) or self._is_of_an_age(words, place)

    def _owns(self, words: Sequence[Word], place: int) -> bool:
        """ "Zubair's school" """
        after = words[place + 1] if place + 1 < len(words) else None
        owned = after is not None and after.gap == " " and after.low in self._possessions
        return owned and words[place].possessive

    def _is_of_an_age(self, words: Sequence[Word], place: int) -> bool:
        """ "Zubair (8)", "Zubair, 8 years old" """
        if place + 1 == len(words) or (words[place].first and words[place + 1].gap == " "):
            return False
        age, after = words[place + 1], words[place + 2].low if place + 2 < len(words) else ""
        if age.low == "aged":
            return True
        young = age.low.isdigit() and len(age.low) < 3 and int(age.low) <= _OLDEST_CHILD
        return young and (age.gap == " (" or (after in _OF_AGE and age.gap in (" ", ", ")))

    def _goes_on(self, words: Sequence[Word], last: int) -> bool:
        """Whether the next word is the surname, or the name of the next child: "Ola and Kuba"."""
        word = words[last + 1]
        if words[last].possessive or word.gap not in (" ", "-") or not words[last].capital:
            return False
        if not word.capital or _is_abbreviation(word):
            return False
        return word.kind is not Kind.OURS or self._may_be_surname(word)

    def _may_be_surname(self, word: Word) -> bool:
        """ "Sarah Jones", not "Sarah Year" """
        return not any(word.low in words for words in (self._titles, self._does, self._possessions))

    def _after_title(self, words: Sequence[Word], place: int) -> bool:
        return place > 0 and words[place - 1].low in self._titles and words[place].gap in (" ", ". ")

    def _after_naming(self, words: Sequence[Word], place: int) -> bool:
        """ "called Zubi", "her name is Zubi", "name: Zubi" """
        if not place or words[place].gap.strip() not in _BESIDE:
            return False
        last, one_before = words[place - 1], words[place - 2].low if place > 1 else ""
        if last.low in _CALLED or (one_before, last.low) in _NAMED:
            return True
        return last.low in ("name", "names") and (last.possessive or ":" in words[place].gap)

    def _after_relation(self, words: Sequence[Word], place: int) -> bool:
        """ "my son Zubi", "my daughter, Zubi" """
        if not place or words[place].first or words[place].gap.strip() not in _BESIDE:
            return False
        return words[place - 1].low in self._relations and not words[place - 1].possessive


def _is_abbreviation(word: Word) -> bool:
    return word.text.isupper() and word.capital and 1 < len(word.text) <= _ABBREVIATION
