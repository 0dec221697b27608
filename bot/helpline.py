"""What the helpline does with what a parent writes or presses, and the ports it needs."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

from bot.answers import Answers
from bot.conversation import MOST_CHARACTERS, Author, Context, Holder, Message, Reply, Risk, Status, Understanding
from bot.safeguarding import Concern, Safeguard

log = logging.getLogger(__name__)

#: How many earlier messages the safeguarding check reads a message with.
MESSAGES_BEFORE = 2


class AssistantError(Exception):
    """The assistant gave no answer that can be used."""


class UnknownConversation(Exception):
    """There is no conversation with this id."""


class Assistant(Protocol):
    """Rasa, as the helpline sees it."""

    async def understand(self, conversation: str, text: str, context: Context, before: str = "") -> Understanding:
        """Understand a message in the light of what was said, and of what the parent wrote last.

        Raises `AssistantError`, within seconds.
        """


class Store(Protocol):
    """The one place where conversations are kept, and its only writer."""

    async def open(self, conversation: str, channel: str, at: dt.datetime) -> None:
        """Begin a conversation under this id."""

    async def holder(self, conversation: str) -> Holder:
        """Who holds the conversation. Raises `UnknownConversation`."""

    async def record(self, conversation: str, client_id: str, text: str, press: str, at: dt.datetime) -> Message:
        """Store what a parent wrote or pressed. The same `client_id` again gives the message stored the first time.

        Raises `UnknownConversation`.
        """

    async def answer(self, conversation: str, message: Message, reply: Reply, at: dt.datetime) -> Message:
        """Store the reply to a message. A message that has one keeps it, and that one is returned."""

    async def thread(self, conversation: str, after: int = 0) -> Sequence[Message]:
        """The messages of a conversation in order, those numbered above `after`. Raises `UnknownConversation`."""

    async def unanswered(self) -> Sequence[tuple[str, Message]]:
        """Messages of parents that have no reply, the oldest first, with their conversations."""


class Clock(Protocol):
    """The time in London."""

    def __call__(self) -> dt.datetime: ...


@dataclass
class Turn:
    """One message on its road, with what each step has learnt."""

    conversation: str
    message: Message
    earlier: Sequence[Message]
    context: Context
    text: str
    concern: Concern | None = None
    understanding: Understanding = field(default_factory=Understanding)

    @property
    def before(self) -> Sequence[str]:
        """What the same parent wrote before, buttons left out."""
        return [line.text for line in self.earlier if line.author is Author.PARENT and not line.press]


class Helpline:
    """The use cases of the helpline."""

    def __init__(
        self, store: Store, assistant: Assistant, safeguard: Safeguard, answers: Answers, clock: Clock
    ) -> None:
        self._store = store
        self._assistant = assistant
        self._safeguard = safeguard
        self._answers = answers
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

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

        Heard twice with one `client_id`, it is answered once. Raises `UnknownConversation`; everything else that
        fails becomes a reply that says so.
        """
        # Recorded before it waits its turn: what a parent sent is kept even while an earlier answer is on its way.
        message = await self._store.record(conversation, client_id or secrets.token_hex(8), text, press, self._clock())
        async with self._in_order(conversation):
            return await self._reply_to(conversation, message)

    async def catch_up(self) -> int:
        """Answer what was recorded but not answered when the gateway last stopped; how many there were."""
        waiting = await self._store.unanswered()
        for conversation, message in waiting:
            async with self._in_order(conversation):
                await self._reply_to(conversation, message)
        return len(waiting)

    async def _reply_to(self, conversation: str, message: Message) -> Message:
        thread = await self._store.thread(conversation)
        answer = next((line for line in thread if line.answers == message.number), None)
        if answer is not None:
            return answer
        earlier = [line for line in thread if line.number < message.number]
        replies = [line.reply for line in thread if line.reply is not None and (line.answers or 0) < message.number]
        turn = Turn(conversation, message, earlier, replies[-1].context if replies else Context(), message.text)
        road = (self._keep_safe, self._obey_button, self._check_readable, self._ask_assistant, self._answer)
        reply: Reply | None = None
        try:
            for step in road:
                reply = await step(turn)
                if reply is not None:
                    break
        except AssistantError as error:
            log.warning("no answer from the assistant to message %s: %s", message.number, error)
        except Exception:
            log.exception("the road of message %s broke", message.number)
        reply = reply or self._answers.failure(turn.context, message.number)
        if turn.concern is not None and reply.risk is None:
            reply = self._answers.caring(turn.concern, reply)
        return await self._store.answer(conversation, message, reply, self._clock())

    async def _keep_safe(self, turn: Turn) -> Reply | None:
        if turn.message.press:
            return None
        turn.concern = self._safeguard.check(turn.text, turn.before[-MESSAGES_BEFORE:])
        if turn.concern is None or turn.concern.risk is Risk.CONCERN:
            return None
        return self._answers.danger(turn.concern, turn.context, turn.message.number)

    async def _obey_button(self, turn: Turn) -> Reply | None:
        meaning, _, value = turn.message.press.partition(":")
        if meaning == "again":
            turn.text = next((line.text for line in turn.earlier if str(line.number) == value), turn.text)
            return None
        return self._answers.pressed(meaning, value, turn.context, self._clock().date())

    async def _check_readable(self, turn: Turn) -> Reply | None:
        if not any(character.isalnum() for character in turn.text):
            return self._answers.fixed("unreadable", Status.CLARIFY, turn.context)
        turn.text = turn.text[:MOST_CHARACTERS]
        return None

    async def _ask_assistant(self, turn: Turn) -> Reply | None:
        before = turn.before[-1] if turn.before else ""
        turn.understanding = await self._assistant.understand(turn.conversation, turn.text, turn.context, before)
        turn.context = turn.context.knowing(turn.understanding.facts)
        return None

    async def _answer(self, turn: Turn) -> Reply:
        return self._answers.answer(turn.understanding, turn.context, self._clock().date())

    def _in_order(self, conversation: str) -> asyncio.Lock:
        """One message of a conversation at a time, so that answers come in the order of the questions."""
        return self._locks.setdefault(conversation, asyncio.Lock())
