"""What a flood from one visitor costs the others: their turns beside it, and without it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from benchmarks.turns import PageDoor, Turns

#: Others who ask. Each reads the answer for so many seconds, which differ from one to the next, the same in both
#: measurements: with equal pauses they would never meet at first, and march in step once a flood has held them up.
OTHERS = 8
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 1.5
SECONDS = 20.0
#: The flood: so many connections of one visitor, each of which sends again as soon as it has an answer.
CONNECTIONS = 50


@dataclass(frozen=True)
class Flood:
    """The turns of others without a flood and beside it, and what the flood got, by HTTP status."""

    usual: Turns
    beside: Turns
    answers: Counter[int]

    @property
    def ratio(self) -> float:
        """How many times longer the others' p95 is beside the flood."""
        return self.beside.p95 / self.usual.p95


async def flooded(address: str, questions: Sequence[str]) -> Flood:
    """Measure the others alone, then beside the flood."""
    usual = await _others(address, questions, "usual")
    answers: Counter[int] = Counter()
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False, limits=_lines()) as visitor:
        await visitor.post("/chat", data={"text": questions[0]})
        flood = [asyncio.create_task(_flood(visitor, questions, answers)) for _ in range(CONNECTIONS)]
        try:
            # The first moments, in which what a person may send at once is still taken, belong to it.
            beside = await _others(address, questions, "beside")
        finally:
            for task in flood:
                task.cancel()
            await asyncio.gather(*flood, return_exceptions=True)
    return Flood(usual, beside, answers)


async def _flood(visitor: httpx.AsyncClient, questions: Sequence[str], answers: Counter[int]) -> None:
    while True:
        for question in questions:
            with contextlib.suppress(httpx.HTTPError):
                answer = await visitor.post("/chat/messages", data={"text": question})
                answers[answer.status_code] += 1


async def _others(address: str, questions: Sequence[str], name: str) -> Turns:
    door = PageDoor(address)
    end = time.perf_counter() + SECONDS
    took: list[float] = []

    async def other(number: int) -> None:
        pauses = random.Random(number)  # noqa: S311 - the same pauses each time
        for turn, question in enumerate(questions):
            await asyncio.sleep(pauses.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))
            began = time.perf_counter()
            if began > end:
                return
            await door.ask(f"{name}-{number}-{turn // 4}", question)
            took.append(time.perf_counter() - began)

    try:
        await asyncio.gather(*(other(number) for number in range(OTHERS)))
    finally:
        await door.close()
    return Turns.of(took)


def _lines() -> httpx.Limits:
    return httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
