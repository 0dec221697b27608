"""The stream that tells an open page of the desk when to look again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.accounts import Account
from bot.channels.forms import number_of
from bot.desk.ports import Live, Store
from bot.desk.sessions import Sessions
from bot.desk.talk import may_read
from bot.helpline import DESK, Over

#: How often a quiet stream says that it is there, and looks whether the session is.
HEARTBEAT = 15.0
#: The queue of a busy helpline changes many times a second; nobody reads so fast. A talk is followed at once.
DESK_EVERY = 1.0
TALK_EVERY = 0.05


class Events:
    """`GET /desk/events`: events `desk` and, of the talk that is named, `talk`. What has changed is not said."""

    def __init__(self, store: Store, live: Live, sessions: Sessions) -> None:
        self._store = store
        self._live = live
        self._sessions = sessions

    async def stream(self, request: Request, me: Account) -> Response:
        """One stream for a page, since browsers open only six to a server."""
        number = number_of(request.query_params.get("talk", ""))
        talk = await self._store.talk(number) if number else None
        # The page of a talk that has gone to somebody else stays open, and hears no more of it.
        lines = self.lines(request, talk.conversation if talk and may_read(me, talk) else "")
        # A proxy in front must pass each line on as it comes.
        return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def lines(self, request: Request, conversation: str = "") -> AsyncIterator[str]:
        """The lines of the stream, until the session ends."""
        news: asyncio.Queue[str | None] = asyncio.Queue()
        tasks = [asyncio.create_task(self._forward("desk", DESK, DESK_EVERY, news))]
        if conversation:
            tasks.append(asyncio.create_task(self._forward("talk", conversation, TALK_EVERY, news)))
        try:
            yield "retry: 2000\n\n"
            # Asking who it is also notes that they are here.
            while await self._sessions.of(request) is not None:
                try:
                    event = await asyncio.wait_for(news.get(), HEARTBEAT)
                except asyncio.TimeoutError:
                    yield ": here\n\n"
                else:
                    if event is None:
                        return
                    yield f"event: {event}\ndata: changed\n\n"
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)

    async def _forward(self, event: str, topic: str, pause: float, news: asyncio.Queue[str | None]) -> None:
        """Put the event into the queue at each change; None when the gateway stops."""
        with self._live.listen(topic) as listener, contextlib.suppress(Over):
            while True:
                if await listener.changed(HEARTBEAT):
                    news.put_nowait(event)
                    await asyncio.sleep(pause)
        news.put_nowait(None)
