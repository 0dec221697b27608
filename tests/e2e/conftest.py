"""A real browser, and the parents' page for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bot.knowledge import Knowledge
from tests.e2e.desk import Desk
from tests.e2e.gateway import Gateway
from tests.e2e.host import Host

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def gateway(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = Gateway(knowledge, tmp_path_factory.mktemp("gateway"))
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert Path(CHROMIUM).exists(), "These tests need Debian's browser: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """An empty page in a fresh browser; afterwards nothing may have been refused or have failed in any."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(**options: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def opened(new_page: Callable[..., Page], gateway: Gateway) -> Callable[..., Page]:
    """Opens the chat page in a fresh browser."""

    def open_page(**options: Any) -> Page:
        page = new_page(**options)
        page.goto(f"{gateway.address}/chat")
        return page

    return open_page


@pytest.fixture
def desk(knowledge: Knowledge, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(knowledge, tmp_path)
    desk.start()
    yield desk
    desk.stop()
