"""New lines and the parent's place as they come, by server-sent events."""

from __future__ import annotations

import logging
import random
import re
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.channels.forms import Refused, number_of
from bot.channels.web.doorway import Doorway
from bot.channels.web.screen import Screen
from bot.channels.web.whereabouts import Where
from bot.helpline import Helpline, Over, UnknownConversation, typing

log = logging.getLogger(__name__)

#: A sign of life after so many seconds without a change: for the proxies on the way, and for the page, which takes a
#: connection without one for dead.
BEAT_SECONDS = 15.0
#: Others' moves in the queue are not told to everybody in it. Whoever is near the front looks again sooner: after so
#: many seconds for each place.
SECONDS_A_PLACE = 3.0
#: Nobody looks again sooner than after this part of the time that is theirs.
LEAST_PATIENCE = 0.6
#: How long a browser waits before it connects again, in milliseconds.
RETRY = 1500
#: So many open pages of one conversation have a stream, as many as browsers open connections. The oldest gives way,
#: which may be a dead one, and comes back later.
MOST_STREAMS = 6
GIVE_WAY = "retry: 30000\n\n"
#: The adviser is writing. It has no number: a page that misses it has missed nothing.
TYPING = "event: typing\ndata:\n\n"

_LINE_END = re.compile(r"\r\n|\r|\n")


class Listener(Protocol):
    """Somebody who wants to know when to look again."""

    async def changed(self, timeout: float) -> Collection[str]:
        """Wait for a change, at most so many seconds; the topics that changed."""


class Live(Protocol):
    """Where changes are told."""

    def tell(self, *topics: str) -> None:
        """Something has changed in these."""

    def listen(self, *topics: str) -> AbstractContextManager[Listener]:
        """Listen until the end of the block."""


class Events:
    """One stream for each open page whose parent waits for a person, or talks with one."""

    def __init__(self, helpline: Helpline, door: Doorway, screen: Screen, live: Live) -> None:
        self._helpline = helpline
        self._door = door
        self._screen = screen
        self._live = live
        self._open: dict[str, list[str]] = defaultdict(list)

    async def stream(self, request: Request) -> Response:
        """What comes after the line `after`, or after `Last-Event-ID`, which a browser sends that comes back."""
        conversation, thread = await self._door.known(request)
        if thread is None:
            raise Refused(404, "page_anew")
        where = (await self._screen.look(conversation, thread, thread[-1].number)).where if thread else None
        if where is None or not where.live:
            # The one answer after which browsers do not come back.
            return Response(status_code=204)
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        return StreamingResponse(
            self._events(request, conversation, number_of(after)),
            media_type="text/event-stream",
            headers={"X-Accel-Buffering": "no"},
        )

    async def _events(self, request: Request, conversation: str, after: int) -> AsyncIterator[str]:
        told: object = None
        try:
            with (
                self._place(conversation) as place,
                self._live.listen(conversation, typing(conversation), place) as listener,
            ):
                while True:
                    if place not in self._open[conversation][-MOST_STREAMS:]:
                        yield GIVE_WAY
                        return
                    thread = await self._helpline.thread(conversation)
                    seen = await self._screen.look(conversation, thread, after)
                    state = (seen.number, seen.thinking, seen.where)
                    # The first one is sent in any case: by it the page knows that the stream works.
                    yield (
                        _beat(seen.number)
                        if state == told
                        else _event(seen.number, self._screen.fragment(request, seen))
                    )
                    told, after = state, seen.number
                    if seen.where is None or not seen.where.live:
                        return
                    while await listener.changed(_patience(seen.where)) == {typing(conversation)}:
                        yield TYPING
        except (UnknownConversation, Over):
            # Deleted, or the gateway stops; the page learns it when it comes back.
            return
        except Exception:
            log.exception("a stream of events broke; its page comes back by itself")

    @contextmanager
    def _place(self, conversation: str) -> Iterator[str]:
        """The newest place among the open streams of a conversation, by a topic of its own for who has to give way."""
        place, places = f"stream {secrets.token_hex(8)}", self._open[conversation]
        places.append(place)
        self._live.tell(*places[:-MOST_STREAMS])
        try:
            yield place
        finally:
            places.remove(place)
            if not places:
                del self._open[conversation]


def _event(number: int, html: str) -> str:
    data = "".join(f"data: {line}\n" for line in _LINE_END.split(html))
    return f"retry: {RETRY}\nid: {number}\n{data}\n"


def _beat(number: int) -> str:
    """A sign of life, with the number of the newest line: by it the page sees that it has missed one."""
    return f"event: beat\ndata: {number}\n\n"


def _patience(where: Where) -> float:
    """The seconds until the next look. Pages that opened at the same moment, as after a restart, soon look apart."""
    most = min(BEAT_SECONDS, SECONDS_A_PLACE * where.place.number) if where.place else BEAT_SECONDS
    return random.uniform(LEAST_PATIENCE * most, most)  # noqa: S311 - nothing to guess
