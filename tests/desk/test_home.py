"""An adviser sees who waits, takes the next parent, and is told in plain words when that cannot be."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from bot.conversation import Risk
from bot.desk import home, live
from bot.desk.live import Events
from bot.desk.sessions import COOKIE, Sessions
from bot.handover import Way
from bot.helpline import DESK
from tests.desk.conftest import Adviser, DeskStage
from tests.keys import KEYS


def rows(page: str, section: str) -> list[str]:
    """The words of the rows of a table, by the id of its heading."""
    part = re.search(rf'aria-labelledby="{section}">(.*?)</section>', page, re.DOTALL)
    assert part, page
    body = part[1].partition("<tbody>")[2]
    found = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


async def test_the_queue_stands_in_the_order_in_which_parents_are_taken(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent("Sent home early")
    stage.later(minutes=10)
    await stage.parent("No school place")
    await stage.parent("He wants to hurt himself", Risk.URGENT)
    stage.later(minutes=64)
    page = (await (await adviser("Ann")).get("/desk")).text
    assert rows(page, "queue") == [
        "Urgent 1 h 4 min web page He wants to hurt himself",
        "No concern 1 h 14 min web page Sent home early",
        "No concern 1 h 4 min web page No school place",
    ]
    assert "A child may be in danger. Waiting for one of us: 1." in page
    assert 'data-count="3"' in page


async def test_of_a_very_long_queue_the_rest_is_counted(
    stage: DeskStage, adviser: Adviser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "MOST_ROWS", 2)
    for _ in range(5):
        await stage.parent()
    page = (await (await adviser("Ann")).get("/desk")).text
    assert len(rows(page, "queue")) == 2
    assert "And 3 more after these." in page


async def test_a_card_without_a_wish_is_shown_all_the_same(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent(" ")
    assert rows((await (await adviser("Ann")).get("/desk")).text, "queue")[0].endswith("They have not said.")


async def test_what_a_parent_wrote_stays_text(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent("<script>alert(1)</script>")
    page = (await (await adviser("Ann")).get("/desk")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_take_next_gives_the_most_urgent_and_opens_the_talk(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent("Sent home early")
    urgent = await stage.parent("He wants to hurt himself", Risk.URGENT)
    browser = await adviser("Ann")
    answer = await browser.post("/desk/next")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/talks/{urgent.number}")
    page = (await browser.get("/desk")).text
    assert f'href="/desk/talks/{urgent.number}"' in page
    assert len(rows(page, "queue")) == 1


async def test_with_nobody_waiting_take_next_says_so(adviser: Adviser) -> None:
    answer = await (await adviser("Ann")).post("/desk/next")
    assert 'role="alert">Nobody is waiting.' in answer.text


async def test_an_adviser_with_three_talks_is_asked_to_end_one_first(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    for _ in range(4):
        await stage.parent()
    for _ in range(3):
        assert (await browser.post("/desk/next")).status_code == 303
    answer = await browser.post("/desk/next")
    assert answer.status_code == 409
    assert "as many open talks as you can take" in answer.text
    assert len(await stage.store.queue()) == 1


async def test_advisers_who_press_at_the_same_time_each_get_their_own_parent(
    stage: DeskStage, adviser: Adviser
) -> None:
    for _ in range(4):
        await stage.parent()
    browsers = [await adviser(name) for name in ("Ann", "Bo", "Sue")]
    answers: list[httpx.Response] = await asyncio.gather(*(browser.post("/desk/next") for browser in browsers))
    assert len({answer.headers["location"] for answer in answers}) == 3


async def test_only_a_supervisor_picks_who_comes_first(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent("first")
    second = await stage.parent("second")
    ann, sue = await adviser("Ann"), await adviser("Sue")
    assert f"/desk/talks/{second.number}/take" not in (await ann.get("/desk")).text
    refused = await ann.post(f"/desk/talks/{second.number}/take")
    assert refused.status_code == 403
    assert "Only a supervisor can pick" in refused.text
    assert f"/desk/talks/{second.number}/take" in (await sue.get("/desk")).text
    assert (await sue.post(f"/desk/talks/{second.number}/take")).status_code == 303


async def test_any_adviser_may_take_any_message_that_was_left(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent("older", way=Way.MESSAGE)
    message = await stage.parent("newer", way=Way.MESSAGE)
    browser = await adviser("Ann")
    page = (await browser.get("/desk")).text
    assert rows(page, "queue") == []
    assert len(rows(page, "messages")) == 2
    assert (await browser.post(f"/desk/talks/{message.number}/take")).status_code == 303


async def test_who_is_too_late_for_a_message_is_told_so(stage: DeskStage, adviser: Adviser) -> None:
    message = await stage.parent(way=Way.MESSAGE)
    ann, bo = await adviser("Ann"), await adviser("Bo")
    await ann.post(f"/desk/talks/{message.number}/take")
    answer = await bo.post(f"/desk/talks/{message.number}/take")
    assert answer.status_code == 409
    assert "Somebody else was quicker" in answer.text


async def test_an_adviser_who_is_away_gets_nobody_keeps_their_talks_and_reads_it_everywhere(
    stage: DeskStage, adviser: Adviser
) -> None:
    talk = await stage.parent("kept")
    browser = await adviser("Sue")
    await browser.post("/desk/next")
    await stage.parent("still waiting")
    assert (await browser.post("/desk/available", data={"available": "no"})).status_code == 303
    for path in ("/desk", "/desk/switches"):
        assert "You are away." in (await browser.get(path)).text
    page = (await browser.get("/desk")).text
    assert re.search(r'id="next"[^>]*disabled', page)
    assert f'href="/desk/talks/{talk.number}"' in page
    answer = await browser.post("/desk/next")
    assert (answer.status_code, "nobody was given to you" in answer.text) == (409, True)
    await browser.post("/desk/available", data={"available": "yes"})
    assert (await browser.post("/desk/next")).status_code == 303


async def test_a_talk_in_which_the_parent_waits_for_a_word_is_marked(stage: DeskStage, adviser: Adviser) -> None:
    talk = await stage.parent()
    browser = await adviser("Ann")
    await browser.post("/desk/next")
    stage.later(minutes=2)
    assert 'class="unread"' in (await browser.get("/desk/queue")).text
    await stage.advising.say(talk.number, "Ann", "Hello", "a1")
    assert 'class="unread"' not in (await browser.get("/desk/queue")).text
    stage.later(minutes=1)
    await stage.helpline.hear(talk.conversation, "Are you there?")
    stage.later(minutes=3)
    page = (await browser.get("/desk")).text
    assert "The parent has waited for a word: 3 min." in page
    assert 'data-count="1"' in page


async def test_booked_calls_stand_in_a_list_of_their_own(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent("Call me", way=Way.CALLBACK)
    page = (await (await adviser("Ann")).get("/desk")).text
    assert len(rows(page, "calls")) == 1
    assert rows(page, "queue") == []


async def test_the_page_says_until_when_the_helpline_is_open(adviser: Adviser) -> None:
    assert "We are open until 5pm" in (await (await adviser("Ann")).get("/desk")).text


async def test_without_a_script_the_page_comes_anew_by_itself(adviser: Adviser) -> None:
    page = (await (await adviser("Ann")).get("/desk")).text
    assert '<noscript><meta http-equiv="refresh" content="15; url=/desk"></noscript>' in page


# -- the stream ------------------------------------------------------------------------------------------------------


def request(browser: httpx.AsyncClient) -> Request:
    cookie = f"{COOKIE}={browser.cookies[COOKIE]}".encode()
    return Request({"type": "http", "method": "GET", "path": "/desk/events", "headers": [(b"cookie", cookie)]})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    monkeypatch.setattr(live, "DESK_EVERY", 0.02)


def stream(stage: DeskStage, browser: httpx.AsyncClient, conversation: str = "") -> Any:
    return Events(stage.store, stage.live, Sessions(stage.store, KEYS, lambda: stage.now)).lines(
        request(browser), conversation
    )


async def test_an_open_page_is_told_when_the_desk_or_its_own_talk_has_changed(
    stage: DeskStage, adviser: Adviser
) -> None:
    lines = stream(stage, await adviser("Ann"), "talk-1")
    assert (await anext_(lines)).startswith("retry:")
    waiting = asyncio.create_task(anext_(lines))
    await asyncio.sleep(0.05)
    stage.live.tell("somebody-elses-talk")
    stage.live.tell("talk-1")
    assert await waiting == "event: talk\ndata: changed\n\n"
    stage.live.tell(DESK)
    assert await anext_(lines) == "event: desk\ndata: changed\n\n"
    await lines.aclose()


@pytest.mark.usefixtures("quick")
async def test_a_quiet_stream_beats_notes_that_the_adviser_is_there_and_ends_with_the_session(
    stage: DeskStage, adviser: Adviser
) -> None:
    lines = stream(stage, await adviser("Ann"))
    await anext_(lines)
    assert await anext_(lines) == ": here\n\n"
    stage.later(minutes=30)
    await anext_(lines)
    assert (await stage.store.account("Ann")).seen_at == stage.now
    await stage.store.end_sessions("Ann")
    assert [line async for line in lines] == []


async def test_a_page_that_is_closed_leaves_no_listener_behind(stage: DeskStage, adviser: Adviser) -> None:
    lines = stream(stage, await adviser("Ann"), "talk-1")
    await anext_(lines)
    await asyncio.sleep(0)
    await lines.aclose()
    assert stage.live._listeners == {}


async def test_every_page_that_is_opened_notes_that_the_adviser_is_there(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    stage.later(minutes=5)
    await browser.get("/desk/strip")
    assert (await stage.store.account("Ann")).seen_at == stage.now


async def anext_(lines: Any) -> str:
    line: str = await asyncio.wait_for(lines.__anext__(), 5)
    return line
