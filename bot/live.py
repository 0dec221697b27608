"""Who listens to which conversation, and how they learn that something has changed in it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator

from bot.helpline import Over


class Listener:
    """Somebody who wants to know when to look again. What has changed stands in the database, not here."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._changed = asyncio.Event()
        self._topics: set[str] = set()

    def tell(self, topic: str) -> None:
        self._topics.add(topic)
        self._changed.set()

    async def changed(self, timeout: float) -> Collection[str]:
        """Wait for a change since the last look, at most `timeout` seconds; the topics that changed. Raises `Over`."""
        with contextlib.suppress(asyncio.TimeoutError):
            if not self._live.over:
                await asyncio.wait_for(self._changed.wait(), timeout)
        if self._live.over:
            raise Over
        self._changed.clear()
        changed, self._topics = self._topics, set()
        return changed


class Live:
    """The listeners of one gateway, by topic: a conversation's id, `typing` of it, or `DESK`."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self.over = False

    def end(self) -> None:
        """Send everybody home: open streams would hold up the stop of the gateway."""
        self.over = True
        self.tell(*self._listeners)

    def tell(self, *topics: str) -> None:
        """Something has changed there."""
        for topic in topics:
            for listener in self._listeners.get(topic, ()):
                listener.tell(topic)

    @contextlib.contextmanager
    def listen(self, *topics: str) -> Iterator[Listener]:
        """Listen until the end of the block. Look once after the beginning: what changed before is not told."""
        listener = Listener(self)
        for topic in topics:
            self._listeners[topic].add(listener)
        try:
            yield listener
        finally:
            for topic in topics:
                self._listeners[topic].discard(listener)
                if not self._listeners[topic]:
                    del self._listeners[topic]
