"""What supervisors read off the last weeks: how long parents waited, what it came to."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Four of five parents waited no longer than the second figure of a `Wait`.
SHARE = 0.8


@dataclass(frozen=True)
class PastTalk:
    """One handover, as far as it is counted."""

    number: int
    channel: str
    began: dt.datetime
    """since when the parent waited"""
    waited: int | None
    """seconds until the first adviser came; None where none did, or where nobody waited for one"""
    outcome: str
    """empty while the talk is open"""
    topics: tuple[str, ...]
    score: int | None
    said_after: str


@dataclass(frozen=True)
class Wait:
    """How long parents waited who came at this hour of the day, in minutes."""

    hour: int
    parents: int
    median: int
    most: int
    """so long at most four of five waited"""


def waits_by_hour(talks: Iterable[PastTalk]) -> list[Wait]:
    """The waits at each hour of the day at which anybody waited."""
    hours: dict[int, list[int]] = defaultdict(list)
    for talk in talks:
        if talk.waited is not None:
            hours[talk.began.hour].append(talk.waited)
    return [
        Wait(hour, len(waits), _minutes(waits, 0.5), _minutes(waits, SHARE)) for hour, waits in sorted(hours.items())
    ]


def tally(names: Iterable[str]) -> list[tuple[str, int]]:
    """How often each name comes, the most frequent first, then by the alphabet."""
    return sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))


def by_day(moments: Iterable[dt.datetime], first: dt.date, last: dt.date) -> list[tuple[dt.date, int]]:
    """How many there are on each day from the first to the last, empty days too."""
    counts = Counter(moment.date() for moment in moments)
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return [(day, counts[day]) for day in days]


def _minutes(waits: Sequence[int], share: float) -> int:
    """In how many whole minutes this share of the waits was over."""
    return math.ceil(sorted(waits)[math.ceil(share * len(waits)) - 1] / 60)
