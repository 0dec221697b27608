"""The check for danger that every message passes before any model sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import spacy
from spacy.matcher import Matcher
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from bot.conversation import Risk

#: How many words `...` may stand for in a pattern.
GAP = 4
_GRAVEST_FIRST = tuple(Risk)


@dataclass(frozen=True)
class Concern:
    """What was found: its kind and level, the wording to answer with, who can help at once."""

    kind: str
    risk: Risk
    wording: str
    signposts: tuple[str, ...]


class Safeguard:
    """Finds concerns by the patterns of `knowledge/safeguarding.yml`.

    A pattern is a row of words: `a|b` is either word, `...` up to four words of any kind, `word?` a word that may be
    missing. An exception is a pattern too; a match that overlaps one does not count.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._nlp = spacy.blank("en")
        # Contractions stay whole ("dont", "cant"), so that patterns can be written as parents write.
        rules = self._nlp.Defaults
        self._nlp.tokenizer = Tokenizer(
            self._nlp.vocab,
            prefix_search=spacy.util.compile_prefix_regex(rules.prefixes).search,
            suffix_search=spacy.util.compile_suffix_regex(rules.suffixes).search,
            infix_finditer=spacy.util.compile_infix_regex([*rules.infixes, r"[/.,!?…]+"]).finditer,
        )
        self._matcher = Matcher(self._nlp.vocab)
        self._exceptions = Matcher(self._nlp.vocab)
        self._concerns: dict[str, Concern] = {}
        for kind, row in content["kinds"].items():
            for level, patterns in row["patterns"].items():
                self._concerns[f"{kind}/{level}"] = Concern(
                    kind, Risk(level), row["wording"], tuple(row["signposts"])
                )
                self._matcher.add(f"{kind}/{level}", [_tokens(pattern) for pattern in patterns])
            if row.get("exceptions"):
                self._exceptions.add(kind, [_tokens(pattern) for pattern in row["exceptions"]])

    def check(self, text: str, before: Iterable[str] = ()) -> Concern | None:
        """The gravest concern in a message, read together with what the same parent wrote just before it."""
        earlier = "".join(f"{_plain(message)} . " for message in before)
        doc = self._nlp(earlier + _plain(text))
        excepted = self._spans(self._exceptions, doc)
        found = [
            self._concerns[self._nlp.vocab.strings[key]]
            for key, start, end in self._matcher(doc)
            if doc[start:end].end_char > len(earlier)
            and not any(start < past and first < end for first, past in excepted.get(self._kind(key), ()))
        ]
        return min(found, key=lambda concern: _GRAVEST_FIRST.index(concern.risk), default=None)

    def _kind(self, key: int) -> str:
        return str(self._nlp.vocab.strings[key]).partition("/")[0]

    def _spans(self, matcher: Matcher, doc: Doc) -> dict[str, list[tuple[int, int]]]:
        spans: dict[str, list[tuple[int, int]]] = {}
        for key, start, end in matcher(doc) if len(matcher) else ():
            spans.setdefault(self._kind(key), []).append((start, end))
        return spans


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "").replace("'", "").split())


def _tokens(pattern: str) -> list[dict[str, Any]]:
    """One pattern of `safeguarding.yml` as spaCy's matcher wants it."""
    tokens: list[dict[str, Any]] = []
    for word in _plain(pattern).split():
        if word == "...":
            tokens.extend([{"OP": "?"}] * GAP)
            continue
        optional = word.endswith("?") and len(word) > 1
        choices: Sequence[str] = (word[:-1] if optional else word).split("|")
        tokens.append({"LOWER": {"IN": list(choices)}, **({"OP": "?"} if optional else {})})
    return tokens
