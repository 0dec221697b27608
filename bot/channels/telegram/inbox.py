"""What Telegram sends us: kept before it is acknowledged, then dealt with chat by chat, in order."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from telegram import Update
from telegram.ext import Application

from bot.channels.telegram.hearing import Hearing
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.letters import Letters
from bot.channels.telegram.ports import Store
from bot.channels.telegram.timing import Timing
from bot.helpline import Clock

log = logging.getLogger(__name__)

#: So often an update is tried that we cannot deal with.
TRIES = 3
#: What we ask Telegram to send us.
KINDS = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member")

App = Application[Any, Any, Any, Any, Any, Any]


class Inbox:
    """Keeps updates, and hands them to the handlers of the application."""

    def __init__(
        self,
        application: App,
        store: Store,
        hearing: Hearing,
        letters: Letters,
        timing: Timing,
        clock: Clock,
    ) -> None:
        self._application = application
        self._store = store
        self._hearing = hearing
        self._letters = letters
        self._clock = clock
        self._tries: Counter[int] = Counter()
        self._errors: dict[int, Exception] = {}
        self._opened = False
        self.lanes = Lanes(self._step, timing.first_pause)
        application.add_error_handler(self._keep_error)

    async def resume(self) -> None:
        """Begin with what was left at the last stop, and with what has come since: the bot can answer now."""
        self._opened = True
        for chat in await self._store.chats_heard():
            self.lanes.go(chat)

    async def take(self, update: object) -> None:
        """Keep an update; from then on it may be acknowledged. What is no update is left."""
        number = update.get("update_id") if isinstance(update, Mapping) else None
        if not isinstance(update, Mapping) or not isinstance(number, int):
            log.warning("Telegram has sent something that is no update")
            return
        chat = chat_of(update)
        if await self._store.receive(number, chat, update, self._clock()) and self._opened:
            self.lanes.go(chat)

    async def _step(self, chat_id: int) -> bool:
        found = await self._store.next_update(chat_id)
        if found is None:
            return False
        number, payload = found
        try:
            await self._deal_with(number, chat_id, payload)
        except Exception as error:
            self._tries[number] += 1
            if self._tries[number] < TRIES:
                raise
            log.error("update %s is given up: %s", number, type(error).__name__)
            await self._tell(number, chat_id, self._letters.say("page_broken", **self._letters.contact))
        self._tries.pop(number, None)
        await self._store.update_done(number)
        return True

    async def _deal_with(self, number: int, chat_id: int, payload: Mapping[str, Any]) -> None:
        try:
            update = Update.de_json(dict(payload), self._application.bot)
        except Exception as error:
            # Telegram has a new kind of message, which the library does not know.
            log.warning("update %s cannot be read: %s", number, type(error).__name__)
            kind = self._letters.say("telegram_kind_other")
            await self._tell(number, chat_id, self._letters.say("telegram_unreadable", kind=kind))
            return
        await self._application.process_update(update)
        if (failure := self._errors.pop(number, None)) is not None:
            raise failure

    async def _tell(self, number: int, chat_id: int, text: str) -> None:
        if chat_id > 0:
            chat = await self._hearing.chat(chat_id)
            await self._hearing.tell(f"broken:{number}", chat, text, self._letters.human())

    async def _keep_error(self, update: object, context: Any) -> None:
        """The library calls this with what a handler has raised."""
        if isinstance(update, Update):
            self._errors[update.update_id] = context.error


def chat_of(update: Mapping[str, Any]) -> int:
    """The chat that an update comes from, or else who has sent it; 0 where neither is said."""
    for content in update.values():
        if isinstance(content, Mapping):
            message = content.get("message")
            inner = message if isinstance(message, Mapping) else {}
            for place in (inner.get("chat"), content.get("chat"), content.get("from")):
                if isinstance(place, Mapping) and isinstance(place.get("id"), int):
                    return int(place["id"])
    return 0
