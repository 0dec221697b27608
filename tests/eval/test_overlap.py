"""What is measured with was never learnt from: the test sets share no wording with the training data."""

import json
import re
from collections.abc import Iterable, Iterator

import pytest
import yaml

from benchmarks.evaluate import DEV_SET, MEASURED, OWN_SETS
from bot.knowledge import Knowledge
from bot.settings import ROOT
from scripts.train_safeguarding import examples, labelled

#: So many words in a row are wording; fewer are English.
RUN = 8


def words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9']+", text.lower().replace("’", "'")))


def runs(text: str) -> Iterator[tuple[str, ...]]:
    said = words(text)
    return (said[start : start + RUN] for start in range(len(said) - RUN + 1))


def rows(names: Iterable[str]) -> list[str]:
    files = (OWN_SETS / f"{name}.jsonl" for name in names)
    return [json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def training(knowledge: Knowledge) -> list[str]:
    files = sorted((ROOT / "data" / "nlu").glob("*.yml"))
    talk = [intent for path in files for intent in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]]
    small_talk = [line.strip(" -") for intent in talk for line in intent["examples"].splitlines()]
    return [*small_talk, *(example for card in knowledge.cards.values() for example in card.examples)]


def test_no_question_of_our_own_test_set_is_an_example(training):
    # Two or three words are the same whoever types them; what is longer must be new.
    learnt = {words(text) for text in training}
    asked = rows(("questions_a", "questions_b", "off_topic_a", "off_topic_b"))
    assert [text for text in asked if len(words(text)) > 4 and words(text) in learnt] == []


@pytest.fixture(scope="module")
def of_danger() -> list[str]:
    """What the check for danger is learnt from and looked at with, and its rows."""
    kinds = yaml.safe_load((ROOT / "knowledge" / "safeguarding.yml").read_text(encoding="utf-8"))["kinds"].values()
    patterns = [row for kind in kinds for rows in kind["patterns"].values() for row in rows]
    others = [row for kind in kinds for part in ("exceptions", "background") for row in kind.get(part, ())]
    return [*patterns, *others, *(text for text, _, _ in examples())]


def same_wording(texts: Iterable[str], learnt: Iterable[str]) -> list[int]:
    """Which of the texts, by number, are in what was learnt, or share a run of words with it."""
    learnt = [*learnt]
    whole, parts = {words(text) for text in learnt}, {run for text in learnt for run in runs(text)}
    # Two or three words are the same whoever types them.
    return [
        number
        for number, text in enumerate(texts)
        if (len(words(text)) > 3 and words(text) in whole) or any(run in parts for run in runs(text))
    ]


def test_no_message_of_the_measured_set_is_in_the_rows_for_danger_or_learnt_from(of_danger):
    # Only their numbers are told: whoever mends the check must not read these messages.
    assert same_wording([text for _, _, text in labelled(MEASURED)], of_danger) == []


def test_no_wording_of_the_development_set_is_in_the_rows_for_danger_or_learnt_from(of_danger):
    if not DEV_SET.exists():
        pytest.skip(f"the development set is not at {DEV_SET}: overlap with it was not checked")
    items = [json.loads(line) for line in DEV_SET.read_text(encoding="utf-8").splitlines()]
    assert same_wording([item[field] for item in items for field in ("short", "text")], of_danger) == []


def test_no_wording_of_the_development_set_is_in_the_training_data_or_the_cards(training, knowledge):
    if not DEV_SET.exists():
        pytest.skip(f"the development set is not at {DEV_SET}: overlap with it was not checked")
    cards = [f"{card.title} {card.short} {card.basis} {card.next_steps}" for card in knowledge.cards.values()]
    ours = {run for text in (*training, *cards) for run in runs(text)}
    learnt = {words(text) for text in training}
    items = [json.loads(line) for line in DEV_SET.read_text(encoding="utf-8").splitlines()]
    texts = [(item["id"], item[field]) for item in items for field in ("short", "text")]
    assert [
        (number, text) for number, text in texts if words(text) in learnt or any(run in ours for run in runs(text))
    ] == []


def test_the_development_sets_judgements_name_cards_that_exist(knowledge):
    judged = yaml.safe_load((OWN_SETS / "dev_cards.yml").read_text(encoding="utf-8"))
    named = {card for row in judged.values() for card in row.get("cards", [])}
    assert named <= set(knowledge.cards)
