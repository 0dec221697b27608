"""A parent takes a chat along from the page to Telegram, in a real browser, against a stand-in for Telegram."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, Request, expect
from starlette.applications import Starlette

from bot.knowledge import Knowledge
from tests.channels.telegram.bot_api import BotApi
from tests.channels.telegram.stage import ANN, OnTelegram
from tests.e2e.gateway import Gateway
from tests.e2e.host import Host
from tests.e2e.test_talk_with_a_person import axe

pytestmark = pytest.mark.slow

QUESTION = "Is a part-time timetable allowed?"
LINK = "Go on in Telegram"

Opens = Callable[..., Page]


class Both(OnTelegram):
    """The page and the bot, with the stand-in beside them."""

    def __init__(self, knowledge: Knowledge, folder: Path, host: Host) -> None:
        super().__init__(knowledge, folder, BotApi(), (host.address,))

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.api.serving(), self.ready(), self.running():
            await self.until(lambda: self.telegram._name)
            yield


@pytest.fixture(scope="module")
def gateway(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Gateway]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        gateway = Gateway(knowledge, tmp_path_factory.mktemp("gateway"), partial(Both, host=host))
        gateway.start()
        host.helpline = gateway.address
        yield gateway
        gateway.stop()


def ask(page: Page | FrameLocator) -> None:
    page.locator("#text").fill(QUESTION)
    page.locator("#send").click()
    expect(page.locator(".title").last).to_be_visible()


def opened_link(page: Page, press: Callable[[], None]) -> str:
    """The address that a new tab asks Telegram's own site for. It must not learn where the parent comes from."""
    asked: list[Request] = []
    page.context.on("request", lambda request: asked.append(request) if "t.me" in request.url else None)
    page.context.route("https://t.me/**", lambda route: route.fulfill(body="Telegram"))
    with page.context.expect_page() as tab:
        press()
    expect(tab.value.locator("body")).to_have_text("Telegram")
    assert "referer" not in asked[0].all_headers()
    assert tab.value.evaluate("window.opener") is None
    return str(tab.value.url)


def carried(gateway: Gateway, address: str, chat: int) -> None:
    """The link leads a parent's app to the bot, which goes on with the chat."""
    stage = gateway.stage
    assert isinstance(stage, Both)
    assert address.startswith("https://t.me/helpline_test_bot?start=")
    stage.api.writes(chat, f"/start {address.partition('start=')[2]}")
    gateway.do(stage.told(chat, stage.say("telegram_carried")))
    gateway.do(stage.told(chat, "part-time or reduced timetable"))


@pytest.mark.parametrize("script", [True, False])
def test_a_chat_goes_on_in_telegram_and_the_page_can_still_be_read(
    opened: Opens, gateway: Gateway, knowledge: Knowledge, script: bool
) -> None:
    chat = ANN + script
    page = opened(java_script_enabled=script)
    ask(page)
    page.get_by_role("link", name=LINK).click()
    expect(page.get_by_role("heading")).to_have_text(LINK)
    expect(page.locator("main")).to_contain_text(knowledge.say("page_telegram_carries"))
    if script:
        assert axe(page) == []
    carried(gateway, opened_link(page, page.get_by_role("link", name="Open Telegram").click), chat)
    stage = gateway.stage
    stage.api.presses(chat, knowledge.say("button_yes"))
    gateway.do(stage.told(chat, knowledge.say("said_yes")))
    page.get_by_role("link", name="Back to the chat").click()
    expect(page.locator(".line.assistant .bubble").last).to_have_text(knowledge.say("said_yes"))


def test_the_link_is_reached_and_followed_by_the_keyboard(opened: Opens, gateway: Gateway) -> None:
    page = opened(viewport={"width": 320, "height": 568})
    ask(page)
    page.get_by_role("link", name=LINK).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text(LINK)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("link", name="Open Telegram").focus()
    carried(gateway, opened_link(page, lambda: page.keyboard.press("Enter")), ANN + 10)


def test_from_the_frame_on_a_charitys_own_page_the_chat_is_taken_along_too(
    new_page: Callable[..., Page], gateway: Gateway, host: Host
) -> None:
    page = new_page()
    page.goto(host.address)
    page.locator("helpline-chat .launcher").click()
    frame = page.frame_locator("helpline-chat iframe")
    ask(frame)
    frame.get_by_role("link", name=LINK).click()
    carried(gateway, opened_link(page, frame.get_by_role("link", name="Open Telegram").click), ANN + 20)


def test_without_a_chat_the_page_leads_to_the_bot_and_promises_no_more(opened: Opens, knowledge: Knowledge) -> None:
    page = opened()
    page.get_by_role("link", name=LINK).click()
    expect(page.locator("main")).to_contain_text(knowledge.say("page_telegram_fresh"))
    expect(page.get_by_role("link", name="Open Telegram")).to_have_attribute("href", "https://t.me/helpline_test_bot")


def test_a_quick_exit_leads_away_from_the_page_with_the_link_too(opened: Opens) -> None:
    page = opened()
    ask(page)
    page.get_by_role("link", name=LINK).click()
    page.context.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="Weather"))
    page.get_by_role("button", name="Leave this page").click()
    expect(page.locator("body")).to_have_text("Weather")
    assert page.context.cookies() == []
