"""What is checked in the section `hours` of `service.yml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from bot.hours import CHANNELS, DAYS, SENTENCES, Shift, read_time
from bot.knowledge_check.page import Page, Place
from bot.knowledge_check.shape import Rule, list_of, one_of, optional, record, text, text_like

#: How long a closure or an opening is kept once it is over, for whoever asks why nobody answered.
KEPT = dt.timedelta(days=365)
#: A shift past midnight that lasts longer has its two times the wrong way round.
LONGEST_NIGHT = dt.timedelta(hours=12)

_MIDNIGHT = dt.timedelta(days=1)
_SECTION = "hours"


def _is_day(value: Any) -> bool:
    return type(value) is dt.date and 2000 <= value.year < 2100


def _is_time(value: Any) -> bool:
    """Whether it is a day with a time, as `read_time` takes it."""
    try:
        time = dt.datetime.fromisoformat(value) if isinstance(value, str) and len(value) > len("2026-12-24") else value
    except ValueError:
        return False
    return isinstance(time, dt.datetime) and time.tzinfo is None and _is_day(time.date())


_DAY = Rule(_is_day, "Write a day like 2026-12-24, without quotes.")
_TIME = Rule(
    lambda value: _is_day(value) or _is_time(value),
    "Write a day like 2026-12-24, without quotes, or a time like 2026-12-24T13:00.",
)
_MINUTES = Rule(
    lambda value: type(value) is int and 0 <= value <= 120, "Write a whole number of minutes, from 0 to 120."
)
_SHIFTS = list_of(
    text_like(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", 'Write a shift like "09:30-17:00".')
)
WEEK = record(**{day: optional(_SHIFTS) for day in DAYS})
_CHANNELS = optional(list_of(one_of(CHANNELS)))
_CLOSURE = record(**{"from": _TIME, "to": _TIME, "sentence": text(), "channels": _CHANNELS})
_OPENING = record(date=_DAY, shifts=_SHIFTS, sentence=optional(text()), channels=_CHANNELS)

HOURS = record(
    time_zone=one_of(["Europe/London"]),
    weekly=WEEK,
    channels=optional(record(**dict.fromkeys(CHANNELS, optional(WEEK)))),
    bank_holidays=one_of(["closed", "open"]),
    last_handover_minutes=_MINUTES,
    closures=optional(list_of(_CLOSURE)),
    openings=optional(list_of(_OPENING)),
    sentences=record(**dict.fromkeys(SENTENCES, text())),
)


def check_hours(page: Page, today: dt.date) -> None:
    """Check the hours of a `service.yml` that has the right shape."""
    hours = page.entries[_SECTION]
    closures, openings = ([*(hours.get(name) or ())] for name in ("closures", "openings"))
    for place, shifts in _days(hours):
        check_shifts(page, place, shifts)
    for position, closure in enumerate(closures):
        _check_closure(page, (_SECTION, "closures", position), closure, today)
    for position, opening in enumerate(openings):
        _check_opening(page, (_SECTION, "openings", position), opening, closures, today)
    for (_, first), (position, second) in combinations(enumerate(openings), 2):
        if first["date"] == second["date"] and _channels(first) & _channels(second):
            page.report(
                (_SECTION, "openings", position),
                f"There is an opening on {second['date']} already.",
                "Write all the shifts of a day in one opening.",
            )
    for key, sentence in hours["sentences"].items():
        _check_sentence(page, key, sentence)


def _days(hours: Mapping[str, Any]) -> Iterator[tuple[Place, Sequence[str]]]:
    """The places of all lists of shifts, with their shifts."""
    weeks: dict[Place, Mapping[str, Any]] = {(_SECTION, "weekly"): hours["weekly"]}
    weeks |= {(_SECTION, "channels", name): week or {} for name, week in (hours.get("channels") or {}).items()}
    for place, week in weeks.items():
        for day, shifts in week.items():
            yield (*place, day), shifts or ()
    for position, opening in enumerate(hours.get("openings") or ()):
        yield (_SECTION, "openings", position, "shifts"), opening["shifts"]


def check_shifts(page: Page, place: Place, shifts: Sequence[str]) -> None:
    """Check the shifts of one day."""
    for position, shift in enumerate(shifts):
        begin, end = Shift.read(shift)
        first, _, last = shift.partition("-")
        if first == last:
            problem, remedy = "ends when it begins", 'Write another end; a whole day is "00:00-24:00".'
        elif end > _MIDNIGHT and end - begin > LONGEST_NIGHT:
            problem = "ends before it begins"
            remedy = "Write the earlier time first; a shift past midnight lasts 12 hours at most."
        else:
            continue
        page.report((*place, position), f"'{shift}' {problem}.", remedy)
    for (_, first), (position, second) in combinations(enumerate(shifts), 2):
        (first_begin, first_end), (begin, end) = Shift.read(first), Shift.read(second)
        if max(first_begin, begin) < min(first_end, end):
            page.report(
                (*place, position), f"'{second}' overlaps '{first}'.", "Make them one shift, or change their times."
            )


def _check_closure(page: Page, place: Place, closure: Mapping[str, Any], today: dt.date) -> None:
    begin, end = _span(closure)
    if end <= begin:
        page.report((*place, "to"), "The closure ends before it begins.", "Write the earlier time as 'from'.")
    _check_kept(page, place, "closure", read_time(closure["to"]).date(), today)


def _check_opening(
    page: Page, place: Place, opening: Mapping[str, Any], closures: Sequence[Mapping[str, Any]], today: dt.date
) -> None:
    midnight = read_time(opening["date"])
    shifts = [Shift.read(shift) for shift in opening["shifts"]]
    for position, closure in enumerate(closures):
        begin, end = _span(closure)
        covered = all(begin <= midnight + shift.begin and midnight + shift.end <= end for shift in shifts)
        if covered and _channels(opening) <= _channels(closure):
            line = page.lines[_SECTION, "closures", position]
            page.report(
                place,
                f"Nobody answers on {opening['date']}: the closure on line {line} is stronger.",
                "Make the closure two, before and after that day, or delete the opening.",
            )
    _check_kept(page, place, "opening", opening["date"], today)


def _check_kept(page: Page, place: Place, kind: str, last: dt.date, today: dt.date) -> None:
    if last < today - KEPT:
        page.report(place, f"The {kind} was over on {last}, more than a year ago.", "Delete it.")


def _check_sentence(page: Page, key: str, sentence: str) -> None:
    blanks = SENTENCES[key]
    try:
        sentence.format(**dict.fromkeys(blanks, "x"))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        page.report(
            (_SECTION, "sentences", key),
            f"A blank in '{key}' stands for nothing.",
            f"Use only: {', '.join(f'{{{blank}}}' for blank in blanks)}." if blanks else "Write it without braces.",
        )


def _span(closure: Mapping[str, Any]) -> tuple[dt.datetime, dt.datetime]:
    return read_time(closure["from"]), read_time(closure["to"], end=True)


def _channels(row: Mapping[str, Any]) -> set[str]:
    return set(row.get("channels") or CHANNELS)
