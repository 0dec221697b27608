"""New lines reach the page as they come, each once, in order, over a connection that can be lost."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from bot.channels.web import doorway, events
from bot.channels.web.whereabouts import Where
from bot.conversation import Holder
from bot.handover import Place
from bot.helpline import Helpline
from bot.knowledge import Knowledge
from tests.channels.web.conftest import Sam
from tests.keys import KEYS, conversation_in
from tests.stand_in import Stage

Next = Callable[[], Awaitable[str]]


@contextlib.asynccontextmanager
async def listening(
    stage: Stage,
    conversation: str,
    after: int = 0,
    headers: dict[str, str] | None = None,
    through: Callable[[Starlette], ASGIApp] = lambda app: app,
) -> AsyncIterator[Next]:
    """An open stream; what is yielded gives the next piece of it, first the status and headers."""
    pieces: asyncio.Queue[Any] = asyncio.Queue()
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def following() -> str:
        piece = await asyncio.wait_for(pieces.get(), 5)
        if piece["type"] == "http.response.start":
            return f"{piece['status']} {dict(piece['headers']).get(b'content-type', b'').decode()}"
        return piece["body"].decode()

    sent = {"cookie": f"{doorway.COOKIE}={KEYS.sign(conversation, doorway.COOKIE)}", **(headers or {})}
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/chat/events",
        "query_string": f"after={after}".encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "server": ("helpline", 80),
        "root_path": "",
    }
    task = asyncio.create_task(through(stage.app)(scope, receive, pieces.put))
    try:
        yield following
    finally:
        gone.set()
        await task


def numbers(event: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-number="(\d+)"', event)]


def last_id(event: str) -> int:
    return int(re.search(r"^id: (\d+)$", event, re.MULTILINE)[1])


async def test_a_parent_who_waits_sees_who_comes_and_what_they_say(stage: Stage, waiting: str, sam: Sam) -> None:
    async with listening(stage, waiting, 6) as following:
        assert await following() == "200 text/event-stream; charset=utf-8"
        first = await following()
        assert (numbers(first), last_id(first)) == ([], 6)
        assert "You are number 1 in the queue." in first
        await sam.take()
        taken = await following()
        assert numbers(taken) == [7]
        assert "You are talking to <strong>Sam</strong>" in taken
        await sam.say("Hello")
        said = await following()
        assert (numbers(said), last_id(said)) == ([8], 8)
        assert "Sam, adviser" in said


async def test_that_the_adviser_writes_is_told_and_that_somebody_else_does_is_not(
    stage: Stage, waiting: str, sam: Sam
) -> None:
    talk = await sam.take()
    async with listening(stage, waiting, 7) as following:
        await following()
        await following()
        await stage.advising.types(talk.number, "Jo")
        await stage.advising.types(talk.number, "Sam")
        assert await following() == events.TYPING
        await sam.say("Hello")
        assert numbers(await following()) == [8]
        await sam.close()
        await following()
        await stage.advising.types(talk.number, "Sam")
    assert stage.live._listeners == {}


async def test_who_comes_back_gets_what_was_missed_and_nothing_twice(stage: Stage, waiting: str, sam: Sam) -> None:
    await sam.take()
    await sam.say("One")
    await sam.say("Two")
    async with listening(stage, waiting, 2, {"last-event-id": "8"}) as following:
        await following()
        assert numbers(await following()) == [9]


async def test_events_pass_through_the_compression_of_pages_one_by_one(stage: Stage, waiting: str, sam: Sam) -> None:
    compressed = partial(GZipMiddleware, compresslevel=6)
    async with listening(stage, waiting, 6, {"accept-encoding": "gzip"}, compressed) as following:
        await following()
        assert "You are number 1 in the queue." in await following()
        await sam.take()
        assert numbers(await following()) == [7]
        await sam.say("Hello")
        assert numbers(await following()) == [8]


async def test_every_line_of_an_event_is_data_whatever_is_written_in_it(stage: Stage, waiting: str, sam: Sam) -> None:
    await sam.take()
    await sam.say("One\r\nid: 99\rtwo\n\nevent: beat\u2028")
    async with listening(stage, waiting, 7) as following:
        await following()
        event = await following()
        assert event.endswith("\n\n")
        assert "\n\n" not in event[:-2]
        assert all(re.match(r"(retry|id|data): ?", line) for line in event.strip().split("\n"))
        assert last_id(event) == 8


async def test_without_a_change_there_is_a_sign_of_life(
    stage: Stage, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BEAT_SECONDS", 0.05)
    async with listening(stage, waiting, 6) as following:
        await following()
        await following()
        assert await following() == "event: beat\ndata: 6\n\n"
        assert await following() == "event: beat\ndata: 6\n\n"


@pytest.mark.parametrize(("place", "most"), [(None, events.BEAT_SECONDS), (2, 2 * events.SECONDS_A_PLACE)])
def test_pages_that_opened_at_the_same_moment_look_again_at_different_ones(place: int | None, most: float) -> None:
    where = Where(Holder.WAITING, "", Place(place, None) if place else None)
    looks = {events._patience(where) for _ in range(50)}
    assert len(looks) > 40
    assert events.LEAST_PATIENCE * most <= min(looks) < max(looks) <= most


async def test_the_end_of_a_talk_is_the_end_of_the_stream(stage: Stage, waiting: str, sam: Sam) -> None:
    await sam.take()
    async with listening(stage, waiting, 7) as following:
        await following()
        await following()
        await sam.close()
        closed = await following()
        assert 'data-holder="closed"' in closed
        assert "data-live" not in closed
        assert await following() == ""
    assert not stage.live._listeners


async def test_a_chat_with_the_assistant_alone_has_no_stream(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/chat/events")).status_code == 404
    await browser.post("/chat", data={"text": "Is a part-time timetable allowed?"})
    assert (await browser.get("/chat/events?after=2")).status_code == 204


async def test_a_page_that_is_closed_leaves_nothing_behind(stage: Stage, waiting: str) -> None:
    async with listening(stage, waiting, 6) as following:
        await following()
        await following()
        assert stage.live._listeners
    assert not stage.live._listeners


async def test_a_fault_ends_the_stream_and_the_page_comes_back(
    stage: Stage, waiting: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(stage, waiting, 6) as following:
        await following()
        await following()
        monkeypatch.setattr(stage.store, "thread", broken)
        stage.live.tell(waiting)
        assert await following() == ""
    assert "comes back by itself" in caplog.text


async def broken(*_: object) -> None:
    raise RuntimeError("disk full")


# -- what the page has shown ------------------------------------------------------------------------------------------


async def test_an_advisers_line_counts_as_shown_once_for_each_number(
    browser: httpx.AsyncClient, stage: Stage, waiting: str, sam: Sam, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    saw = Helpline.saw

    async def counted(self: Helpline, conversation: str, number: int) -> None:
        told.append(number)
        await saw(self, conversation, number)

    monkeypatch.setattr(Helpline, "saw", counted)
    await browser.get("/chat")
    await sam.take()
    await browser.get("/chat")
    assert told == []
    await sam.say("Hello")
    for _ in range(2):
        assert (await browser.post("/chat/seen", data={"number": "8"})).status_code == 204
        await browser.get("/chat")
    assert told == [8]
    assert await stage.store.parent_saw(waiting) == 8


async def test_an_ordinary_chat_asks_no_more_of_the_database_than_before(
    browser: httpx.AsyncClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.post("/chat/messages", data={"text": "Is a part-time timetable allowed?"})
    for name in ("saw", "open_talk", "waits"):
        monkeypatch.setattr(stage.store, name, broken)
    monkeypatch.setattr(Helpline, "standing", broken)
    answer = await browser.post("/chat/messages", data={"text": "and if he is suspended?", "after": "2"})
    assert answer.status_code == 200
    assert (await browser.get("/chat")).status_code == 200


# -- who speaks -------------------------------------------------------------------------------------------------------


async def test_a_line_to_an_adviser_is_sent_and_nobody_is_said_to_think(
    browser: httpx.AsyncClient, waiting: str, sam: Sam, knowledge: Knowledge
) -> None:
    await sam.take()
    answer = await browser.post("/chat/messages", data={"text": "Are you there?", "after": "7"})
    assert numbers(answer.text) == [8]
    sent = knowledge.say("page_sent")
    assert re.search(rf'<p class="sent">{sent} <time datetime="[^"]+">12 noon</time></p>', answer.text)
    assert "thinking" not in answer.text


async def test_what_an_adviser_writes_is_shown_as_written_with_its_addresses_as_links(
    browser: httpx.AsyncClient, waiting: str, sam: Sam
) -> None:
    await sam.take()
    await sam.say("<b>**Look**</b> at\nhttps://www.gov.uk/send?a=1&b=<script>")
    page = (await browser.get("/chat")).text
    address = "https://www.gov.uk/send?a=1&amp;b="
    link = f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>'
    assert f"&lt;b&gt;**Look**&lt;/b&gt; at\n{link}&lt;script&gt;" in page


async def test_back_in_the_queue_the_choices_are_there_again(
    browser: httpx.AsyncClient, stage: Stage, waiting: str, sam: Sam
) -> None:
    await sam.take()
    assert 'name="press"' not in (await browser.get("/chat")).text
    stage.now = stage.now.replace(hour=13)
    await stage.advising.watch()
    page = (await browser.get("/chat")).text
    assert 'value="waiting:stop"' in page
    assert "You are number 1 in the queue." in page


async def test_a_message_left_out_of_hours_says_when_we_open(
    browser: httpx.AsyncClient, stage: Stage, knowledge: Knowledge
) -> None:
    stage.now = stage.now.replace(hour=20)
    await browser.post("/chat", data={"press": "human"})
    page = (await browser.post("/chat", data={"press": "handover:send"})).text
    assert "We have your message. An adviser will answer it here. We have closed for today. We open again" in page
    assert 'http-equiv="refresh"' not in page
    assert knowledge.say("page_look_now") in page


async def test_a_switched_off_assistant_is_told_above_the_box(browser: httpx.AsyncClient, stage: Stage) -> None:
    await stage.advising.switch("web", "bot", "We are mending it.", "Sue")
    page = (await browser.post("/chat", data={"text": "Is a part-time timetable allowed?"})).text
    assert "We are mending it." in page[page.index('id="where"') :]


async def test_a_parent_whose_talk_ended_long_ago_begins_anew_with_the_same_words(
    browser: httpx.AsyncClient, stage: Stage, waiting: str, sam: Sam, knowledge: Knowledge
) -> None:
    await sam.take()
    await sam.close()
    stage.now = stage.now.replace(month=12)
    page = await browser.post("/chat", data={"text": "Is a part-time timetable allowed?"})
    assert conversation_in(browser.cookies) != waiting
    assert knowledge.say("page_anew") in page.text
    assert "Is a part-time timetable allowed?" in page.text


async def test_of_too_many_open_pages_the_oldest_gives_way_and_comes_back_later(
    stage: Stage, waiting: str, sam: Sam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 2)
    async with listening(stage, waiting, 6) as oldest:
        for _ in range(2):
            await oldest()
        async with listening(stage, waiting, 6) as second, listening(stage, waiting, 6) as third:
            for following in (second, third):
                assert "You are number 1" in [await following(), await following()][1]
            assert [await oldest(), await oldest()] == [events.GIVE_WAY, ""]
            await sam.take()
            assert [numbers(await following()) for following in (second, third)] == [[7], [7]]
    assert stage.live._listeners == {}
