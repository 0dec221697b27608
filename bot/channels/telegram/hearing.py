"""Has the helpline hear what comes from a chat, and sees to it that the answer gets there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from telegram import Message
from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.channels.forms import written
from bot.channels.telegram.courier import Courier
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.letters import Letters
from bot.channels.telegram.ports import Live, Store
from bot.channels.telegram.timing import Timing
from bot.chats import Chat, Parcel
from bot.conversation import Button
from bot.helpline import Clock, Helpline, Over, UnknownConversation

log = logging.getLogger(__name__)

CHANNEL = "telegram"
#: How often we look whether a message is stored, without being told, in seconds.
LOOK_AGAIN = 0.5
#: So often an answer is tried that fails for reasons of ours.
TRIES = 3


class Hearing:
    """One conversation for each chat; messages in their order, answers as they come."""

    def __init__(
        self,
        bot: ExtBot[Any],
        store: Store,
        helpline: Helpline,
        live: Live,
        letters: Letters,
        courier: Courier,
        sending: Lanes,
        timing: Timing,
        clock: Clock,
    ) -> None:
        self._bot = bot
        self._store = store
        self._helpline = helpline
        self._live = live
        self._letters = letters
        self._courier = courier
        self._sending = sending
        self._timing = timing
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def chat(self, chat_id: int, *, wakes: bool = True) -> Chat:
        """The chat of a parent who has just done something, with its conversation: a new one where it has none."""
        chat = await self._store.chat(chat_id)
        if wakes and (chat.blocked or chat.quiet):
            # What was held back for them goes out.
            await self._store.mark_chat(chat_id, blocked=False, quiet=False)
            await self._courier.deliver(chat_id)
        return chat if chat.conversation else await self._begin(chat)

    async def hear(self, chat: Chat, text: str, client_id: str, press: str = "") -> None:
        """Have it heard. Comes back as soon as it is stored; the answer follows by itself."""
        task = self.soon(self._answer(chat, text, client_id, press))
        with self._live.listen(chat.conversation) as listener, contextlib.suppress(Over):
            while not task.done():
                # The helpline tells when it is stored, and again when it is answered.
                await listener.changed(LOOK_AGAIN)
                if any(line.client_id == client_id for line in await self._helpline.thread(chat.conversation)):
                    return
        await task

    async def is_alarming(self, chat: Chat, text: str) -> bool:
        """Whether the safeguarding check finds anything in it, in the light of what was written in the chat before."""
        return self._helpline.is_alarming(text, await self._helpline.thread(chat.conversation))

    async def tell(self, key: str, chat: Chat, text: str, *buttons: Button) -> None:
        """Say something that is no line of the conversation; once for each `key`."""
        await self.post(self._letters.note(key, chat, text, *buttons))

    async def post(self, parcels: list[Parcel]) -> None:
        """Put parcels for one chat into the outbox."""
        await self._store.post(parcels, self._clock())
        self._sending.go(parcels[0].chat)

    def soon(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside what comes next."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self, patience: float) -> None:
        """What is being answered has so many seconds to end; the rest is answered after the next start."""
        tasks = list(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience)
            for task in late:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- one message ---------------------------------------------------------------------------------------------------

    async def _begin(self, chat: Chat) -> Chat:
        conversation = await self._helpline.open(CHANNEL)
        await self._store.bind(chat.id, conversation)
        return replace(chat, conversation=conversation, line=0, place=0)

    async def _answer(self, chat: Chat, text: str, client_id: str, press: str) -> None:
        typing = asyncio.create_task(self._type(chat.id))
        try:
            await self._heard(chat, text, client_id, press)
        finally:
            typing.cancel()
        await self._courier.deliver(chat.id)

    async def _heard(self, chat: Chat, text: str, client_id: str, press: str) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                await self._helpline.hear(chat.conversation, text, client_id, press)
            except UnknownConversation:
                now = await self._store.chat(chat.id)
                if now.conversation == chat.conversation:
                    # Closed too long ago to be taken up again.
                    chat = await self._begin(chat)
                    await self._helpline.hear(chat.conversation, text, client_id, press)
                # Otherwise it was deleted meanwhile, and what was written in it with it.
            except Exception:
                log.exception("a message of Telegram's could not be heard, attempt %s", attempt)
                await asyncio.sleep(self._timing.pause(attempt))
                continue
            return
        await self.tell(
            f"broken:{chat.id}:{client_id}",
            chat,
            self._letters.say("page_broken", **self._letters.contact),
            self._letters.human(),
        )

    async def _type(self, chat: int) -> None:
        """Show that we are writing, for as long as it takes."""
        await asyncio.sleep(self._timing.typing_after)
        while True:
            try:
                await self._bot.send_chat_action(chat, ChatAction.TYPING)
            except TelegramError as error:
                log.debug("no sign of writing: %s", type(error).__name__)
            await asyncio.sleep(self._timing.typing_again)


def words_in(message: Message) -> str:
    """The words of a message, or those under a picture, as they can be stored: no control characters, whole letters."""
    return written((message.text or message.caption or "").encode("utf-8", "replace").decode())
