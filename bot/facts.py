"""The facts that a parent has said: nation, council, EHC plan, kind of school, exclusion and its date."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from bot.knowledge import Council
from bot.nations import MOVED_AWAY, is_said, whole_words

_BLANK = re.compile(r"\{(\w+)\}")
#: A date that points at one day, not "every day" or "two weeks".
_A_DAY = re.compile(
    r"\b(?:today|yesterday|(?:mon|tues|wednes|thurs|fri)day|\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?[A-Z][a-z]{2,}"
    r"|[A-Z][a-z]{2,}\s+\d{1,2}|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?)\b"
)


class FactFinder:
    """Finds what a parent says about the family, from the words in `knowledge/facts.yml`.

    A fact that is not said is not in the answer; nothing is guessed.
    """

    def __init__(self, words: Mapping[str, Any], councils: Sequence[Council], nlp: Language) -> None:
        lists: Mapping[str, list[str]] = words["words"]
        self._patterns = {
            fact: {value: whole_words(_filled(phrases, lists)) for value, phrases in values.items()}
            for fact, values in words["facts"].items()
        }
        self._abroad = whole_words(words["abroad"])
        self._everyday = frozenset(words["everyday_names"])
        self._council_words = re.compile(rf"(?:'s)?\s+(?:{'|'.join(words['council_words'])})\b", re.IGNORECASE)
        self._before_a_place = re.compile(rf"\b(?:{'|'.join(words['before_a_place'])})\s+$", re.IGNORECASE)
        self._councils = {
            name.lower(): council
            for council in councils
            for name in (council.name, council.official_name, *council.also_known_as)
        }
        self._council_names = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._council_names.add("council", [nlp.make_doc(name) for name in self._councils])

    def find(self, doc: Doc) -> dict[str, str]:
        """The facts said in one message, as `{fact: value}` with the names and values of `knowledge.FACTS`."""
        text = doc.text.replace("’", "'")
        found = {}
        for fact, values in self._patterns.items():
            for value, pattern in values.items():
                if is_said(pattern, text):
                    found[fact] = value
                    break
        council = self.council(doc)
        if council is not None:
            found["council"] = council.name
            found.setdefault("nation", council.nation)
        if "nation" not in found and self._abroad.search(text):
            found["nation"] = "abroad"
        dates = [entity.text for entity in doc.ents if entity.label_ == "DATE" and _A_DAY.search(entity.text)]
        if dates:
            found["date"] = dates[0]
        return found

    def council(self, doc: Doc) -> Council | None:
        """The first council that is named and is not just an everyday word or a place the family has left."""
        for span in filter_spans(self._council_names(doc, as_spans=True)):
            name, before = span.text, doc.text[: span.start_char]
            if MOVED_AWAY.search(before):
                continue
            beside_council_word = self._council_words.match(doc.text[span.end_char :])
            named_as_place = name[0].isupper() and self._before_a_place.search(before)
            if name.lower() not in self._everyday or beside_council_word or named_as_place:
                return self._councils[name.lower()]
        return None


def _filled(phrases: Iterable[str], lists: Mapping[str, Sequence[str]]) -> list[str]:
    """Each phrase with every choice of words for its blanks."""
    filled = []
    for phrase in phrases:
        blanks = _BLANK.findall(phrase)
        for choice in itertools.product(*(lists[blank] for blank in blanks)):
            words = iter(choice)
            filled.append(" ".join(_BLANK.sub(lambda _: next(words), phrase).split()))  # noqa: B023 - used at once
    return filled
