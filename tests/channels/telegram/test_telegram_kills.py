"""The gateway's own process is killed outright in mid-talk: nothing is lost, and what comes twice says so."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.people import Adviser
from benchmarks.processes import scratch
from benchmarks.relay import PASSWORD, hire
from bot import pieces
from bot import settings as settings_of
from bot.conversation import Author
from bot.keyring import keyring
from bot.knowledge import Knowledge
from bot.settings import Settings
from bot.store import SqlStore
from tests.channels.telegram.bot_api import TOKEN, BotApi
from tests.conversations.test_kills import Keeper

KILLS = 6
#: The moment of a kill lies within so many seconds after the gateway is there again.
LONGEST_LIFE = 4.0
CHATS = (1001, 1002, 1003)
#: So long after the last kill everybody has their answer.
SECONDS = 60.0


@dataclass
class Family:
    """One parent, who writes a word, waits for what the adviser says to it, and so on."""

    api: BotApi
    knowledge: Knowledge
    chat: int
    wrote: list[str] = field(default_factory=list)

    async def talk(self, over: asyncio.Event) -> None:
        say = self.knowledge.say
        self.api.writes(self.chat, "/human")
        await self.until(lambda: self.has("What we would tell the adviser"))
        self.api.presses(self.chat, say("button_send_live"))
        await self.until(lambda: self.has("is here now"))
        for number in itertools.count():
            word = f"word {number} of {self.chat}."
            self.wrote.append(word)
            self.api.writes(self.chat, word)
            await self.until(lambda word=word: self.has(f"You said: {word}"))
            if over.is_set():
                return

    def has(self, words: str) -> bool:
        return any(words in text for text in self.api.texts(self.chat))

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            await asyncio.sleep(0.05)


async def advise(name: str, address: str) -> None:
    """Takes who waits, and repeats each of their words once."""
    here, said = Adviser(address), set()
    try:
        await here.sign_in(name, PASSWORD)
        while True:
            await here.take_next()
            for talk in await here.talks():
                for line in await here.read(talk):
                    answer = f"You said: {line.text}"
                    if line.author == "parent" and line.text.startswith("word") and answer not in said:
                        assert await here.say(talk, answer, line.text)
                        said.add(answer)
            await asyncio.sleep(0.2)
    finally:
        await here.close()


@pytest.fixture
def environment(api: BotApi, tmp_path: Path) -> dict[str, str]:
    """A helpline in its hours, with a bot at the stand-in, and without Rasa: advisers need none."""
    _, environment = scratch(tmp_path)
    bot = {"HELPLINE_TELEGRAM_TOKEN": TOKEN, "HELPLINE_TELEGRAM_API": api.address, "NO_PROXY": "127.0.0.1"}
    return {**environment, **bot, "HELPLINE_NOW": "2026-11-23T10:00"}


@pytest.fixture
def gateway(environment: dict[str, str], tmp_path: Path) -> Iterator[Keeper]:
    keeper = Keeper(pieces.gateway(settings_of.read(environment), environment), tmp_path / "gateway.log")
    keeper.start()
    yield keeper
    keeper.kill()


async def test_kills_in_the_middle_of_talks_lose_nothing_and_what_comes_twice_says_so(
    api: BotApi, environment: dict[str, str], gateway: Keeper, knowledge: Knowledge
) -> None:
    settings = settings_of.read(environment)
    # So that kills fall between sending and hearing that it has arrived.
    api.takes = 0.3
    await gateway.is_there()
    (name,) = await hire(settings, 1)
    families, over = [Family(api, knowledge, chat) for chat in CHATS], asyncio.Event()
    advising = asyncio.create_task(advise(name, f"http://127.0.0.1:{settings.port}"))
    talking = asyncio.gather(*(family.talk(over) for family in families))
    chance = random.Random(6)
    try:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))
            gateway.kill()
            gateway.start()
            await gateway.is_there()
            assert not [task for task in (advising, talking) if task.done()]
        over.set()
        await asyncio.wait_for(talking, SECONDS)
    finally:
        advising.cancel()
        talking.cancel()
        await asyncio.gather(advising, talking, return_exceptions=True)
    await check(settings, families)


async def check(settings: Settings, families: list[Family]) -> None:
    """Each line stands in the thread once, and in the chat in order: once as it is, any more with a word on it."""
    store = SqlStore(settings.database_url, keyring(settings))
    try:
        for family in families:
            thread = await store.thread((await store.chat(family.chat)).conversation)
            by_parent = [line.text for line in thread if line.author is Author.PARENT and not line.press]
            assert by_parent == family.wrote
            by_adviser = [line.text for line in thread if line.author is Author.ADVISER]
            assert by_adviser == [f"You said: {word}" for word in family.wrote]
            note = family.knowledge.say("telegram_again")
            arrived = [text for text in family.api.texts(family.chat) if "You said: " in text]
            bare = [text.partition("You said: ")[2].removesuffix(f"\n\n{note}") for text in arrived]
            assert list(dict.fromkeys(bare)) == family.wrote, "all of it, in order"
            for word in family.wrote:
                copies = [text for text, said in zip(arrived, bare) if said == word]
                assert sum(note not in text for text in copies) <= 1, copies
    finally:
        await store.close()
