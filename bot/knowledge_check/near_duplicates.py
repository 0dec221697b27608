"""Which sentences say the same in nearly the same words."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

#: Two sentences are alike when they share at least this part of all their words (Jaccard's measure) …
ALIKE = 0.8
#: … and each has at least this many different words; shorter ones are alike only when they are the same.
LEAST_WORDS = 5

_WORD = re.compile(r"\w+")


def alike(sentences: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The positions of every two sentences that are alike, the earlier one first.

    Two sets can only be alike when they share a word among the rarest few of each, so that only those are compared
    (prefix filtering: Chaudhuri, Ganti and Kaushik, 2006).
    """
    words = [tuple(_WORD.findall(sentence.lower().replace("'", "").replace("’", ""))) for sentence in sentences]
    frequency = Counter(word for sentence in words for word in set(sentence))
    same: dict[tuple[str, ...], int] = {}
    having: defaultdict[str, list[int]] = defaultdict(list)
    for here, sentence in enumerate(words):
        if sentence in same:
            yield same[sentence], here
            continue
        same[sentence] = here
        rarest = sorted(set(sentence), key=lambda word: (frequency[word], word))
        if len(rarest) < LEAST_WORDS:
            continue
        prefix = rarest[: len(rarest) - math.ceil(ALIKE * len(rarest)) + 1]
        for there in sorted({there for word in prefix for there in having[word]}):
            if _share(set(words[there]), set(rarest)) >= ALIKE:
                yield there, here
        for word in prefix:
            having[word].append(here)


def _share(some: set[str], others: set[str]) -> float:
    return len(some & others) / len(some | others)
