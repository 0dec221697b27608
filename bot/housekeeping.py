"""What is done with all that a helpline keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.keyring import keyring
from bot.settings import Settings
from bot.store import SqlStore


async def rotate(settings: Settings, say: Callable[[str], None]) -> int:
    """Seal everything with the newest key; how many rows that were. Raises `SettingsError`, `KeyMissing`."""
    async with _store(settings) as store:
        return await store.rotate(say)


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[SqlStore]:
    settings.data.mkdir(parents=True, exist_ok=True)
    store = SqlStore(settings.database_url, keyring(settings))
    try:
        await store.upgrade()
        yield store
    finally:
        await store.close()
