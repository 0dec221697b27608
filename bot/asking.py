"""Questions from the command line, answered on the road that a parent's message takes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import pieces
from bot.app import Parts, compose
from bot.assistant import RasaAssistant
from bot.running import found
from bot.settings import Settings
from bot.supervisor import Supervisor

#: So many questions are on their way at once.
AT_ONCE = 4
_PROGRESS_SECONDS = 2.0


@dataclass(frozen=True)
class Item:
    """A question with what the same parent wrote before it."""

    text: str
    previous: tuple[str, ...] = ()


class BadItem(Exception):
    """A line of a batch that cannot be asked; the message says why."""


@contextlib.asynccontextmanager
async def helpline(
    settings: Settings, environment: Mapping[str, str], say: Callable[[str], None]
) -> AsyncIterator[Parts]:
    """A helpline on a scratch database, with the Rasa that runs on this data folder or one of its own.

    Raises `PieceDied` where Rasa cannot start.
    """
    async with contextlib.AsyncExitStack() as stack:
        running = await _running(settings)
        if running is None:
            running = await stack.enter_async_context(_started(settings, environment, say))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="helpline-"))
        parts = compose(replace(running, database_url=f"sqlite:///{folder}/ask.sqlite"))
        stack.push_async_callback(parts.close)
        await parts.store.upgrade()
        yield parts


async def ask(parts: Parts, item: Item) -> dict[str, Any]:
    """The answer to one question in a conversation of its own, as `--json` prints it."""
    conversation = await parts.helpline.open("cli")
    for text in item.previous:
        await parts.helpline.hear(conversation, text)
    started = time.perf_counter()
    message = await parts.helpline.hear(conversation, item.text)
    took = time.perf_counter() - started
    reply = message.reply
    assert reply is not None
    return {
        "status": reply.status.value,
        "cards": [shown.card for shown in reply.shown],
        "text": reply.text,
        "risk": reply.risk.value if reply.risk else None,
        "buttons": [button.label for button in reply.buttons],
        "ms": round(took * 1000, 1),
    }


async def ask_all(parts: Parts, lines: Iterable[str], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The answers to the lines of a batch, in their order; a line that cannot be read has the status `error`."""
    waiting = [line for line in lines if line.strip()]
    room = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def one(line: str) -> dict[str, Any]:
        nonlocal done
        async with room:
            answer = await _answer(parts, line)
        done += 1
        return answer

    async def progress() -> None:
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            say(f"{done} of {len(waiting)} questions asked.")

    showing = asyncio.create_task(progress())
    try:
        return list(await asyncio.gather(*map(one, waiting)))
    finally:
        showing.cancel()


async def _answer(parts: Parts, line: str) -> dict[str, Any]:
    row: Any = None
    try:
        row = _row(line)
        return {"id": row.get("id"), **await ask(parts, _item(row))}
    except Exception as error:
        name = row.get("id") if isinstance(row, dict) else None
        problem = str(error) if isinstance(error, BadItem) else type(error).__name__
        nothing: dict[str, Any] = {"cards": [], "text": "", "risk": None, "buttons": [], "ms": 0.0}
        return {"id": name, "status": "error", **nothing, "problem": problem}


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadItem(f"This line is not JSON: {error}.") from None
    if not isinstance(row, dict):
        raise BadItem('This line is not an object with "id" and "text".')
    return row


def _item(row: Mapping[str, Any]) -> Item:
    text, previous = row.get("text"), row.get("previous") or []
    earlier = [previous] if isinstance(previous, str) else previous
    if not (isinstance(text, str) and isinstance(earlier, list) and all(isinstance(line, str) for line in earlier)):
        raise BadItem('"text" must be a text, and "previous" a text or a list of texts.')
    return Item(text, tuple(earlier))


async def _running(settings: Settings) -> Settings | None:
    """The settings of the helpline that runs on this data folder, when its Rasa answers."""
    there = found(settings)
    if there is None:
        return None
    assistant = RasaAssistant(there.rasa_address, there.rasa_token, settings.patience)
    try:
        return there if await assistant.ready() else None
    finally:
        await assistant.close()


@contextlib.asynccontextmanager
async def _started(
    settings: Settings, environment: Mapping[str, str], say: Callable[[str], None]
) -> AsyncIterator[Settings]:
    """Rasa and its action server on free ports, for as long as the block lasts."""
    own = replace(settings, rasa_port=_free_port(), actions_port=_free_port())
    say("Starting Rasa: this takes about 15 seconds, longer when the model has to be trained.")
    wanted = (pieces.rasa(own, environment), pieces.actions(own, environment))
    supervisor = Supervisor(wanted, own.logs / "ask", say)
    supervisor.start()
    try:
        await supervisor.ready()
        yield own
    finally:
        await supervisor.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
