"""Whatever Telegram sends, nothing breaks, and no parent is left in silence."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.telegram import Access, Telegram
from bot.knowledge import Knowledge
from bot.limits import Buckets, Limits, Rate
from bot.live import Live
from bot.reception import Reception
from tests.channels.telegram.bot_api import TOKEN, BotApi
from tests.channels.telegram.in_memory import MemoryHelpline, MemoryStore
from tests.channels.telegram.stage import QUICK
from tests.channels.telegram.updates import Updates
from tests.stand_in import NOON

CHATS = range(1, 9)
NEVER = Buckets(Rate(1, 1_000_000))


class Anything:
    """A bot with everything behind it in memory, and a source of random updates."""

    def __init__(self, telegram: Telegram, store: MemoryStore, helpline: MemoryHelpline, api: BotApi) -> None:
        self.store, self.helpline, self.api = store, helpline, api
        self._inbox, self._hearing = telegram._inbox, telegram._hearing
        self.updates = Updates(random.Random(6), api, self._offered)

    async def deal_with(self, update: Any, *, sound: bool) -> None:
        """Take an update to its end; one that is sound goes through at the first try."""
        await self._inbox.take(update)
        for chat in {chat for chat, _ in self.store.updates.values()}:
            errors = []
            while chat in {where for where, _ in self.store.updates.values()}:
                try:
                    await self._inbox._step(chat)
                except Exception as error:
                    errors.append(error)
                assert len(errors) < 5, "it is tried for ever"
            assert not (sound and errors), f"{update} broke it: {errors}"
        while self._hearing._tasks:
            await asyncio.gather(*self._hearing._tasks, return_exceptions=True)

    def _offered(self, chat: int) -> list[str]:
        return [row[1] for parcel in self.store.parcels[chat].values() for row in parcel.payload.get("buttons", ())]

    def said_in(self, chat: int) -> int:
        """How much a parent has been told: messages, and words beside a pressed button."""
        toasts = sum("text" in call.data for call in self.api.called("answerCallbackQuery"))
        return len(self.store.parcels[chat]) + toasts


@pytest.fixture
async def anything(api: BotApi, knowledge: Knowledge) -> AsyncIterator[Anything]:
    live, store = Live(), MemoryStore()
    helpline = MemoryHelpline(store, live)
    timing = replace(QUICK, first_pause=0.0, longest_pause=0.0)
    access = Access(TOKEN, api.address, "https://helpline.example", "", None)
    # Five hundred come faster than people write; what is said to that is tried where the limits are.
    limits = Limits(visitor=NEVER, channel=NEVER)
    telegram = Telegram(access, store, helpline, knowledge, Reception(knowledge), live, lambda: NOON, timing, limits)
    assert await telegram._connect()
    # Nothing goes by itself: the test takes each step.
    telegram._inbox.lanes.go = telegram._sender.lanes.go = lambda _: None
    yield Anything(telegram, store, helpline, api)
    await telegram._close()


async def test_five_hundred_random_updates_are_answered(anything: Anything) -> None:
    for number in range(250):
        chat = CHATS[number % len(CHATS)]
        before, conversation = anything.said_in(chat), (await anything.store.chat(chat)).conversation
        adviser = conversation in anything.helpline.with_adviser
        heard = len(anything.helpline.threads.get(conversation, ()))
        update = anything.updates.sound(chat)
        await anything.deal_with(update, sound=True)
        answered = anything.said_in(chat) > before
        to_adviser = adviser and len(anything.helpline.threads[conversation]) > heard
        assert answered or to_adviser, update
        await anything.deal_with(anything.updates.unsound(CHATS[-1 - number % len(CHATS)]), sound=False)
        if number % 50 == 0 and conversation:
            anything.helpline.with_adviser ^= {conversation}
