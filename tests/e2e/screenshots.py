"""Makes the pictures of docs/screenshots/: the chat as parents meet it, over the real cards."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.accounts import Role
from bot.knowledge import load
from bot.settings import ROOT
from tests.e2e.conftest import ARGUMENTS, CHROMIUM
from tests.e2e.gateway import Gateway
from tests.e2e.host import Host, behind

FOLDER = ROOT / "docs" / "screenshots"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
#: What is left of a screen of 1280 by 1024 when everything on it is four times as large.
ZOOMED = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
QUESTION = "Is a part-time timetable allowed?"


class Camera:
    """Takes the pictures."""

    def __init__(self, browser: Browser, gateway: Gateway) -> None:
        self._browser = browser
        self._gateway = gateway

    def take_all(self) -> None:
        with self._opened(**PHONE) as page:
            self._keep(page, "welcome")
        for name, options in {
            "phone": PHONE,
            "dark": {**PHONE, "color_scheme": "dark"},
            "contrast": {**PHONE, "forced_colors": "active", "color_scheme": "dark"},
            "zoom-400": ZOOMED,
        }.items():
            with self._opened(**options) as page:
                _ask(page)
                self._keep(page, name)
        with self._opened(**PHONE) as page:
            self._talk(page)
            self._keep(page, "adviser")
        with self._on(f"{self._gateway.address}/demo", **DESKTOP) as page:
            page.locator("helpline-chat .launcher").click()
            _ask(page.frame_locator("helpline-chat iframe"))
            self._keep(page, "desktop")

    def _talk(self, page: Page) -> None:
        stage = self._gateway.stage
        self._gateway.do(stage.store.add_account("Sam", Role.ADVISER, "", 3))
        for label in ("Talk to a person", "Send this and wait for an adviser"):
            page.locator("#thread").get_by_role("button", name=label, exact=True).click()
        expect(page.locator("#where")).to_contain_text("in the queue")
        talk = self._gateway.do(stage.advising.take("Sam"))

        def say(text: str) -> None:
            self._gateway.do(stage.advising.say(talk.number, "Sam", text, text[:20]))
            expect(page.locator(".adviser .bubble").last).to_have_text(text)

        say("Hello, I am Sam. I have read what you told us. How long has the school been sending him home at noon?")
        page.locator("#text").fill("Since October. They say he cannot cope with the afternoons.")
        page.locator("#send").click()
        expect(page.locator(".parent .sent").last).to_contain_text("Sent")
        say("Thank you. That sounds hard for both of you. Have they given you anything in writing?")
        self._gateway.do(stage.advising.types(talk.number, "Sam"))
        expect(page.locator("#typing")).to_be_visible()

    @contextmanager
    def _opened(self, **options: Any) -> Iterator[Page]:
        with self._on(f"{self._gateway.address}/chat", **options) as page:
            yield page

    @contextmanager
    def _on(self, address: str, **options: Any) -> Iterator[Page]:
        context = self._browser.new_context(**{"reduced_motion": "reduce", **options})
        page = context.new_page()
        page.goto(address)
        yield page
        context.close()

    def _keep(self, page: Page, name: str) -> None:
        # Nothing glides any more, and nothing is pointed at.
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / f"{name}.png")


def _ask(page: Any) -> None:
    page.locator("#text").fill(QUESTION)
    page.locator("#send").click()
    expect(page.locator(".title").last).to_be_visible()


def main() -> None:
    """Take all of them."""
    host = Host()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        knowledge = load(ROOT / "knowledge")
        with contextmanager(behind)(host, (host.address,), knowledge, Path(folder)) as gateway:
            Camera(browser, gateway).take_all()
        browser.close()
    host.close()


if __name__ == "__main__":
    sys.exit(main())
