"""A parent downloads the booked call for the calendar."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bot.channels.web.doorway import COOKIE
from bot.knowledge import Knowledge
from tests.keys import KEYS
from tests.stand_in import Stage
from tests.test_booking import BY_BUTTONS, Parent


@pytest.fixture
async def stage(knowledge: Knowledge, tmp_path: Path):
    stage = Stage(knowledge, tmp_path)
    async with stage.ready():
        yield stage


def browser(stage: Stage, conversation: str) -> httpx.AsyncClient:
    cookies = {COOKIE: KEYS.sign(conversation, COOKIE)}
    return httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="http://testserver", cookies=cookies)


async def test_a_parent_with_a_booked_call_gets_the_file(stage: Stage):
    parent = Parent(stage, await stage.helpline.open("web"))
    await parent.does(*BY_BUTTONS)
    async with browser(stage, parent.conversation) as http:
        answer = await http.get("/chat/call.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "DTSTART:20261124T100000Z" in answer.text


async def test_a_parent_without_one_is_led_back_to_the_chat(stage: Stage):
    async with browser(stage, await stage.helpline.open("web")) as http:
        assert (await http.get("/chat/call.ics")).headers["location"] == "/chat"
    async with browser(stage, "") as http:
        assert (await http.get("/chat/call.ics")).headers["location"] == "/chat"
