"""What advisers and supervisors do, and what is done when they cannot."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.conversation import Holder, Message
from bot.disclosure import Disclosure, disclose
from bot.handover import DeskError, Event, Held, Talk, Way
from bot.helpline import DESK, Clock, Live, typing
from bot.knowledge import Knowledge
from bot.quoting import quoted, quoted_lines
from bot.reception import Reception

log = logging.getLogger(__name__)

#: Outcomes an adviser can close a talk with; each has a wording, `outcome_<name>`.
OUTCOMES = ("answered", "signposted", "callback", "referred", "parent_left", "not_for_us")


class DeskStore(Protocol):
    """The store, as the desk sees it; the tests of the store say what each method promises."""

    async def queue(self) -> Sequence[Talk]:
        """Talks that nobody has, in the order in which they are taken."""

    async def talks_of(self, adviser: str) -> Sequence[Talk]:
        """The open talks of an adviser, the oldest first."""

    async def talks_open(self) -> Sequence[Talk]:
        """All talks that have not ended, the most urgent first."""

    async def talk(self, number: int) -> Talk:
        """Raises `UnknownTalk`."""

    async def earlier_talks(self, talk: Talk) -> Sequence[Talk]:
        """The talks that the same conversation had before, the last first."""

    async def thread(self, conversation: str, after: int = 0) -> Sequence[Message]:
        """The lines of a conversation, those numbered above `after`."""

    async def parent_saw(self, conversation: str) -> int:
        """The number of the last line that the parent's page has shown."""

    async def events_of(self, conversation: str) -> Sequence[Event]:
        """The log of a conversation, the oldest first."""

    async def take(self, adviser: str, said: str, at: dt.datetime, number: int | None = None) -> Talk | None:
        """Take the next talk, or the one named. Raises `TooManyTalks`, `NotWaiting`."""

    async def say(self, number: int, adviser: str, text: str, client_id: str, at: dt.datetime) -> Message:
        """Add an adviser's line; once for each `client_id`. Raises `NotYours`."""

    async def note(self, number: int, by: str, kind: str, text: str, at: dt.datetime) -> None:
        """Add a note or a whisper, which no parent sees. Raises `UnknownTalk`."""

    async def ask_second_pair(self, number: int, adviser: str, wanted: bool, at: dt.datetime) -> None:
        """Ask for a supervisor to look on, or no longer. Raises `NotYours`."""

    async def ask_debrief(self, number: int, by: str, wanted: bool, at: dt.datetime) -> None:
        """Ask to talk about a talk afterwards, or no longer. Raises `UnknownTalk`."""

    async def debriefs(self) -> Sequence[Talk]:
        """The talks that their advisers want to talk about, the oldest first."""

    async def transfer(self, number: int, adviser: str, to: str, said: str, at: dt.datetime) -> None:
        """Give the talk to another adviser. Raises `NotYours`."""

    async def release(
        self,
        number: int,
        adviser: str,
        to: Holder,
        said: str,
        at: dt.datetime,
        *,
        seen: int | None = None,
        why: str = "",
        by: str = "",
        **ending: Any,
    ) -> None:
        """Let go of a talk. Raises `NotYours`, `Late`, `Undecided`."""

    async def put_off(self, number: int, said: str, why: str, at: dt.datetime) -> None:
        """Make a waiting talk a message for the next shift."""

    async def held(self) -> Sequence[Held]:
        """The talks that advisers hold."""

    async def switched_off(self) -> Mapping[tuple[str, str], str]:
        """What is switched off, by channel and `bot` or `desk`, with the reasons."""

    async def forget(self, conversation: str, at: dt.datetime, by: str = "parent") -> bool:
        """Erase the words of a conversation; False where that was done before."""

    async def conversation_of(self, what: str, which: str) -> str:
        """The conversation of one of the `talks`, `calls`, `concerns` or `chats`. Raises `UnknownChat`."""

    async def everything_on(self, conversation: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """All rows that belong to a conversation, by their tables. Raises `UnknownConversation`."""

    async def was_exported(self, conversation: str, by: str, at: dt.datetime, what: str) -> None:
        """Note that somebody was given what is held."""

    async def switch(self, channel: str, what: str, reason: str, by: str, at: dt.datetime) -> None:
        """Switch `bot` or `desk` off on a channel, with a reason for parents; on again without one."""


class Advising:
    """The use cases of the desk. Who may do what is the desk's affair; whose talk it is, the store's."""

    def __init__(self, store: DeskStore, live: Live, knowledge: Knowledge, reception: Reception, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._knowledge = knowledge
        self._reception = reception
        self._clock = clock
        desk = knowledge.service["desk"]
        self._gone_after = dt.timedelta(seconds=desk["gone_seconds"])
        self._unanswered_after = dt.timedelta(seconds=desk["unanswered_seconds"])

    async def take(self, adviser: str, number: int | None = None) -> Talk | None:
        """Take the most urgent, longest waiting parent, or the talk named; None where nobody waits."""
        talk = await self._store.take(adviser, self._say("line_taken", name=quoted(adviser)), self._clock(), number)
        if talk is not None:
            self._tell(talk)
        return talk

    async def say(self, number: int, adviser: str, text: str, client_id: str) -> Message:
        """Say something to the parent."""
        message = await self._store.say(number, adviser, text, client_id, self._clock())
        self._tell(await self._store.talk(number))
        return message

    async def types(self, number: int, adviser: str) -> None:
        """Let the parent's page show that the adviser is writing. Raises `UnknownTalk`."""
        talk = await self._store.talk(number)
        if talk.adviser == adviser and talk.ended_at is None:
            self._live.tell(typing(talk.conversation))

    async def note(self, number: int, by: str, text: str) -> None:
        """Keep a private note."""
        await self._add(number, by, "note", text)

    async def whisper(self, number: int, by: str, text: str) -> None:
        """A supervisor's word to the adviser, which the parent does not see."""
        await self._add(number, by, "whisper", text)

    async def ask_second_pair(self, number: int, adviser: str, wanted: bool) -> None:
        """Ask a supervisor to look on, or no longer."""
        await self._store.ask_second_pair(number, adviser, wanted, self._clock())
        self._live.tell(DESK)

    async def erase(self, conversation: str, by: str) -> None:
        """Delete the words of a conversation, as its parent could. Raises `UnknownConversation`."""
        if await self._store.forget(conversation, self._clock(), by):
            log.info("conversation %s was erased", conversation)
        self._live.tell(conversation, DESK)

    async def export(self, conversation: str, by: str, private: bool) -> Disclosure:
        """What is held on a conversation; the log keeps that it was asked for. Raises `UnknownConversation`."""
        tables = await self._store.everything_on(conversation)
        await self._store.was_exported(conversation, by, self._clock(), "all" if private else "without private notes")
        return disclose(tables, self._clock(), private)

    async def ask_debrief(self, number: int, by: str, wanted: bool) -> None:
        """Ask to talk about a talk with a supervisor; or no longer, since that has been done."""
        await self._store.ask_debrief(number, by, wanted, self._clock())
        self._live.tell(DESK)

    async def transfer(self, number: int, adviser: str, to: str) -> None:
        """Give the talk to a colleague; the parent is told."""
        await self._store.transfer(number, adviser, to, self._say("line_transferred", name=quoted(to)), self._clock())
        self._tell(await self._store.talk(number))

    async def hand_back(self, number: int, adviser: str, seen: int, sentence: str) -> None:
        """Give the conversation back to the assistant, with a sentence to the parent."""
        said = "\n\n".join(part for part in (quoted_lines(sentence), self._say("line_handed_back")) if part)
        await self._release(number, adviser, Holder.BOT, said, seen=seen, why="handed back", outcome="handed_back")

    async def close(
        self, number: int, adviser: str, seen: int, outcome: str, topics: Sequence[str] = (), follow_up: str = ""
    ) -> None:
        """End the talk with its outcome."""
        ending = {"outcome": outcome, "topics": list(topics), "follow_up": follow_up}
        await self._release(number, adviser, Holder.CLOSED, self._say("line_closed"), seen=seen, why=outcome, **ending)

    async def switch(self, channel: str, what: str, reason: str, by: str) -> None:
        """Switch the assistant (`bot`) or the desk off on a channel with a reason for parents; on without one."""
        await self._store.switch(channel, what, reason, by, self._clock())
        self._live.tell(DESK)

    async def watch(self) -> None:
        """See to the talks whose adviser is gone or silent, and to those who wait when we close: again and again."""
        now = self._clock()
        for held in await self._store.held():
            try:
                await self._see_to(held, now)
            except DeskError as error:
                log.info("talk %s has moved on by itself: %s", held.number, type(error).__name__)
        off = await self._store.switched_off()
        for talk in await self._store.queue():
            if talk.way is not Way.LIVE:
                continue
            if reason := off.get((talk.channel, "desk")):
                said, why = self._say("line_desk_off", reason=quoted(reason)), "desk off"
            elif not self._reception.open_at(now, talk.channel):
                said, why = self._reception.put_off(talk.channel, now), "closing time"
            else:
                continue
            await self._store.put_off(talk.number, said, why, now)
            self._tell(talk)

    async def _see_to(self, held: Held, now: dt.datetime) -> None:
        if now - held.adviser_seen > self._gone_after:
            why, wording = "adviser gone", "line_requeued_gone"
        elif held.parent_waits_since is not None and now - held.parent_waits_since > self._unanswered_after:
            why, wording = "adviser silent", "line_requeued_silent"
        else:
            return
        said, way = self._say(wording, name=quoted(held.adviser)), Way.LIVE
        channel = (await self._store.talk(held.number)).channel
        if not self._reception.open_at(now, channel):
            # Nobody is there who could go on now: one line says so, instead of two that do not agree.
            said, way = self._reception.gone_after_hours(held.adviser, channel, now), Way.MESSAGE
        await self._release(held.number, held.adviser, Holder.WAITING, said, why=why, by="helpline", way=way.value)

    async def _release(self, number: int, adviser: str, to: Holder, said: str, **more: Any) -> None:
        await self._store.release(number, adviser, to, said, self._clock(), **more)
        self._tell(await self._store.talk(number))

    async def _add(self, number: int, by: str, kind: str, text: str) -> None:
        await self._store.note(number, by, kind, text, self._clock())
        self._tell(await self._store.talk(number))

    def _tell(self, talk: Talk) -> None:
        self._live.tell(talk.conversation, DESK)

    def _say(self, key: str, **values: object) -> str:
        return self._knowledge.say(key, **values)
