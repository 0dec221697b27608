"""The conversations of `tests/stories/` go on Telegram as they go on the website."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import build
from bot.conversation import Author, Message
from bot.keyring import keyring
from bot.knowledge import Knowledge
from bot.running import found
from bot.store import SqlStore
from tests.channels.telegram.bot_api import TOKEN, BotApi
from tests.conversations.at_the_page import Parent, Servers, replies_to
from tests.conversations.test_conversations import STORIES, differences, press

pytestmark = pytest.mark.slow

LONGEST = 30.0


class OnTelegram:
    """A parent with one chat. What was answered is read from the database, once it has arrived."""

    def __init__(self, api: BotApi, store: SqlStore, chat: int) -> None:
        self._api, self._store, self._chat = api, store, chat

    async def write(self, text: str) -> Message:
        before = await self._sent()
        self._api.writes(self._chat, text)
        return await self._answered(before)

    async def press(self, label: str) -> Message:
        before = await self._sent()
        self._api.presses(self._chat, label)
        return await self._answered(before)

    async def thread(self) -> Sequence[Message]:
        conversation = (await self._store.chat(self._chat)).conversation
        return await self._store.thread(conversation) if conversation else []

    async def _sent(self) -> list[int]:
        """The numbers of what the parent has sent."""
        return [line.number for line in await self.thread() if line.author is Author.PARENT]

    async def _answered(self, before: list[int]) -> Message:
        """The answer to what was sent after `before`, once its last words stand in the chat."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            sent = await self._sent()
            answers = replies_to(sent[-1], await self.thread()) if len(sent) > len(before) else []
            if answers and await self._has(answers[0]):
                return answers[0]
            await asyncio.sleep(0.05)
        raise AssertionError("no answer")

    async def _has(self, answer: Message) -> bool:
        shown = self._api.from_bot(self._chat)
        labels = [button.label for button in answer.reply.buttons]
        return bool(shown) and self._api.buttons(shown[-1]) == labels


@pytest.fixture
async def on_telegram(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OnTelegram]:
    """A gateway with a bot, beside the one of the website, on the same Rasa."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = found(servers.settings)
    assert running is not None
    address = f"sqlite:///{tmp_path / 'telegram.sqlite'}"
    async with BotApi().serving() as api:
        settings = replace(running, telegram_token=TOKEN, telegram_api=api.address, database_url=address)
        gateway = build(settings)
        store = SqlStore(address, keyring(settings))
        async with gateway.router.lifespan_context(gateway):
            yield OnTelegram(api, store, 1001)
        await store.close()


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_conversation_goes_on_telegram_as_on_the_website(
    story: dict[str, Any], parent: Parent, on_telegram: OnTelegram, knowledge: Knowledge
) -> None:
    for number, turn in enumerate(story["turns"], 1):
        answers = [
            await (person.write(turn["parent"]) if "parent" in turn else press(person, turn["press"], knowledge))
            for person in (parent, on_telegram)
        ]
        statuses = [answer.reply.status for answer in answers]
        cards = [answer.reply.shown for answer in answers]
        assert statuses[0] is statuses[1], f"turn {number}"
        assert cards[0] == cards[1], f"turn {number}"
        assert list(differences(answers[1], turn["expect"], knowledge)) == []
