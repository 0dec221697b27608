"""One thing after another in each chat, all chats side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Lanes:
    """Calls `step` for a chat again and again, one call at a time, until it says that nothing is left."""

    def __init__(self, step: Callable[[int], Awaitable[bool]], pause: float) -> None:
        self._step = step
        self._pause = pause
        self._running: dict[int, asyncio.Task[None]] = {}
        self._told: set[int] = set()
        self._stopped = False

    def go(self, chat: int) -> None:
        """There is something to do for this chat."""
        self._told.add(chat)
        if chat not in self._running and not self._stopped:
            self._running[chat] = asyncio.create_task(self._run(chat))

    async def stop(self, patience: float) -> None:
        """Begin nothing new; what is being done has so many seconds to end."""
        self._stopped = True
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, chat: int) -> None:
        try:
            while chat in self._told and not self._stopped:
                # What is told from here on is told of what the step may not have seen.
                self._told.discard(chat)
                try:
                    while not self._stopped and await self._step(chat):
                        pass
                except Exception:
                    log.exception("a step for a Telegram chat broke; it is done again")
                    self._told.add(chat)
                    await asyncio.sleep(self._pause)
        finally:
            del self._running[chat]
