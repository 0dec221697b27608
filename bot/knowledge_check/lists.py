"""What is checked in the files of `knowledge/` that are not cards."""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from bot.conversation import MOST_CHARACTERS, Risk
from bot.knowledge import DANGER_TEXTS, FACTS, KINDS, YOUNG
from bot.knowledge_check.callbacks import CALLBACKS, check_callbacks
from bot.knowledge_check.concerns import CONCERNS, check_concerns
from bot.knowledge_check.hours import HOURS, check_hours
from bot.knowledge_check.page import Finding, Page, Place, open_list
from bot.knowledge_check.retention import RETENTION, check_retention
from bot.knowledge_check.shape import (
    Rule,
    address,
    day,
    list_of,
    mapping_of,
    one_of,
    optional,
    record,
    share,
    text,
    text_like,
    whole,
    yes_or_no,
)

#: The signpost that every way to a person names.
HELPLINE = "helpline"

_COUNTRIES = ("england", "wales", "scotland", "northern-ireland")
_WORDS = list_of(text())

_GLOSSARY = record(
    terms=list_of(
        record(
            said=list_of(text_like(r"[^A-Z]+", "Write it in small letters; capitals are understood all the same.")),
            means=text(),
            explain=text(),
            full=optional(text()),
            old=optional(yes_or_no()),
            since=optional(text()),
        )
    )
)
_SERVICE = record(
    name=text(),
    phone=text(),
    interpreter_line=optional(text_like(r"\d[\d ]+\d", "Write a phone number in double quotes.")),
    hours=HOURS,
    callbacks=CALLBACKS,
    concerns=CONCERNS,
    gate=record(answer=share(), margin=share(), choices=share(), floors=optional(mapping_of(share()))),
    topics=_WORDS,
    desk=record(gone_seconds=whole(30, 3600), unanswered_seconds=whole(60, 7200), most_talks=whole(1, 20)),
    on_call=record(next_after_seconds=whole(30, 3600)),
    retention=RETENTION,
    asks_for_a_person=_WORDS,
)
_FACTS = record(
    # A word may be missing altogether ("has EHC plan"), so that a list may hold an empty text.
    words=mapping_of(list_of(text_like(r".*", "Write a text in double quotes."))),
    facts=record(
        **{
            fact: optional(record(**{value: optional(_WORDS) for value in values}))
            for fact, values in FACTS.items()
            if values
        }
    ),
    abroad=_WORDS,
    council_words=_WORDS,
    before_a_place=_WORDS,
    everyday_names=_WORDS,
)
_CANNED = record(
    canned=list_of(
        record(
            id=text_like(r"[a-z0-9-]+", "Write small letters, digits and hyphens, in double quotes."),
            title=text(),
            text=text_like(
                rf"(?s)(?=.*\S).{{1,{MOST_CHARACTERS}}}",
                f"Write a text of at most {MOST_CHARACTERS} characters in double quotes.",
            ),
        )
    )
)
_LEVELS = record(**{risk.value: optional(_WORDS) for risk in Risk})
_SAFEGUARDING = record(
    words=mapping_of(text()),
    spellings=mapping_of(_WORDS),
    background=_WORDS,
    kinds=mapping_of(
        record(
            wording=text(),
            signposts=_WORDS,
            patterns=_LEVELS,
            exceptions=optional(_WORDS),
            background=optional(_WORDS),
            must=_LEVELS,
            must_not=_WORDS,
        )
    ),
)
#: In a row of words, a name in capitals stands for a list under `words`.
_GROUP = re.compile(r"\b[A-Z]{2,}\b")
_BLANK = re.compile(r"\{(\w+)\}")


def check_lists(folder: Path, cards: Sequence[Path], today: dt.date) -> Iterator[Finding]:
    """What is wrong today in the lists of a folder that has these cards."""
    ids = {path.stem for path in cards}
    signposts = _read(folder / "signposts.yml", _signposts({path.parent.name for path in cards}))
    wording = _read(folder / "wording.yml", mapping_of(text()))
    service = _read(folder / "service.yml", _SERVICE)
    safeguarding = _read(folder / "safeguarding.yml", _SAFEGUARDING)
    glossary = _read(folder / "glossary.yml", _GLOSSARY)
    facts = _read(folder / "facts.yml", _FACTS)
    canned = _read(folder / "canned.yml", _CANNED)
    pages = (signposts, wording, service, safeguarding, glossary, facts, canned)
    # A check reads entries without asking what they are, so that it only runs on files of the right shape.
    misshapen = {page.path for page in pages if page.found}
    checks: Sequence[tuple[Callable[..., None], tuple[Page, ...]]] = (
        (_check_signposts, (signposts,)),
        (_check_wording, (wording,)),
        (partial(_check_service, ids), (service, signposts)),
        (partial(check_hours, today=today), (service,)),
        (partial(check_callbacks, ids, today=today), (service,)),
        (check_retention, (service,)),
        (check_concerns, (service,)),
        (_check_safeguarding, (safeguarding, wording, signposts)),
        (_check_glossary, (glossary,)),
        (_check_facts, (facts,)),
        (_check_canned, (canned,)),
    )
    for check, needed in checks:
        if misshapen.isdisjoint(page.path for page in needed):
            check(*needed)
    for page in pages:
        yield from page.found


def _read(path: Path, rule: Rule) -> Page:
    page = open_list(path)
    if page.entries or not page.found:
        page.check(rule)
    return page


def _signposts(topics: Iterable[str]) -> Rule:
    return record(
        signposts=list_of(
            record(
                id=text_like(r"[a-z0-9-]+", "Write small letters, digits and hyphens, in double quotes."),
                name=text(),
                what_for=text(),
                as_of=day(),
                phone=optional(text()),
                text=optional(text()),
                web=optional(address()),
                email=optional(text_like(r"\S+@\S+", "Write an e-mail address.")),
                hours=optional(text()),
                nations=optional(list_of(one_of(_COUNTRIES))),
                topics=optional(list_of(one_of(sorted(topics)))),
            )
        )
    )


def _check_signposts(page: Page) -> None:
    rows = page.entries["signposts"]
    _check_once(page, [(("signposts", position, "id"), row["id"]) for position, row in enumerate(rows)])
    for position, row in enumerate(rows):
        if not any(row.get(way) for way in ("phone", "text", "web", "email")):
            problem = f"There is no way to reach '{row['id']}'."
            page.report(
                ("signposts", position), problem, "Give a phone number, a text number, a web address or an e-mail."
            )
    if HELPLINE not in {row["id"] for row in rows}:
        page.report((), f"There is no signpost '{HELPLINE}'.", "Add it: every way to a person names it.")


def _check_wording(page: Page) -> None:
    for key, sentence in page.entries.items():
        try:
            list(string.Formatter().parse(sentence))
        except ValueError:
            page.report(
                (key,),
                f"A brace in '{key}' has no partner.",
                "Write a blank as {name}, and use braces for nothing else.",
            )
    for kind in KINDS:
        if f"kind_{kind}" not in page.entries:
            page.report((), f"'kind_{kind}' is missing.", f"Write how a parent is told that an answer rests on {kind}.")


def _check_service(ids: Container[str], page: Page, signposts: Page) -> None:
    entries = page.entries
    for place, card in (
        *((("topics", position), card) for position, card in enumerate(entries["topics"])),
        *((("gate", "floors", card), card) for card in entries["gate"].get("floors") or ()),
    ):
        if card not in ids:
            page.report(place, f"There is no card '{card}'.", "Name another card, or remove the line.")
    shown = {row["id"]: row.get("phone") for row in signposts.entries["signposts"]}
    if HELPLINE in shown and shown[HELPLINE] != entries["phone"]:
        page.report(
            ("phone",),
            f"signposts.yml gives the helpline's number as {shown[HELPLINE]}.",
            "Write the same in both files.",
        )


def _check_safeguarding(page: Page, wording: Page, signposts: Page) -> None:
    known = {row["id"] for row in signposts.entries["signposts"]}
    _check_rows(page, ("background",), page.entries["background"])
    for kind, row in page.entries["kinds"].items():
        _check_danger_texts(page, kind, row["wording"], wording)
        for position, signpost in enumerate(row["signposts"]):
            if signpost not in known:
                page.report(
                    ("kinds", kind, "signposts", position),
                    f"There is no signpost '{signpost}'.",
                    "Add it to signposts.yml, or name another one.",
                )
        for level, rows in row["patterns"].items():
            _check_rows(page, ("kinds", kind, "patterns", level), rows or ())
        for name in ("exceptions", "background"):
            _check_rows(page, ("kinds", kind, name), row.get(name) or ())


def _check_danger_texts(page: Page, kind: str, name: str, wording: Page) -> None:
    """Check that a kind of danger has its texts, and no text that is never said."""
    needed = [f"{name}_{text}" for text in DANGER_TEXTS]
    there = [key for key in wording.entries if key.startswith(f"{name}_")]
    if not there:
        problem = f"wording.yml has no text that begins with '{name}_'."
        page.report(("kinds", kind, "wording"), problem, f"Write there: {', '.join(needed)}.")
        return
    for key in needed:
        if key not in there:
            wording.report((there[0],), f"'{key}' is missing.", f"Write it beside this: what is said of {kind}.")
    for key in there:
        if key.removesuffix(YOUNG) not in needed:
            wording.report((key,), f"'{key}' is never said.", f"Call it one of: {', '.join(needed)}; or add '{YOUNG}'.")


def _check_rows(page: Page, place: Place, rows: Iterable[str]) -> None:
    """Check that every name in capitals is a list under `words`."""
    for position, row in enumerate(rows):
        for group in _GROUP.findall(row):
            if group not in page.entries["words"]:
                page.report(
                    (*place, position), f"There is no list '{group}' under 'words'.", "Add it, or write the words out."
                )


def _check_glossary(page: Page) -> None:
    _check_once(
        page,
        [
            (("terms", row, "said", position), word)
            for row, term in enumerate(page.entries["terms"])
            for position, word in enumerate(term["said"])
        ],
    )


def _check_facts(page: Page) -> None:
    known = page.entries["words"]
    for fact, values in page.entries["facts"].items():
        for place, held in (
            (("facts", fact), values),
            *((("facts", fact, value), values[value]) for value in values or ()),
        ):
            if not held:
                page.report(
                    place, f"There is nothing under '{place[-1]}'.", "Write what belongs there, or delete the line."
                )
        for value, phrases in (values or {}).items():
            for position, phrase in enumerate(phrases or ()):
                for blank in set(_BLANK.findall(phrase)) - set(known):
                    page.report(
                        ("facts", fact, value, position),
                        f"'{{{blank}}}' stands for nothing.",
                        f"Use one of: {', '.join(known)}; or add it under 'words'.",
                    )


def _check_canned(page: Page) -> None:
    _check_once(page, [(("canned", row, "id"), reply["id"]) for row, reply in enumerate(page.entries["canned"])])


def _check_once(page: Page, entries: Sequence[tuple[Place, str]]) -> None:
    first: dict[str, Place] = {}
    for place, value in entries:
        other = first.setdefault(value, place)
        if other != place:
            page.report(place, f"'{value}' stands on line {page.lines[other]} already.", "Keep one of them.")
