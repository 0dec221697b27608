"""Trains the second reading of the safeguarding check; run it as `python -m scripts.train_safeguarding`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from bot.encoder import Encoder
from bot.knowledge import read_card, read_yaml
from bot.safeguarding_second import FILE, WIDTH
from bot.settings import ROOT

KNOWLEDGE = ROOT / "knowledge"
NAMED = (KNOWLEDGE / "safeguarding_examples.yml", ROOT / "tests" / "safeguarding" / "looked_at.yml")
UNNAMED = ROOT / "tests" / "safeguarding_messages.yml"
#: Of what parents ask about a card every so manieth example is learnt from, and counts so much.
EVERY, WEIGHT_OF_A_QUESTION = 2, 0.5
#: How freely the machine may follow the examples, and the kinds theirs. Weighed in four folds.
FREEDOM, FREEDOM_OF_KINDS = 10.0, 30.0
URGENT = ("immediate", "urgent")


def examples() -> Iterator[tuple[str, str, str]]:
    """Messages with their kind and level. No danger: ('', ''); danger that nobody has given a kind: ''."""
    for kind, row in read_yaml(KNOWLEDGE / "safeguarding.yml")["kinds"].items():
        yield from ((text, kind, level) for level, texts in row["must"].items() for text in texts)
        yield from ((text, "", "") for text in row["must_not"])
    for page in NAMED:
        for kind, row in read_yaml(page).items():
            for level, texts in row.items():
                yield from ((text, *(("", "") if level == "near" else (kind, level))) for text in texts)
    for level, texts in read_yaml(UNNAMED).items():
        yield from ((text, "", "" if level == "ordinary" else level) for text in texts)


def fingerprint() -> str:
    """What the reading is learnt from; the questions of the cards are left out, since they change every day."""
    return hashlib.sha256(repr(list(examples())).encode()).hexdigest()


def train() -> None:
    """Learn from the examples and write what was learnt."""
    texts, kinds, levels = (np.array(column) for column in zip(*examples()))
    questions = [*_questions()][::EVERY]
    encoder = Encoder(threads=2)
    known = encoder.encode(texts)
    vectors = np.vstack([known, encoder.encode(questions)])
    # As they are stored, so that what is learnt fits what is read.
    vectors = vectors.astype(np.float16).astype(np.float32)
    counts = np.r_[np.ones(len(texts)), np.full(len(questions), WEIGHT_OF_A_QUESTION)]
    levels = np.r_[levels, np.full(len(questions), "")]
    everything = np.arange(len(vectors))
    # Of some danger nobody has said how grave it is.
    machines = ((everything, levels != ""), (everything[levels != "danger"], np.isin(levels, URGENT)))
    pulls, offsets = np.zeros((len(machines), len(vectors)), np.float32), np.zeros(len(machines), np.float32)
    for row, (rows, wanted) in enumerate(machines):
        machine = SVC(C=FREEDOM, gamma=WIDTH, class_weight="balanced")
        machine.fit(vectors[rows], wanted[rows], sample_weight=counts[rows])
        pulls[row, rows[machine.support_]], offsets[row] = machine.dual_coef_[0], machine.intercept_[0]
    (supporting,) = np.nonzero(pulls.any(axis=0))
    named = LogisticRegression(C=FREEDOM_OF_KINDS, max_iter=1000).fit(known[kinds != ""], kinds[kinds != ""])
    np.savez_compressed(
        FILE,
        learnt_from=fingerprint(),
        examples=vectors[supporting].astype(np.float16),
        pulls=pulls[:, supporting],
        offsets=offsets,
        kinds=named.classes_,
        kind_weights=named.coef_.astype(np.float32),
        kind_offsets=named.intercept_.astype(np.float32),
    )


def _questions() -> Iterator[str]:
    """What parents ask about the cards, and small talk."""
    for card in sorted((KNOWLEDGE / "cards").glob("*/*.md")):
        yield from read_card(card).examples
    for page in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        yield from _listed(page)


def _listed(page: Path) -> Iterator[str]:
    """The examples of Rasa's conversational intents: greetings, thanks, what is not our business."""
    for row in read_yaml(page)["nlu"]:
        yield from (line.removeprefix("- ") for line in row.get("examples", "").splitlines())


if __name__ == "__main__":
    train()
