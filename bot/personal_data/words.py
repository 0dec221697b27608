"""What recognisers of names need to know of a message: its words, and which of them are names, or our own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from bot.knowledge import Knowledge

GIVEN_NAMES = Path(__file__).with_name("given_names.txt")
#: How a given name that is an English word too is marked there.
_A_WORD_TOO = "?"

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_POSSESSIVE = frozenset(("'s", "’s", "'S", "’S"))
_POSSESSIVE_END = re.compile(r"['’][sS]$")
_SENTENCE_END = re.compile(r"[.!?\n•]")
#: After these a full stop ends no sentence.
_SHORT_FORMS = frozenset({"st", "mr", "mrs", "ms", "dr", "prof", "rev"})
_LETTERS_ALONE = str.maketrans("łŁıøđ’", "lLiod'")
#: From this share of capitals on, they tell nothing: everything is written so.
_SHOUTED = 0.8
_FEWEST_WORDS = 5
#: Shorter names with an "s" behind them are words of many languages.
_SHORTEST_NAME = 4


class Kind(Enum):
    """What a word is, as far as can be known without the words around it."""

    NAME = "a given name and nothing else"
    DOUBTFUL = "a given name, and a word or a place"
    OURS = "a word of our own answers"
    UNKNOWN = "none that we know"


class Word(NamedTuple):
    """One word of a message. `text` and `end` leave a possessive ending out."""

    text: str
    start: int
    end: int
    low: str
    """in small letters without accents"""
    gap: str
    """what stands between the word before and this one"""
    possessive: bool
    whole: int
    """the end with a possessive ending"""
    capital: bool
    """whether it has a capital letter that tells something"""
    first: bool
    """whether it begins a sentence"""
    kind: Kind


def plain(text: str) -> str:
    """A text in small letters without accents."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.translate(_LETTERS_ALONE))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


def _read(text: str, kind_of: Callable[[str], Kind]) -> list[Word]:
    found = [(match.start(), match[0]) for match in _WORD.finditer(text)]
    written = [word for _, word in found if len(word) > 1 and word[0].isalpha()]
    capitals = sum(word[0].isupper() for word in written)
    telling = len(written) < _FEWEST_WORDS or capitals / len(written) < _SHOUTED
    words: list[Word] = []
    for start, said in found:
        before = words[-1] if words else None
        gap = text[before.whole : start] if before else text[:start]
        possessive = said[-2:] in _POSSESSIVE
        bare = said[:-2] if possessive else said
        low = plain(bare)
        ended = gap != " " and bool(_SENTENCE_END.search(gap))
        words.append(
            Word(
                text=bare,
                start=start,
                end=start + len(bare),
                low=low,
                gap=gap,
                possessive=possessive,
                whole=start + len(said),
                capital=telling and bare[0].isupper(),
                first=before is None or (ended and not (gap == ". " and before.low in _SHORT_FORMS)),
                kind=kind_of(low),
            )
        )
    return words


class Vocabulary:
    """Tells names from words, by lists of names and by the words that our own answers use."""

    def __init__(self, knowledge: Knowledge, given_names: Path = GIVEN_NAMES) -> None:
        lists: Mapping[str, Sequence[str]] = knowledge.personal_data
        rows = [row for row in given_names.read_text(encoding="utf-8").splitlines() if row[0] != "#"]
        self._not_names, self._never = frozenset(lists["not_names"]), frozenset(lists["never_names"])
        mostly = {*lists["mostly_names"], *lists["more_names"]}
        self._small, self._capital = _own_words(knowledge)
        others = (
            {row.rstrip(_A_WORD_TOO) for row in rows if row.endswith(_A_WORD_TOO)}
            | self._not_names
            | {*lists["words_first"]}
        )
        names = {row.rstrip(_A_WORD_TOO) for row in rows} | mostly
        self._doubtful = frozenset((others | (self._small | self._capital) & names) - (mostly - self._not_names))
        self._names = frozenset(names - self._doubtful)
        self._said = _said(knowledge)

    def read(self, text: str) -> list[Word]:
        """The words and numbers of a message, in order."""
        return _read(text, self._kind)

    def is_place(self, word: Word) -> bool:
        """Whether our answers write the word with a capital letter only, or it is a place or a month: Ofsted, Kent."""
        return word.low in self._capital or word.low in self._not_names

    def is_small(self, word: Word) -> bool:
        """Whether our answers write the word in small letters."""
        return word.low in self._small

    def _kind(self, low: str) -> Kind:
        if low in self._never or len(low) == 1 or low.startswith("i'"):
            return Kind.OURS
        if low in self._names or ("-" in low and low.partition("-")[0] in self._names):
            return Kind.NAME
        if low in self._doubtful:
            return Kind.DOUBTFUL
        if low in self._small or low in self._capital or low.isdigit():
            return Kind.OURS
        # "Toms school" is Tom's.
        several = low[-1] == "s" and len(low) > _SHORTEST_NAME and low[:-1] in self._names
        return Kind.NAME if several else Kind.UNKNOWN

    def is_said(self, phrase: str) -> bool:
        """Whether our own answers name this: an organisation, a page."""
        return _bare(phrase) in self._said


def _own_words(knowledge: Knowledge) -> tuple[frozenset[str], frozenset[str]]:
    """The words of the content: those written in small letters, and those written with a capital one only."""
    own = _words(_own_texts(knowledge))
    examples = _words(example for card in knowledge.cards.values() for example in card.examples)
    councils = _words(council.official_name for council in knowledge.councils)
    small = {plain(word) for word in own | examples if word.islower()}
    capital = {plain(_POSSESSIVE_END.sub("", word)) for word in own | councils if word[0].isupper()}
    return frozenset(small), frozenset(capital - small)


def _words(texts: Iterable[str]) -> set[str]:
    return set(_WORD.findall("\n".join(texts)))


def _own_texts(knowledge: Knowledge) -> Iterator[str]:
    for card in knowledge.cards.values():
        yield from (card.title, card.short, card.basis, card.next_steps)
    for signpost in knowledge.signposts.values():
        yield from (signpost.name, signpost.what_for)
    for term in knowledge.terms:
        yield from (*term.said, term.means, term.full)
    yield from _texts(knowledge.wording.values())
    yield from _texts(knowledge.facts.values())


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, Iterable):
            yield from _texts(value)


def _said(knowledge: Knowledge) -> str:
    names = [signpost.name for signpost in knowledge.signposts.values()]
    names += [council.official_name for council in knowledge.councils]
    return _bare("\n".join([*names, *(card.title for card in knowledge.cards.values())]))


def _bare(text: str) -> str:
    """As `plain`, and "St. Helens" like "St Helens"."""
    return plain(text).replace(". ", " ")
