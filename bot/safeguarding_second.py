"""A second, trained reading of a message, which finds danger in words that no row of the patterns has."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bot.conversation import Risk
from bot.encoder import Encoder

#: What was learnt, made by `scripts/train_safeguarding.py`.
FILE = Path(__file__).with_name("safeguarding_second.npz")
#: How alike two vectors of length 1 count: exp(-`WIDTH` × their squared distance).
WIDTH = 1.0
#: From which score on a message is a concern, and from which urgent; the higher the surer. Weighed in four folds.
LIKELY, SURE = -0.2, 0.2
#: A message is read in parts of at most so many words, whole sentences where that can be.
PART = 60
#: A message of fewer words says too little by itself; the rows know what is said in so few.
FEWEST = 7
#: So many parts are read at the beginning, and as many at the end.
MOST_PARTS = 2
_WORD = re.compile(r"\S*[^\W_]\S*")
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…\n]*")


class SecondReading:
    """A support vector machine over the encoder's vectors: which known examples is a message like?

    The file holds `learnt_from` (a fingerprint of the examples), `examples` (examples × 384), `pulls` (2 × examples:
    towards danger, towards urgent danger) with `offsets` (2), and for the kinds `kinds`, `kind_weights`
    (kinds × 384), `kind_offsets`.
    """

    def __init__(self, encoder: Encoder, file: Path = FILE) -> None:
        self._encoder = encoder
        with np.load(file) as learnt:
            self.learnt_from = str(learnt["learnt_from"])
            self._examples = learnt["examples"].astype(np.float32)
            self._pulls, self._offsets = learnt["pulls"], learnt["offsets"]
            self._kinds = [str(kind) for kind in learnt["kinds"]]
            self._kind_weights, self._kind_offsets = learnt["kind_weights"], learnt["kind_offsets"]

    def read(self, text: str) -> tuple[str, Risk] | None:
        """The kind and level of danger that a message is likely about, or None. No level is above urgent."""
        if len(_WORD.findall(text)) < FEWEST:
            return None
        parts = in_parts(text)
        vectors = self._encoder.encode(parts)
        alike = np.exp(-WIDTH * (2 - 2 * vectors @ self._examples.T))
        likely, sure = (alike @ self._pulls.T + self._offsets).max(axis=0)
        if likely < LIKELY and sure < SURE:
            return None
        kind = (vectors @ self._kind_weights.T + self._kind_offsets).max(axis=0).argmax()
        return self._kinds[kind], Risk.URGENT if sure >= SURE else Risk.CONCERN


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
