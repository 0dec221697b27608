"""Parents who ask over HTTP, one or several at a time, with a clock on every turn."""

from __future__ import annotations

import asyncio
import itertools
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

#: A parent asks so many questions, then another one comes with a conversation of their own.
QUESTIONS_EACH = 5
#: An answer that takes longer, in seconds, ends the measurement.
LONGEST_TURN = 60.0
_LINE = re.compile(r'data-number="(\d+)"')
#: The page's first pause before it looks again for an answer that takes longer than a second.
_LOOKED_FOR_EVERY = 0.7
_ON_ITS_WAY = 'class="line assistant thinking"'

Ask = Callable[[str, str], Awaitable[None]]
"""Asks one question in a conversation of this name, and returns when the answer is there."""


class NoAnswer(Exception):
    """A turn took too long; the message says which."""


@dataclass(frozen=True)
class Turns:
    """How long turns took, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Turns:
        cuts = [1000 * cut for cut in statistics.quantiles(seconds, n=100, method="inclusive")]
        return cls(cuts[49], cuts[94], cuts[98])


class RasaDoor:
    """Asks at the channel that Rasa opens for the gateway."""

    def __init__(self, address: str, token: str) -> None:
        self._http = _client(address, {"Authorization": f"Bearer {token}"})

    async def ask(self, conversation: str, text: str) -> None:
        body = {"sender": conversation, "message": text, "metadata": {}}
        (await self._http.post("/webhooks/helpline/webhook", json=body)).raise_for_status()

    async def close(self) -> None:
        await self._http.aclose()


class PageDoor:
    """Asks where the script of the chat page does."""

    def __init__(self, address: str) -> None:
        self._http = _client(address, {})
        self._cookies: dict[str, dict[str, str]] = {}
        self._seen: dict[str, int] = {}

    async def ask(self, conversation: str, text: str) -> None:
        headers, after = self._cookies.get(conversation, {}), self._seen.get(conversation, 0)
        fields = {"text": text, "after": str(after)}
        answer = await self._http.post("/chat/messages", data=fields, headers=headers)
        if "helpline-offer" in answer.headers:
            # The page asks what to take out of it; this parent sends it as it is.
            answer = await self._http.post("/chat/messages", data={**fields, "asked": "1"}, headers=headers)
        answer.raise_for_status()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items())}
        self._cookies[conversation] = headers
        # What is longer in coming than a second is fetched, as the page does it.
        end = time.perf_counter() + LONGEST_TURN
        while _ON_ITS_WAY in answer.text:
            if time.perf_counter() > end:
                raise NoAnswer(f"No answer within {LONGEST_TURN:.0f} s: {text}")
            await asyncio.sleep(_LOOKED_FOR_EVERY)
            answer = await self._http.get("/chat/messages", params={"after": after}, headers=headers)
            answer.raise_for_status()
        self._seen[conversation] = max(map(int, _LINE.findall(answer.text)))

    async def failures(self) -> int:
        """How many replies had the status `error` so far."""
        counted = re.search(r'helpline_replies_total\{status="error"\} (\d+)', (await self._http.get("/metrics")).text)
        return int(counted[1]) if counted else 0

    async def close(self) -> None:
        await self._http.aclose()


async def timed(ask: Ask, questions: Sequence[str], parents: int, turns: int) -> Turns:
    """So many turns, by so many parents at a time."""
    queue = iter(list(itertools.islice(itertools.cycle(questions), turns)))
    took: list[float] = []

    async def parent(name: str) -> None:
        for conversation, question in _asked(name, queue):
            began = time.perf_counter()
            await ask(conversation, question)
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(parent(f"timed-{parents}-{number}") for number in range(parents)))
    return Turns.of(took)


async def sustained(ask: Ask, questions: Sequence[str], parents: int, seconds: float) -> float:
    """Turns per second, of so many parents who ask without a pause for so long."""
    queue = itertools.cycle(questions)
    end = time.perf_counter() + seconds
    done = 0

    async def parent(name: str) -> None:
        nonlocal done
        for conversation, question in _asked(name, queue):
            await ask(conversation, question)
            if time.perf_counter() >= end:
                return
            done += 1

    await asyncio.gather(*(parent(f"sustained-{number}") for number in range(parents)))
    return done / seconds


def _asked(name: str, questions: Iterator[str]) -> Iterator[tuple[str, str]]:
    for number, question in enumerate(questions):
        yield f"{name}-{number // QUESTIONS_EACH}", question


def _client(address: str, headers: dict[str, str]) -> httpx.AsyncClient:
    # The client keeps no cookies of its own, which all conversations would share.
    none_kept = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(
        base_url=address, headers=headers, cookies=none_kept, timeout=LONGEST_TURN, trust_env=False
    )
