"""A stand-in for Telegram, and a helpline on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from tests.channels.telegram.bot_api import BotApi
from tests.channels.telegram.stage import OnTelegram


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi().serving() as api:
        yield api


@pytest.fixture
async def stage(knowledge: Knowledge, tmp_path: Path, api: BotApi) -> AsyncIterator[OnTelegram]:
    """A helpline whose bot is not started yet."""
    stage = OnTelegram(knowledge, tmp_path, api)
    async with stage.ready():
        yield stage


@pytest.fixture
async def bot(stage: OnTelegram) -> AsyncIterator[OnTelegram]:
    """A helpline whose bot asks for updates."""
    async with stage.running():
        yield stage


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in is on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What goes over HTTP to the stand-in takes the time that Telegram's own limits ask for."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "api" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
