"""The parents' page on a port of its own, in a thread of its own, which can be stopped and started again."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import uvicorn

from bot.knowledge import Knowledge
from tests.stand_in import Stage


class Gateway:
    """Serves a `Stage`; a second start is a gateway that knows only what was stored."""

    def __init__(self, knowledge: Knowledge, folder: Path, make: Callable[[Knowledge, Path], Stage] = Stage) -> None:
        self._knowledge = knowledge
        self._folder = folder
        self._make = make
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self._port = taken.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self.stage = self._make(self._knowledge, self._folder)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self.stage.app,
                port=self._port,
                ws="none",
                log_level="critical",
                loop="asyncio",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=asyncio.run, args=[self._serve()])
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)

    def stop(self) -> None:
        self.stage.assistant.go.set()
        self._server.should_exit = True
        self._thread.join(10)

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Have something done on the server's side."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve()
        for connection in [*self._server.server_state.connections]:
            # A browser that does not read would keep its socket open for longer than the test.
            connection.transport.abort()
        await asyncio.sleep(0)
