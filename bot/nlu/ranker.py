"""Ranks the labels for a message: the encoder's vector, one weight vector a label, and the card shown before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.nlu.encoder import Encoder
from bot.nlu.questions import Glossary, is_question, leans, sentences

#: Words above which a message is answered on the question found in it.
LONG = 90
#: How sure each of two questions in one message must be, to get an answer of its own.
CLEAR = 0.5
#: Share of the card shown before, in the vector of a message that leans on it.
CONTEXT = 0.5


@dataclass(frozen=True)
class Ranked:
    """A question with its labels, the likeliest first, and their probabilities."""

    text: str
    ranking: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reading:
    """The questions of a message; `excerpt` where they are only part of a long one."""

    questions: tuple[Ranked, ...]
    excerpt: bool = False


class Ranker:
    """Multinomial logistic regression over sentence vectors."""

    def __init__(self, encoder: Encoder, glossary: Glossary) -> None:
        self._encoder = encoder
        self._glossary = glossary
        self._labels: tuple[str, ...] = ()
        self._titles: dict[str, str] = {}
        self._weights = np.zeros((0, 384), np.float32)
        self._bias = np.zeros(0, np.float32)

    def fit(self, texts: Sequence[str], labels: Sequence[str], titles: Mapping[str, str]) -> None:
        """Learn from examples with their labels; `titles` gives the words that stand for a card already shown."""
        model = LogisticRegression(C=10, max_iter=200)
        model.fit(self._vectors(texts), list(labels))
        self._labels = tuple(model.classes_)
        self._titles = dict(titles)
        self._weights, self._bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)

    def save(self, path: Path) -> None:
        titles = [self._titles.get(label, "") for label in self._labels]
        np.savez(path, labels=self._labels, titles=titles, weights=self._weights, bias=self._bias)

    def load(self, path: Path) -> None:
        with np.load(path) as arrays:
            self._labels = tuple(arrays["labels"].tolist())
            self._titles = dict(zip(self._labels, arrays["titles"].tolist()))
            self._weights, self._bias = arrays["weights"], arrays["bias"]

    def read(self, text: str, shown: Sequence[str] = ()) -> Reading:
        """The question or questions of a message, ranked. `shown` are the labels answered with last."""
        parts = sentences(text)
        asked = [part for part in parts if is_question(part) and len(part.split()) > 3]
        if len(text.split()) > LONG:
            return self._excerpt(parts, asked)
        if shown and leans(text):
            return Reading((self._leaning(text, shown),))
        whole, *single = self._rank([text, *(asked if len(asked) > 1 else [])])
        clear = {ranked.ranking[0][0]: ranked for ranked in single if ranked.ranking[0][1] >= CLEAR}
        likely = {label for label, _ in whole.ranking[:4]}
        two = [ranked for label, ranked in clear.items() if label in likely and "/" in label][:2]
        return Reading(tuple(two) if len(two) == 2 else (whole,))

    def _excerpt(self, parts: Sequence[str], asked: Sequence[str]) -> Reading:
        """The surest of the questions in a long message, read with the sentence before it."""
        candidates = asked or parts
        windows = [" ".join(parts[max(0, parts.index(part) - 1) : parts.index(part) + 1]) for part in candidates]
        best = max(zip(candidates, self._rank(windows)), key=lambda pair: pair[1].ranking[0][1])
        return Reading((Ranked(best[0], best[1].ranking),), excerpt=True)

    def _leaning(self, text: str, shown: Sequence[str]) -> Ranked:
        before = " ".join(self._titles.get(label, "") for label in shown)
        alone, together = self._probabilities([text, f"{before} {text}"])
        return Ranked(text, self._sorted((1 - CONTEXT) * alone + CONTEXT * together))

    def _rank(self, texts: Sequence[str]) -> list[Ranked]:
        return [Ranked(text, self._sorted(row)) for text, row in zip(texts, self._probabilities(texts))]

    def _probabilities(self, texts: Sequence[str]) -> np.ndarray:
        scores = self._vectors(texts) @ self._weights.T + self._bias
        exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponents / exponents.sum(axis=1, keepdims=True)

    def _sorted(self, probabilities: np.ndarray) -> tuple[tuple[str, float], ...]:
        order = np.argsort(probabilities)[::-1]
        return tuple((self._labels[index], float(probabilities[index])) for index in order)

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        return self._encoder.encode([self._glossary.expand(text) for text in texts])
