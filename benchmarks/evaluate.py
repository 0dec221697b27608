"""How often the answers are right: our own road, Rasa's default pipeline and BM25, on the same questions."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rank_bm25 import BM25Okapi

from benchmarks import report
from bot.conversation import Risk
from bot.encoder import Encoder
from bot.knowledge import Card, read_card, read_yaml
from bot.safeguarding import Concern, Safeguard
from bot.safeguarding_second import SecondReading
from bot.settings import ROOT

#: Real situations, restated; kept outside the project and never part of the training data.
DEV_SET = Path(os.environ.get("DEV_SET", ROOT.parent / "shared" / "eval" / "dev.jsonl"))
DOCUMENT = ROOT / "docs" / "benchmarks.md"
OWN_SETS = ROOT / "tests" / "eval"
#: Messages with danger in them, near misses and ordinary ones, by an author whose messages nothing was learnt from.
MEASURED = ROOT / "tests" / "safeguarding" / "measured.yml"
DEFAULT_MODEL = ROOT / "var" / "baseline" / "default.tar.gz"
RESULTS = ("right", "offered", "abstained", "wrong", "wrong offer")
CHOICES = ("choices", "clarify")


@dataclass(frozen=True)
class Item:
    """A question, the cards that would be right, and its subject; no cards: it is to be declined."""

    text: str
    cards: tuple[str, ...]
    topic: str
    kind: str = "question"
    """`question`, `off-topic` or `crisis`"""


@dataclass(frozen=True)
class Given:
    """What a system gave: its status in our words, and the cards shown."""

    status: str
    cards: tuple[str, ...] = ()


def judged(item: Item, given: Given) -> str:
    """One of `RESULTS`. Two cards offered of which neither is right count as a wrong offer."""
    good = bool(set(given.cards) & set(item.cards))
    if given.status in ("answered", "other_nation"):
        return "right" if good else "wrong"
    if given.status in CHOICES:
        return "offered" if good else "wrong offer"
    return "abstained"


def sets() -> dict[str, list[Item]]:
    """Every set there is, by name; the development set twice, as typed in short and as written at length."""
    found = {"own test set": own_questions(), "own off-topic": own_off_topic()}
    if DEV_SET.exists():
        found |= {f"dev ({field})": dev_items(field) for field in ("short", "text")}
    else:
        print(f"{DEV_SET} is not here: the development set is not measured. DEV_SET=… names another place.")
    return found


def own_questions() -> list[Item]:
    rows = [row for name in ("questions_a", "questions_b") for row in _rows(OWN_SETS / f"{name}.jsonl")]
    topics = {path.stem: path.parent.name for path in (ROOT / "knowledge" / "cards").glob("*/*.md")}
    return [Item(row["text"], tuple(row["cards"]), topics[row["cards"][0]]) for row in rows]


def own_off_topic() -> list[Item]:
    rows = [row for name in ("off_topic_a", "off_topic_b") for row in _rows(OWN_SETS / f"{name}.jsonl")]
    return [Item(row["text"], (), "off-topic", "off-topic") for row in rows]


def dev_items(field: str) -> list[Item]:
    """The development set with our judgement of which cards are right (`tests/eval/dev_cards.yml`)."""
    labels = yaml.safe_load((OWN_SETS / "dev_cards.yml").read_text(encoding="utf-8"))
    items = []
    for row in _rows(DEV_SET):
        label = labels[row["id"]]
        kind = "off-topic" if label.get("decline") else "crisis" if label.get("safeguarding") else "question"
        items.append(Item(row[field], tuple(label.get("cards") or ()), row["topic"], kind))
    return items


def ours(items: Sequence[Item]) -> list[Given]:
    """The answers of `python -m bot ask --batch`: the whole road, through the real Rasa server."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        asked.write_text("".join(json.dumps({"id": n, "text": item.text}) + "\n" for n, item in enumerate(items)))
        command = [sys.executable, "-m", "bot", "ask", "--batch", str(asked), "--out", str(answered)]
        subprocess.run(command, check=True, cwd=ROOT)
        rows = {row["id"]: row for row in _rows(answered)}
    return [Given(rows[n]["status"], tuple(rows[n]["cards"])) for n in range(len(items))]


def default_pipeline(items: Sequence[Item]) -> list[Given]:
    """Rasa's default pipeline on the same cards: its card, or nothing where its own fallback speaks."""
    from rasa.core.agent import Agent  # only here: it brings TensorFlow

    agent = Agent.load(str(DEFAULT_MODEL))

    async def ask(item: Item) -> Given:
        parse = await agent.parse_message(item.text)
        if parse["intent"]["name"] != "ask":
            return Given("abstained")
        # One selector for all retrieval intents, which Rasa calls "default".
        key = parse["response_selector"]["default"]["response"]["intent_response_key"]
        return Given("answered", (key.partition("/")[2],))

    async def ask_all() -> list[Given]:
        return [await ask(item) for item in items]

    return asyncio.run(ask_all())


def bm25(items: Sequence[Item]) -> list[Given]:
    """The card whose words, examples included, fit best by BM25; always an answer."""
    cards = [read_card(path) for path in sorted((ROOT / "knowledge" / "cards").glob("*/*.md"))]
    index = BM25Okapi([_words(_all_text(card)) for card in cards])
    best = [index.get_scores(_words(item.text)).argmax() for item in items]
    return [Given("answered", (cards[row].id,)) for row in best]


def main() -> None:
    """Measure, print, and write `docs/benchmarks.md`."""
    systems: dict[str, Callable[[Sequence[Item]], list[Given]]] = {"ours": ours, "BM25 over the cards": bm25}
    notes = []
    if DEFAULT_MODEL.exists():
        systems["Rasa's default pipeline"] = default_pipeline
    else:
        notes.append("Rasa's default pipeline: not measured (`make baseline` trains it, for hours).")
    measured = sets()
    everything = [item for items in measured.values() for item in items]
    answers = {name: system(everything) for name, system in systems.items()}
    lines = [_heading(), "", _overview(measured, answers)]
    start = 0
    for name, items in measured.items():
        if any(item.kind == "question" for item in items):
            lines += ["", _details(name, items, answers["ours"][start : start + len(items)])]
        start += len(items)
    _write("\n".join([*lines, "", *notes]), "eval")
    measure_safeguarding()


def measure_safeguarding() -> None:
    """Measure, print and write the check for danger alone, which needs no server."""
    _write(f"{_heading()}\n\n{safeguarding()}", "safeguarding")


def _write(text: str, mark: str) -> None:
    print(text)
    report.write(DOCUMENT, text, mark)


@dataclass(frozen=True)
class Heard:
    """A message of the measured set, of what kind and level it is, and what the check found in it."""

    kind: str
    level: str
    concern: Concern | None

    @property
    def first(self) -> bool:
        """Whether it was answered with help first: found as urgent or graver."""
        return self.concern is not None and self.concern.risk is not Risk.CONCERN

    @property
    def at_its_level(self) -> bool:
        """Immediate and urgent danger has to be found as urgent or graver, a concern at all."""
        return self.first or (self.level == Risk.CONCERN.value and self.concern is not None)


def heard(check: Callable[[str], Concern | None], page: Path = MEASURED) -> list[Heard]:
    """What the check finds in each message of a page."""
    return [
        Heard(kind, level, check(text))
        for kind, row in read_yaml(page).items()
        for level, texts in row.items()
        for text in texts
    ]


def safeguarding() -> str:
    """How much of the danger in messages is found, per level and kind, and how often where there is none."""
    check = Safeguard(read_yaml(ROOT / "knowledge" / "safeguarding.yml"), SecondReading(Encoder())).check
    messages = heard(check)
    danger = [one for one in messages if one.level != "near"]
    alarms = [one.concern for one in messages if one.level == "near" and one.concern is not None]
    kinds = dict.fromkeys(one.kind for one in danger)
    rows = [("Messages", "Number", "Found at all", "Found at its level", "Its kind right", "Precision", "F2")]
    rows.append(_found("all", danger, len(alarms)))
    for level in Risk:
        risen = sum(concern.risk is level for concern in alarms)
        rows.append(_found(level.value, [one for one in danger if one.level == level.value], risen))
    for kind in kinds:
        named = sum(concern.kind == kind for concern in alarms)
        rows.append(_found(kind, [one for one in danger if one.kind == kind], named))
    near = [one for one in messages if one.level == "near" and one.kind != "ordinary"]
    ordinary = [Heard("ordinary", "near", check(item.text)) for item in (*own_questions(), *own_off_topic())]
    false = [("Messages without danger", "Number", "Found at all", "… as urgent or graver")]
    false.append(_alarms("near misses", near))
    false.append(_alarms("ordinary messages", [one for one in messages if one.kind == "ordinary"]))
    false.append(_alarms("our own ordinary questions", ordinary))
    explained = (
        "At its level: immediate and urgent danger as urgent or graver, a concern at all. A false alarm counts once, "
        "for the level and the kind that it was given."
    )
    parts = ["### Safeguarding", explained, _table(rows), _table(false)]
    if DEV_SET.exists():
        crises = [check(item.text) for item in dev_items("text") if item.kind == "crisis"]
        parts.append(f"Crisis items of the development set found: {sum(map(bool, crises))} of {len(crises)}.")
    return "\n\n".join(parts)


def _found(name: str, must: Sequence[Heard], false: int) -> tuple[str, ...]:
    """One row: of the messages that must be found, how many are; and of those found, how many are no false alarm."""
    found = [one for one in must if one.concern is not None]
    hits = sum(one.at_its_level for one in must)
    right = sum(one.concern is not None and one.concern.kind == one.kind for one in found)
    f2 = 5 * hits / (5 * hits + 4 * (len(must) - hits) + false) if hits else 0.0
    return (
        name,
        str(len(must)),
        _share(len(found), len(must)),
        _share(hits, len(must)),
        _share(right, len(found)),
        _share(hits, hits + false),
        f"{f2:.2f}",
    )


def _alarms(name: str, messages: Sequence[Heard]) -> tuple[str, ...]:
    found, first = sum(one.concern is not None for one in messages), sum(one.first for one in messages)
    return name, str(len(messages)), _share(found, len(messages)), _share(first, len(messages))


def _heading() -> str:
    return f"`make eval` on {dt.date.today():%d %B %Y}, commit {report.commit(DOCUMENT)}."


def _overview(measured: dict[str, list[Item]], answers: dict[str, list[Given]]) -> str:
    rows = [("Set", "System", "Questions", *RESULTS, "right or offered", "Off-topic declined", "Crises caught")]
    start = 0
    for name, items in measured.items():
        for system, given in answers.items():
            rows.append((name, system, *_scores(items, given[start : start + len(items)])))
        start += len(items)
    return _table(rows)


def _scores(items: Sequence[Item], given: Sequence[Given]) -> tuple[str, ...]:
    pairs = list(zip(items, given))
    counts = Counter(judged(item, answer) for item, answer in pairs if item.kind == "question")
    total = sum(counts.values())
    declined = [
        answer.status not in ("answered", "other_nation", *CHOICES)
        for item, answer in pairs
        if item.kind == "off-topic"
    ]
    caught = [answer.status == "safeguarding" for item, answer in pairs if item.kind == "crisis"]
    good = counts["right"] + counts["offered"]
    shares = [_share(counts[result], total) for result in RESULTS]
    return (
        str(total),
        *shares,
        _share(good, total),
        _share(sum(declined), len(declined)),
        _share(sum(caught), len(caught)),
    )


def _details(name: str, items: Sequence[Item], given: Sequence[Given]) -> str:
    """Per topic, and the confusions that happened more than once."""
    by_topic: dict[str, Counter[str]] = defaultdict(Counter)
    confusions: Counter[tuple[str, str]] = Counter()
    for item, answer in zip(items, given):
        if item.kind == "question":
            result = judged(item, answer)
            by_topic[item.topic][result] += 1
            if result.startswith("wrong"):
                confusions[(item.cards[0], answer.cards[0])] += 1
    rows = [("Topic", "Questions", *RESULTS)]
    rows += [
        (topic, str(sum(counts.values())), *(str(counts[result]) for result in RESULTS))
        for topic, counts in sorted(by_topic.items())
    ]
    listed = [
        f"- {wanted} → {shown}" + (f" ({times})" if times > 1 else "")
        for (wanted, shown), times in confusions.most_common()
    ]
    return "\n".join([f"### {name}: ours, per topic", "", _table(rows), "", "Confused (wanted → shown):", "", *listed])


def _table(rows: Sequence[Sequence[str]]) -> str:
    ruled = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %" if total else "–"


def _all_text(card: Card) -> str:
    return " ".join((card.title, card.short, card.basis, card.next_steps, *card.examples))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    measure_safeguarding() if sys.argv[1:] == ["safeguarding"] else main()
