"""The page over a stand-in, a browser without a script, and Sam at the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.accounts import Role
from bot.handover import Talk
from bot.knowledge import Knowledge
from bot.limits import Limits
from tests.keys import conversation_in
from tests.stand_in import Stage


@pytest.fixture
def limits() -> Limits:
    """How fast parents may write."""
    return Limits()


@pytest.fixture
async def stage(knowledge: Knowledge, tmp_path: Path, limits: Limits) -> AsyncIterator[Stage]:
    stage = Stage(knowledge, tmp_path, limits=limits)
    async with stage.ready():
        yield stage


@pytest.fixture
async def browser(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(stage.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://helpline", follow_redirects=True) as browser:
        yield browser


class Sam:
    """An adviser, and the talk they have."""

    def __init__(self, stage: Stage) -> None:
        self._advising = stage.advising

    async def take(self) -> Talk:
        self.talk = await self._advising.take("Sam")
        return self.talk

    async def say(self, text: str) -> None:
        await self._advising.say(self.talk.number, "Sam", text, text[:20])

    async def close(self) -> None:
        await self._advising.close(self.talk.number, "Sam", 1000, "answered")


@pytest.fixture
async def sam(stage: Stage) -> Sam:
    await stage.store.add_account("Sam", Role.ADVISER, "", 3)
    return Sam(stage)


@pytest.fixture
async def waiting(browser: httpx.AsyncClient) -> str:
    """The conversation of the browser's parent, who waits for a person."""
    await browser.post("/chat", data={"text": "Is a part-time timetable allowed?"})
    await browser.post("/chat", data={"press": "human"})
    await browser.post("/chat", data={"press": "handover:send"})
    return conversation_in(browser.cookies)
