"""Starts the helpline's processes, keeps them alive, shows what they say, and stops them together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import socket
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from bot.pieces import Piece, dying_with_parent
from bot.settings import ROOT

#: A piece that has lived for so many seconds starts again at once when it dies; before that, pauses grow.
SETTLED = 60.0
#: The first and the longest pause before a piece is started again, in seconds; each is twice the one before.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
#: How long a piece may take to stop when asked, in seconds.
GRACE = 10.0

_LOG_BYTES = 5_000_000
_LOGS_KEPT = 3
_LONGEST_LINE = 2**20
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
#: A library's note about how it is written; nobody who runs the helpline can act on it.
_LIBRARY_WARNING = re.compile(r"\S+/site-packages/\S+\.py:\d+: \w*Warning: ")


class PieceDied(Exception):
    """A piece stopped before it was ready; the message names it."""


class Supervisor:
    """Keeps pieces running. They are stopped in the order given, so put first what asks the others."""

    def __init__(self, pieces: Sequence[Piece], logs: Path, say: Callable[[str], None] = print) -> None:
        self._pieces = pieces
        self._logs = logs
        self._say = say
        self._processes: dict[str, Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._ready = {piece.name: asyncio.Event() for piece in pieces}
        self._died = asyncio.Event()
        self._first_death = ""
        self._stopping = False

    def start(self) -> None:
        """Start every piece; each is started again whenever it dies, until `stop`."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._keepers = [asyncio.create_task(self._keep(piece)) for piece in self._pieces]

    async def ready(self) -> None:
        """Wait until every piece answers on its port. Raises `PieceDied` if one dies first."""
        ready = [asyncio.create_task(event.wait()) for event in self._ready.values()]
        died = asyncio.create_task(self._died.wait())
        try:
            while not died.done() and not all(task.done() for task in ready):
                waiting = [task for task in (died, *ready) if not task.done()]
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (died, *ready):
                task.cancel()
        if self._first_death:
            raise PieceDied(self._first_death)

    async def stop(self) -> None:
        """Stop every piece, kindly first; returns when none is left."""
        self._stopping = True
        for piece in self._pieces:
            if piece.name in self._processes:
                await _end(self._processes[piece.name])
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        # A piece may have been on its way to life while the others were stopped.
        await asyncio.gather(*map(_end, self._processes.values()))

    async def _keep(self, piece: Piece) -> None:
        pause = 0.0
        with contextlib.closing(_log_file(self._logs / f"{piece.name}.log")) as log_file:
            while not self._stopping:
                started = time.monotonic()
                code = await self._run_once(piece, log_file)
                settled = time.monotonic() - started > SETTLED
                pause = FIRST_PAUSE if settled or not pause else min(pause * 2, LONGEST_PAUSE)
                self._first_death = self._first_death or f"{piece.name} stopped ({_reason(code)})."
                self._died.set()
                if not self._stopping:
                    self._say(f"{piece.name} stopped ({_reason(code)}). Starting it again in {pause:.0f} s.")
                    await asyncio.sleep(pause)

    async def _run_once(self, piece: Piece, log_file: logging.Handler) -> int:
        """Run a piece until it ends; its exit code."""
        process = await asyncio.create_subprocess_exec(
            *piece.command,
            cwd=ROOT,
            env=dict(piece.environment),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            limit=_LONGEST_LINE,
            # A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops all in order.
            start_new_session=True,
            preexec_fn=dying_with_parent(),
        )
        self._processes[piece.name] = process
        show = asyncio.create_task(self._show(piece, process, log_file))
        watch = asyncio.create_task(self._tell_when_ready(piece))
        try:
            return await process.wait()
        finally:
            watch.cancel()
            self._ready[piece.name].clear()
            _signal_group(process, signal.SIGKILL)
            await show

    async def _show(self, piece: Piece, process: Process, log_file: logging.Handler) -> None:
        """Write what a piece says to its log, and what people should read to the terminal."""
        assert process.stdout is not None
        aside = False
        while True:
            try:
                line = (await process.stdout.readline()).decode(errors="replace")
            except ValueError:
                continue  # longer than any line we want to read
            if not line:
                return
            line = _COLOUR.sub("", line).rstrip()
            log_file.emit(logging.makeLogRecord({"msg": line}))
            aside = aside or bool(_LIBRARY_WARNING.match(line))
            if line and not aside:
                self._say(f"{piece.name:>7} | {line}")
            # A warning ends with the line of code that it is about.
            aside = aside and not line.startswith("  ")

    async def _tell_when_ready(self, piece: Piece) -> None:
        started = time.monotonic()
        while not await _listens(piece.host, piece.port):
            await asyncio.sleep(0.1)
        self._ready[piece.name].set()
        self._say(f"{piece.name} is ready after {time.monotonic() - started:.1f} s.")


def port_problem(pieces: Sequence[Piece]) -> str:
    """A sentence about the first port that cannot be listened on; empty when all can."""
    for piece in pieces:
        with socket.socket(socket.AF_INET6 if ":" in piece.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((piece.host, piece.port))
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno else error
                remedy = f"stop the program that uses it, or choose another port with {piece.setting}"
                return f"Port {piece.port} on {piece.host} is not free ({reason}): {remedy}."
    return ""


async def _end(process: Process) -> None:
    if process.returncode is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE)
    _signal_group(process, signal.SIGKILL)
    await process.wait()


def _signal_group(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _listens(host: str, port: int) -> bool:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - every address includes this one
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    return True


def _log_file(path: Path) -> logging.Handler:
    handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=_LOGS_KEPT, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    return handler


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
