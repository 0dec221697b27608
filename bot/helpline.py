"""What the helpline does with what a parent writes or presses, and the ports it needs."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.answers import Answers
from bot.booking import Booking, Said, is_asked
from bot.callbacks import Callback
from bot.concerns import Finding
from bot.conversation import (
    MOST_CHARACTERS,
    MOST_READ,
    Author,
    Context,
    Holder,
    Message,
    Reply,
    Risk,
    Standing,
    Status,
    Understanding,
)
from bot.handover import MOST_WANTED, STOPPED_WAITING, HandoverCard, Place, Talk, Way, expected_minutes, propose
from bot.personal_data import Masked, PersonalData
from bot.reception import Reception
from bot.safeguarding import Concern, Safeguard, gives_young_age
from bot.turns import Turns

log = logging.getLogger(__name__)

#: How many earlier messages the safeguarding check reads a message with.
MESSAGES_BEFORE = 2
#: The expected wait is read off the waits of so many days.
DAYS_OF_WAITS = dt.timedelta(days=30)
#: How long what was read of them holds.
WAITS_HOLD = dt.timedelta(minutes=5)
#: The topic of `Live` under which the advisers' pages listen.
DESK = "desk"


def typing(conversation: str) -> str:
    """The topic of `Live` under which it is told that the adviser of a conversation writes."""
    return f"typing:{conversation}"


class AssistantError(Exception):
    """The assistant gave no answer that can be used."""


class UnknownConversation(Exception):
    """There is no conversation with this id."""


class Over(Exception):
    """The gateway stops: there is nothing more to listen to."""


class Settled(Exception):
    """The assistant has nothing to say: an adviser answers, or the message has its reply. `line` is what there is."""

    def __init__(self, line: Message) -> None:
        super().__init__()
        self.line = line


class Assistant(Protocol):
    """Rasa, as the helpline sees it."""

    async def understand(
        self, conversation: str, text: str, context: Context, before: Sequence[str] = ()
    ) -> Understanding:
        """Understand a message in the light of what was said, and of what the parent wrote before.

        Raises `AssistantError`, within seconds.
        """


class Store(Protocol):
    """The one place where conversations are kept, and its only writer."""

    async def open(self, conversation: str, channel: str, at: dt.datetime) -> None:
        """Begin a conversation under this id."""

    async def standing(self, conversation: str) -> Standing:
        """Who holds the conversation, and what is switched off there. Raises `UnknownConversation`."""

    async def record(self, conversation: str, client_id: str, text: str, press: str, at: dt.datetime) -> Message:
        """Store what a parent wrote or pressed. The same `client_id` again gives the message stored the first time.

        Raises `UnknownConversation`, also for one that was closed too long ago to be taken up again.
        """

    async def answer(self, conversation: str, message: Message, reply: Reply, at: dt.datetime) -> Message:
        """Store the reply to a message. A message that has one keeps it, and that one is returned."""

    async def thread(self, conversation: str, after: int = 0) -> Sequence[Message]:
        """The messages of a conversation in order, those numbered above `after`. Raises `UnknownConversation`."""

    async def unanswered(self) -> Sequence[tuple[str, Message]]:
        """Messages of parents that have no reply, the oldest first, with their conversations."""

    async def hand_over(
        self, conversation: str, card: HandoverCard, way: Way, level: Risk | None, why: str, at: dt.datetime
    ) -> Talk:
        """Put a parent in the queue. Handed over already, the talk gets the new card and keeps its place."""

    async def find_concern(self, conversation: str, finding: Finding, at: dt.datetime) -> None:
        """Write danger in a message down, once for each message."""

    async def raise_level(self, conversation: str, level: Risk, at: dt.datetime) -> None:
        """Give the open talk this level, where it has a lower one."""

    async def leave_queue(self, conversation: str, to: Holder, why: str, at: dt.datetime) -> None:
        """Take a parent out of the queue: back to the assistant, or to a booked call."""

    async def reopen(self, conversation: str, at: dt.datetime) -> None:
        """Give a closed conversation back to the assistant."""

    async def open_talk(self, conversation: str) -> Talk | None:
        """The talk with a person that has not ended."""

    async def ahead_of(self, talk: Talk) -> int:
        """How many parents are taken before this one."""

    async def waits(self, since: dt.datetime) -> Sequence[tuple[dt.datetime, int]]:
        """Since when parents waited who have been taken, and for how many seconds."""

    async def saw(self, conversation: str, number: int) -> None:
        """The parent's page has shown the lines up to this one."""

    async def thank(self, conversation: str, score: int, said: str) -> bool:
        """Keep what a parent thinks of the last talk with an adviser; False where there was none."""

    async def forget(self, conversation: str, at: dt.datetime, *, unheard: bool = True) -> bool:
        """Erase the words of a conversation, and end its talk and its booked call. Raises `UnknownConversation`."""


class Live(Protocol):
    """Those who listen to conversations, as the helpline sees them."""

    def tell(self, *topics: str) -> None:
        """Something has changed in these."""


class Clock(Protocol):
    """The time in London."""

    def __call__(self) -> dt.datetime: ...


@dataclass
class Turn:
    """One message on its road, with what each step has learnt."""

    conversation: str
    message: Message
    text: str
    turn_comes: asyncio.Future[None]
    """awaited for what must not overtake an earlier message"""
    looked_in_turn: bool = False
    """whether every earlier message had its answer when the thread was read"""
    standing: Standing = field(default_factory=lambda: Standing(Holder.BOT, ""))
    earlier: Sequence[Message] = ()
    context: Context = field(default_factory=Context)
    concern: Concern | None = None
    understanding: Understanding = field(default_factory=Understanding)

    @property
    def said_before(self) -> Sequence[Message]:
        """What the same parent wrote before, buttons left out."""
        return _written_lines(self.earlier)

    @property
    def before(self) -> Sequence[str]:
        """The texts of what they wrote before."""
        return _written(self.earlier)


class Helpline:
    """The use cases of the helpline."""

    def __init__(
        self,
        store: Store,
        assistant: Assistant,
        safeguard: Safeguard,
        answers: Answers,
        reception: Reception,
        live: Live,
        clock: Clock,
        booking: Booking,
        personal_data: PersonalData,
    ) -> None:
        self._store = store
        self._assistant = assistant
        self._safeguard = safeguard
        self._answers = answers
        self._reception = reception
        self._live = live
        self._clock = clock
        self._booking = booking
        self._personal_data = personal_data
        self._waits: Sequence[tuple[dt.datetime, int]] = ()
        self._waits_read: dt.datetime | None = None
        self._turns = Turns()

    # -- what channels ask for ----------------------------------------------------------------------------------------

    async def open(self, channel: str) -> str:
        """Begin a conversation; its id is unguessable and is all that a channel needs to keep."""
        conversation = secrets.token_urlsafe(24)
        await self._store.open(conversation, channel, self._clock())
        return conversation

    async def thread(self, conversation: str, after: int = 0) -> Sequence[Message]:
        """The messages of a conversation. Raises `UnknownConversation`."""
        return await self._store.thread(conversation, after)

    async def hear(self, conversation: str, text: str, client_id: str = "", press: str = "") -> Message:
        """Answer what a parent wrote, or a button they pressed: the road of a message.

        Gives the reply; while an adviser holds the conversation, the message itself, which the adviser answers.
        Heard twice with one `client_id`, it is answered once. Raises `UnknownConversation`; everything else that
        fails becomes a reply that says so.
        """
        # Recorded and read for danger before it waits its turn: what a parent sent is kept, and help comes, even while
        # an earlier answer is on its way.
        message = await self._store.record(conversation, client_id or secrets.token_hex(8), text, press, self._clock())
        self._live.tell(conversation)
        if message.heard_by is not Holder.BOT:
            self._live.tell(DESK)
        with self._turns.place(conversation) as turn_comes:
            return await self._reply_to(conversation, message, turn_comes)

    async def offer(self, conversation: str, text: str, earlier: Sequence[Message]) -> Masked | None:
        """What a message would be without its personal data; None where there is nothing to ask the parent about.

        Nobody in danger is held back, and neither is what is meant for a person, or was asked for. `conversation` is
        empty before the first message. Raises `UnknownConversation`.
        """
        context = _context(earlier)
        masked = self._personal_data.offer(text, _written(earlier))
        if masked is None or context.expecting or is_asked(context):
            return None
        holder = (await self._store.standing(conversation)).holder if conversation else Holder.BOT
        for_a_person = holder is Holder.ADVISER or (holder is Holder.WAITING and not context.asking)
        return None if for_a_person or self.is_alarming(text, earlier) else masked

    def without_personal_data(self, text: str, earlier: Sequence[Message]) -> str:
        """The message as `offer` would have it."""
        return self._personal_data.mask(text, _written(earlier))

    def is_alarming(self, text: str, earlier: Sequence[Message]) -> bool:
        """Whether the safeguarding check finds anything in what a parent wrote, in the light of what they wrote before.

        Nothing is kept or answered. It is for channels, which take such a message however many came before it.
        """
        return self._safeguard.check(text, _written(earlier)[-MESSAGES_BEFORE:]) is not None

    async def catch_up(self) -> int:
        """Answer what was recorded but not answered when the gateway last stopped; how many there were."""
        answered = 0
        for conversation, message in await self._store.unanswered():
            with self._turns.place(conversation) as turn_comes:
                try:
                    await self._reply_to(conversation, message, turn_comes)
                    answered += 1
                except UnknownConversation:
                    log.info("the conversation of message %s was deleted meanwhile", message.number)
                except Exception:
                    # One that cannot be answered does not hold up the others.
                    log.exception("message %s from before the start stays unanswered", message.number)
        return answered

    async def catch_up_with_danger(self) -> int:
        """Of that, answer only words of danger, which need no assistant; how many there were."""
        met = 0
        for conversation, message in await self._store.unanswered():
            with self._turns.place(conversation) as turn_comes:
                met += await self._meet_danger(Turn(conversation, message, message.text, turn_comes))
        return met

    async def handover_card(self, conversation: str) -> HandoverCard:
        """What an adviser would be told of this conversation: what was handed over, or what was said so far."""
        thread = await self._store.thread(conversation)
        return await self._card(conversation, thread, _context(thread))

    async def hand_over(self, conversation: str, card: HandoverCard, client_id: str = "") -> Message:
        """Hand the conversation to an adviser with the card as the parent wants it. Raises `UnknownConversation`."""
        thread = await self._store.thread(conversation)
        # The same form twice is one wish. An adviser who was quicker than the form has the new card too.
        if not client_id or all(line.client_id != client_id for line in thread):
            await self._queue(conversation, await self._store.standing(conversation), card, None, "asked")
        return await self.hear(conversation, self._answers.label("button_card_sent"), client_id, "waiting:place")

    async def standing(self, conversation: str) -> tuple[Standing, Place | None]:
        """Who holds a conversation, and the parent's place where they wait for a person."""
        return await self._store.standing(conversation), await self._place(await self._store.open_talk(conversation))

    async def saw(self, conversation: str, number: int) -> None:
        """A parent's page has shown the lines up to this one."""
        await self._store.saw(conversation, number)
        self._live.tell(DESK)

    async def thank(self, conversation: str, score: int, said: str, client_id: str = "") -> bool:
        """Keep what a parent thinks of their talk with an adviser; False where there was none."""
        if said and self.is_alarming(said, await self._store.thread(conversation)):
            # Words of danger are no remark to be read some day: they are heard like a message.
            await self.hear(conversation, said, client_id)
        return await self._store.thank(conversation, score, said)

    async def forget(self, conversation: str, *, unheard: bool = True) -> None:
        """Erase what was said in a conversation, for good; that there was one stays. Raises `UnknownConversation`.

        With `unheard` goes what its channel has received and not dealt with yet.
        """
        await self._store.forget(conversation, self._clock(), unheard=unheard)
        self._live.tell(conversation, DESK)

    async def booked_call(self, conversation: str) -> Callback | None:
        """The call that a parent has booked and that is still to come."""
        return await self._booking.coming(conversation, self._clock())

    # -- the road -----------------------------------------------------------------------------------------------------

    async def _reply_to(self, conversation: str, message: Message, turn_comes: asyncio.Future[None]) -> Message:
        turn = Turn(conversation, message, message.text, turn_comes)
        road = (
            self._look,
            self._keep_safe,
            self._wait_for_turn,
            self._leave_to_adviser,
            self._obey_button,
            self._book_call,
            self._keep_for_adviser,
            self._check_readable,
            self._find_person,
            self._ask_assistant,
            self._answer,
        )
        reply: Reply | None = None
        try:
            for step in road:
                reply = await step(turn)
                if reply is not None:
                    break
            if reply is not None and reply.status is Status.HANDOVER:
                reply = await self._lead_to_a_person(turn, reply)
        except Settled as settled:
            return settled.line
        except UnknownConversation:
            raise
        except AssistantError as error:
            log.warning("no answer from the assistant to message %s: %s", message.number, error)
        except Exception:
            log.exception("the road of message %s broke", message.number)
        return await self._say(turn, reply or self._answers.failure(turn.context, message.number))

    async def _meet_danger(self, turn: Turn) -> bool:
        """Walk the road up to where the message would wait for its turn; whether there was danger."""
        try:
            await self._look(turn)
            reply = await self._keep_safe(turn)
            if reply is not None:
                await self._say(turn, reply)
        except Settled:
            return False
        except Exception:
            log.exception("reading message %s for danger broke", turn.message.number)
            return False
        return reply is not None

    async def _look(self, turn: Turn) -> Reply | None:
        """See what there is before the message: when it has come, and again when its turn has."""
        turn.looked_in_turn = turn.turn_comes.done()
        thread = await self._store.thread(turn.conversation)
        number = turn.message.number
        answer = next((line for line in thread if line.answers == number), None)
        if answer is not None:
            raise Settled(answer)
        # A reply belongs to the message it answers, whenever it came.
        turn.earlier = [line for line in thread if (line.answers or line.number) < number]
        turn.standing = await self._store.standing(turn.conversation)
        turn.context = _context(turn.earlier)
        if (danger := _danger_after(thread, number)) is not None:
            turn.context = turn.context.beside(danger.context)
        if not turn.message.press:
            # Who can help somebody in danger depends on these, and nobody else reads such a message.
            nation = self._answers.nation(turn.message.text)
            young = turn.context.young or gives_young_age(turn.message.text)
            turn.context = replace(turn.context, young=young).knowing({"nation": nation} if nation else {})
        return None

    async def _keep_safe(self, turn: Turn) -> Reply | None:
        if turn.message.press:
            await self._read_card(turn)
            return None
        turn.concern = self._safeguard.check(turn.text, turn.before[-MESSAGES_BEFORE:])
        if turn.concern is None:
            return None
        turn.concern = replace(turn.concern, young=turn.concern.young or turn.context.young)
        await self._write_down(turn, turn.concern, turn.text)
        if turn.concern.risk is Risk.CONCERN:
            return None
        told = ""
        talk = await self._store.open_talk(turn.conversation)
        if talk is None or not (talk.adviser or talk.way is Way.LIVE):
            # Somebody in danger does not have to ask for a person; the assistant answers on meanwhile. What was left
            # as a message, or for a call, does not stay there.
            card = await self._card(turn.conversation, turn.earlier, turn.context)
            card = replace(card, want=turn.message.text[:MOST_WANTED])
            talk = await self._queue(turn.conversation, turn.standing, card, turn.concern.risk, turn.concern.kind)
            turn.context = replace(turn.context, asking=True)
            told = self._reception.told_of_danger(talk.way, turn.standing, self._clock())
        return self._answers.danger(turn.concern, turn.context, turn.message.number, told)

    async def _read_card(self, turn: Turn) -> None:
        """What a parent wrote on the form of the handover card is read like a message; no button says anything new."""
        talk = await self._store.open_talk(turn.conversation) if turn.message.press == "waiting:place" else None
        if talk is None:
            return
        card = talk.card
        written = (card.want, card.council, card.facts.get("date", ""), card.reach)
        said = "\n".join(text for text in written if text and text not in turn.before)
        turn.concern = self._safeguard.check(said, turn.before[-MESSAGES_BEFORE:]) if said else None
        if turn.concern is not None:
            await self._write_down(turn, turn.concern, said)

    async def _write_down(self, turn: Turn, concern: Concern, said: str) -> None:
        """Nothing of it depends on whether there is a talk, or whether anybody is there."""
        before = tuple((line.number, line.text) for line in turn.said_before[-MESSAGES_BEFORE:])
        finding = Finding(concern.kind, concern.risk, turn.message.number, said, before if concern.with_before else ())
        await self._store.find_concern(turn.conversation, finding, self._clock())
        await self._store.raise_level(turn.conversation, concern.risk, self._clock())
        self._live.tell(DESK)

    async def _wait_for_turn(self, turn: Turn) -> Reply | None:
        if turn.looked_in_turn:
            return None
        await turn.turn_comes
        return await self._look(turn)

    async def _leave_to_adviser(self, turn: Turn) -> Reply | None:
        if turn.message.heard_by is Holder.ADVISER:
            raise Settled(turn.message)
        waited = turn.message.heard_by is Holder.WAITING and (turn.message.press or not turn.context.asking)
        if turn.standing.holder is Holder.ADVISER and waited:
            # Taken while this was on its way: it was for the adviser, who reads it.
            return self._reception.adviser_came(replace(turn.context, asking=False, expecting=""))
        if turn.standing.holder is Holder.CLOSED:
            await self._store.reopen(turn.conversation, self._clock())
            turn.standing = replace(turn.standing, holder=Holder.BOT)
        return None

    async def _obey_button(self, turn: Turn) -> Reply | None:
        meaning, _, value = turn.message.press.partition(":")
        if meaning == "again":
            again = next((line for line in turn.earlier if str(line.number) == value), turn.message)
            if not again.press or again is turn.message:
                # Of a message with danger in it, the question is what is left to answer.
                turn.text = self._safeguard.without_danger(again.text)
                return None
            meaning, _, value = again.press.partition(":")
        if meaning == "handover":
            return await self._obey_about_handover(turn, value)
        if meaning == "waiting":
            return await self._obey_while_waiting(turn, value)
        if meaning == "human" and turn.standing.holder is Holder.WAITING:
            return await self._obey_while_waiting(turn, "stay")
        if meaning in ("card", "topics") and "bot" in turn.standing.off:
            return self._reception.assistant_off(turn.standing.off["bot"], turn.context)
        return self._answers.pressed(meaning, value, turn.context, self._clock().date())

    async def _book_call(self, turn: Turn) -> Reply | None:
        reply = await self._booking.hear(self._said(turn))
        if reply is not None:
            self._live.tell(DESK)
        return reply

    async def _keep_for_adviser(self, turn: Turn) -> Reply | None:
        """A parent who waits, and does not ask the assistant meanwhile, writes to the adviser who will come."""
        if turn.standing.holder is not Holder.WAITING or turn.message.press:
            return None
        talk = await self._store.open_talk(turn.conversation)
        if talk is None:
            return None
        place = await self._place(talk)
        if turn.context.expecting == "reach":
            card = replace(talk.card, reach=turn.text)
            await self._store.hand_over(turn.conversation, card, talk.way, None, "reach", self._clock())
            self._live.tell(DESK)
            return self._reception.waiting("reach_kept", place, replace(turn.context, expecting=""))
        if turn.context.asking or talk.way is Way.MESSAGE:
            return None
        return self._reception.waiting("kept_for_adviser", place, turn.context)

    async def _check_readable(self, turn: Turn) -> Reply | None:
        if not any(character.isalnum() for character in turn.text):
            return self._answers.fixed("unreadable", Status.CLARIFY, turn.context)
        turn.text = turn.text[:MOST_READ]
        return None

    async def _find_person(self, turn: Turn) -> Reply | None:
        """A parent who asks for a person gets one whether the assistant runs or not."""
        if self._reception.asked_for(turn.text):
            return self._answers.human(turn.context)
        if "bot" in turn.standing.off:
            return self._reception.assistant_off(turn.standing.off["bot"], turn.context)
        return None

    async def _ask_assistant(self, turn: Turn) -> Reply | None:
        turn.understanding = await self._assistant.understand(turn.conversation, turn.text, turn.context, turn.before)
        turn.context = turn.context.knowing(turn.understanding.facts)
        return None

    async def _answer(self, turn: Turn) -> Reply:
        if turn.understanding.wants_call:
            return await self._booking.open(self._said(turn))
        return self._answers.answer(turn.understanding, turn.context, self._clock().date())

    async def _say(self, turn: Turn, reply: Reply) -> Message:
        """Store the reply, with kind words where there is a concern."""
        number = turn.message.number
        danger = _danger_after(await self._store.thread(turn.conversation, after=number), number)
        if danger is not None:
            reply = self._answers.after_danger(reply, danger.context, number)
        reply = self._booking.beside(reply)
        if turn.concern is not None and reply.risk is None:
            reply = self._answers.caring(turn.concern, reply)
        answer = await self._store.answer(turn.conversation, turn.message, reply, self._clock())
        self._live.tell(turn.conversation)
        return answer

    # -- on the way to a person ---------------------------------------------------------------------------------------

    async def _obey_about_handover(self, turn: Turn, wish: str) -> Reply | None:
        wish, _, name = wish.partition(":")
        if wish == "send":
            card = await self._card(turn.conversation, turn.earlier, turn.context)
            talk = await self._queue(turn.conversation, turn.standing, card, None, "asked")
            return await self._handed_over(turn, talk)
        if wish == "without":
            turn.context = replace(turn.context, left_out=(*turn.context.left_out, name))
        if wish in ("change", "without"):
            card = await self._card(turn.conversation, turn.earlier, turn.context)
            return self._reception.change(card, turn.standing, turn.context, self._clock())
        if wish == "no" and turn.standing.holder is Holder.WAITING:
            return await self._obey_while_waiting(turn, "stay")
        if wish == "no":
            return self._answers.worded("person_not_now", turn.context)
        return None

    async def _obey_while_waiting(self, turn: Turn, wish: str) -> Reply | None:
        talk = await self._store.open_talk(turn.conversation)
        if talk is None or talk.holder is Holder.CALLBACK or (wish == "stay" and talk.way is Way.MESSAGE):
            # They do not wait in the queue, whatever an old button says.
            return self._answers.human(turn.context)
        place = await self._place(talk)
        if wish == "place":
            return await self._handed_over(turn, talk)
        if wish == "stop":
            await self._store.leave_queue(turn.conversation, Holder.BOT, STOPPED_WAITING, self._clock())
            self._live.tell(DESK)
            return self._answers.worded("stopped_waiting", replace(turn.context, asking=False, expecting=""))
        if wish in ("stay", "ask"):
            context = replace(turn.context, asking=wish == "ask", expecting="")
            return self._reception.waiting(f"waiting_{wish}", place, context)
        if wish == "reach":
            return self._reception.waiting("waiting_reach", place, replace(turn.context, expecting="reach"))
        return None

    async def _handed_over(self, turn: Turn, talk: Talk) -> Reply:
        context = replace(turn.context, asking=False, expecting="", left_out=())
        return self._reception.handed_over(talk, await self._place(talk), turn.standing, context, self._clock())

    async def _lead_to_a_person(self, turn: Turn, reply: Reply) -> Reply:
        """The offer of a person, for who has none and does not wait for one: a message or a booked call is no wait."""
        talk = await self._store.open_talk(turn.conversation)
        about_the_wait = any(button.press.startswith("waiting:") for button in reply.buttons)
        if about_the_wait or (talk is not None and (talk.adviser or talk.way is Way.LIVE)):
            return reply
        card = await self._card(turn.conversation, turn.earlier, turn.context)
        return self._reception.offer(reply, card, turn.standing, self._clock())

    async def _card(self, conversation: str, earlier: Sequence[Message], context: Context) -> HandoverCard:
        """The card as it was handed over, or can be filled in from what was said, without what the parent left out."""
        talk = await self._store.open_talk(conversation)
        return (talk.card if talk is not None else propose(earlier, context)).without(context.left_out)

    async def _queue(
        self, conversation: str, standing: Standing, card: HandoverCard, level: Risk | None, why: str
    ) -> Talk:
        now = self._clock()
        if standing.holder is Holder.CLOSED:
            await self._store.reopen(conversation, now)
        level = _gravest(await self._store.thread(conversation), level)
        way = self._reception.way(standing, now, level)
        talk = await self._store.hand_over(conversation, card, way, level, why, now)
        self._live.tell(conversation, DESK)
        return talk

    def _said(self, turn: Turn) -> Said:
        text = turn.text[:MOST_CHARACTERS]
        return Said(
            turn.conversation, text, turn.message.press, turn.context, turn.standing, self._clock(), turn.before
        )

    async def _place(self, talk: Talk | None) -> Place | None:
        if talk is None or talk.adviser or talk.way is not Way.LIVE:
            return None
        return Place(await self._store.ahead_of(talk) + 1, await self._expected_minutes())

    async def _expected_minutes(self) -> int | None:
        """What the waits of the last weeks say for this hour; read anew every few minutes only."""
        now = self._clock()
        if self._waits_read is None or not dt.timedelta() <= now - self._waits_read < WAITS_HOLD:
            self._waits, self._waits_read = await self._store.waits(now - DAYS_OF_WAITS), now
        return expected_minutes([wait for at, wait in self._waits if at.hour == now.hour])


def _gravest(thread: Sequence[Message], level: Risk | None) -> Risk | None:
    """The gravest of a level and of what was found since an adviser was last there."""
    risks = [level]
    for line in reversed(thread):
        if line.author is Author.ADVISER:
            break
        risks.append(line.reply.risk if line.reply is not None else None)
    return min((risk for risk in risks if risk is not None), key=[*Risk].index, default=None)


def _danger_after(thread: Sequence[Message], number: int) -> Reply | None:
    """The answer to words of danger that came after this message, and were answered before it."""
    later = (line.reply for line in reversed(thread) if line.reply is not None and (line.answers or 0) > number)
    return next((reply for reply in later if reply.status is Status.SAFEGUARDING and reply.risk is not None), None)


def _written_lines(thread: Sequence[Message]) -> Sequence[Message]:
    """The lines that the parent wrote, buttons left out."""
    return [line for line in thread if line.author is Author.PARENT and not line.press]


def _written(thread: Sequence[Message]) -> Sequence[str]:
    """The texts of these lines."""
    return [line.text for line in _written_lines(thread)]


def _context(thread: Sequence[Message]) -> Context:
    """What a conversation has established: every reply keeps all of it.

    What was begun before a talk with an adviser is over after it: the form of a call, the choices of who waits.
    """
    last = next((line for line in reversed(thread) if line.reply is not None), None)
    if last is None or last.reply is None:
        return Context()
    talked = any(line.author is Author.ADVISER and line.number > last.number for line in thread)
    context = last.reply.context
    return replace(context, form={}, asking=False, expecting="", left_out=()) if talked else context
