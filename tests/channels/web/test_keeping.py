"""A parent keeps the chat as a file."""

from __future__ import annotations

import httpx

from bot.knowledge import Knowledge
from tests.channels.web.conftest import Sam


async def test_there_is_nothing_to_keep_before_the_first_word(browser: httpx.AsyncClient) -> None:
    assert '<p id="keep" hidden>' in (await browser.get("/chat")).text
    for ending in ("txt", "pdf"):
        assert (await browser.get(f"/chat/transcript.{ending}")).url.path == "/chat"


async def test_the_chat_can_be_kept_as_text_and_as_pdf(
    browser: httpx.AsyncClient, waiting: str, sam: Sam, knowledge: Knowledge
) -> None:
    await sam.take()
    await sam.say("Call me \U0001f600")
    assert '<p id="keep">' in (await browser.get("/chat")).text
    text = await browser.get("/chat/transcript.txt")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.headers["content-disposition"] == 'attachment; filename="chat-2026-11-23.txt"'
    assert text.headers["cache-control"] == "no-store"
    assert "Call me \U0001f600" in text.text
    assert knowledge.cards["part-time-timetable-rules"].sources[0].address in text.text
    pdf = await browser.get("/chat/transcript.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
