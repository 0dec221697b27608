"""The real helpline for tests, and a parent who writes to it through the chat page."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass

import httpx
import pytest

from benchmarks.processes import Started, family
from bot.conversation import Author, Message
from bot.keyring import keyring
from bot.settings import Settings
from bot.store import SqlStore
from tests.keys import conversation_in

#: Rasa loads in a dozen seconds; on a busy machine it may take many times as long.
LONGEST_START = 180.0


@dataclass(frozen=True)
class Servers:
    """The processes that `make run` starts, on a data folder and ports of their own."""

    settings: Settings
    supervisor: Started

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def wait_until_ready(self) -> None:
        """Until every piece answers."""
        self.supervisor.wait_for(f"{self.address}/readyz", time.perf_counter() - self.supervisor.at + LONGEST_START)

    def send(self, piece: str, number: signal.Signals) -> None:
        """Send a signal to the process of a piece."""
        pieces = family(self.supervisor.process.pid)
        if not pieces:
            pytest.skip("only Linux tells which process is which piece")
        for process in pieces[piece]:
            os.kill(process, number)

    @contextlib.contextmanager
    def paused(self, piece: str) -> Iterator[None]:
        """A piece stands still for as long as the block lasts: it is there, and answers nothing."""
        self.send(piece, signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(piece, signal.SIGCONT)


class Parent:
    """One parent with one conversation. What was answered is read from the database, where it has to be."""

    def __init__(self, http: httpx.AsyncClient, store: SqlStore) -> None:
        self._http = http
        self._store = store

    async def write(self, text: str, client_id: str = "") -> Message:
        """Send a message as the page's script does, and wait for its reply."""
        return await self._send({"text": text, "client_id": client_id or secrets.token_hex(8)})

    async def press(self, label: str) -> Message:
        """Press a button of the last reply that has it, and wait for the reply."""
        buttons = [button for line in reversed(await self.thread()) if line.reply for button in line.reply.buttons]
        press = next(button.press for button in buttons if button.label == label)
        return await self._send({"press": press, "client_id": secrets.token_hex(8)})

    async def delete(self) -> str:
        """Delete the chat by the form on the page; the conversation that it was."""
        conversation = conversation_in(self._http.cookies)
        response = await self._http.post("/chat/delete")
        assert response.headers["location"] == "/chat?deleted=1"
        return conversation

    async def lines_of(self, conversation: str) -> Sequence[Message]:
        """What is left of a conversation."""
        return await self._store.thread(conversation)

    async def log_of(self, conversation: str) -> Sequence[str]:
        """What the log says of a conversation."""
        return [event.why for event in await self._store.events_of(conversation)]

    async def thread(self) -> Sequence[Message]:
        """The conversation as stored; empty before its first message."""
        conversation = conversation_in(self._http.cookies)
        return await self._store.thread(conversation) if conversation else []

    async def until(self, true: Callable[[Sequence[Message]], bool], seconds: float = LONGEST_START) -> None:
        """Wait until this holds of the thread."""
        end = time.monotonic() + seconds
        while not true(await self.thread()):
            assert time.monotonic() < end, "it did not happen"
            await asyncio.sleep(0.05)

    async def _send(self, fields: dict[str, str]) -> Message:
        # What to take out of a message is asked about once; these parents have answered.
        response = await self._http.post("/chat/messages", data={**fields, "asked": "1"})
        response.raise_for_status()
        number = max(line.number for line in await self.thread() if line.author is Author.PARENT)
        await self.until(lambda thread: bool(replies_to(number, thread)))
        return replies_to(number, await self.thread())[0]


def replies_to(number: int, thread: Sequence[Message]) -> list[Message]:
    """The replies to a message of a thread: one, if all is well."""
    return [line for line in thread if line.answers == number]


@contextlib.asynccontextmanager
async def a_parent(servers: Servers) -> AsyncIterator[Parent]:
    """A parent who has not written yet."""
    store = SqlStore(servers.settings.database_url, keyring(servers.settings))
    try:
        async with httpx.AsyncClient(base_url=servers.address, timeout=20, trust_env=False) as http:
            yield Parent(http, store)
    finally:
        await store.close()
