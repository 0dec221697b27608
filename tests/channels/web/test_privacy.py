"""A parent can read what is kept, for how long, by whom it is read and when others are told, before they write."""

from __future__ import annotations

import re

import httpx

from bot.channels.web.doorway import COOKIE
from bot.knowledge import Knowledge
from bot.reference import reference
from tests.keys import conversation_in
from tests.stand_in import Stage


async def test_the_way_to_it_stands_before_the_first_message(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/chat")).text
    assert 0 < page.index('href="/privacy"') < page.index('<form id="ask"')


async def test_it_tells_the_times_of_service_yml(browser: httpx.AsyncClient, knowledge: Knowledge) -> None:
    page = (await browser.get("/privacy")).text
    for period in knowledge.service["retention"].values():
        assert period in page
    # They are typed in one place only.
    assert not re.search(r"\d+ (?:days|months|years)", knowledge.wording["page_privacy"])
    assert not re.search(r"\d+ (?:days|months|years)", knowledge.wording["telegram_privacy"])


async def test_it_says_who_reads_when_others_are_told_and_how_to_delete(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/privacy")).text
    for words in ("Who reads what you write", "When we have to tell others", "Delete this chat", "Information Commiss"):
        assert words in page
    assert 'href="/chat"' in page
    assert 'id="leave"' in page


async def test_what_it_says_of_the_page_stands_on_the_page(browser: httpx.AsyncClient, knowledge: Knowledge) -> None:
    said = knowledge.wording["page_privacy"]
    for key in ("page_tools", "page_keep_text", "page_keep_pdf", "page_delete"):
        assert f"“{knowledge.wording[key]}”" in said


async def test_who_has_a_chat_reads_its_number_and_who_has_none_reads_none(
    browser: httpx.AsyncClient, stage: Stage
) -> None:
    assert "has the number" not in (await browser.get("/chat/privacy")).text
    page = (await browser.post("/chat", data={"text": "is zweigelt allowed there"})).text
    assert 'href="/chat/privacy"' in page
    (conversation,) = {conversation_in(browser.cookies)}
    assert reference(conversation) in (await browser.get("/chat/privacy")).text
    # It is no key: whoever knows it reads nothing.
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="http://helpline") as other:
        other.cookies[COOKIE] = reference(conversation)
        assert "zweigelt" not in (await other.get("/chat")).text
