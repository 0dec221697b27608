"""How long what is kept is kept, by the section `retention` of `knowledge/service.yml`, and its deletion after that."""

from __future__ import annotations

import calendar
import datetime as dt
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

log = logging.getLogger(__name__)

#: What has a time of its own. The wording `privacy_kept` tells parents of each.
KINDS = ("open_talk", "closed_talk", "callback", "concern_record", "audit")
#: How a time is written: 30 days, 6 months, 7 years.
PERIOD = re.compile(r"([1-9]\d{0,3}) (day|month|year)s?")
#: How often the gateway deletes by itself.
EVERY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """The moments before which what is kept is too old, each for its kind."""

    open_talk: dt.datetime
    """the last line of a conversation that nobody has closed"""
    closed_talk: dt.datetime
    """the closing of a conversation"""
    callback: dt.datetime
    """the time of a call that was made, missed or cancelled"""
    concern_record: dt.datetime
    """the outcome of a concern"""
    audit: dt.datetime
    """an entry of the log; and what is left of a conversation whose words are deleted"""


@dataclass(frozen=True)
class Deleted:
    """What was deleted, and what was too old and is kept all the same."""

    counts: Mapping[str, int]
    """conversations, calls and so on, by the kinds of `KINDS`"""
    kept: Sequence[str] = ()
    """the talks in which somebody waits or is talked with, the calls nobody has made, the open concerns: by number"""


class Store(Protocol):
    """The store, as the deletion by time sees it."""

    async def delete_older(self, limits: Limits, at: dt.datetime) -> Deleted:
        """Delete what is older, and keep a record of it without content."""

    async def last_deletion(self) -> dt.datetime | None:
        """When that was done last."""


class Retention:
    """Deletes what is too old: on demand, and once a day, however often the gateway starts."""

    def __init__(self, store: Store, service: Mapping[str, Any], clock: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._periods = service["retention"]
        self._clock = clock

    async def delete(self) -> Deleted:
        """Delete now."""
        now = self._clock()
        limits = Limits(**{kind: before(now, self._periods[kind]) for kind in KINDS})
        deleted = await self._store.delete_older(limits, now)
        log.info("deleted by time: %s", sentence(deleted))
        return deleted

    async def delete_daily(self) -> Deleted | None:
        """Delete if that was not done within a day, by whomever; None where it was."""
        last = await self._store.last_deletion()
        return await self.delete() if last is None or self._clock() - last >= EVERY else None


def before(moment: dt.datetime, period: str) -> dt.datetime:
    """The moment a period earlier; of months that are too short, the last day."""
    number, unit = PERIOD.fullmatch(period).groups()  # type: ignore[union-attr]
    if unit == "day":
        return moment - dt.timedelta(days=int(number))
    months = moment.year * 12 + moment.month - 1 - int(number) * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def sentence(deleted: Deleted) -> str:
    """What was deleted, in one line of numbers."""
    counted = [f"{count} {kind}" for kind, count in deleted.counts.items()]
    kept = f"; too old, and kept: {', '.join(deleted.kept)}" if deleted.kept else ""
    return ", ".join(counted) + kept
