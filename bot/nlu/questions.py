"""How a message is read: cleaned of what does not matter, cut into sentences, its questions found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.knowledge import Term

#: Words that begin a question though no question mark may end it.
_ASKING = re.compile(
    r"^(?:and |but |so |also |please )*"
    r"(?:can|could|do|does|did|is|are|am|was|were|should|shall|will|would|has|have|had|may|must|"
    r"what|whats|when|where|which|who|whom|whose|why|how|any(?:one|body)? (?:know|idea|advice))\b",
    re.IGNORECASE,
)
#: Words that begin a message which leans on the one before.
_LEANING = re.compile(
    r"^(?:and|but|so|ok(?:ay)? (?:and|but|so)|what if|what about|how about|even if|or|then|also|same for|"
    r"does that|is that|do they|can they|who|how long|how much|how many|when|where|why)\b",
    re.IGNORECASE,
)
#: Where one sentence asks a second thing.
_AND_ALSO = re.compile(
    r",?\s+(?:and|also|plus)\s+(?:also\s+)?(?=(?:can|could|do|does|did|is|are|will|would|should|must|may|what|how|who|when|where)\b)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
#: A question of fewer words cannot stand alone.
FEWEST = 4
#: A message of at most this many words may lean on the one before.
SHORT = 12


class Glossary:
    """Puts today's word in the place of the abbreviations and old words of a question: one word for one thing."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._means = {said.lower(): term.means for term in terms for said in term.said}
        longest_first = sorted(self._means, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

    def expand(self, text: str) -> str:
        """The text with each known short form or old word in today's word."""
        return self._pattern.sub(lambda match: self._means[match[0].lower()], text)


def sentences(text: str) -> list[str]:
    """The sentences of a message, as punctuated or broken into lines."""
    return [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]


def asked(text: str) -> list[str]:
    """The questions in a message, those left out that are too short to stand alone."""
    pieces = [piece.strip() for sentence in sentences(text) for piece in _AND_ALSO.split(sentence)]
    return [piece for piece in pieces if is_question(piece) and len(piece.split()) >= FEWEST]


def is_question(sentence: str) -> bool:
    """Whether a sentence asks something."""
    return sentence.endswith("?") or bool(_ASKING.match(sentence))


def leans(text: str) -> bool:
    """Whether a message can only be understood with the one before it: 'and how long do they have?'"""
    return len(text.split()) <= SHORT and bool(_LEANING.match(text))
