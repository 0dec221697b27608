"""What is done with all that a helpline keeps."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bot.advising import Advising
from bot.keyring import keyring
from bot.knowledge import load, read_yaml
from bot.live import Live
from bot.reception import Reception
from bot.retention import Deleted, Retention
from bot.settings import Settings
from bot.store import SqlStore


async def rotate(settings: Settings, say: Callable[[str], None]) -> int:
    """Seal everything with the newest key; how many rows that were. Raises `SettingsError`, `KeyMissing`."""
    async with _store(settings) as store:
        return await store.rotate(say)


async def retain(settings: Settings) -> Deleted:
    """Delete what is older than it may be. Raises `SettingsError`, `KeyMissing`."""
    service = read_yaml(settings.knowledge / "service.yml")
    async with _store(settings) as store:
        return await Retention(store, service, settings.clock).delete()


async def held(settings: Settings, talk: int, private: bool) -> Mapping[str, str]:
    """What is held on a talk's conversation, as files to read and as JSON, by their names.

    Raises `UnknownTalk`, `SettingsError`, `KeyMissing`.
    """
    knowledge = load(settings.knowledge)
    async with _store(settings) as store:
        desk = Advising(store, Live(), knowledge, Reception(knowledge), settings.clock)
        disclosure = await desk.export(talk, "command line", private)

    return {f"talk-{talk}.txt": disclosure.as_text(knowledge), f"talk-{talk}.json": disclosure.as_json()}


def write(files: Mapping[str, str], folder: Path) -> Iterator[Path]:
    """Write files that only their owner can read, and name them. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
        yield path


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[SqlStore]:
    settings.data.mkdir(parents=True, exist_ok=True)
    store = SqlStore(settings.database_url, keyring(settings))
    try:
        await store.upgrade()
        yield store
    finally:
        await store.close()
