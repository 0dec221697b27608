"""Parents and advisers who talk at the same time, with a clock on every line, and a check that none is lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field

from benchmarks.people import Adviser, GaveUp, Parent, lines_of
from bot.accounts import Role
from bot.desk.passwords import Passwords
from bot.keyring import keyring
from bot.settings import Settings
from bot.store import SqlStore

#: Each talk is so many words of the adviser's with the parent's answers.
EXCHANGES = 3
#: Talks of one adviser at a time.
TALKS_EACH = 3
#: Seconds somebody reads and types before they answer: several times as fast as people do.
THINKING = (2.0, 6.0)
PASSWORD = "correct horse battery staple"  # noqa: S105 - of accounts on a scratch database
#: What the offer of a handover says; until it is there, its button cannot be pressed.
OFFER = "What we would tell the adviser"
#: The whole of it may take so many seconds.
LONGEST = 600.0


@dataclass
class Relay:
    """What was measured: seconds from sending a line until the other's page has it, and what went wrong."""

    to_parent: list[float] = field(default_factory=list)
    to_adviser: list[float] = field(default_factory=list)
    ended: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0


class _Clock:
    """When each line was sent, by its text; every text is written once."""

    def __init__(self) -> None:
        self._sent: dict[str, float] = {}

    def send(self, text: str) -> str:
        self._sent[text] = time.perf_counter()
        return text

    def took(self, text: str) -> float:
        return time.perf_counter() - self._sent[text]


async def hire(settings: Settings, advisers: int) -> list[str]:
    """Accounts on a database whose tables are there; their names."""
    store = SqlStore(settings.database_url, keyring(settings))
    names = [f"adviser{number}" for number in range(advisers)]
    try:
        password = Passwords().hashed(PASSWORD)
        for name in names:
            await store.add_account(name, Role.ADVISER, password, TALKS_EACH)
    finally:
        await store.close()
    return names


async def talks(address: str, names: list[str], parents: int) -> Relay:
    """All parents wait; the advisers take and answer them, some at a time, until every talk has ended."""
    relay, clock = Relay(), _Clock()
    people = [Parent(address) for _ in range(parents)]
    await _in_batches(_wait(parent, number) for number, parent in enumerate(people))
    listening = [asyncio.create_task(_parent(parent, number, relay, clock)) for number, parent in enumerate(people)]
    advising = [asyncio.create_task(_adviser(address, name, relay, clock, parents)) for name in names]
    try:
        await asyncio.wait_for(asyncio.gather(*advising, *listening), LONGEST)
    finally:
        for task in (*advising, *listening):
            task.cancel()
        await asyncio.gather(*advising, *listening, return_exceptions=True)
        for parent in people:
            await parent.close()
    return relay


async def idle(address: str, parents: int) -> list[tuple[Parent, asyncio.Task[None]]]:
    """So many more parents who wait with an open page; each with the task that keeps its stream open."""
    people = [Parent(address) for _ in range(parents)]
    await _in_batches(_wait(parent, number, "idle") for number, parent in enumerate(people))
    return [(parent, asyncio.create_task(_listen(parent))) for parent in people]


async def _wait(parent: Parent, number: int, name: str = "parent") -> None:
    await parent.send(f"{name}{number}-human", press="human")
    await parent.until("assistant", OFFER)
    await parent.send(f"{name}{number}-send", press="handover:send")


async def _listen(parent: Parent) -> None:
    async for _ in parent.follow():
        pass


async def _in_batches(deeds: Iterable[Awaitable[None]], size: int = 10) -> None:
    waiting = list(deeds)
    while waiting:
        batch, waiting = waiting[:size], waiting[size:]
        await asyncio.gather(*batch)


async def _parent(parent: Parent, number: int, relay: Relay, clock: _Clock) -> None:
    """Answers each word of the adviser's, until the talk has ended; then looks whether all is there."""
    answering: list[asyncio.Task[None]] = []
    async for line in parent.follow():
        if line.author == "adviser":
            relay.to_parent.append(clock.took(line.text))
            answering.append(asyncio.create_task(_answer(parent, number, line.text, clock)))
    await asyncio.gather(*answering)
    heard = [line.text for line in parent.lines if line.author == "adviser"]
    numbers = [line.number for line in parent.lines]
    words = Counter(text.rpartition(" ")[2] for text in heard)
    relay.lost += EXCHANGES - len(words)
    relay.doubled += sum(count - 1 for count in words.values())
    relay.out_of_order += numbers != sorted(set(numbers))


async def _answer(parent: Parent, number: int, said: str, clock: _Clock) -> None:
    await asyncio.sleep(random.uniform(*THINKING))  # noqa: S311 - nothing to guess
    text = f"parent{number} heard {said}"
    await parent.send(text, clock.send(text))


async def _adviser(address: str, name: str, relay: Relay, clock: _Clock, parents: int) -> None:
    """Takes as many talks as may be had at a time, until all parents were talked with."""
    adviser = Adviser(address)
    open_talks: set[asyncio.Task[None]] = set()
    try:
        await adviser.sign_in(name, PASSWORD)
        while relay.ended < parents:
            number = await adviser.take_next() if len(open_talks) < TALKS_EACH else None
            if number is not None:
                open_talks.add(asyncio.create_task(_talk(adviser, name, number, relay, clock)))
                continue
            if not open_talks:
                await asyncio.sleep(1)
                continue
            done, open_talks = await asyncio.wait(open_talks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in open_talks:
            task.cancel()
        await asyncio.gather(*open_talks, return_exceptions=True)
        await adviser.close()


async def _talk(adviser: Adviser, name: str, number: int, relay: Relay, clock: _Clock) -> None:
    """Says a word, waits for the answer, and so on; then ends the talk."""
    seen, heard = 0, 0
    news = adviser.news(number)
    async with contextlib.aclosing(news):
        await _speak(adviser, name, number, heard, clock)
        async for event in news:
            if event != "talk":
                continue
            page = await adviser.sure("GET", f"/desk/talks/{number}/thread", params={"after": seen})
            for line in lines_of(page.text):
                seen = max(seen, line.number)
                if line.author == "parent" and " heard " in line.text:
                    relay.to_adviser.append(clock.took(line.text))
                    heard += 1
                    if heard < EXCHANGES:
                        await _speak(adviser, name, number, heard, clock)
            if heard == EXCHANGES:
                if not await adviser.end(number, seen):
                    raise GaveUp(f"talk {number} cannot be ended")
                relay.ended += 1
                return


async def _speak(adviser: Adviser, name: str, number: int, word: int, clock: _Clock) -> None:
    await asyncio.sleep(random.uniform(*THINKING))  # noqa: S311 - nothing to guess
    text = clock.send(f"{name} in talk {number}: word {word}")
    if not await adviser.say(number, text, f"{number}-{word}"):
        raise GaveUp(text)
