"""The check for danger that every message passes before any model sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.conversation import Risk

#: How many words `...` and `..` may stand for in a pattern.
GAPS = {"...": 4, "..": 2}
#: How near to a match a background row counts, in words.
NEAR = 4
#: How many of the last words before a message are read with it.
REMEMBERED = 40
#: Stands for every word that no pattern knows, so that what parents write does not stay in memory.
_OTHER = "_"
_GRAVEST_FIRST = tuple(Risk)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]")
_GROUP = re.compile(r"\b[A-Z]{2,}\b")

Span = tuple[int, int]


@dataclass(frozen=True)
class Concern:
    """What was found: its kind and level, the wording to answer with, who can help at once."""

    kind: str
    risk: Risk
    wording: str
    signposts: tuple[str, ...]


class Safeguard:
    """Finds concerns by the patterns of `knowledge/safeguarding.yml`, whose head explains how they are written.

    Of several concerns the gravest counts, and of equally grave ones the one that most words speak for. A match that
    overlaps an exception of its kind does not count; an urgent one near a background row of its kind is a concern.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._groups: Mapping[str, str] = content["words"]
        self._plain = {
            said: plain.split() for plain, variants in content["spellings"].items() for said in variants
        }
        self._vocab = Vocab()
        self._matcher = Matcher(self._vocab)
        self._exceptions = Matcher(self._vocab)
        self._background = Matcher(self._vocab)
        self._known: set[str] = set()
        self._concerns: dict[str, Concern] = {}
        for kind, row in content["kinds"].items():
            for level, patterns in row["patterns"].items():
                self._concerns[f"{kind}/{level}"] = Concern(kind, Risk(level), row["wording"], tuple(row["signposts"]))
                self._add(self._matcher, f"{kind}/{level}", patterns)
            self._add(self._exceptions, kind, row.get("exceptions", ()))
            self._add(self._background, kind, row.get("background", ()))

    def check(self, text: str, before: Iterable[str] = ()) -> Concern | None:
        """The gravest concern in a message, read together with what the same parent wrote just before it."""
        earlier = [word for message in before for word in (*self._words(message), ".")][-REMEMBERED:]
        words = [*earlier, *self._words(text), "."]
        doc = Doc(self._vocab, words=[word if word in self._known else _OTHER for word in words])
        matches = [
            (self._concerns[key], span) for key, span in self._spans(self._matcher, doc) if span[1] > len(earlier)
        ]
        if not matches:
            return None
        exceptions = list(self._spans(self._exceptions, doc))
        background = list(self._spans(self._background, doc))
        found = []
        for concern, span in matches:
            if any(kind == concern.kind and _within(0, span, other) for kind, other in exceptions):
                continue
            eased = concern.risk is Risk.URGENT and any(
                kind == concern.kind and _within(NEAR, span, other) for kind, other in background
            )
            risk = Risk.CONCERN if eased else concern.risk
            found.append((_GRAVEST_FIRST.index(risk), span[0] - span[1], replace(concern, risk=risk)))
        return min(found, key=lambda row: row[:2], default=(0, 0, None))[2]

    def _add(self, matcher: Matcher, key: str, patterns: Sequence[str]) -> None:
        rows = [row for pattern in patterns for row in self._rows(pattern)]
        if rows:
            matcher.add(key, rows)

    def _rows(self, pattern: str) -> Iterator[list[dict[str, Any]]]:
        """One pattern of `safeguarding.yml` as spaCy's matcher wants it: a row for each word it may begin with."""
        tokens: list[dict[str, Any]] = []
        for word in _GROUP.sub(lambda group: self._groups[group[0]], pattern).split():
            if word in GAPS:
                tokens.extend([{"OP": "?"}] * GAPS[word])
                continue
            optional = word.endswith("?") and len(word) > 1
            choices = (word[:-1] if optional else word).split("|")
            self._known.update(choices)
            tokens.append({"ORTH": {"IN": choices}, **({"OP": "?"} if optional else {})})
        # The matcher compares a single word much faster than a choice, and tries every row's first word at every word.
        for choice in tokens[0]["ORTH"]["IN"]:
            yield [{"ORTH": choice}, *tokens[1:]]

    def _words(self, text: str) -> Iterator[str]:
        """The words and signs of a message in plain spelling, contractions written out."""
        for word in _WORD.findall(text.lower().replace("’", "'")):
            yield from self._plain.get(word) or self._plain.get(word.replace("'", "")) or [word.replace("'", "")]

    def _spans(self, matcher: Matcher, doc: Doc) -> Iterator[tuple[str, Span]]:
        for key, start, end in matcher(doc):
            yield self._vocab.strings[key], (start, end)


def _within(distance: int, one: Span, other: Span) -> bool:
    """Whether two spans overlap, or lie at most so many words apart."""
    return one[0] < other[1] + distance and other[0] < one[1] + distance
