"""A second, trained reading of a message, which finds danger in words that no row of the patterns has."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

#: The weights, made by `scripts/train_safeguarding.py`: three lines of text, then one byte a weight.
FILE = Path(__file__).with_name("safeguarding_second.bin")
#: How many weights a reading has; the features of a message are hashed onto them.
WEIGHTS = 1 << 15
#: From which probability on a message is a concern: weighed on `tests/safeguarding/looked_at.yml`.
LIKELY = 0.8
#: How much of a message is read, in words.
MOST_WORDS = 250
_WORD = re.compile(r"[^\W_]+|[^\w\s.,;:!?()\"“”‘/–—-]")
_FOUR = 4


def features(text: str) -> list[int]:
    """The places among the weights for the words of a text, their parts, and words near each other."""
    words = _WORD.findall(text.lower().replace("’", "").replace("'", ""))[:MOST_WORDS]
    found: set[str] = set()
    for word in words:
        padded = f" {word} "
        found.update(padded[start : start + _FOUR] for start in range(len(padded) - _FOUR + 1))
    for size in (1, 2, 3):
        found.update(f"{'_'.join(run)}#" for run in zip(*(words[start:] for start in range(size))))
    for distance in (2, 3):
        found.update(map("~".join, zip(words, words[distance:])))
    return sorted({zlib.crc32(feature.encode("utf-8", "replace")) % WEIGHTS for feature in found})


class SecondReading:
    """Logistic regression over hashed words and parts of words, in plain Python: some milliseconds, half a megabyte.

    The first line of the file names what it was learnt from, the second the kinds, and the third the size of a step
    and the constant of each reading: first of danger at all, then of each kind.
    """

    def __init__(self, file: Path = FILE) -> None:
        learnt_from, kinds, numbers, weights = file.read_bytes().split(b"\n", 3)
        self.learnt_from = learnt_from.decode()
        self._kinds = kinds.decode().split()
        self._numbers = [float(number) for number in numbers.split()]
        self._weights = memoryview(weights).cast("b")

    def kind(self, text: str) -> str | None:
        """The kind of danger that a message is likely about, or None."""
        places = features(text)
        if not places or 1 / (1 + math.exp(-self._score(0, places))) < LIKELY:
            return None
        scores = {kind: self._score(row, places) for row, kind in enumerate(self._kinds, start=1)}
        return max(scores, key=scores.__getitem__)

    def _score(self, row: int, places: Sequence[int]) -> float:
        step, constant = self._numbers[2 * row : 2 * row + 2]
        start = row * WEIGHTS
        return constant + step * sum(self._weights[start + place] for place in places) / math.sqrt(len(places))
