"""A helpline on Telegram over a stand-in for the assistant, with parents who write through a stand-in for Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from bot.accounts import Role
from bot.channels.telegram import Access, Telegram, Timing
from bot.channels.web.outside import Outside
from bot.conversation import Message
from bot.knowledge import Knowledge
from bot.limits import Limits
from bot.reception import Reception
from tests.channels.telegram.bot_api import TOKEN, BotApi
from tests.stand_in import Stage

#: As in life, but short.
QUICK = Timing(
    between_messages=0.0,
    messages_a_second=2000.0,
    first_pause=0.05,
    longest_pause=0.2,
    answer_within=0.5,
    poll=1.0,
    typing_after=0.3,
    look=0.2,
    place=0.1,
    finish=1.0,
)
ANN, BEN, CEM = 1001, 1002, 1003
ALERTS = -100500


class OnTelegram(Stage):
    """A stage whose parents write on Telegram."""

    def __init__(self, knowledge: Knowledge, folder: Path, api: BotApi, sites: Sequence[str] = ()) -> None:
        super().__init__(knowledge, folder, Outside(sites, telegram=self._link))
        self.knowledge = knowledge
        self.api = api
        self.timing = QUICK
        self.limits = Limits()
        self.telegram: Telegram | None = None

    @contextlib.asynccontextmanager
    async def running(self, webhook: str = "", **access: Any) -> AsyncIterator[OnTelegram]:
        """The bot, from its start to its stop."""
        place = Access(
            token=access.get("token", TOKEN),
            api=access.get("api", self.api.address),
            webhook=webhook,
            desk="http://127.0.0.1:8000/desk",
            alerts=access.get("alerts"),
            on_call=access.get("on_call", ()),
        )
        reception = Reception(self.knowledge)
        self.telegram = Telegram(
            place,
            self.store,
            self.helpline,
            self.knowledge,
            reception,
            self.live,
            lambda: self.now,
            self.timing,
            self.limits,
        )
        task = asyncio.create_task(self.telegram.run())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def browser(self) -> httpx.AsyncClient:
        """Whoever sends requests to the helpline: Telegram itself, or a parent at the chat page."""
        assert self.telegram is not None
        transport = httpx.ASGITransport(Starlette(routes=[*self.telegram.routes(), *self.app.routes]))
        return httpx.AsyncClient(transport=transport, base_url="http://helpline")

    async def _link(self, conversation: str) -> str:
        return await self.telegram.link(conversation) if self.telegram else ""

    async def until(self, true: Callable[[], Any], seconds: float = 8.0) -> Any:
        """Wait until this holds; what it gave."""
        end = time.monotonic() + seconds
        while not (found := true()):
            assert time.monotonic() < end, "it did not happen"
            await asyncio.sleep(0.01)
        return found

    async def hears(self, chat: int, count: int = 1) -> list[dict[str, Any]]:
        """The bot's messages in a chat, once there are so many."""
        await self.until(lambda: len(self.api.from_bot(chat)) >= count)
        return self.api.from_bot(chat)

    async def told(self, chat: int, words: str, seconds: float = 8.0) -> dict[str, Any]:
        """The newest message of the bot's with these words in it, once there is one."""
        await self.until(lambda: any(words in text for text in self.api.texts(chat)), seconds)
        return next(message for message in reversed(self.api.from_bot(chat)) if words in message["text"])

    async def settled(self) -> None:
        """Until every update is acknowledged and dealt with, and every parcel has gone."""
        end = time.monotonic() + 10
        while self.api.unread or await self.store.chats_heard() or await self.store.chats_with_parcels():
            assert time.monotonic() < end, "it is still busy"
            await asyncio.sleep(0.02)

    async def thread(self, chat: int) -> list[Message]:
        return list(await self.store.thread((await self.store.chat(chat)).conversation))

    async def adviser(self, name: str = "Robin") -> str:
        await self.store.add_account(name, Role.ADVISER, "hash", 300)
        await self.store.available(name, True)
        await self.store.seen(name, self.now)
        return name

    async def with_adviser(self, chat: int) -> int:
        """A parent who is with an adviser; the number of the talk."""
        self.api.writes(chat, "/human")
        await self.told(chat, "What we would tell the adviser")
        self.api.presses(chat, self.say("button_send_live"))
        await self.told(chat, "with our advisers now")
        talk = await self.advising.take(await self.adviser())
        assert talk is not None
        await self.told(chat, "Robin")
        return talk.number

    async def books_a_call(self, chat: int, name: str, safe: str) -> None:
        """The first kind, day and time that are offered, by buttons; the rest in words."""
        self.api.writes(chat, "/callback")
        await self.told(chat, self.say("callback_ask_kind"))
        while self.say("callback_ask_name") not in self.api.texts(chat)[-1]:
            count = len(self.api.from_bot(chat))
            self.api.presses(chat, self.api.buttons(self.api.from_bot(chat)[-1])[0])
            await self.hears(chat, count + 1)
        said = {name: "callback_ask_phone", "07700 900123": "callback_ask_safe", safe: "callback_ask_about"}
        for answer, question in said.items():
            self.api.writes(chat, answer)
            await self.told(chat, self.say(question))
        self.api.writes(chat, "skip")
        await self.told(chat, "Your call is booked.")

    def say(self, key: str, **values: object) -> str:
        return self.knowledge.say(key, **values)
