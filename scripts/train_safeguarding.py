"""Trains the second reading of the safeguarding check; run it as `python -m scripts.train_safeguarding`.

`--unseen` trains it without each author of messages in turn and tells what is found of that author's: the thresholds
are chosen by this, not by the measured set.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from bot.conversation import Risk
from bot.encoder import Encoder
from bot.knowledge import read_card, read_yaml
from bot.safeguarding import Safeguard
from bot.safeguarding_second import BOXES, FEWEST, FILE, WIDTH, SecondReading, in_parts, spelling
from bot.settings import ROOT

KNOWLEDGE = ROOT / "knowledge"
MESSAGES = ROOT / "tests" / "safeguarding"
#: Messages by twenty-one authors who saw neither the rows nor each other's.
AUTHORS = tuple(MESSAGES / f"author_{letter}.yml" for letter in "abcefghijklmnopqrstuv")
NAMED = (
    KNOWLEDGE / "safeguarding_examples.yml",
    MESSAGES / "looked_at.yml",
    MESSAGES / "once_kept_apart.yml",
    *AUTHORS,
)
UNNAMED = ROOT / "tests" / "safeguarding_messages.yml"
#: How freely the machine may follow the examples, and the kinds theirs. Weighed author by author.
FREEDOM, FREEDOM_OF_KINDS = 3.0, 30.0
URGENT = ("immediate", "urgent")

Example = tuple[str, str, str]


def examples(without: Path | None = None) -> Iterator[Example]:
    """Messages with their kind and level. No danger: ('', ''); danger that nobody has given a kind: ''."""
    for kind, row in read_yaml(KNOWLEDGE / "safeguarding.yml")["kinds"].items():
        yield from ((text, kind, level) for level, texts in row["must"].items() for text in texts)
        yield from ((text, "", "") for text in row["must_not"])
    for page in NAMED:
        if page != without:
            yield from (
                (text, *(("", "") if level == "near" else (kind, level))) for kind, level, text in labelled(page)
            )
    for level, texts in read_yaml(UNNAMED).items():
        yield from ((text, "", "" if level == "ordinary" else level) for text in texts)


def labelled(page: Path) -> Iterator[Example]:
    """The kind, level and text of each message of a page of messages."""
    for kind, row in read_yaml(page).items():
        yield from ((kind, level, text) for level, texts in row.items() for text in texts)


def fingerprint() -> str:
    """What the reading is learnt from; the questions of the cards are left out, since they change every day."""
    return hashlib.sha256(repr(list(examples())).encode()).hexdigest()


def train(encoder: Encoder, file: Path = FILE, without: Path | None = None) -> None:
    """Learn from the examples, but one author's if that is wished, and write what was learnt."""
    texts, kinds, levels = (np.array(column) for column in zip(*examples(without)))
    questions = [*_questions()]
    everything = [*texts, *questions]
    # As they are stored, so that what is learnt fits what is read.
    vectors = encoder.encode(everything).astype(np.float16).astype(np.float32)
    spelt, rareness = _spelt(everything)
    levels = np.r_[levels, np.full(len(questions), "")]
    alike = np.exp(-WIDTH * (2 - 2 * vectors @ vectors.T)) + (spelt @ spelt.T).toarray()
    # Of some danger nobody has said how grave it is.
    machines = ((np.arange(len(levels)), levels != ""), (np.flatnonzero(levels != "danger"), np.isin(levels, URGENT)))
    pulls, offsets = np.zeros((len(machines), len(vectors)), np.float32), np.zeros(len(machines), np.float32)
    for row, (rows, wanted) in enumerate(machines):
        machine = SVC(C=FREEDOM, kernel="precomputed", class_weight="balanced")
        machine.fit(alike[np.ix_(rows, rows)], wanted[rows])
        pulls[row, rows[machine.support_]], offsets[row] = machine.dual_coef_[0], machine.intercept_[0]
    (supporting,) = np.nonzero(pulls.any(axis=0))
    known = vectors[: len(kinds)]
    named = LogisticRegression(C=FREEDOM_OF_KINDS, max_iter=1000).fit(known[kinds != ""], kinds[kinds != ""])
    np.savez_compressed(
        file,
        learnt_from=fingerprint(),
        examples=vectors[supporting].astype(np.float16),
        pulls=pulls[:, supporting],
        rareness=rareness.astype(np.float16),
        spelling_pulls=(spelt.T @ pulls.T).T.astype(np.float16),
        offsets=offsets,
        kinds=named.classes_,
        kind_weights=named.coef_.astype(np.float32),
        kind_offsets=named.intercept_.astype(np.float32),
    )


def _spelt(texts: Sequence[str]) -> tuple[csr_matrix, np.ndarray]:
    """The spelling of each text as a row of length 1 (texts × boxes), and how rare what falls into each box is."""
    found = [spelling(text) for text in texts]
    ends = np.cumsum([0, *(len(boxes) for boxes, _ in found)])
    boxes = np.concatenate([boxes for boxes, _ in found])
    rareness = np.log((1 + len(texts)) / (1 + np.bincount(boxes, minlength=BOXES))) + 1
    weights = [counts * rareness[boxes] for boxes, counts in found]
    rows = np.concatenate([weight / max(float(np.linalg.norm(weight)), 1.0) for weight in weights])
    return csr_matrix((rows.astype(np.float32), boxes, ends), shape=(len(texts), BOXES)), rareness


class Remembering(Encoder):
    """An encoder that encodes each text once: most are the same whichever author is left out."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads=threads)
        self._vectors: dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, super().encode(new)))
        return np.stack([self._vectors[text] for text in texts])


def unseen(encoder: Encoder, thresholds: Sequence[tuple[float, float]]) -> Iterator[str]:
    """For each pair of thresholds, what the whole check finds of an author whose messages nothing was learnt from.

    A line gives the mean of the authors: of each level found at all, and found as urgent or graver.
    """
    rows = Safeguard(read_yaml(KNOWLEDGE / "safeguarding.yml"))
    file = FILE.with_name("safeguarding_unseen.npz")
    seen: list[tuple[str, int, float, float]] = []
    for page in AUTHORS:
        train(encoder, file, without=page)
        reading = SecondReading(encoder, file)
        for kind, level, text in labelled(page):
            concern, parts = rows.check(text), in_parts(text)
            by_rows = 0 if concern is None else 1 if concern.risk is Risk.CONCERN else 2
            enough = len(text.split()) >= FEWEST
            pulled = reading.pulled(parts, encoder.encode(parts)) if enough else (-np.inf, -np.inf)
            seen.append(("ordinary" if kind == "ordinary" else level, by_rows, *pulled))
    file.unlink()
    for likely, sure in thresholds:
        cells = []
        for name in dict.fromkeys(level for level, *_ in seen):
            grades = [max(by_rows, 2 * (b >= sure), a >= likely) for level, by_rows, a, b in seen if level == name]
            shares = (100 * sum(grade >= least for grade in grades) / len(grades) for least in (1, 2))
            cells.append(f"{name} " + "/".join(f"{share:.1f}" for share in shares))
        yield f"{likely:+.2f} {sure:+.2f}: " + ", ".join(cells)


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unseen", action="store_true", help="tell what is found of authors not learnt from")
    if parser.parse_args().unseen:
        steps = np.arange(-0.6, 0.41, 0.1)
        print(*unseen(Remembering(threads=2), [(likely, sure) for likely in steps for sure in steps]), sep="\n")
    else:
        train(Encoder(threads=2))
