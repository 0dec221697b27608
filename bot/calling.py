"""What advisers do about the calls that parents have booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from bot.callbacks import Callback, State
from bot.concerns import ConcernRecord, Undecided
from bot.conversation import Holder, Standing
from bot.handover import Talk
from bot.helpline import DESK, Clock
from bot.knowledge import Knowledge


class CallingStore(Protocol):
    """Where booked calls are kept."""

    async def due(self, since: dt.datetime, until: dt.datetime) -> Sequence[Callback]:
        """The calls of a time, and those before it that still have to be made; without the cancelled ones."""

    async def callback(self, number: int) -> Callback | None:
        """One booked call, whatever has become of it."""

    async def of_conversation(self, conversation: str) -> Callback | None:
        """The call that a conversation has booked last, if it still stands."""

    async def open_concern(self, conversation: str) -> ConcernRecord | None:
        """The concern of a conversation that has no outcome yet."""

    async def done(self, number: int, outcome: str, by: str, at: dt.datetime) -> None:
        """The call was made."""

    async def try_made(self, number: int, tries: int, said: str, by: str, at: dt.datetime) -> Callback:
        """Nobody answered, after so many tries before; after the last the parent reads what is `said`."""

    async def cancel(self, number: int, by: str, at: dt.datetime, said: str = "") -> None:
        """Take a booked call off, with a line to the parent."""

    async def standing(self, conversation: str) -> Standing:
        """Who holds the conversation."""

    async def open_talk(self, conversation: str) -> Talk | None:
        """The talk with a person that has not ended."""

    async def leave_queue(self, conversation: str, to: Holder, why: str, at: dt.datetime, by: str = "parent") -> None:
        """Take a parent out of waiting for a call."""


class Tells(Protocol):
    """Those who listen."""

    def tell(self, *topics: str) -> None:
        """Something has changed in these."""


class Calling:
    """The use cases of the desk's page of calls."""

    def __init__(self, store: CallingStore, live: Tells, knowledge: Knowledge, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._knowledge = knowledge
        self._clock = clock

    async def due(self, days: int) -> Sequence[Callback]:
        """The calls of today and the days after it, with those of earlier days that nobody has made."""
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        return await self._store.due(midnight, midnight + dt.timedelta(days=days))

    async def call(self, number: int) -> Callback | None:
        """One booked call; None where there is none of this number."""
        return await self._store.callback(number)

    async def made(self, callback: Callback, outcome: str, by: str) -> None:
        """The parent was reached. Raises `Undecided` where that would end a talk whose concern is not decided."""
        concern = await self._store.open_concern(callback.conversation)
        if concern is not None and concern.talk_open and concern.undecided:
            raise Undecided
        await self._store.done(callback.number, outcome, by, self._clock())
        await self._over(callback, outcome, by)

    async def nobody_answered(self, callback: Callback, tries: int, by: str) -> None:
        """One try more than `tries`. After the third the parent is asked, in the conversation, to book anew."""
        said = self._knowledge.say("callback_missed")
        callback = await self._store.try_made(callback.number, tries, said, by, self._clock())
        if callback.state is State.MISSED:
            await self._over(callback, "missed", by)
        self._live.tell(callback.conversation, DESK)

    async def cancel(self, callback: Callback, by: str) -> None:
        """The call is off; the parent is told."""
        await self._store.cancel(callback.number, by, self._clock(), self._knowledge.say("callback_called_off"))
        await self._over(callback, "call cancelled", by)

    async def _over(self, callback: Callback, why: str, by: str) -> None:
        """A parent who waited only for this call is with the assistant again."""
        other = await self._store.of_conversation(callback.conversation)
        holder = (await self._store.standing(callback.conversation)).holder
        # Told late that a call was made, a parent who has booked another still waits for that one.
        if other is None and holder is Holder.CALLBACK:
            await self._store.leave_queue(callback.conversation, Holder.BOT, why, self._clock(), by)
        self._live.tell(callback.conversation, DESK)
