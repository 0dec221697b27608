"""A page is not worked out anew each time, and nothing of a chat stays in memory for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from markupsafe import Markup

from bot.channels.markup import Prose
from bot.channels.web import screen

Rendered = Callable[[], int]


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> Rendered:
    """How many of our texts were worked out since this was last asked."""
    texts: list[str] = []
    reply = Prose.reply

    def counted(self: Prose, text: str) -> Markup:
        texts.append(text)
        return reply(self, text)

    def since() -> int:
        count = len(texts)
        texts.clear()
        return count

    monkeypatch.setattr(Prose, "reply", counted)
    return since


async def test_a_line_that_was_shown_before_is_not_worked_out_again(
    browser: httpx.AsyncClient, waiting: str, rendered: Rendered
) -> None:
    first = await browser.get("/chat")
    rendered()
    again = await browser.get("/chat")
    assert rendered() == 0
    assert [line for line in first.text.splitlines() if "bubble" in line] == [
        line for line in again.text.splitlines() if "bubble" in line
    ]


async def test_what_pages_have_shown_is_soon_forgotten(
    browser: httpx.AsyncClient, rendered: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "REMEMBERED_SECONDS", 0.01)
    await browser.post("/chat", data={"text": "Is a part-time timetable allowed?"})
    await asyncio.sleep(0.05)
    rendered()
    await browser.get("/chat")
    assert rendered() == 2


async def test_no_crowd_of_chats_fills_the_memory(
    browser: httpx.AsyncClient, rendered: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "MOST_REMEMBERED", 1)
    await browser.post("/chat", data={"text": "Is a part-time timetable allowed?"})
    await browser.post("/chat", data={"press": "human"})
    rendered()
    await browser.get("/chat")
    # The welcome and two replies.
    assert rendered() == 3
