"""The order in which the messages of one conversation are answered."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator


class Turns:
    """One message of a conversation at a time, so that answers come in the order of the questions."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, list[asyncio.Future[None]]] = defaultdict(list)

    @contextlib.contextmanager
    def place(self, conversation: str) -> Iterator[asyncio.Future[None]]:
        """A place at the end of the line, held until the block ends; what it gives is awaited for the turn to come.

        Who does not wait leaves the line without disturbing the others.
        """
        line, mine = self._lines[conversation], asyncio.get_running_loop().create_future()
        line.append(mine)
        _next(line)
        try:
            yield mine
        finally:
            line.remove(mine)
            _next(line)
            if not line:
                del self._lines[conversation]


def _next(line: list[asyncio.Future[None]]) -> None:
    if line and not line[0].done():
        line[0].set_result(None)
