"""Whatever Telegram sends, nothing breaks, and no parent is left in silence."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.telegram import Access, Telegram
from bot.channels.telegram.commands import NAMES
from bot.knowledge import Knowledge
from bot.limits import Buckets, Limits, Rate
from bot.live import Live
from bot.reception import Reception
from tests.channels.telegram.bot_api import TOKEN, BotApi
from tests.channels.telegram.in_memory import MemoryHelpline, MemoryStore
from tests.channels.telegram.stage import QUICK
from tests.channels.telegram.test_telegram_asking import CONTENT, member
from tests.stand_in import NOON

CHATS = range(1, 9)
LETTERS = "ab é😀\ud800\x00\x07\u202e<>&*_[]()`/\n"


NEVER = Buckets(Rate(1, 1_000_000))


class Anything:
    """A bot with everything behind it in memory, and a source of random updates."""

    def __init__(self, telegram: Telegram, store: MemoryStore, helpline: MemoryHelpline, api: BotApi) -> None:
        self.store, self.helpline, self.api = store, helpline, api
        self._inbox, self._hearing = telegram._inbox, telegram._hearing
        self._random = random.Random(6)
        self._number = 0

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

    def said_in(self, chat: int) -> int:
        """How much a parent has been told: messages, and words beside a pressed button."""
        toasts = sum("text" in call.data for call in self.api.called("answerCallbackQuery"))
        return len(self.store.parcels[chat]) + toasts

    def words(self) -> str:
        choose = self._random
        if choose.random() < 0.2:
            return f"/{choose.choice([*NAMES, 'nonsense'])}{choose.choice(['', ' x', '@helpline_test_bot'])}"
        return "".join(choose.choices(LETTERS, k=choose.choice([1, 5, 40, 4096])))

    def sound(self, chat: int) -> dict[str, Any]:
        """A random update of a private chat that Telegram could send, and that a parent has sent by hand."""
        choose, self._number = self._random, self._number + 1
        kind = choose.choice(["text", "text", "media", "forwarded", "service", "press", "press", "edited"])
        number = {"update_id": self._number}
        if kind == "media":
            name = choose.choice(list(CONTENT))
            caption = {"caption": self.words()} if choose.random() < 0.3 else {}
            return number | {"message": self.api.message(chat, **{name: CONTENT[name]}, **caption)}
        if kind == "forwarded":
            origin = {"type": "hidden_user", "sender_user_name": "school", "date": 1}
            return number | {"message": self.api.message(chat, self.words(), forward_origin=origin)}
        if kind == "service":
            service = choose.choice([{"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}}, {"x": 1}])
            return number | {"message": self.api.message(chat, **service)}
        message = self.api.message(chat, self.words())
        if kind == "press":
            offered = [
                row[1] for parcel in self.store.parcels[chat].values() for row in parcel.payload.get("buttons", ())
            ]
            data = choose.choice([*offered[-6:], self.words()[:64]])
            who = {"id": chat, "is_bot": False, "first_name": "Ann"}
            query = {"id": "1", "from": who, "chat_instance": "1", "data": data}
            shown = {"message": choose.choice([message, message | {"date": 0}])} if choose.random() < 0.9 else {}
            return number | {"callback_query": query | shown}
        return number | {"edited_message" if kind == "edited" else "message": message}

    def unsound(self) -> Any:
        """An update that is hurt, of a group, or of a kind that we did not ask for."""
        choose, chat = self._random, self._random.choice(CHATS)
        update = self.sound(chat)
        kind = choose.choice(["hurt", "hurt", "group", "member", "unknown", "nonsense"])
        if kind == "hurt":
            update = deepcopy(update)
            _hurt(update, choose)
        if kind == "group":
            return {"update_id": update["update_id"], "message": self.api.message(-self._number, self.words())}
        if kind == "member":
            where = {"id": choose.choice([chat, -self._number]), "type": choose.choice(["private", "group", "channel"])}
            status = choose.choice(["kicked", "left", "member", "administrator"])
            return {"update_id": update["update_id"], "my_chat_member": member(where, status)}
        if kind == "unknown":
            return {"update_id": update["update_id"], choose.choice(["poll", "inline_query", "new_thing"]): {"id": "1"}}
        if kind == "nonsense":
            return choose.choice([None, [], "x", 5, {}, {"update_id": "x"}, {"update_id": update["update_id"]}])
        return update


def _hurt(content: dict[str, Any], choose: random.Random) -> None:
    """Take something out of an update, or put something else in its place, somewhere."""
    while True:
        name = choose.choice(list(content))
        inner = content[name]
        if isinstance(inner, dict) and inner and choose.random() < 0.8:
            content = inner
        elif name != "update_id":
            if choose.random() < 0.5:
                del content[name]
            else:
                content[name] = choose.choice([None, 0, -5, "x", [], {}, [1], {"id": 5}, True, 1.5])
            return


@pytest.fixture
async def anything(api: BotApi, knowledge: Knowledge) -> AsyncIterator[Anything]:
    live, store = Live(), MemoryStore()
    helpline = MemoryHelpline(store, live)
    timing = replace(QUICK, first_pause=0.0, longest_pause=0.0)
    access = Access(TOKEN, api.address, "https://helpline.example", "", None)
    # Ten thousand come faster than people write; what is said to that is tried where the limits are.
    limits = Limits(visitor=NEVER, channel=NEVER)
    telegram = Telegram(access, store, helpline, knowledge, Reception(knowledge), live, lambda: NOON, timing, limits)
    assert await telegram._connect()
    # Nothing goes by itself: the test takes each step.
    telegram._inbox.lanes.go = telegram._sender.lanes.go = lambda _: None
    yield Anything(telegram, store, helpline, api)
    await telegram._close()


async def every_update_is_answered(anything: Anything, count: int) -> None:
    for number in range(count):
        chat = CHATS[number % len(CHATS)]
        before, conversation = anything.said_in(chat), (await anything.store.chat(chat)).conversation
        adviser = conversation in anything.helpline.with_adviser
        heard = len(anything.helpline.threads.get(conversation, ()))
        update = anything.sound(chat)
        await anything.deal_with(update, sound=True)
        answered = anything.said_in(chat) > before
        to_adviser = adviser and len(anything.helpline.threads[conversation]) > heard
        assert answered or to_adviser, update
        await anything.deal_with(anything.unsound(), sound=False)
        if number % 50 == 0 and conversation:
            anything.helpline.with_adviser ^= {conversation}


async def test_five_hundred_random_updates_are_answered(anything: Anything) -> None:
    await every_update_is_answered(anything, 250)


@pytest.mark.slow
async def test_ten_thousand_random_updates_are_answered(anything: Anything) -> None:
    await every_update_is_answered(anything, 5000)
