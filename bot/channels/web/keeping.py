"""The chat as a file to keep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot import transcript
from bot.channels.forms import Refused
from bot.channels.web.doorway import Doorway
from bot.conversation import Message
from bot.helpline import Clock
from bot.knowledge import Knowledge

#: So many files may be asked for and not made yet; after so many seconds whoever comes too many may ask again.
MOST_ASKED = 20
BACK_AFTER = 5

Make = Callable[[Sequence[Message]], bytes]


class Keeping:
    """The endpoints of the downloads. Asked for twice, a file is made once, and one at a time for each visitor."""

    def __init__(self, knowledge: Knowledge, door: Doorway, clock: Clock) -> None:
        self._knowledge = knowledge
        self._door = door
        self._clock = clock
        # A long chat keeps a processor busy for seconds: one at a time leaves room for those who talk.
        self._one_at_a_time = asyncio.Semaphore(1)
        self._asked: dict[str, tuple[tuple[str, int], asyncio.Task[bytes]]] = {}

    async def text(self, request: Request) -> Response:
        """The chat as plain text."""
        return await self._download(request, self._as_text, "txt", "text/plain; charset=utf-8")

    async def pdf(self, request: Request) -> Response:
        """The chat as PDF."""
        return await self._download(request, self._as_pdf, "pdf", "application/pdf")

    async def _download(self, request: Request, make: Make, ending: str, media_type: str) -> Response:
        conversation, thread = await self._door.known(request)
        if not thread:
            return RedirectResponse("/chat", 303)
        # Whoever goes away takes the file from nobody else who waits for it.
        content = await asyncio.shield(self._file(conversation, thread, make, ending))
        # A name that tells nobody who looks over the parent's shoulder what it is.
        name = f"chat-{thread[0].at:%Y-%m-%d}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=media_type, headers=headers)

    def _file(self, conversation: str, thread: Sequence[Message], make: Make, ending: str) -> asyncio.Task[bytes]:
        """The file, which is being made. Raises `Refused` for another of the same visitor, and for too many of all."""
        what = (ending, thread[-1].number)
        asked, task = self._asked.get(conversation, (what, None))
        if asked != what or (task is None and len(self._asked) >= MOST_ASKED):
            raise Refused(429, "page_file_coming", retry=BACK_AFTER)
        if task is None:
            task = asyncio.create_task(self._made(thread, make))
            self._asked[conversation] = (what, task)
            task.add_done_callback(lambda _: self._asked.pop(conversation))
        return task

    async def _made(self, thread: Sequence[Message], make: Make) -> bytes:
        async with self._one_at_a_time:
            return await asyncio.to_thread(make, thread)

    def _as_text(self, thread: Sequence[Message]) -> bytes:
        return transcript.text(thread, self._knowledge, self._clock()).encode("utf-8", "replace")

    def _as_pdf(self, thread: Sequence[Message]) -> bytes:
        return transcript.pdf(thread, self._knowledge, self._clock())
