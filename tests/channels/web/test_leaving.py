"""A parent ends a chat quickly, for now, or for good; a shared device keeps nothing."""

from __future__ import annotations

import re

import httpx
import pytest

from bot.channels.web import doorway
from bot.channels.web.device import DEVICE_COOKIE, LEFT_COOKIE
from bot.channels.web.outside import WEATHER
from bot.conversation import Holder
from bot.knowledge import Knowledge
from tests.channels.web.conftest import Sam
from tests.keys import conversation_in
from tests.stand_in import Stage

QUESTION = "Is a part-time timetable allowed?"
DANGER = "I want to kill myself tonight"


async def leave(browser: httpx.AsyncClient) -> httpx.Response:
    return await browser.post("/chat/leave", follow_redirects=False)


async def test_the_quick_exit_leads_away_and_the_browser_forgets_the_chat(browser: httpx.AsyncClient) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    left = await leave(browser)
    assert (left.status_code, left.headers["location"]) == (303, WEATHER)
    assert doorway.COOKIE not in browser.cookies
    page = await browser.get("/chat")
    assert QUESTION not in page.text
    assert "https://www.bbc.co.uk" in page.headers["content-security-policy"]


async def test_who_waited_has_left_the_queue(browser: httpx.AsyncClient, waiting: str, stage: Stage) -> None:
    await leave(browser)
    assert (await stage.store.standing(waiting)).holder is Holder.BOT


async def test_who_may_be_in_danger_stays_in_the_queue(browser: httpx.AsyncClient, stage: Stage) -> None:
    await browser.post("/chat", data={"text": DANGER})
    conversation = conversation_in(browser.cookies)
    await leave(browser)
    assert (await stage.store.standing(conversation)).holder is Holder.WAITING


async def test_the_adviser_is_told(
    browser: httpx.AsyncClient, waiting: str, stage: Stage, sam: Sam, knowledge: Knowledge
) -> None:
    await sam.take()
    await leave(browser)
    assert (await stage.helpline.thread(waiting))[-1].text == knowledge.say("page_i_left")


async def test_it_leads_away_even_where_the_database_is_gone(
    browser: httpx.AsyncClient, stage: Stage, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(stage.store, "thread", broken)
    left = await leave(browser)
    assert (left.status_code, left.headers["location"]) == (303, WEATHER)


async def test_a_word_that_was_lost_on_the_way_is_made_good_when_the_browser_comes_back(
    browser: httpx.AsyncClient, knowledge: Knowledge
) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    browser.cookies.set(LEFT_COOKIE, "1")
    page = await browser.get("/chat")
    assert QUESTION not in page.text
    assert knowledge.say("page_anew") not in page.text
    assert doorway.COOKIE not in browser.cookies


async def test_a_chat_that_was_ended_stays_with_us_and_leaves_this_device(
    browser: httpx.AsyncClient, stage: Stage, knowledge: Knowledge
) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    conversation = conversation_in(browser.cookies)
    page = await browser.post("/chat/end")
    assert knowledge.say("page_ended") in page.text
    assert doorway.COOKIE not in browser.cookies
    assert len(await stage.helpline.thread(conversation)) == 2


async def test_a_chat_that_was_deleted_is_gone_on_both_sides_and_the_page_says_so(
    browser: httpx.AsyncClient, stage: Stage, knowledge: Knowledge
) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    conversation = conversation_in(browser.cookies)
    page = await browser.post("/chat/delete")
    assert knowledge.say("page_deleted") in page.text
    assert doorway.COOKIE not in browser.cookies
    assert list(await stage.helpline.thread(conversation)) == []
    assert knowledge.say("page_nothing_to_delete") in (await browser.post("/chat/delete")).text


async def test_a_delete_that_fails_does_not_say_that_it_worked(
    browser: httpx.AsyncClient, stage: Stage, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("disk full")

    await browser.post("/chat", data={"text": QUESTION})
    monkeypatch.setattr(stage.store, "forget", broken)
    page = await browser.post("/chat/delete")
    assert page.status_code == 503
    assert knowledge.say("page_deleted") not in page.text
    assert doorway.COOKIE in browser.cookies


async def test_on_a_shared_device_the_cookies_end_with_the_visit(browser: httpx.AsyncClient) -> None:
    first = await browser.post("/chat", data={"text": QUESTION}, follow_redirects=False)
    assert "Max-Age=604800" in first.headers["set-cookie"]
    chosen = await browser.post("/chat/device", data={"shared": "1"}, follow_redirects=False)
    assert [cookie.partition("=")[0] for cookie in chosen.headers.get_list("set-cookie")] == [
        DEVICE_COOKIE,
        doorway.COOKIE,
    ]
    again = await browser.post("/chat", data={"text": QUESTION}, follow_redirects=False)
    for cookie in (*chosen.headers.get_list("set-cookie"), again.headers["set-cookie"]):
        assert not re.search("max-age|expires", cookie, re.IGNORECASE)
    assert '<html lang="en-GB" data-shared>' in (await browser.get("/chat")).text


@pytest.mark.parametrize("address", ["/chat", "/chat/handover"])
async def test_a_tab_can_have_a_title_that_says_nothing(
    browser: httpx.AsyncClient, knowledge: Knowledge, address: str
) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    await browser.post("/chat/device", data={"plain": "1"})
    page = (await browser.get(address)).text
    assert re.search("<title>(.*)</title>", page)[1] == knowledge.say("page_plain_title")
    assert "icon.svg" not in page.partition("</head>")[0]


async def test_no_other_site_can_end_or_delete_a_chat(browser: httpx.AsyncClient, stage: Stage) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    for address in ("/chat/leave", "/chat/end", "/chat/delete", "/chat/device"):
        assert (await browser.post(address, headers={"sec-fetch-site": "cross-site"})).status_code == 403
    assert QUESTION in (await browser.get("/chat")).text
