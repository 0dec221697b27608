"""A bad line between a browser and the gateway: it loses every tenth event of a stream, and breaks when it is told."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from urllib.parse import urlsplit

#: Every so many pieces of a stream, one is lost.
LOSES = 10


class Proxy:
    """Passes bytes on to an address from a port of its own, in a thread of its own."""

    def __init__(self, to: str) -> None:
        self._to = urlsplit(to)
        self.lost = 0
        #: What an answer must hold to be broken off in the middle of it, once.
        self.breaks_at = b""
        self.broken = 0
        self._pieces = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        # Playwright runs a loop in this thread already.
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        begun = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = begun.result(10)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """End every connection there is, in the middle of whatever it carries."""
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in list(self._writers)])

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, onward = await asyncio.open_connection(self._to.hostname, self._to.port)
            self._writers |= {writer, onward}
            await asyncio.gather(self._pass_on(reader, onward), self._pass_on(there, writer))
            self._writers -= {writer, onward}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        streams = False
        with contextlib.suppress(OSError):
            while piece := await reader.read(2**20):
                if self.breaks_at and self.breaks_at in piece:
                    writer.write(piece[: piece.index(self.breaks_at) + len(self.breaks_at) // 2])
                    await writer.drain()
                    self.breaks_at = b""
                    self.broken += 1
                    break
                begins = b"text/event-stream" in piece
                if not (streams and not begins and self._loses()):
                    writer.write(piece)
                    await writer.drain()
                streams = streams or begins
        writer.close()

    def _loses(self) -> bool:
        self._pieces += 1
        lost = self._pieces % LOSES == 0
        self.lost += lost
        return lost
