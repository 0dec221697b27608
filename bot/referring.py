"""What people at the desk do about concerns for somebody's safety."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from bot.concerns import ConcernRecord, Draft, DueTimes
from bot.conversation import Risk
from bot.handover import Talk
from bot.helpline import DESK, Clock
from bot.knowledge import Knowledge

#: So many concerns are shown at a time, of all there ever were.
MOST_SHOWN = 50


class ConcernStore(Protocol):
    """Where the records of concerns are kept; the tests of the store say what each method promises."""

    async def concern(self, number: int) -> ConcernRecord:
        """Raises `UnknownConcern`."""

    async def open_concerns(self) -> Sequence[ConcernRecord]:
        """The concerns without an outcome, the gravest first, then the oldest."""

    async def unseen_concerns(self) -> Sequence[ConcernRecord]:
        """Of the open concerns those in which somebody has yet to see the last words."""

    async def concerns_before(self, number: int | None, most: int) -> Sequence[ConcernRecord]:
        """All concerns, the last first: so many of those with a lower number, or of all."""

    async def open_concern(self, conversation: str) -> ConcernRecord | None:
        """The concern of a conversation that has no outcome yet."""

    async def add_to_concern(self, number: int, draft: Draft, at: dt.datetime) -> None:
        """Add to a record. Raises a `DeskError` where that cannot be."""

    async def raise_concern(self, talk: int, by: str, level: Risk, why: str, at: dt.datetime) -> int:
        """Write down what an adviser has seen in a talk; the number of the record. Raises `UnknownTalk`."""

    async def raise_level(self, conversation: str, level: Risk, at: dt.datetime) -> None:
        """Give the open talk this level, where it has a lower one."""


class Tells(Protocol):
    """Those who listen."""

    def tell(self, *topics: str) -> None:
        """Something has changed in these."""


class Referring:
    """The use cases of the record of a concern. Who may do what is the desk's affair."""

    def __init__(self, store: ConcernStore, live: Tells, knowledge: Knowledge, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self.due = DueTimes(knowledge.service["concerns"])

    async def record(self, number: int) -> ConcernRecord:
        """Raises `UnknownConcern`."""
        return await self._store.concern(number)

    async def open(self) -> Sequence[ConcernRecord]:
        """All without an outcome, the gravest first."""
        return await self._store.open_concerns()

    async def overdue(self) -> Sequence[ConcernRecord]:
        """Those of which the next step is late."""
        now = self._clock()
        return [record for record in await self._store.open_concerns() if self.due.overdue(record, now)]

    async def all(self, before: int | None = None) -> Sequence[ConcernRecord]:
        """Those before a number, or the last, at most `MOST_SHOWN`."""
        return await self._store.concerns_before(before, MOST_SHOWN)

    async def of(self, conversation: str) -> ConcernRecord | None:
        """The open concern of a conversation."""
        return await self._store.open_concern(conversation)

    async def add(self, number: int, draft: Draft) -> None:
        """Add to the record. Raises a `DeskError` where that cannot be."""
        await self._store.add_to_concern(number, draft, self._clock())
        self._live.tell(DESK)

    async def raise_concern(self, talk: Talk, by: str, level: Risk, why: str) -> int:
        """Begin a record, or go on with the open one, for what the check has not seen; its number."""
        now = self._clock()
        number = await self._store.raise_concern(talk.number, by, level, why, now)
        await self._store.raise_level(talk.conversation, level, now)
        self._live.tell(talk.conversation, DESK)
        return number
