"""What is checked in cards."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import textstat

from bot.knowledge import CONFIDENCES, FACTS, KINDS, NATIONS, KnowledgeError, read_card, split_front_matter
from bot.knowledge_check.near_duplicates import alike
from bot.knowledge_check.page import Finding, Page, Place, open_card, open_list
from bot.knowledge_check.shape import (
    address,
    day,
    list_of,
    mapping_of,
    one_of,
    optional,
    record,
    text,
    yes_or_no,
)

MOST_WORDS = 60
#: Flesch-Kincaid grade: a reading age of about 13, the hardest that a short answer may be.
HARDEST_GRADE = 8.0
LEAST_EXAMPLES = 12

_SOURCE = record(title=text(), address=address(), section=text(), date=day())
_VARIANT = record(when=mapping_of(text()), short=text())
_CARD = record(
    id=text(),
    title=text(),
    nation=one_of(NATIONS),
    kind=one_of(KINDS),
    sources=list_of(_SOURCE),
    valid_from=day(),
    valid_to=optional(day()),
    reviewed=day(),
    review_by=day(),
    confidence=one_of(CONFIDENCES),
    caveat=optional(text()),
    needs_adviser=yes_or_no(),
    see_also=optional(list_of(text())),
    variants=optional(list_of(_VARIANT)),
    examples=list_of(text()),
)
_EXCEPTIONS = record(exceptions=list_of(record(card=text(), reason=text())))

_LINK = re.compile(r"\[([^]]*)]\([^)]*\)")


def check_cards(folder: Path, paths: Sequence[Path], today: dt.date) -> Iterator[Finding]:
    """What is wrong in the cards at `paths`, and in the list of those that may be harder to read."""
    pages = [open_card(path) for path in paths]
    ids = {path.stem for path in paths}
    exceptions = _exceptions(folder)
    may_be_hard = {row["card"] for row in exceptions.entries.get("exceptions", ())}
    easy = set()
    for page in pages:
        if page.entries:
            page.check(_CARD)
            # What follows reads the entries, so that their shape must be right.
            if not page.found and _check_card(page, ids, today, page.path.stem in may_be_hard):
                easy.add(page.path.stem)
    _check_ids(pages)
    _check_examples(pages)
    _check_exceptions(exceptions, ids, easy)
    for page in (exceptions, *pages):
        yield from page.found


def reading_grade(markdown: str) -> float:
    """The Flesch-Kincaid grade of a text as a parent sees it, without the signs of Markdown."""
    return float(textstat.flesch_kincaid_grade(_LINK.sub(r"\1", markdown).replace("**", "")))


def _check_card(page: Page, ids: set[str], today: dt.date, may_be_hard: bool) -> bool:
    """Check a card whose entries have the right shape. Whether its short answers are easy enough to read."""
    entries = page.entries
    if entries["id"] != page.path.stem:
        page.report(("id",), f"The id '{entries['id']}' is not the name of the file.", f"Write {page.path.stem}.")
    for position, other in enumerate(entries.get("see_also") or ()):
        if other not in ids:
            page.report(("see_also", position), f"There is no card '{other}'.", "Name another card, or remove it.")
    if len(entries["examples"]) < LEAST_EXAMPLES:
        page.report(
            ("examples",),
            f"There are only {len(entries['examples'])} examples.",
            f"Write at least {LEAST_EXAMPLES}, as different parents would ask.",
        )
    _check_variants(page)
    _check_dates(page, today)
    easy = [_check_short(page, place, words, may_be_hard) for place, words in _short_answers(page)]
    return all(easy)


def _short_answers(page: Page) -> list[tuple[Place, str]]:
    """The short answer and its variants; none where the text below the front matter cannot be read."""
    try:
        short = read_card(page.path).short
    except KnowledgeError as error:
        page.found.append(Finding(error.path, error.line, error.problem, error.remedy))
        return []
    _, body, line = split_front_matter(page.path)
    # The short answer stands below the front matter, so that nothing has noted its line yet.
    page.lines["short",] = line + len(body) - len(body.lstrip("\n"))
    variants = page.entries.get("variants") or ()
    return [
        (("short",), short),
        *((("variants", row, "short"), variant["short"]) for row, variant in enumerate(variants)),
    ]


def _check_variants(page: Page) -> None:
    for position, variant in enumerate(page.entries.get("variants") or ()):
        for fact, value in variant["when"].items():
            if fact not in FACTS:
                page.report(
                    ("variants", position, "when", fact), f"Nothing is known as '{fact}'.", f"Use: {', '.join(FACTS)}."
                )
            elif FACTS[fact] and value not in FACTS[fact]:
                page.report(
                    ("variants", position, "when", fact),
                    f"'{fact}' is never '{value}'.",
                    f"Write one of: {', '.join(FACTS[fact])}.",
                )


def _check_dates(page: Page, today: dt.date) -> None:
    entries = page.entries
    if entries["review_by"] < today:
        page.report(
            ("review_by",),
            f"The review was due by {entries['review_by']}.",
            "Compare the card with its sources, mend it, and set 'reviewed' and 'review_by' anew.",
        )
    if entries.get("valid_to") and entries["valid_to"] < today:
        page.report(
            ("valid_to",),
            f"The answer was right only until {entries['valid_to']}.",
            "Write what is right now and a new 'valid_to', or delete the card.",
        )
    if entries["kind"] == "news" and not entries.get("valid_to"):
        page.report(("valid_to",), "This is news without a last day.", "Give 'valid_to' the day after which it is old.")
    if entries["confidence"] == "low" and not entries.get("caveat"):
        page.report(
            ("confidence",),
            "The confidence is low and a parent is not told.",
            "Write one kind sentence in 'caveat' that says what is not certain.",
        )


def _check_short(page: Page, place: Place, words: str, may_be_hard: bool) -> bool:
    count = len(words.split())
    if count > MOST_WORDS:
        page.report(
            place, f"The short answer has {count} words.", f"Cut it to {MOST_WORDS}; the rest belongs in the next part."
        )
    grade = reading_grade(words)
    if grade > HARDEST_GRADE and not may_be_hard:
        page.report(
            place,
            f"The short answer is too hard to read (grade {grade:.1f}, at most {HARDEST_GRADE:.0f}).",
            "Use shorter sentences and everyday words, or name the card with a reason in reading_exceptions.yml.",
        )
    return grade <= HARDEST_GRADE


def _check_ids(pages: Sequence[Page]) -> None:
    first: dict[str, Page] = {}
    for page in pages:
        other = first.setdefault(str(page.entries.get("id", page.path)), page)
        if other is not page:
            page.report(("id",), f"{_at(other, ('id',))} has the same id.", "Give this card, and its file, another.")


def _check_examples(pages: Sequence[Page]) -> None:
    said = [
        (page, ("examples", position), example)
        for page in pages
        if isinstance(page.entries.get("examples"), list)
        for position, example in enumerate(page.entries["examples"])
        if isinstance(example, str)
    ]
    for first, second in alike([example for _, _, example in said]):
        (page, place, _), (other, there, _) = said[second], said[first]
        remedy = (
            "Say something else with it, or remove it."
            if page is other
            else "Rewrite it in the card where it fits less, so that the difference between the two cards shows."
        )
        page.report(place, f"This example is nearly the same as {_at(other, there)}.", remedy)


def _exceptions(folder: Path) -> Page:
    path = folder / "reading_exceptions.yml"
    if not path.exists():
        return Page(path)
    page = open_list(path)
    page.check(_EXCEPTIONS)
    return Page(path, found=page.found) if page.found else page


def _check_exceptions(page: Page, ids: set[str], easy: set[str]) -> None:
    for position, row in enumerate(page.entries.get("exceptions", ())):
        card, place = row["card"], ("exceptions", position)
        if card not in ids:
            page.report(place, f"There is no card '{card}'.", "Remove this exception.")
        elif card in easy:
            page.report(place, f"'{card}' is easy enough to read.", "Remove this exception.")


def _at(page: Page, place: Place) -> str:
    return f"{page.path.parent.name}/{page.path.name}:{page.lines[place]}"
