"""Where a parent stands between the assistant and a person, as the panel above the box says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation import Author, Holder, Message, Standing, Status
from bot.handover import Place
from bot.helpline import Clock, Helpline
from bot.knowledge import Knowledge
from bot.quoting import quoted
from bot.reception import Reception

#: Replies with which a conversation may have begun its way to a person.
_TOWARDS_A_PERSON = (Status.HANDOVER, Status.SAFEGUARDING, Status.FORM)
_PEOPLE = (Author.ADVISER, Author.HELPLINE)
#: While one of these holds a conversation, a line may come that answers no message.
_LIVE = (Holder.WAITING, Holder.ADVISER, Holder.CALLBACK)


@dataclass(frozen=True)
class Where:
    """Where a parent stands. `words` is Markdown; empty where there is nothing to say."""

    holder: Holder
    words: str
    place: Place | None

    @property
    def live(self) -> bool:
        """Whether a line may come by itself."""
        return self.holder in _LIVE

    @property
    def soon(self) -> bool:
        """Whether it may come any minute."""
        return self.holder is Holder.ADVISER or self.place is not None


class Whereabouts:
    """Says where a parent stands."""

    def __init__(self, helpline: Helpline, knowledge: Knowledge, reception: Reception, clock: Clock) -> None:
        self._helpline = helpline
        self._knowledge = knowledge
        self._reception = reception
        self._clock = clock

    async def of(self, conversation: str, thread: Sequence[Message]) -> Where | None:
        """None for a chat with the assistant alone, which the thread shows: it is not asked about any further."""
        if not any(map(_may_lead_to_a_person, thread)):
            return None
        standing, place = await self._helpline.standing(conversation)
        return Where(standing.holder, self._words(standing, place, thread), place)

    def _words(self, standing: Standing, place: Place | None, thread: Sequence[Message]) -> str:
        say = self._knowledge.say
        if standing.holder is Holder.ADVISER:
            name = _adviser(thread)
            return say("page_with_named", name=quoted(name)) if name else say("page_with_adviser")
        if standing.holder is Holder.WAITING and place is not None:
            return self._reception.place(place)
        if standing.holder is Holder.WAITING:
            return say("page_message_kept", opening=quoted(self._reception.hours_now(standing, self._clock())))
        if standing.holder is Holder.CALLBACK:
            return say("page_call_booked")
        if standing.holder is Holder.CLOSED:
            return say("page_closed")
        return say("assistant_off", reason=quoted(standing.off["bot"])) if "bot" in standing.off else ""


def _may_lead_to_a_person(line: Message) -> bool:
    return (
        line.author in _PEOPLE
        or line.heard_by is not Holder.BOT
        or (line.reply is not None and line.reply.status in _TOWARDS_A_PERSON)
    )


def _adviser(thread: Sequence[Message]) -> str:
    """Who talks with the parent; empty until they have said something, since the last move was the helpline's line."""
    return next((line.by for line in reversed(thread) if line.author in _PEOPLE), "")
