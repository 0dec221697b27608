"""Connections of clients that are too slow are cut."""

from __future__ import annotations

import asyncio
import logging

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger(__name__)

#: The head of a request has so many seconds to arrive, its body so many, and what we send so many to be read.
#: A page over a bad line takes five.
HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
READ_SECONDS = 30.0
#: Browsers send heads of less than 8 KB; there is no end to what uvicorn takes.
MOST_HEAD_BYTES = 32_768


class Impatient(HttpToolsProtocol):
    """uvicorn's own protocol waits for ever: for a head, for a body, for a client that does not read.

    To the application, a client that is cut is one that has gone away.
    """

    _arriving: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _in_head = True
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Whatever is not read at once counts.
        transport.set_write_buffer_limits(0)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._arriving is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        super().data_received(data)
        if self._in_head and self._arriving is not None:
            self._head += len(data)
            if self._head > MOST_HEAD_BYTES:
                self._cut("the head of a request has no end")

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._arrived()
        super().on_headers_complete()
        self._arriving = self.loop.call_later(BODY_SECONDS, self._cut, "a body does not arrive")

    def on_message_complete(self) -> None:
        self._arrived()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading = self.loop.call_later(READ_SECONDS, self._cut, "a client does not read what it has asked for")

    def resume_writing(self) -> None:
        self._read()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._read()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._in_head, self._head = True, 0
        self._arriving = self.loop.call_later(HEAD_SECONDS, self._cut, "the head of a request does not arrive")

    def _arrived(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _cut(self, why: str) -> None:
        log.info("a connection was cut: %s", why)
        self.transport.abort()
