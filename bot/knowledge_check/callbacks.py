"""What is checked in the section `callbacks` of `service.yml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from typing import Any

from bot.callbacks import Callbacks
from bot.hours import Shift
from bot.knowledge_check.hours import WEEK, check_shifts
from bot.knowledge_check.page import Page
from bot.knowledge_check.shape import list_of, mapping_of, record, text, text_like, whole

_SECTION = "callbacks"
#: What fits on a button of a phone.
_LONGEST_LABEL = 45


_KIND = record(
    label=text_like(rf".{{1,{_LONGEST_LABEL}}}", f"Write a text of at most {_LONGEST_LABEL} characters."),
    said=list_of(text()),
    minutes=whole(5, 180),
    at_once=whole(1, 50),
    weekly=WEEK,
)
CALLBACKS = record(
    days_ahead=whole(1, 60),
    least_notice_minutes=whole(0, 10080),
    card=text(),
    kinds=mapping_of(_KIND),
)


def check_callbacks(ids: Container[str], page: Page, today: dt.date) -> None:
    """Check the calls of a `service.yml` that has the right shape, with right hours."""
    section = page.entries[_SECTION]
    if section["card"] not in ids:
        page.report((_SECTION, "card"), f"There is no card '{section['card']}'.", "Name the card on how calls work.")
    if not section["kinds"]:
        page.report((_SECTION, "kinds"), "There is no kind of call.", "Add one.")
    for name, kind in section["kinds"].items():
        _check_kind(page, name, kind, today)


def _check_kind(page: Page, name: str, kind: Mapping[str, Any], today: dt.date) -> None:
    for day, shifts in kind["weekly"].items():
        place = (_SECTION, "kinds", name, "weekly", day)
        check_shifts(page, place, shifts or ())
        for position, written in enumerate(shifts or ()):
            shift = Shift.read(written)
            if shift.end - shift.begin < dt.timedelta(minutes=kind["minutes"]):
                page.report(
                    (*place, position),
                    f"A call of {kind['minutes']} minutes does not fit into '{written}'.",
                    "Make the time longer, or the call shorter.",
                )
    if page.found:
        # What is open is only known once the hours and the times are right.
        return
    for day, shifts in kind["weekly"].items():
        if shifts and not _offered(page.entries, name, day, today):
            page.report(
                (_SECTION, "kinds", name, "weekly", day),
                f"No call can begin on a {day.capitalize()}: the helpline is closed at these times.",
                "Choose times within 'hours', or delete the day.",
            )


def _offered(service: Mapping[str, Any], name: str, day: str, today: dt.date) -> bool:
    """Whether a call can begin on a day of the week, by the weekly hours alone."""
    hours = {**service["hours"], "closures": [], "openings": [], "bank_holidays": "open"}
    rules = {**service[_SECTION], "days_ahead": 7, "least_notice_minutes": 0}
    calls = Callbacks({"hours": hours, _SECTION: rules})
    midnight = calls.moment(today.isoformat(), "00:00")
    return any(f"{begin:%A}".lower() == day for begin in calls.free(name, (), midnight))
