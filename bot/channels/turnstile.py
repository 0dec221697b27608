"""Lets requests in as fast as people make them; whoever is faster waits for a refusal."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.limits import Limits, counted, neighbourhood, whole_seconds

#: A refusal is held back for so long: whoever waits for it cannot ask again meanwhile.
HELD_SECONDS = 1.0
#: More refusals of one visitor than this are not held, but sent at once.
MOST_HELD = 200
#: Where the words of a parent arrive. They are counted behind the door, and read for danger before one is refused;
#: only of so many at the same moment, which no person sends, the rest goes unread.
MESSAGES = ("/chat", "/chat/messages", "/chat/handover", "/chat/after")
MOST_AT_ONCE = 50


class Turnstile:
    """Counts requests by visitor and by address."""

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        visitor: Callable[[HTTPConnection], str],
        adviser: Callable[[HTTPConnection], str],
        refusal: Callable[[HTTPConnection, int], Response],
    ) -> None:
        """`visitor` tells visitors apart by what we gave them, in few letters; empty for whoever has nothing of ours.

        `adviser` does so for browsers at the desk: their colleagues have the same address, and so may a flood.
        `refusal` makes the kind answer, with the seconds they have to wait.
        """
        self._app = app
        self._limits = limits
        self._visitor = visitor
        self._adviser = adviser
        self._refusal = refusal
        self._inside: Counter[str] = Counter()
        self._held: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        address = neighbourhood(request.client.host if request.client else "")
        visitor = self._visitor(request)
        who = visitor or address
        if scope["method"] == "POST" and scope["path"] in MESSAGES:
            if not who or self._inside[who] < MOST_AT_ONCE:
                with counted(self._inside, who):
                    await self._app(scope, receive, send)
                return
            wait = HELD_SECONDS
        else:
            wait = self._wait(self._adviser(request), visitor, address)
        if wait:
            await self._hold(who)
            await self._refusal(request, whole_seconds(wait))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wait(self, adviser: str, visitor: str, address: str) -> float:
        """The seconds until the next request; 0 mostly."""
        if adviser:
            return self._limits.desk.take(adviser)
        wait = self._limits.crowd.take(address) if address else 0.0
        return wait or (self._limits.requests.take(visitor) if visitor else 0.0)

    async def _hold(self, who: str) -> None:
        if self._held[who] < MOST_HELD:
            with counted(self._held, who):
                await asyncio.sleep(HELD_SECONDS)
