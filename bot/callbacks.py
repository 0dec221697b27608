"""The calls that parents can book, by the section `callbacks` of `knowledge/service.yml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.dates import day_words, time_words
from bot.hours import DAYS, Hours, Shift, read_time

#: After so many calls that nobody answered, the parent is asked to book anew.
MOST_TRIES = 3


class SlotTaken(Exception):
    """As many calls as we can make at this time are booked."""


class State(str, Enum):
    """What has become of a booked call."""

    BOOKED = "booked"
    MADE = "made"
    MISSED = "missed"
    """nobody answered, as often as we try"""
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Call:
    """A call as a parent wants it."""

    kind: str
    begin: dt.datetime
    minutes: int
    name: str
    """the name to ask for"""
    phone: str
    """in the international format, `+44…`"""
    safe_to_leave: bool
    """whether a message may be left there"""
    about: str = ""

    @property
    def end(self) -> dt.datetime:
        return _later(self.begin, self.minutes)


@dataclass(frozen=True)
class Callback:
    """A booked call."""

    number: int
    conversation: str
    call: Call
    state: State = State.BOOKED
    tries: int = 0
    """how often we rang and nobody answered"""
    outcome: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of call."""

    id: str
    label: str
    said: tuple[str, ...]
    """what parents call it"""
    minutes: int
    at_once: int
    """how many calls of this kind can be made at the same time"""
    week: tuple[tuple[Shift, ...], ...]
    """when they can be booked, Monday first"""


class Callbacks:
    """Which calls are free, on the clock of `hours`. A call lies within the hours in which advisers answer."""

    def __init__(self, service: Mapping[str, Any]) -> None:
        rules = service["callbacks"]
        self._zone = ZoneInfo(service["hours"]["time_zone"])
        self._hours = Hours(service["hours"])
        self._days_ahead: int = rules["days_ahead"]
        self._notice: int = rules["least_notice_minutes"]
        self.card: str = rules["card"]
        self.kinds = {name: _kind(name, row) for name, row in rules["kinds"].items()}
        # The hours of two weeks take a while to work out, and are the same all day.
        self._on_offer = lru_cache(maxsize=2 * len(self.kinds))(self._work_out)

    def free(self, kind: str, taken: Iterable[Call], now: dt.datetime) -> list[dt.datetime]:
        """When a call of this kind can still begin, in order, given the calls that are booked."""
        wanted = self.kinds[kind]
        busy = [call for call in taken if call.kind == kind]
        soonest = _later(now, self._notice)
        return [
            begin
            for begin in self._on_offer(kind, now.astimezone(self._zone).date())
            if begin >= soonest
            and sum(call.begin < _later(begin, wanted.minutes) and begin < call.end for call in busy) < wanted.at_once
        ]

    def moment(self, day: str, time: str) -> dt.datetime:
        """The moment of a day and a time as the clock shows them: "2026-11-24", "10:00"."""
        return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=self._zone)

    def _work_out(self, kind: str, today: dt.date) -> list[dt.datetime]:
        """When calls of a kind can begin from a day on, whether booked or not."""
        wanted = self.kinds[kind]
        begins = set()
        for day in (today + dt.timedelta(days=ahead) for ahead in range(-1, self._days_ahead + 1)):
            for shift in wanted.week[day.weekday()]:
                after_midnight = shift.begin
                while after_midnight + dt.timedelta(minutes=wanted.minutes) <= shift.end:
                    begins.add(read_time(day) + after_midnight)
                    after_midnight += dt.timedelta(minutes=wanted.minutes)
        moments = (begin.replace(tzinfo=self._zone) for begin in sorted(begins))
        return [begin for begin in moments if _exists(begin) and self._open(begin, wanted.minutes)]

    def _open(self, begin: dt.datetime, minutes: int) -> bool:
        closing = self._hours.closing(begin)
        return closing is not None and _later(begin, minutes) <= closing.astimezone(dt.timezone.utc)


def moment_words(begin: dt.datetime) -> str:
    """When a call begins, as a parent reads it: Tuesday 24 November at 10am."""
    return f"{day_words(begin)} at {time_words(begin)}"


def _kind(name: str, row: Mapping[str, Any]) -> Kind:
    week = tuple(tuple(Shift.read(text) for text in row["weekly"].get(day) or ()) for day in DAYS)
    return Kind(name, row["label"], tuple(row["said"]), row["minutes"], row["at_once"], week)


def _later(moment: dt.datetime, minutes: int) -> dt.datetime:
    """So many minutes later, in UTC: on the clock of London an hour may be missing or come twice."""
    return moment.astimezone(dt.timezone.utc) + dt.timedelta(minutes=minutes)


def _exists(moment: dt.datetime) -> bool:
    """Whether the clock shows this time at all: one hour in spring it jumps over."""
    return moment.astimezone(dt.timezone.utc).astimezone(moment.tzinfo).replace(fold=0) == moment
