"""The check for danger that every message passes before any model sees it."""

from __future__ import annotations

import functools
import itertools
import logging
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.conversation import Risk

log = logging.getLogger(__name__)

#: How many words of the same message `..` and `...` may stand for in a pattern, and of the same sentence `....`.
GAPS: Mapping[str, str] = {"..": r"(?:\S+ ){0,2}?", "...": r"(?:\S+ ){0,4}?", "....": r"(?:[^ .]+ ){0,12}?"}
#: How near to a match a background row counts, in words.
NEAR = 6
#: How many of the last words before a message are read with it.
REMEMBERED = 40
#: A message of fewer words is read anew with what came before it, unless that was danger by itself.
SHORT = 8
#: Stands for every word that no pattern knows, so that what parents write does not stay in memory.
_OTHER = "_"
_GRAVEST_FIRST = tuple(Risk)
#: A word, the end of a sentence, or a sign such as an emoji; other punctuation is left out.
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.!?…\n]+|[^\w\s,;:()\"“”‘'*/–—-]")
_SENTENCE_END = re.compile(r"[.!?…\n]+")
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…\n]*\s*")
_GROUP = re.compile(r"\b[A-Z]{2,}\b")

#: How a child or young person says how old they are; how they speak of those at home; and how only an adult does.
_OWN_AGE = re.compile(
    r"\bi'?\s?a?m (?:only )?(?:[6-9]|1[0-7]|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)\b"
    r"(?! (?:weeks|months|years(?! old)|stone|foot|ft|minutes|mins|miles|hours|days|pages|pounds))"
    r"|\bi'?\s?a?m in (?:year|yr|y) ?(?:[1-9]|1[0-3])\b"
)
_YOUNG = re.compile(
    r"\b1[0-7] ?[mf]\b"
    r"|\bmy (?:mum|mam|mom|mummy|dad|daddy|parents|step ?mum|step ?dad|foster (?:carer|mum|dad|parent)s?|teacher)\b"
    r"|\b(?:mum|dad|mummy|daddy)'?s? (?:hits|hit|hurts|touches|locks|drunk|passed|took|wont|won't|is)\b"
)
_ADULT = re.compile(
    r"\b(?:my|our) (?:(?!mum|mam|mom|dad|parent|step)\w+ ){0,3}?"
    r"(?:son|daughter|child|children|kids?(?! (?:brother|sister))|boys?|girls?|grandson|granddaughter|grandchild"
    r"|husband|wife|partner|ex|neighbour|pupil|student|ds|dd)\b"
    r"|\b(?:ds|dd) ?\d|\bi am a (?:teacher|carer|grand)"
)

Span = tuple[int, int]


@dataclass(frozen=True)
class Concern:
    """What was found: its kind and level, the wording to answer with, who can help at once."""

    kind: str
    risk: Risk
    wording: str
    signposts: tuple[str, ...]
    young: bool = False
    """whether a child or young person seems to be writing"""
    with_before: bool = False
    """whether it is only found with what was written before"""


class Second(Protocol):
    """A second reading, which knows more words than the rows do."""

    def read(self, text: str) -> tuple[str, Risk] | None:
        """The kind and level of danger that a message is likely about, or None."""


class Safeguard:
    """Finds concerns by the patterns of `knowledge/safeguarding.yml`, whose head explains how they are written.

    Of several concerns the gravest counts, and of equally grave ones the one whose row names the most words, in this
    message alone if it can. A match that overlaps an exception of its kind does not count; an urgent one near a
    background row is a concern only. A second reading may find what no row does, and raise what one finds; it lowers
    nothing.
    """

    def __init__(self, content: Mapping[str, Any], second: Second | None = None) -> None:
        self._second = second
        self._content = content["kinds"]
        self._plain = {said: plain.split() for plain, variants in content["spellings"].items() for said in variants}
        self._rows: list[tuple[Concern, _Pattern]] = []
        self._exceptions: dict[str, list[_Pattern]] = {}
        self._background: dict[str, list[_Pattern]] = {}

        def written(rows: Iterable[str]) -> list[_Pattern]:
            return [_Pattern(row, content["words"]) for row in rows]

        for kind, row in content["kinds"].items():
            for level, patterns in row["patterns"].items():
                concern = self._concern(kind, Risk(level))
                self._rows += [(concern, pattern) for pattern in written(patterns)]
            self._exceptions[kind] = written(row.get("exceptions", ()))
            self._background[kind] = written([*content["background"], *row.get("background", ())])
        others = itertools.chain(*self._exceptions.values(), *self._background.values())
        self._known = frozenset(word for row in (*(row for _, row in self._rows), *others) for word in row.words)
        self._by_word = _by_rarest_word([row for _, row in self._rows])

    def check(self, text: str, before: Sequence[str] = ()) -> Concern | None:
        """The gravest concern in a message, read together with what the same parent wrote just before it."""
        concern = self._raised(self._by_rows(text, before), text, before)
        return replace(concern, young=_is_young(" ".join([*before, text]))) if concern is not None else None

    def without_danger(self, text: str) -> str:
        """The sentences of a message in which nothing is found; the whole of it where there are none."""
        sentences = [sentence for sentence in _SENTENCE.findall(text) if self.check(sentence) is None]
        return "".join(sentences).strip() or text

    def _concern(self, kind: str, risk: Risk) -> Concern:
        row = self._content[kind]
        return Concern(kind, risk, row["wording"], tuple(row["signposts"]))

    def _raised(self, concern: Concern | None, text: str, before: Sequence[str]) -> Concern | None:
        """What the rows have found, or what the second reading adds to it."""
        if self._second is None or (concern is not None and concern.risk is not Risk.CONCERN):
            return concern
        try:
            earlier = " ".join("\n".join(before).split(" ")[-REMEMBERED:]) if _is_short(text) else ""
            with_before = bool(earlier) and self._second.read(earlier) is None
            found = self._second.read(f"{earlier}\n{text}" if with_before else text)
        except Exception as error:
            # What the rows have found depends on no model. Words of a parent may stand in the fault's own.
            log.error("the second reading of a message failed: %s", type(error).__name__)
            return concern
        if found is None:
            return concern
        kind, risk = found
        if concern is not None:
            return replace(concern, risk=risk)
        return replace(self._concern(kind, risk), with_before=with_before)

    def _by_rows(self, text: str, before: Iterable[str]) -> Concern | None:
        earlier = [word for message in before for word in (*self._words(message), ".")][-REMEMBERED:]
        words = [word if word in self._known else _OTHER for word in (*earlier, *self._words(text), ".")]
        line = _Line(words)
        exceptions = functools.cache(lambda kind: _spans(self._exceptions[kind], line))
        background = functools.cache(lambda kind: _spans(self._background[kind], line))
        found = []
        possible = {number for word in line.present for number in self._by_word.get(word, ())}
        for concern, pattern in (self._rows[number] for number in sorted(possible)):
            for span in pattern.spans(line):
                if span[1] <= len(earlier) or _meets(span, exceptions(concern.kind)):
                    continue
                eased = concern.risk is Risk.URGENT and _meets(span, background(concern.kind), NEAR)
                risk = Risk.CONCERN if eased else concern.risk
                both = span[0] < len(earlier)
                concern_here = replace(concern, risk=risk, with_before=both)
                found.append((_GRAVEST_FIRST.index(risk), -pattern.weight, both, concern_here))
        return min(found, key=lambda row: row[:3])[3] if found else None

    def _words(self, text: str) -> Iterator[str]:
        """The words and signs of a message in plain spelling, contractions written out."""
        for said in _WORD.findall(text.lower().replace("’", "'")):
            word = _SENTENCE_END.sub(".", said)
            bare = word.replace("'", "")
            yield from self._plain.get(word) or self._plain.get(bare) or [bare]


class _Line:
    """The words of a message in one line, each with a space behind it, and where each begins."""

    def __init__(self, words: Sequence[str]) -> None:
        self.text = "".join(f"{word} " for word in words)
        self.present = frozenset(words)
        self.starts = [0, *itertools.accumulate(len(word) + 1 for word in words)]


class _Pattern:
    """One row of `safeguarding.yml` as a regular expression over a line of words.

    Gaps are lazy and short, so that no message, however made, can take long.
    """

    def __init__(self, row: str, groups: Mapping[str, str]) -> None:
        parts = _GROUP.sub(lambda group: groups[group[0]], row).split(" & ")
        words = [word for part in parts for word in part.split() if word not in GAPS]
        self.words = frozenset(itertools.chain(*map(_choices, words)))
        self.needed = [_choices(word) for word in words if not _optional(word)]
        self.weight = len(self.needed)
        self._orders = [re.compile(_expression(" .... ".join(order))) for order in itertools.permutations(parts)]

    def spans(self, line: _Line) -> Iterator[Span]:
        """Where the row is found, as (first word, word behind the last); most rows are ruled out at once."""
        if any(choices.isdisjoint(line.present) for choices in self.needed):
            return
        for order in self._orders:
            match = order.search(line.text)
            while match is not None:
                first = bisect_right(line.starts, match.start()) - 1
                yield first, bisect_right(line.starts, match.end()) - 1
                match = order.search(line.text, line.starts[first + 1])


def _by_rarest_word(rows: Sequence[_Pattern]) -> Mapping[str, Sequence[int]]:
    """The places of the rows, by the words one of which each needs: those that the fewest rows have."""
    common = Counter(word for row in rows for choices in row.needed for word in choices)
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        for word in min(row.needed, key=lambda choices: sum(common[word] for word in choices)):
            places.setdefault(word, []).append(place)
    return places


def _expression(row: str) -> str:
    pieces = [r"(?<!\S)"]
    for word in row.split():
        choices = "|".join(map(re.escape, sorted(_choices(word), key=len, reverse=True)))
        pieces.append(GAPS.get(word) or f"(?:(?:{choices}) )" + ("?" if _optional(word) else ""))
    return "".join(pieces)


def _choices(word: str) -> frozenset[str]:
    return frozenset((word[:-1] if _optional(word) else word).split("|"))


def _optional(word: str) -> bool:
    return word.endswith("?") and len(word) > 1


def _spans(patterns: Iterable[_Pattern], line: _Line) -> list[Span]:
    return [span for pattern in patterns for span in pattern.spans(line)]


def gives_young_age(said: str) -> bool:
    """Whether somebody under 18 says how old they are, which counts more than whom else they write of."""
    return _OWN_AGE.search(said.lower().replace("’", "'")) is not None


def _is_short(text: str) -> bool:
    """Whether a message says so little by itself that a reading of it alone finds too much and too little."""
    return len(text.split()) < SHORT


def _is_young(said: str) -> bool:
    said = said.lower().replace("’", "'")
    return gives_young_age(said) or (_YOUNG.search(said) is not None and _ADULT.search(said) is None)


def _meets(span: Span, others: Sequence[Span], distance: int = 0) -> bool:
    """Whether a span overlaps one of the others, or lies at most so many words from it."""
    return any(span[0] < other[1] + distance and other[0] < span[1] + distance for other in others)
