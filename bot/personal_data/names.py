"""Names of people: given names by a list, all others by the words around them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bot.personal_data.cues import Cues
from bot.personal_data.presidio import LocalRecognizer, NlpArtifacts, RecognizerResult
from bot.personal_data.words import Kind, Vocabulary, Word

#: "called Ofsted", "named person": so many letters in capitals are an abbreviation.
_ABBREVIATION = 5
#: From this share of words that our own answers use, a message is in English.
_ENGLISH = 0.5
_AND = frozenset((" ", " & "))
_PLURAL_VERBS = frozenset(("are", "were", "have", "both", "go", "need"))


class Names(LocalRecognizer):
    """Finds names of people; given name and surname are one."""

    def __init__(self, vocabulary: Vocabulary, lists: Mapping[str, Sequence[str]]) -> None:
        self._vocabulary = vocabulary
        self._cues = Cues(vocabulary, lists)
        self._surnames = frozenset(lists["surnames"])
        super().__init__(supported_entities=["name"])

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        words: Any = nlp_artifacts.tokens
        return [RecognizerResult("name", start, end, 0.8) for start, end in self._found(words)]

    def again(self, words: Sequence[Word], known: Collection[str]) -> Iterator[tuple[int, int]]:
        """A name once known is known wherever it stands; "Will the school" and "in May" are left alone."""
        for place, word in enumerate(words):
            if word.low in known and word.kind is not Kind.OURS and self._is_again(words, place):
                yield word.start, word.end

    def _is_again(self, words: Sequence[Word], place: int) -> bool:
        word, cues = words[place], self._cues
        if word.kind is not Kind.DOUBTFUL:
            return True
        if cues.after_article(words, place):
            return False
        if self._vocabulary.is_place(word) and cues.after_time_or_place(words, place):
            return False
        if word.capital and not word.first:
            return True
        small_name = not word.capital and cues.is_mostly_a_name(word) and not self._vocabulary.is_place(word)
        return small_name or cues.does(words, place) or cues.owns(words, place)

    def _found(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        # In other languages names are words: there only those with a capital letter count.
        ours = sum(word.kind is Kind.OURS for word in words)
        if ours < len(words) * _ENGLISH:
            words = [word if word.capital else word._replace(kind=Kind.OURS) for word in words]
        place, joined = 0, -1
        while place < len(words):
            if place != joined and not self._is_name(words, place):
                place += 1
                continue
            last = place
            while last + 1 < len(words) and self._goes_on(words, place, last):
                last += 1
            yield words[place].start, words[last].end
            joined = self._next_child(words, last)
            place = last + 1

    def _is_name(self, words: Sequence[Word], place: int) -> bool:
        word, kind, cues = words[place], words[place].kind, self._cues
        if kind is Kind.NAME:
            return not cues.gives_its_name(words, place)
        if _is_abbreviation(word) or (kind is Kind.OURS and not word.capital):
            return False
        if cues.after_title(words, place):
            return (word.capital and len(word.low) > 1) or kind is Kind.UNKNOWN
        if kind is Kind.OURS:
            return False
        if cues.after_naming(words, place):
            return word.capital or kind is Kind.UNKNOWN
        if word.capital:
            return cues.after_relation(words, place) or self._acts(words, place)
        if cues.after_several(words, place) and self._is_pair(words, place):
            return True
        if kind is Kind.DOUBTFUL:
            return cues.after_close_relation(words, place) and cues.is_said_of_a_child(words, place)
        return cues.after_relation(words, place) and (
            cues.does(words, place) or cues.owns(words, place) or cues.is_of_an_age(words, place)
        )

    def _acts(self, words: Sequence[Word], place: int) -> bool:
        """Whether a word stands where only a person can: "Will is", "Grace (8)". A place or a month seldom does."""
        word, cues = words[place], self._cues
        if cues.gives_its_name(words, place):
            return False
        if word.kind is Kind.UNKNOWN:
            return cues.owns(words, place) or cues.is_of_an_age(words, place)
        if cues.after_article(words, place):
            return False
        if self._vocabulary.is_place(word):
            return cues.is_child(words, place)
        acts = cues.does(words, place) or cues.owns(words, place) or cues.is_of_an_age(words, place)
        return acts or self._is_pair(words, place)

    def _is_pair(self, words: Sequence[Word], place: int) -> bool:
        """ "Mark and Grace are", "my twins reed and brook started" """
        if place + 3 >= len(words) or words[place + 1].low != "and":
            return False
        word, other, then = words[place], words[place + 2], words[place + 3]
        if other.kind is Kind.OURS or other.capital is not word.capital or words[place + 1].gap != " ":
            return False
        return then.low in _PLURAL_VERBS or self._cues.does(words, place + 2)

    def _goes_on(self, words: Sequence[Word], first: int, last: int) -> bool:
        """Whether the next word is the surname."""
        word = words[last + 1]
        if words[last].possessive or word.gap not in (" ", "-") or _is_abbreviation(word):
            return False
        if words[last].capital:
            return word.capital and (word.kind is not Kind.OURS or self._cues.may_be_surname(word))
        if word.capital or last > first:
            return False
        cued = self._cues.after_naming(words, first) or self._cues.after_relation(words, first)
        ends = last + 2 == len(words) or words[last + 2].gap != " " or self._cues.does(words, last + 1)
        return word.low in self._surnames or (word.kind is Kind.UNKNOWN and cued and ends)

    def _next_child(self, words: Sequence[Word], last: int) -> int:
        """The place of a name that is joined to the one before: "Ola and Kuba", "Reed, Brook and Cody"; or -1."""
        if words[last].possessive or last + 2 >= len(words):
            return -1
        comma = words[last + 1].gap == ", "
        place = last + 2 if words[last + 1].low == "and" else last + 1
        if place == len(words):
            return -1
        word = words[place]
        if word.gap not in _AND and not comma:
            return -1
        if place == last + 1 and word.gap == " ":
            return -1
        if word.kind not in (Kind.DOUBTFUL, Kind.UNKNOWN) or self._vocabulary.is_place(word) or _is_abbreviation(word):
            return -1
        if comma and (place + 1 == len(words) or words[place + 1].low != "and"):
            return -1
        return place if word.capital or (not words[last].capital and self._cues.does(words, place)) else -1


def _is_abbreviation(word: Word) -> bool:
    return word.text.isupper() and word.capital and 1 < len(word.text) <= _ABBREVIATION
