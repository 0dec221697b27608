"""Ranks the cards for a message by what it means, by the words it uses, and by the card shown before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from bot.encoder import Encoder
from bot.nlu import english
from bot.nlu.questions import Glossary, asked, leans, sentences

#: How the label of a card begins; every other label is a conversational intent.
CARD = "ask/"
#: Words above which a message is answered on the question found in it.
LONG = 90
#: The least probability of being a question for a card; and a much lower one that does where a card fits so well.
IN_SCOPE = 0.6
BARELY, FITS = 0.05, 0.6
#: How sure each of two questions in one message must be, to get an answer of its own.
CLEAR = 0.45
#: An answer of its own is only for a card that is among so many for the message as a whole.
LIKELY = 20
#: Share of the card shown before, in the ranking of a message that leans on it.
CONTEXT = 0.5
#: Dimensions kept of the words, and their weight beside the encoder's vector.
WORD_DIMENSIONS, WORD_WEIGHT = 400, 0.7
#: Weight of the words shared with the most alike examples of a label, beside the regression; so many examples count.
ALIKE_WORDS = 10.0
MOST_ALIKE = 3


@dataclass(frozen=True)
class Ranked:
    """A question, and what it could be: a card, or small talk."""

    text: str
    ranking: tuple[tuple[str, float], ...]
    """the labels of cards, the likeliest first, with their probabilities if it is a question for a card at all"""
    talk: str
    """the likeliest conversational intent"""
    in_scope: float
    """the probability that it is a question for a card"""

    @property
    def label(self) -> str:
        """The one label for it: a card, or the conversational intent where that is likelier."""
        card, probability = self.ranking[0]
        fits = self.in_scope >= IN_SCOPE or (self.in_scope >= BARELY and probability >= FITS)
        return card if fits else self.talk

    def clear(self) -> bool:
        """Whether it is sure enough to be answered beside another question of the same message."""
        return self.label.startswith(CARD) and self.ranking[0][1] >= CLEAR


@dataclass(frozen=True)
class Reading:
    """The questions of a message; `excerpt` where they are only part of a long one."""

    questions: tuple[Ranked, ...]
    excerpt: bool = False


@dataclass
class Trained:
    """What training leaves behind."""

    labels: tuple[str, ...]
    titles: dict[str, str]
    words: TfidfVectorizer
    components: np.ndarray
    """word dimensions × vocabulary"""
    examples: csr_matrix
    """vocabulary × examples: the words of each example, length 1; by word, so that only a message's own words cost"""
    card_rows: np.ndarray
    """cards × most examples of a card: its columns of `examples`; past the last one where it has fewer"""
    talk_rows: np.ndarray
    """the same for the conversational intents"""
    weights: np.ndarray
    """labels × (encoder + word dimensions)"""
    bias: np.ndarray
    scope_weights: np.ndarray
    """encoder + word dimensions: is it a question for a card at all?"""
    scope_bias: float

    def __post_init__(self) -> None:
        self.is_card = np.array([label.startswith(CARD) for label in self.labels])


class Ranker:
    """Multinomial logistic regression over sentence vectors and words, and the words shared with single examples."""

    def __init__(self, encoder: Encoder, glossary: Glossary) -> None:
        self._encoder = encoder
        self._glossary = glossary
        self._trained: Any = None

    def fit(self, texts: Sequence[str], labels: Sequence[str], titles: Mapping[str, str]) -> None:
        """Learn from examples with their labels; `titles` gives the words that stand for a card already shown."""
        expanded = [self._glossary.expand(text) for text in texts]
        words = TfidfVectorizer(
            sublinear_tf=True, ngram_range=(1, 2), strip_accents="unicode", min_df=2, dtype=np.float32
        )
        counts = words.fit_transform(english.lemmas(expanded))
        svd = TruncatedSVD(min(WORD_DIMENSIONS, counts.shape[1] - 1), n_iter=3, random_state=0).fit(counts)
        components = svd.components_.astype(np.float32)
        vectors = np.hstack([self._encoder.encode(expanded), _word_vectors(counts, components)])
        model = LogisticRegression(C=5, max_iter=60).fit(vectors, list(labels))
        scope = LogisticRegression(C=3, class_weight="balanced", max_iter=300)
        scope.fit(vectors, [label.startswith(CARD) for label in labels])
        rows: dict[str, list[int]] = {label: [] for label in model.classes_}
        for row, label in enumerate(labels):
            rows[label].append(row)
        self._trained = Trained(
            labels=tuple(model.classes_),
            titles=dict(titles),
            words=words,
            components=components,
            examples=counts.T.tocsr(),
            card_rows=_padded([own for label, own in rows.items() if label.startswith(CARD)], len(labels)),
            talk_rows=_padded([own for label, own in rows.items() if not label.startswith(CARD)], len(labels)),
            weights=model.coef_.astype(np.float32),
            bias=model.intercept_.astype(np.float32),
            scope_weights=scope.coef_[0].astype(np.float32),
            scope_bias=float(scope.intercept_[0]),
        )

    def save(self, path: Path) -> None:
        joblib.dump(self._trained, path)

    def load(self, path: Path) -> None:
        """Take up what `save` left; the file lies in the model archive that we trained, and nowhere else."""
        self._trained = joblib.load(path)

    def read(self, text: str, shown: Sequence[str] = (), before: str = "") -> Reading:
        """The question or questions of a message, ranked.

        `shown` are the labels answered with last, `before` what the parent wrote last: a message may lean on either.
        """
        questions = asked(text)
        if len(text.split()) > LONG:
            return self._excerpt(sentences(text), questions)
        before = " ".join(self._trained.titles.get(label, "") for label in shown) or before
        if before and leans(text):
            return Reading((self._leaning(text, before),))
        whole, *single = self._rank([text, *(questions if len(questions) > 1 else [])])
        likely = {label for label, _ in whole.ranking[:LIKELY]}
        clear = {ranked.label: ranked for ranked in single if ranked.clear() and ranked.label in likely}
        return Reading(tuple(clear.values())[:2] if len(clear) > 1 else (whole,))

    def _excerpt(self, parts: Sequence[str], questions: Sequence[str]) -> Reading:
        """The surest of the questions in a long message, read with the sentence before it."""
        candidates = [part for part in parts if part in questions] or parts
        windows = [" ".join(parts[max(0, parts.index(part) - 1) : parts.index(part) + 1]) for part in candidates]
        part, best = max(
            zip(candidates, self._rank(windows)), key=lambda pair: pair[1].in_scope * pair[1].ranking[0][1]
        )
        return Reading((replace(best, text=part),), excerpt=True)

    def _leaning(self, text: str, before: str) -> Ranked:
        """A message that leans on what came before it: read alone, and read behind that."""
        alone, together = self._rank([text, f"{before} {text}"])
        shares = dict(alone.ranking)
        mixed = {label: (1 - CONTEXT) * shares[label] + CONTEXT * share for label, share in together.ranking}
        ranking = tuple(sorted(mixed.items(), key=lambda pair: -pair[1]))
        return replace(together, text=text, ranking=ranking, in_scope=max(alone.in_scope, together.in_scope))

    def _rank(self, texts: Sequence[str]) -> list[Ranked]:
        trained = self._trained
        expanded = [self._glossary.expand(text) for text in texts]
        counts = trained.words.transform(english.lemmas(expanded))
        vectors = np.hstack([self._encoder.encode(expanded), _word_vectors(counts, trained.components)])
        in_scope = 1 / (1 + np.exp(-(vectors @ trained.scope_weights + trained.scope_bias)))
        scores = _log_softmax(vectors @ trained.weights.T + trained.bias)
        scores = scores + ALIKE_WORDS * _alike(counts, trained)
        cards = np.exp(_log_softmax(scores[:, trained.is_card]))
        card_labels = [label for label in trained.labels if label.startswith(CARD)]
        talk_labels = [label for label in trained.labels if not label.startswith(CARD)]
        talk = scores[:, ~trained.is_card].argmax(axis=1)
        return [
            Ranked(
                text,
                tuple((card_labels[index], float(cards[row, index])) for index in np.argsort(-cards[row])),
                talk_labels[talk[row]],
                float(in_scope[row]),
            )
            for row, text in enumerate(texts)
        ]


def _word_vectors(counts: csr_matrix, components: np.ndarray) -> np.ndarray:
    """The words of each text in the kept dimensions, each row of the length `WORD_WEIGHT`."""
    return WORD_WEIGHT * normalize(counts @ components.T)


def _padded(rows: Sequence[Sequence[int]], filler: int) -> np.ndarray:
    """Lists of row numbers as one matrix, the shorter ones filled up at the end."""
    most = max(MOST_ALIKE, *map(len, rows))
    return np.array([[*own, *[filler] * (most - len(own))] for own in rows])


def _alike(counts: csr_matrix, trained: Trained) -> np.ndarray:
    """How much of each text's words the most alike examples of each label share (texts × labels, 0 to 1)."""
    # One column of zeros more, for the labels with fewer examples than others.
    shared = np.pad((counts @ trained.examples).toarray(), ((0, 0), (0, 1)))
    alike = np.zeros((len(shared), len(trained.labels)), np.float32)
    # Conversational intents have many times the examples of a card: apart from them, a card's rows are short.
    for group, rows in ((trained.is_card, trained.card_rows), (~trained.is_card, trained.talk_rows)):
        alike[:, group] = np.partition(shared[:, rows], -MOST_ALIKE, axis=2)[:, :, -MOST_ALIKE:].mean(axis=2)
    return alike


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    scores = scores - scores.max(axis=1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
