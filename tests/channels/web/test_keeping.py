"""A parent keeps the chat as a file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest

from bot import transcript
from bot.channels.web import keeping
from bot.channels.web.keeping import Keeping
from bot.knowledge import Knowledge
from tests.channels.web.conftest import Sam
from tests.stand_in import Stage


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


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[int], threading.Event]]:
    """PDFs that are not done before they are told to be: the length of each chat, and what tells them."""
    made: list[int] = []
    go = threading.Event()

    def pdf(thread: list[object], *_: object) -> bytes:
        go.wait(10)
        made.append(len(thread))
        return b"%PDF"

    monkeypatch.setattr(transcript, "pdf", pdf)
    yield made, go
    go.set()


async def test_a_file_that_is_asked_for_again_and_again_is_made_once(
    browser: httpx.AsyncClient, waiting: str, slow: tuple[list[int], threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, go = slow
    wanted: list[object] = []
    file = Keeping._file
    monkeypatch.setattr(Keeping, "_file", lambda self, *about: wanted.append(about) or file(self, *about))
    asked = [asyncio.create_task(browser.get("/chat/transcript.pdf")) for _ in range(50)]
    while len(wanted) < 50:
        await asyncio.sleep(0.01)
    go.set()
    assert {(await task).content for task in asked} == {b"%PDF"}
    assert len(made) == 1
    assert (await browser.get("/chat/transcript.pdf")).content == b"%PDF"
    assert len(made) == 2


async def test_another_file_of_the_same_visitor_or_one_too_many_is_kindly_refused(
    browser: httpx.AsyncClient,
    stage: Stage,
    waiting: str,
    slow: tuple[list[int], threading.Event],
    knowledge: Knowledge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "MOST_ASKED", 1)
    transport = httpx.ASGITransport(stage.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://helpline", follow_redirects=True) as other:
        await other.post("/chat", data={"text": "Is a part-time timetable allowed?"})
        asked = asyncio.create_task(browser.get("/chat/transcript.pdf"))
        await asyncio.wait({asked}, timeout=0.5)
        for refused in (await browser.get("/chat/transcript.txt"), await other.get("/chat/transcript.pdf")):
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert knowledge.say("page_file_coming") in refused.text
        slow[1].set()
        assert (await asked).content == b"%PDF"
        assert (await other.get("/chat/transcript.pdf")).content == b"%PDF"
