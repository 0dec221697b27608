"""The button on a charity's own website: loaded lightly, opened fast, closed without a trace."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from bot.knowledge import Knowledge
from bot.settings import ROOT
from tests.e2e.gateway import Gateway
from tests.e2e.host import Host, behind
from tests.e2e.test_talk_with_a_person import axe
from tests.stand_in import NOON

pytestmark = pytest.mark.slow

QUESTION = "Is a part-time timetable allowed?"
#: Milliseconds from the tap on the button until one can write, with the processor four times slower.
SOON = 300
LONG_TASK = 50

Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def gateway(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Gateway]:
    yield from behind(host, (host.address,), knowledge, tmp_path_factory.mktemp("gateway"))


@pytest.fixture
def visited(browser: Browser, gateway: Gateway, host: Host) -> Iterator[Opens]:
    """Opens the charity's page in a fresh browser; nothing may fail in it or be refused by its policy."""
    pages: list[Page] = []
    complaints: list[str] = []

    def visit(address: str = "", wishes: str = "", lang: str = "en-GB", **options: object) -> Page:
        host.wishes, host.lang = wishes, lang
        page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Policy" in message.text else None)
        page.goto(address or host.address)
        return page

    yield visit
    for page in pages:
        page.context.close()
    assert not complaints


def launcher(page: Page) -> Locator:
    return page.locator("helpline-chat .launcher")


def chat(page: Page) -> FrameLocator:
    return page.frame_locator("helpline-chat iframe")


def send(page: Page, text: str = QUESTION) -> None:
    # Before the script is there, Enter makes a new line.
    expect(chat(page).locator(".scripted")).to_be_attached()
    chat(page).locator("#text").fill(text)
    chat(page).locator("#text").press("Enter")


def ask(page: Page, text: str = QUESTION) -> None:
    send(page, text)
    expect(chat(page).locator(".title").last).to_be_visible()


# -- before it is opened ----------------------------------------------------------------------------------------------


def test_until_it_is_opened_it_loads_one_script_and_keeps_nothing(visited: Opens, gateway: Gateway, host: Host) -> None:
    page = visited("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(host.address)
    expect(launcher(page)).to_have_text("Chat with us")
    page.wait_for_timeout(300)
    assert [address for address in asked if not address.startswith(host.address)] == [f"{gateway.address}/widget.js"]
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    launcher(page).click()
    expect(chat(page).locator("#text")).to_be_visible()
    assert {re.match(r"http://[^/]+", address)[0] for address in asked} == {host.address, gateway.address}


WATCH = """window.seen = { shifts: 0, tasks: [] };
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { seen.shifts += entry.value; }))
  .observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.tasks.push(entry.duration)))
  .observe({ type: "longtask", buffered: true });"""


def test_the_charitys_page_neither_moves_nor_halts(visited: Opens, host: Host) -> None:
    page = visited("about:blank")
    page.add_init_script(WATCH)
    page.goto(host.address)
    before = page.locator("#words").bounding_box()
    launcher(page).click()
    expect(chat(page).locator("#text")).to_be_visible()
    assert page.locator("#words").bounding_box() == before
    assert page.evaluate("seen.shifts") == 0
    assert [task for task in page.evaluate("seen.tasks") if task > LONG_TASK] == []


#: The rudest styles that a page can have, put in as its strict policy allows.
RUDE = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync(`body * { display: none !important; } button, iframe, div { all: unset !important; }
    html, body, helpline-chat { font: 60px serif !important; color: red !important; letter-spacing: 1em !important;
      text-transform: uppercase !important; visibility: hidden !important; }`);
  document.adoptedStyleSheets = [sheet]; }"""
LOOKS = """(element) => { const style = getComputedStyle(element);
  return [...style].filter((name) => !name.startsWith("--")).map((name) => `${name}: ${style[name]}`); }"""


def test_neither_the_charitys_styles_reach_the_button_nor_ours_its_page(visited: Opens, host: Host) -> None:
    page = visited()
    expect(launcher(page)).to_be_visible()
    ours = launcher(page).evaluate(LOOKS)
    theirs = page.locator("h1").evaluate(LOOKS)
    launcher(page).click()
    expect(chat(page).locator("#text")).to_be_visible()
    assert page.locator("h1").evaluate(LOOKS) == theirs
    page.reload()
    page.evaluate(RUDE)
    assert launcher(page).evaluate(LOOKS) == ours
    launcher(page).click()
    expect(chat(page).locator("#text")).to_be_visible()


def test_from_the_tap_one_can_soon_write_on_a_slow_phone(visited: Opens) -> None:
    page = visited()
    expect(launcher(page)).to_be_visible()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    waits = []
    for _ in range(3):
        page.reload()
        expect(launcher(page)).to_be_visible()
        waits.append(tap_to_usable(page))
    assert min(waits) <= SOON, waits


def tap_to_usable(page: Page) -> float:
    """Milliseconds from a click on the button until the box in the frame stands there with its script run."""
    return page.evaluate("""() => new Promise((done) => {
      const root = document.querySelector("helpline-chat").shadowRoot;
      const began = performance.now();
      addEventListener("message", () => done(performance.now() - began), { once: true });
      root.querySelector(".launcher").click();
    })""")


def test_a_site_that_is_not_on_the_list_sees_nothing_and_is_told_in_the_console(
    visited: Opens, host: Host, gateway: Gateway
) -> None:
    page = visited("about:blank")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(f"http://localhost:{host.port}")
    page.wait_for_timeout(500)
    expect(page.locator("helpline-chat")).to_have_count(0)
    assert any("not set up for" in line for line in told)


def test_a_stranger_who_frames_the_chat_shows_the_way_to_it(visited: Opens, host: Host, gateway: Gateway) -> None:
    page = visited(f"http://localhost:{host.port}")
    page.evaluate(
        """address => document.body.append(
          Object.assign(document.createElement("iframe"), { src: address }))""",
        f"{gateway.address}/chat",
    )
    link = page.frame_locator("iframe").get_by_role("link", name="Open the chat in a tab of its own")
    expect(link).to_have_attribute("target", "_blank")
    expect(page.frame_locator("iframe").locator("#text")).to_have_count(0)


@pytest.mark.parametrize(
    ("hour", "wishes", "lang", "label"),
    [
        (12, "", "en-GB", "Chat with us"),
        (20, "", "en-GB", "We are closed: ask the assistant"),
        (12, 'data-label="Ask <b>us</b>" data-label-closed="Closed"', "en-GB", "Ask <b>us</b>"),
        (20, 'data-label="Ask us" data-label-closed="Closed"', "en-GB", "Closed"),
        (12, 'data-lang="pl"', "en-GB", "Napisz do nas"),
        (12, "", "cy", "Sgwrsiwch â ni"),
        (12, 'data-lang="xx"', "xx", "Chat with us"),
    ],
)
def test_the_button_says_what_fits_the_hours_the_language_and_the_charity(
    visited: Opens, gateway: Gateway, hour: int, wishes: str, lang: str, label: str
) -> None:
    gateway.stage.now = NOON.replace(hour=hour)
    expect(launcher(visited(wishes=wishes, lang=lang))).to_have_text(label)
    gateway.stage.now = NOON


@pytest.mark.parametrize("colour", ["#0b5560", "#ffee00", "#767676", "#ff0000", "red;}*{display:none"])
def test_the_button_can_be_read_in_every_colour_and_stands_where_the_charity_wants_it(
    visited: Opens, colour: str
) -> None:
    page = visited(wishes=f'data-colour="{colour}" data-side="left"', viewport={"width": 320, "height": 568})
    assert launcher(page).bounding_box()["x"] == 16
    assert axe(page) == []


def test_the_example_page_shows_the_button_and_the_chat_behind_it(visited: Opens, gateway: Gateway) -> None:
    page = visited(f"{gateway.address}/demo")
    assert axe(page) == []
    launcher(page).click()
    ask(page)


def test_on_this_machine_the_example_page_is_of_another_origin(visited: Opens, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    ours = {"HELPLINE_DATA": str(tmp_path), "HELPLINE_PORT": str(port), "HELPLINE_DEMO_PORT": str(port - 1)}
    process = subprocess.Popen([sys.executable, "-m", "bot", "gateway"], cwd=ROOT, env={**os.environ, **ours})
    try:
        for _ in range(200):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/healthz")
                break
            time.sleep(0.1)
        page = visited(f"http://127.0.0.1:{port}/demo")
        assert page.url == f"http://127.0.0.1:{port - 1}/demo"
        launcher(page).click()
        send(page)
        expect(chat(page).locator(".parent .sent")).to_contain_text("Sent", timeout=15_000)
    finally:
        process.terminate()
        process.wait(10)


# -- opened -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, {"width": 320, "height": 568}])
def test_a_parent_asks_goes_to_another_page_and_finds_the_chat_again(visited: Opens, viewport: dict[str, int]) -> None:
    page = visited(viewport=viewport)
    launcher(page).click()
    ask(page)
    assert axe(page) == []
    page.goto(f"{page.url}other")
    launcher(page).click()
    expect(chat(page).locator(".parent .bubble")).to_have_text(QUESTION)


def test_by_keyboard_it_opens_and_closes_and_the_focus_comes_back(visited: Opens) -> None:
    page = visited()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(launcher(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat(page).locator("#text")).to_be_visible()
    assert page.evaluate("document.querySelector('helpline-chat').shadowRoot.activeElement.tagName") == "IFRAME"
    page.locator("helpline-chat .close").focus()
    page.keyboard.press("Enter")
    expect(launcher(page)).to_be_focused()
    expect(launcher(page)).to_have_attribute("aria-expanded", "false")


def test_what_comes_while_it_is_closed_is_counted_on_the_button(visited: Opens, gateway: Gateway) -> None:
    gateway.stage.assistant.go.clear()
    page = visited()
    launcher(page).click()
    send(page, "a slow timetable")
    expect(chat(page).locator("#m1")).to_be_visible()
    page.locator("helpline-chat .close").click()
    gateway.stage.assistant.go.set()
    expect(page.locator("helpline-chat .count")).to_have_text("1", timeout=15_000)
    launcher(page).click()
    page.locator("helpline-chat .close").click()
    expect(page.locator("helpline-chat .count")).to_be_hidden()


def test_the_quick_exit_closes_the_frame_and_forgets_the_chat(visited: Opens) -> None:
    page = visited()
    launcher(page).click()
    ask(page)
    chat(page).get_by_role("button", name="Leave this page").click()
    expect(page.locator("helpline-chat iframe")).to_have_count(0)
    expect(launcher(page)).to_be_focused()
    launcher(page).click()
    expect(chat(page).locator("#text")).to_be_visible()
    expect(chat(page).locator(".parent")).to_have_count(0)


def test_where_the_charity_wants_it_the_quick_exit_takes_its_page_along(visited: Opens, host: Host) -> None:
    page = visited("about:blank")
    host.wishes = f'data-exit="{host.address}/weather"'
    page.goto(host.address)
    launcher(page).click()
    ask(page)
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page).to_have_title("Weather")
    page.go_back()
    assert page.url == "about:blank"


def test_a_browser_that_keeps_nothing_here_is_shown_the_way_to_a_tab(
    visited: Opens, gateway: Gateway, host: Host
) -> None:
    # As in a browser without cookies for frames: seen from this name, the helpline is another site.
    host.helpline = gateway.address.replace("127.0.0.1", "localhost")
    try:
        page = visited()
        launcher(page).click()
        expect(chat(page).get_by_role("alert")).to_contain_text("does not let this site remember")
        expect(chat(page).locator("#text")).to_be_hidden()
    finally:
        host.helpline = gateway.address
