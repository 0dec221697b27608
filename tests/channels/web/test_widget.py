"""What other sites load from us: small, kept by browsers for as long as it holds, and open to listed sites only."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.channels.web import doorway, static
from bot.channels.web.outside import Example, Outside
from bot.channels.web.screen import LANGUAGES
from bot.channels.web.widget import KEPT
from bot.knowledge import Knowledge
from tests.stand_in import Stage

CHARITY = "https://charity.example"
QUESTION = "Is a part-time timetable allowed?"


@pytest.fixture
async def stage(knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(knowledge, tmp_path, Outside((CHARITY,)))
    async with stage.ready():
        yield stage


@pytest.fixture
async def browser(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="https://helpline") as browser:
        yield browser


async def test_the_script_is_small_and_asked_for_anew_after_minutes(browser: httpx.AsyncClient) -> None:
    script = await browser.get("/widget.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == f"public, max-age={KEPT}"
    assert "SERVED" not in script.text
    assert CHARITY in script.text
    assert len(gzip.compress(script.content)) <= 5_000


async def test_listed_sites_and_no_other_may_frame_the_chat(browser: httpx.AsyncClient) -> None:
    policy = (await browser.get("/chat")).headers["content-security-policy"]
    assert f"frame-ancestors 'self' {CHARITY}" in policy.split("; ")


@pytest.mark.parametrize(("site", "status"), [(CHARITY, 200), ("https://charity.example.evil.example", 403)])
async def test_a_stranger_gets_a_page_with_nothing_of_the_chat_in_it(
    browser: httpx.AsyncClient, site: str, status: int
) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    headers = {"sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site", "referer": f"{site}/page"}
    page = await browser.get("/chat?frame=1", headers=headers)
    assert page.status_code == status
    assert (QUESTION in page.text) is (status == 200)
    assert ("<form" in page.text) is (status == 200)


async def test_in_other_sites_frames_the_cookie_is_kept_apart_for_each(browser: httpx.AsyncClient) -> None:
    sent = await browser.post("/chat/messages", data={"text": QUESTION})
    assert {"SameSite=none", "Secure", "Partitioned", "HttpOnly"} <= set(sent.headers["set-cookie"].split("; "))
    ended = await browser.post("/chat/end")
    gone = next(line for line in ended.headers.get_list("set-cookie") if line.startswith(f"__Host-{doorway.COOKIE}="))
    assert {"Max-Age=0", "Partitioned"} <= set(gone.split("; "))


async def test_scripts_and_styles_are_kept_for_a_year_under_the_address_of_their_content(
    browser: httpx.AsyncClient,
) -> None:
    kept = await browser.get(static.address("chat.js"))
    assert "immutable" in kept.headers["cache-control"]
    assert "cache-control" not in (await browser.get("/static/chat.js")).headers


async def test_the_accessibility_statement_is_linked_from_the_chat(browser: httpx.AsyncClient) -> None:
    assert 'href="/accessibility"' in (await browser.get("/chat")).text
    statement = (await browser.get("/accessibility")).text
    assert "WCAG" not in statement, "in full, not as an abbreviation"
    assert "level AA" in statement


async def test_the_example_page_carries_the_script(browser: httpx.AsyncClient) -> None:
    assert '<script src="/widget.js" async>' in (await browser.get("/demo")).text


async def test_on_the_helplines_own_machine_the_example_page_is_another_site(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    outside = Outside(example=Example("http://127.0.0.1:8090", "http://127.0.0.1:8000"))
    stage = Stage(knowledge, tmp_path, outside)
    async with stage.ready(), httpx.AsyncClient(transport=httpx.ASGITransport(stage.app)) as browser:
        for name in ("127.0.0.1", "localhost"):
            led = await browser.get(f"http://{name}:8000/demo")
            assert led.headers["location"] == "http://127.0.0.1:8090/demo"
        page = await browser.get("http://127.0.0.1:8090/demo")
        assert '<script src="http://127.0.0.1:8000/widget.js" async>' in page.text
        assert "frame-src http://127.0.0.1:8000;" in page.headers["content-security-policy"]
        assert "http://127.0.0.1:8090" in (await browser.get("http://127.0.0.1:8000/widget.js")).text
        # From elsewhere that port cannot be reached.
        assert '<script src="/widget.js" async>' in (await browser.get("https://helpline.example/demo")).text


# -- other languages --------------------------------------------------------------------------------------------------


async def test_nine_languages_say_that_help_is_in_english_and_whom_to_call(
    browser: httpx.AsyncClient, knowledge: Knowledge
) -> None:
    page = (await browser.get("/chat")).text
    lines = re.findall(r'<li lang="(\w+)" dir="auto">(.*)</li>', page)
    assert [language for language, _ in lines] == list(LANGUAGES)
    assert len(lines) == 9
    number = knowledge.service["phone"].replace(" ", "")
    assert all(line.count(f'href="tel:{number}"') == line.count("tel:") == 1 for _, line in lines)


async def test_an_interpreters_number_is_named_where_the_charity_has_one(knowledge: Knowledge, tmp_path: Path) -> None:
    named = replace(knowledge, service={**knowledge.service, "interpreter_line": "0300 123 4567"})
    stage = Stage(named, tmp_path)
    async with (
        stage.ready(),
        httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="http://helpline") as browser,
    ):
        page = (await browser.get("/chat")).text
    assert page.count('<a href="tel:03001234567">0300 123 4567</a>') == len(LANGUAGES)
