"""Everything that editors write, read from `knowledge/` into frozen objects."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

KINDS = ("law", "guidance", "practice", "news", "signpost")
NATIONS = ("england", "wales", "scotland", "northern-ireland", "uk")
CONFIDENCES = ("high", "medium", "low")

#: What a parent may have said about the family, and the values each fact can take.
FACTS: Mapping[str, tuple[str, ...]] = {
    "nation": ("england", "wales", "scotland", "northern-ireland", "abroad"),
    "council": (),
    "ehc_plan": ("has", "none", "applying"),
    "school": ("maintained", "academy", "independent", "special", "pru", "nursery", "college", "online"),
    "exclusion": ("suspension", "permanent"),
    "date": (),
}

#: How the hours of a helper begin who can be reached day and night.
ROUND_THE_CLOCK = "24 hours"

#: The three parts of a card's text; the first has no heading.
PARTS = ("short answer", "What this rests on", "What to do next")
_BODY = re.compile(
    rf"\s*(?P<short>.+?)\s*\n## {PARTS[1]}\n(?P<basis>.+?)\n## {PARTS[2]}\n(?P<next_steps>.+)", re.DOTALL
)


#: What is said of a kind of danger: to begin with by its level, and what can wait until help has been called.
DANGER_TEXTS = ("immediate", "urgent", "concern", "later")
#: Ends the key of a text that a child or young person reads in place of the usual one.
YOUNG = "_young"


class KnowledgeError(Exception):
    """A file in `knowledge/` cannot be read; the message says which, where and what to do."""

    def __init__(self, path: Path, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"{path}:{line}: {problem} {remedy}")
        self.path, self.line, self.problem, self.remedy = path, line, problem, remedy


@dataclass(frozen=True)
class Source:
    """Where an answer comes from: a law, a piece of guidance or a page, as dated."""

    title: str
    address: str
    section: str
    date: dt.date


@dataclass(frozen=True)
class Variant:
    """The short answer for a parent who has said the facts in `when`."""

    when: Mapping[str, str]
    short: str

    def fits(self, facts: Mapping[str, str]) -> bool:
        return all(facts.get(name) == value for name, value in self.when.items())


@dataclass(frozen=True)
class Card:
    """One curated answer. `version` is a hash of what a parent can be shown, examples left out."""

    id: str
    topic: str
    title: str
    nation: str
    kind: str
    sources: tuple[Source, ...]
    valid_from: dt.date
    valid_to: dt.date | None
    reviewed: dt.date
    review_by: dt.date
    confidence: str
    caveat: str
    needs_adviser: bool
    see_also: tuple[str, ...]
    variants: tuple[Variant, ...]
    examples: tuple[str, ...]
    short: str
    basis: str
    next_steps: str
    version: str

    def standing(self, today: dt.date) -> str:
        """`current`, `overdue` (its review is late) or `expired` (it was true only until a day that has passed)."""
        if self.valid_to is not None and today > self.valid_to:
            return "expired"
        return "overdue" if today > self.review_by else "current"

    def short_for(self, facts: Mapping[str, str]) -> str:
        """The short answer for what the parent has said: the variant that fits the most facts, or the plain one."""
        fitting = [variant for variant in self.variants if variant.fits(facts)]
        return max(fitting, key=lambda variant: len(variant.when)).short if fitting else self.short


@dataclass(frozen=True)
class Term:
    """An abbreviation or an old word, with the word used today."""

    said: tuple[str, ...]
    means: str
    explain: str
    full: str = ""
    old: bool = False
    since: str = ""


@dataclass(frozen=True)
class Signpost:
    """Somebody who can help: how to reach them, as of a date."""

    id: str
    name: str
    what_for: str
    as_of: dt.date
    phone: str = ""
    text: str = ""
    web: str = ""
    email: str = ""
    hours: str = ""
    nations: tuple[str, ...] = ("england",)
    topics: tuple[str, ...] = ()

    @property
    def is_there_now(self) -> bool:
        """Whether they can be called or texted at any hour, as far as has been confirmed."""
        return bool(self.phone or self.text) and self.hours.startswith(ROUND_THE_CLOCK)


@dataclass(frozen=True)
class CannedReply:
    """A reply that advisers can start from."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Council:
    """A council of the United Kingdom; a district, which has neither schools nor children's services, has a county."""

    name: str
    official_name: str
    nation: str
    education_authority: bool
    code: str = ""
    county_code: str = ""
    """of a district: the code of its county"""
    also_known_as: tuple[str, ...] = ()

    def is_called(self, name: str) -> bool:
        """Whether this is one of its names, in large or small letters."""
        names = (self.name, self.official_name, *self.also_known_as)
        return name.strip().casefold() in {own.strip().casefold() for own in names}


@dataclass(frozen=True)
class Knowledge:
    """All the content, loaded once; `fingerprint` changes when any of it does."""

    cards: Mapping[str, Card]
    terms: tuple[Term, ...]
    signposts: Mapping[str, Signpost]
    wording: Mapping[str, str]
    service: Mapping[str, Any]
    safeguarding: Mapping[str, Any]
    facts: Mapping[str, Any]
    personal_data: Mapping[str, Any]
    canned: tuple[CannedReply, ...]
    councils: tuple[Council, ...] = field(repr=False)

    def say(self, key: str, **values: object) -> str:
        """A fixed sentence from `wording.yml`, its blanks filled. An unknown key is a `KeyError`."""
        return self.wording[key].format(**values).strip()

    def say_in_danger(self, kind: str, text: str, young: bool) -> str:
        """One of `DANGER_TEXTS` of a kind, `sg_missing` say; for a young person theirs, where there is one."""
        key = f"{kind}_{text}"
        return self.say(key + YOUNG if young and key + YOUNG in self.wording else key)

    def authority(self, name: str) -> Council | None:
        """The council whose children's services look after a place: for a district its county's, else its own.

        None for a name that no council has.
        """
        council = next((council for council in self.councils if council.is_called(name)), None)
        if council is None or council.education_authority:
            return council
        return next((county for county in self.councils if county.code == council.county_code), None)


def load(folder: Path) -> Knowledge:
    """Read `knowledge/`. Raises `KnowledgeError` for the first file that cannot be used."""
    cards = [read_card(path) for path in sorted((folder / "cards").glob("*/*.md"))]
    return Knowledge(
        cards={card.id: card for card in cards},
        terms=read_glossary(folder / "glossary.yml"),
        signposts={
            row["id"]: _build(Signpost, row, folder / "signposts.yml")
            for row in read_yaml(folder / "signposts.yml")["signposts"]
        },
        wording=read_yaml(folder / "wording.yml"),
        service=read_yaml(folder / "service.yml"),
        safeguarding=read_yaml(folder / "safeguarding.yml"),
        facts=read_yaml(folder / "facts.yml"),
        personal_data=read_yaml(folder / "personal_data.yml"),
        canned=read_canned(folder / "canned.yml"),
        councils=tuple(read_councils(folder / "councils.csv")),
    )


def read_card(path: Path) -> Card:
    """One card from its file. Raises `KnowledgeError` with the line and the remedy."""
    front, body, body_line = split_front_matter(path)
    parts = _BODY.fullmatch(body)
    if parts is None:
        raise KnowledgeError(
            path,
            body_line,
            "The text is not in its three parts.",
            f"Write the short answer, then '## {PARTS[1]}', then '## {PARTS[2]}', each with text under it.",
        )
    shown = {key: value for key, value in front.items() if key != "examples"}
    row = {
        **front,
        "topic": path.parent.name,
        "sources": tuple(_build(Source, source, path) for source in front.get("sources") or ()),
        "variants": tuple(_build(Variant, variant, path) for variant in front.get("variants") or ()),
        "caveat": front.get("caveat") or "",
        "valid_to": front.get("valid_to"),
        "see_also": front.get("see_also") or (),
        "short": parts["short"],
        "basis": parts["basis"].strip(),
        "next_steps": parts["next_steps"].strip(),
        "version": hashlib.sha256((repr(shown) + body).encode()).hexdigest()[:12],
    }
    card: Card = _build(Card, row, path)
    return card


def split_front_matter(path: Path) -> tuple[dict[str, Any], str, int]:
    """(front matter, text, line on which the text starts) of a Markdown file that begins with `---`."""
    text = path.read_text(encoding="utf-8")
    pieces = text.split("---\n", 2)
    if len(pieces) != 3 or pieces[0]:
        raise KnowledgeError(path, 1, "No front matter.", "Begin the file with '---', the facts of the card, '---'.")
    front = _parse(pieces[1], path, first_line=2)
    if not isinstance(front, dict):
        raise KnowledgeError(path, 2, "The front matter is not a list of 'key: value'.", "See another card.")
    return front, pieces[2], pieces[1].count("\n") + 3


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file as a mapping. Raises `KnowledgeError` where it is missing or not a mapping."""
    try:
        value = _parse(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        raise KnowledgeError(path, 1, "The file is missing.", "Restore it from the last commit.") from None
    if not isinstance(value, dict):
        raise KnowledgeError(path, 1, "The file is not a list of 'key: value'.", "See the last commit.")
    return value


def read_glossary(path: Path) -> tuple[Term, ...]:
    """The terms of `glossary.yml`."""
    return tuple(_build(Term, row, path) for row in read_yaml(path)["terms"])


def read_canned(path: Path) -> tuple[CannedReply, ...]:
    """The replies of `canned.yml`."""
    return tuple(_build(CannedReply, row, path) for row in read_yaml(path)["canned"])


def read_councils(path: Path) -> Iterable[Council]:
    """The councils of `councils.csv` (mySociety, CC BY 4.0)."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Council(
                name=row["name"],
                official_name=row["official_name"],
                nation=row["nation"].lower().replace(" ", "-"),
                education_authority=row["education_authority"] == "yes",
                code=row["gss_code"],
                county_code=row["county_gss_code"],
                also_known_as=tuple(name for name in row["also_known_as"].split(",") if name),
            )


def _parse(text: str, path: Path, first_line: int = 1) -> Any:
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + first_line if error.problem_mark else first_line
        raise KnowledgeError(
            path, line, f"This is not valid YAML ({error.problem}).", "Put texts with ':' or '#' in double quotes."
        ) from error
    except yaml.reader.ReaderError as error:
        line = first_line + text.count("\n", 0, error.position)
        raise KnowledgeError(
            path, line, f"There is a character that nobody can see (number {error.character}).", "Type the line again."
        ) from error
    except (AttributeError, KeyError) as error:
        line = first_line + next((row for row, words in enumerate(text.split("\n")) if "!!" in words), 0)
        raise KnowledgeError(
            path, line, "A value is not of the kind that '!!' says.", "Put texts with '!!' in double quotes."
        ) from error


def _build(kind: type, row: Mapping[str, Any], path: Path) -> Any:
    """Build a dataclass from a row, lists made into tuples, with an editor's message for a wrong key."""
    try:
        return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})
    except TypeError as error:
        problem = re.sub(r"^.*__init__\(\) ", "", str(error))
        raise KnowledgeError(path, 1, f"{kind.__name__}: {problem}.", "Compare its keys with another entry.") from error
