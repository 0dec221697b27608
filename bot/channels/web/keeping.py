"""The chat as a file to keep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot import transcript
from bot.channels.web.doorway import Doorway
from bot.conversation import Message
from bot.helpline import Clock
from bot.knowledge import Knowledge


class Keeping:
    """The endpoints of the downloads."""

    def __init__(self, knowledge: Knowledge, door: Doorway, clock: Clock) -> None:
        self._knowledge = knowledge
        self._door = door
        self._clock = clock
        # A long chat keeps a processor busy for seconds: one at a time leaves room for those who talk.
        self._one_at_a_time = asyncio.Semaphore(1)

    async def text(self, request: Request) -> Response:
        """The chat as plain text."""
        return await self._download(request, self._as_text, "txt", "text/plain; charset=utf-8")

    async def pdf(self, request: Request) -> Response:
        """The chat as PDF."""
        return await self._download(request, self._as_pdf, "pdf", "application/pdf")

    async def _download(
        self, request: Request, make: Callable[[Sequence[Message]], bytes], ending: str, media_type: str
    ) -> Response:
        _, thread = await self._door.known(request)
        if not thread:
            return RedirectResponse("/chat", 303)
        async with self._one_at_a_time:
            content = await asyncio.to_thread(make, thread)
        # A name that tells nobody who looks over the parent's shoulder what it is.
        name = f"chat-{thread[0].at:%Y-%m-%d}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=media_type, headers=headers)

    def _as_text(self, thread: Sequence[Message]) -> bytes:
        return transcript.text(thread, self._knowledge, self._clock()).encode("utf-8", "replace")

    def _as_pdf(self, thread: Sequence[Message]) -> bytes:
        return transcript.pdf(thread, self._knowledge, self._clock())
