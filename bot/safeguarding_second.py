"""A second, trained reading of a message, which finds danger in words that no row of the patterns has."""

from __future__ import annotations

import itertools
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.conversation import Risk
from bot.encoder import Encoder

#: What was learnt, made by `scripts/train_safeguarding.py`.
FILE = Path(__file__).with_name("safeguarding_second.npz")
#: How alike two vectors of length 1 count: exp(-`WIDTH` × their squared distance).
WIDTH = 1.0
#: From which score on a message is a concern, and from which urgent; the higher the surer. Chosen author by author
#: (`python -m scripts.train_safeguarding --unseen`).
LIKELY, SURE = -0.2, -0.2
#: A message is read in parts of at most so many words, whole sentences where that can be.
PART = 45
#: A message of fewer words says too little by itself; the rows know what is said in so few.
FEWEST = 4
#: So many parts are read at the beginning, and as many at the end.
MOST_PARTS = 2
#: Pieces of spelling are put into so many boxes; two that share one count as the same.
BOXES = 2**16
#: How many letters a piece of a word has; the spaces around the word count too.
SHORTEST, LONGEST = 2, 5
Floats = npt.NDArray[np.float32]

_WORD = re.compile(r"\S*[^\W_]\S*")
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…\n]*")
_SPELT = re.compile(r"[^\W_]+|[^\w\s]")


class SecondReading:
    """A support vector machine over what a message means and how it is spelt: which known examples is it like?

    What it means is the encoder's vector; how it is spelt are the pieces of its words (`spelling`), which know a word
    such as a slang one that the encoder does not. The file holds `learnt_from` (a fingerprint of the examples),
    `examples` (examples × 384), `pulls` (2 × examples: towards danger, towards urgent danger), `rareness` (of the
    `BOXES`), `spelling_pulls` (2 × `BOXES`) with `offsets` (2), and for the kinds `kinds`, `kind_weights`
    (kinds × 384), `kind_offsets`.
    """

    def __init__(self, encoder: Encoder, file: Path = FILE) -> None:
        self._encoder = encoder
        with np.load(file) as learnt:
            self.learnt_from = str(learnt["learnt_from"])
            self._examples = learnt["examples"].astype(np.float32)
            self._pulls, self._offsets = learnt["pulls"], learnt["offsets"]
            self._rareness = learnt["rareness"].astype(np.float32)
            self._spelling_pulls = learnt["spelling_pulls"].astype(np.float32)
            self._kinds = [str(kind) for kind in learnt["kinds"]]
            self._kind_weights, self._kind_offsets = learnt["kind_weights"], learnt["kind_offsets"]

    def read(self, text: str) -> tuple[str, Risk] | None:
        """The kind and level of danger that a message is likely about, or None. No level is above urgent."""
        if len(_WORD.findall(text)) < FEWEST:
            return None
        parts = in_parts(text)
        # One by one: together the shorter ones would be filled up to the longest.
        vectors = np.vstack([self._encoder.encode([part]) for part in parts])
        likely, sure = self.pulled(parts, vectors)
        if likely < LIKELY and sure < SURE:
            return None
        kind = (vectors @ self._kind_weights.T + self._kind_offsets).max(axis=0).argmax()
        return self._kinds[kind], Risk.URGENT if sure >= SURE else Risk.CONCERN

    def pulled(self, parts: Sequence[str], vectors: Floats) -> Floats:
        """How far the parts of a message, with their vectors, are pulled towards danger and towards urgent danger."""
        alike = np.exp(-WIDTH * (2 - 2 * vectors @ self._examples.T))
        spelt = np.stack([self._spelt(part) for part in parts])
        pulled: Floats = (alike @ self._pulls.T + spelt + self._offsets).max(axis=0)
        return pulled

    def _spelt(self, part: str) -> Floats:
        """What the spelling of a part pulls towards danger and towards urgent danger."""
        boxes, counts = spelling(part)
        weights = counts * self._rareness[boxes]
        pulled: Floats = self._spelling_pulls[:, boxes] @ weights / max(float(np.linalg.norm(weights)), 1.0)
        return pulled


def in_parts(text: str) -> list[str]:
    """A message as parts to read, in order; of a very long one the beginning and the end."""
    parts: list[list[str]] = []
    for sentence in _SENTENCE.findall(text):
        words = sentence.split()
        for start in range(0, len(words), PART):
            piece = words[start : start + PART]
            if parts and len(parts[-1]) + len(piece) <= PART:
                parts[-1] += piece
            else:
                parts.append(piece)
    if len(parts) > 2 * MOST_PARTS:
        parts = [*parts[:MOST_PARTS], *parts[-MOST_PARTS:]]
    return [" ".join(part) for part in parts]


def spelling(text: str) -> tuple[npt.NDArray[np.int64], Floats]:
    """The boxes that the pieces of a text fall into, and how much each counts: 1 + the logarithm of its number."""
    found = Counter(zlib.crc32(piece.encode()) % BOXES for piece in _pieces(text))
    boxes = np.fromiter(found, np.int64, len(found))
    return boxes, np.fromiter((1 + math.log(number) for number in found.values()), np.float32, len(found))


def _pieces(text: str) -> Iterator[str]:
    """The sequences of letters in each word, and the pairs of words."""
    words: Sequence[str] = _SPELT.findall(text.lower().replace("’", "'").replace("'", ""))
    for word in words:
        spaced = f" {word} "
        for length in range(SHORTEST, min(LONGEST, len(spaced)) + 1):
            yield from (spaced[start : start + length] for start in range(len(spaced) - length + 1))
    yield from (f"{first}  {second}" for first, second in itertools.pairwise(words))
