"""Messages that come faster than people write are refused, kindly and plainly; words of danger never are."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot.channels.web import pace
from bot.conversation import Author, Status
from bot.knowledge import Knowledge
from bot.limits import Buckets, Limits, Rate
from tests.keys import conversation_in
from tests.stand_in import Stage

FEW = Rate(0.001, 3)
DANGER = "I have taken all my tablets and I want to die"
QUESTION = "Is a part-time timetable allowed?"


@pytest.fixture(autouse=True)
def hardly_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "HELD_SECONDS", 0.01)


@asynccontextmanager
async def helpline(knowledge: Knowledge, folder: Path, **limits: Buckets) -> AsyncIterator[Stage]:
    stage = Stage(knowledge, folder, limits=Limits(**limits))
    async with stage.ready():
        yield stage


def browser(stage: Stage, address: str = "203.0.113.7") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(stage.app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://helpline")


async def said(stage: Stage, http: httpx.AsyncClient) -> list[str]:
    thread = await stage.store.thread(conversation_in(http.cookies))
    return [line.text for line in thread if line.author is Author.PARENT]


async def test_a_visitor_who_is_too_fast_is_refused_with_the_words_still_in_the_box(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    async with helpline(knowledge, tmp_path, visitor=Buckets(FEW)) as stage, browser(stage) as http:
        for number in range(4):
            assert (await http.post("/chat", data={"text": f"{QUESTION} {number}"})).status_code == 303
        refusal = await http.post("/chat", data={"text": "and what about the xylophone?"})
        assert refusal.status_code == 429
        assert int(refusal.headers["retry-after"]) > 0
        assert knowledge.say("page_too_fast") in refusal.text
        assert re.search(r"<textarea[^>]*>\s*and what about the xylophone\?</textarea>", refusal.text)
        assert refusal.text.count("xylophone") == 1
        by_script = await http.post("/chat/messages", data={"text": "and what about the xylophone?"})
        assert (by_script.status_code, by_script.text) == (429, knowledge.say("page_too_fast"))
        assert by_script.headers["content-type"].startswith("text/plain")
        assert int(by_script.headers["retry-after"]) > 0
        assert await said(stage, http) == [f"{QUESTION} {number}" for number in range(4)]
        assert "xylophone" not in (await http.get("/chat")).text


async def test_the_form_for_an_adviser_is_a_message_like_others(knowledge: Knowledge, tmp_path: Path) -> None:
    async with helpline(knowledge, tmp_path, visitor=Buckets(FEW)) as stage, browser(stage) as http:
        await http.post("/chat", data={"text": QUESTION})
        for number in range(3):
            assert (await http.post("/chat/handover", data={"want": f"change {number}"})).status_code == 303
        before = await said(stage, http)
        refusal = await http.post("/chat/handover", data={"want": "about the xylophone"})
        assert refusal.status_code == 429
        assert int(refusal.headers["retry-after"]) > 0
        assert re.search(r"<textarea[^>]*>\s*about the xylophone</textarea>", refusal.text)
        talk = await stage.store.open_talk(conversation_in(http.cookies))
        assert talk is not None
        assert (talk.card.want, await said(stage, http)) == ("change 2", before)
        assert (await http.post("/chat/handover", data={"reach": DANGER})).status_code == 303
        talk = await stage.store.open_talk(conversation_in(http.cookies))
        assert talk is not None
        assert talk.card.reach == DANGER


async def test_a_button_pressed_too_fast_is_refused_too(knowledge: Knowledge, tmp_path: Path) -> None:
    async with helpline(knowledge, tmp_path, visitor=Buckets(Rate(0.001, 1))) as stage, browser(stage) as http:
        for expected in (303, 303, 429):
            answer = await http.post("/chat", data={"press": "human"})
            assert answer.status_code == expected


async def test_words_of_danger_are_heard_however_many_came_before(knowledge: Knowledge, tmp_path: Path) -> None:
    async with helpline(knowledge, tmp_path, visitor=Buckets(FEW)) as stage, browser(stage) as http:
        for number in range(8):
            await http.post("/chat", data={"text": f"{QUESTION} {number}"})
        answer = await http.post("/chat", data={"text": DANGER})
        assert answer.status_code == 303
        thread = await stage.store.thread(conversation_in(http.cookies))
        assert thread[-1].reply is not None
        assert thread[-1].reply.status is Status.SAFEGUARDING
        assert "999" in thread[-1].text


async def test_danger_is_read_with_what_came_before_it(knowledge: Knowledge, tmp_path: Path) -> None:
    async with helpline(knowledge, tmp_path, visitor=Buckets(Rate(0.001, 1))) as stage, browser(stage) as http:
        await http.post("/chat", data={"text": QUESTION})
        await http.post("/chat", data={"text": "the tablets are in the kitchen"})
        assert (await http.post("/chat", data={"text": "I've taken them all"})).status_code == 303


async def test_a_refusal_is_held_the_longer_the_more_of_the_same_visitor_are_held(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "HELD_SECONDS", 0.1)
    async with helpline(knowledge, tmp_path, visitor=Buckets(Rate(0.001, 1))) as stage, browser(stage) as http:
        await http.post("/chat", data={"text": QUESTION})
        await http.post("/chat", data={"text": QUESTION})
        began = time.monotonic()
        crowd = [http.post("/chat", data={"text": f"{QUESTION} {number}"}) for number in range(4)]
        assert {answer.status_code for answer in await asyncio.gather(*crowd)} == {429}
        assert time.monotonic() - began >= 4 * 0.1


async def test_danger_does_not_wait_for_the_refusals_of_what_came_before(
    knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "HELD_SECONDS", 60)
    async with helpline(knowledge, tmp_path, visitor=Buckets(Rate(0.001, 1))) as stage, browser(stage) as http:
        await http.post("/chat", data={"text": QUESTION})
        await http.post("/chat", data={"text": QUESTION})
        crowd = [asyncio.create_task(http.post("/chat", data={"text": QUESTION})) for _ in range(5)]
        await asyncio.sleep(0.2)
        answer = await asyncio.wait_for(http.post("/chat", data={"text": DANGER}), 30)
        assert answer.status_code == 303
        assert not any(task.done() for task in crowd)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        assert await said(stage, http) == [QUESTION, QUESTION, DANGER]


@pytest.mark.parametrize(("name", "other"), [("newcomers", 303), ("address", 303), ("channel", 429)])
async def test_first_messages_are_counted_by_address_and_all_of_them_by_channel(
    knowledge: Knowledge, tmp_path: Path, name: str, other: int
) -> None:
    async with helpline(knowledge, tmp_path, **{name: Buckets(FEW)}) as stage:
        for expected in (303, 303, 303, 429):
            async with browser(stage) as http:
                assert (await http.post("/chat", data={"text": QUESTION})).status_code == expected
        async with browser(stage, "203.0.113.8") as elsewhere:
            assert (await elsewhere.post("/chat", data={"text": QUESTION})).status_code == other
        async with browser(stage) as http:
            assert (await http.post("/chat", data={"text": DANGER})).status_code == 303


async def test_a_crowd_of_newcomers_from_one_address_is_taken_in_few_by_few(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    async with helpline(knowledge, tmp_path) as stage:

        async def come() -> int:
            async with browser(stage) as http:
                return (await http.post("/chat", data={"text": "a slow timetable"})).status_code

        crowd = [asyncio.create_task(come()) for _ in range(pace.NEWCOMERS_AT_ONCE + 3)]
        async with browser(stage) as http:
            for _ in range(100):
                if len(stage.assistant.heard) == pace.NEWCOMERS_AT_ONCE:
                    break
                await asyncio.sleep(0.05)
            # Danger is met while all of them wait: the assistant answers nobody before it may.
            await asyncio.wait_for(http.post("/chat", data={"text": DANGER}), 5)
            assert "999" in (await http.get("/chat")).text
            assert await said(stage, http) == [DANGER]
        assert len(stage.assistant.heard) == pace.NEWCOMERS_AT_ONCE
        stage.assistant.go.set()
        assert set(await asyncio.gather(*crowd)) == {303}
        assert len(stage.assistant.heard) == len(crowd)
