"""What every open page of the desk shows, read once for all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.concerns import ConcernRecord
from bot.desk.ports import Store
from bot.handover import Held, Talk


@dataclass(frozen=True)
class Overview:
    """The desk at one moment."""

    queue: Sequence[Talk]
    held: Sequence[Held]
    off: Mapping[tuple[str, str], str]
    """what is switched off, with the reason"""
    unseen: Sequence[ConcernRecord]
    """the concerns in which somebody has yet to see the last words"""


class Lookout:
    """Reads the overview. When something changes, dozens of pages ask at once: they share two readings.

    Nobody is given one that began before they asked.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._one_at_a_time = asyncio.Lock()
        self._seen = Overview((), (), {}, ())
        self._began = 0.0

    async def look(self) -> Overview:
        asked = time.monotonic()
        async with self._one_at_a_time:
            if self._began < asked:
                began = time.monotonic()
                queue, held = await self._store.queue(), await self._store.held()
                off, unseen = await self._store.switched_off(), await self._store.unseen_concerns()
                self._seen, self._began = Overview(queue, held, off, unseen), began
            return self._seen
