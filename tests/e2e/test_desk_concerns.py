"""Danger cannot be missed at the desk, and its record is kept by keyboard, without a script, and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.desk.conftest import CONCERN, DANGER
from tests.e2e.desk import Desk, sign_in
from tests.e2e.test_desk import findings

pytestmark = pytest.mark.slow

#: Stands in for the loudspeaker, and counts what it plays; `state` is as a test wants it.
COUNTED = """
window.tones = 0;
window.AudioContext = class {
  currentTime = 0; destination = {}; state = STATE; onstatechange = null;
  async resume() { this.state = 'running'; this.onstatechange?.(); }
  createOscillator() {
    const start = () => { document.documentElement.dataset.tones = ++window.tones; };
    return {frequency: {}, connect: (to) => to, start, stop() {}};
  }
  createGain() {
    return {gain: {setValueAtTime() {}, exponentialRampToValueAtTime() {}}, connect: (to) => to};
  }
};
"""
#: A page that the alarm has not reached within this many milliseconds has missed it.
SOON = 8000

Opens = Callable[..., Page]


@pytest.fixture
def opened(new_page: Opens, desk: Desk) -> Opens:
    """Opens the desk in a fresh browser; its loudspeaker is `running`, `suspended`, or the browser's own."""

    def open_page(name: str, loudspeaker: str = "running", **options: Any) -> Page:
        page = new_page(**options)
        if loudspeaker and options.get("java_script_enabled", True):
            page.add_init_script(COUNTED.replace("STATE", repr(loudspeaker)))
        page.goto(f"{desk.address}/desk")
        sign_in(page, name)
        return page

    return open_page


def tones(page: Page) -> int:
    return int(page.evaluate("window.tones"))


def test_danger_sounds_again_and_again_on_a_page_that_asked_for_nothing_until_it_is_seen(
    opened: Opens, desk: Desk
) -> None:
    page = opened("Ann")
    page.get_by_role("link", name="Answers").click()
    desk.do(desk.stage.danger(CONCERN))
    desk.do(desk.stage.danger())
    expect(page.get_by_role("alert")).to_contain_text("Nobody has seen it yet")
    expect(page.locator("html")).to_have_attribute("data-tones", "3")
    expect(page.locator("html")).to_have_attribute("data-tones", "6", timeout=SOON)
    expect(page.locator("#silent")).to_be_hidden()
    page.get_by_role("link", name="Concern 2").click()
    expect(page.locator("#record ~ ol")).to_contain_text(DANGER)
    page.get_by_role("button", name="I have seen it").press("Enter")
    expect(page.get_by_role("button", name="I have seen it")).to_have_count(0)
    heard = tones(page)
    page.wait_for_timeout(5000)
    assert tones(page) == heard
    # The parent still waits: the banner stays until somebody has come.
    expect(page.get_by_role("alert")).to_contain_text("Waiting for one of us: 1.")
    desk.do(desk.stage.advising.take("Bo"))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_page_that_its_browser_keeps_silent_says_so_until_the_first_press(opened: Opens, desk: Desk) -> None:
    page = opened("Ann", "suspended")
    desk.do(desk.stage.danger())
    expect(page.locator("#silent")).to_be_visible()
    assert tones(page) == 0
    page.keyboard.press("Shift")
    expect(page.locator("#silent")).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-tones", re.compile("[3-9]"), timeout=SOON)


def test_a_real_browser_is_silent_before_the_first_press_and_says_so(
    opened: Opens, new_page: Opens, desk: Desk
) -> None:
    desk.do(desk.stage.danger())
    cookies = opened("Ann", "").context.cookies()
    page = new_page()
    page.context.add_cookies(cookies)
    page.goto(f"{desk.address}/desk")
    expect(page.locator("#silent")).to_be_visible()
    page.keyboard.press("Shift")
    expect(page.locator("#silent")).to_be_hidden(timeout=SOON)


def test_of_two_pages_in_one_browser_one_sounds(opened: Opens, desk: Desk) -> None:
    page = opened("Ann")
    other = page.context.new_page()
    other.add_init_script(COUNTED.replace("STATE", "'running'"))
    other.goto(f"{desk.address}/desk/cards")
    desk.do(desk.stage.danger())
    for one in (page, other):
        expect(one.get_by_role("alert")).to_be_visible()
    page.wait_for_timeout(2500)
    assert tones(page) + tones(other) == 3


def test_an_alert_that_says_the_same_is_left_as_it_is(opened: Opens, desk: Desk) -> None:
    page = opened("Ann")
    desk.do(desk.stage.danger())
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    page.wait_for_timeout(1500)
    alert.evaluate("alert => { alert.dataset.same = 'yes'; }")
    desk.do(desk.stage.danger(CONCERN))
    page.wait_for_timeout(2500)
    expect(alert).to_have_attribute("data-same", "yes")


def test_an_adviser_keeps_the_record_without_a_script(opened: Opens, desk: Desk) -> None:
    desk.do(desk.stage.danger())
    page = opened("Ann", java_script_enabled=False)
    page.locator("#next").click()
    page.get_by_role("link", name="Open the record").click()
    page.goto(f"{desk.address}/desk/concerns/1")
    page.get_by_label("Decision").select_option("refer")
    page.get_by_label("Why").first.fill("She has told me enough.")
    page.get_by_role("button", name="Write the decision down").click()
    expect(page.locator(".record li")).to_have_count(3)
    expect(page.locator(".record li").last).to_contain_text("She has told me enough.")


def test_on_paper_the_record_stands_alone(opened: Opens, desk: Desk) -> None:
    desk.do(desk.stage.danger())
    page = opened("Sue")
    page.goto(f"{desk.address}/desk/concerns/1")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Concern 1")).to_be_visible()
    expect(page.locator(".record li")).to_be_visible()
    for left_out in ("header", ".forms", ".around", ".print", ".no-print"):
        expect(page.locator(left_out)).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_concerns(opened: Opens, desk: Desk, scheme: str) -> None:
    desk.do(desk.stage.danger(CONCERN))
    desk.do(desk.stage.danger())
    page = opened("Sue", color_scheme=scheme)
    assert findings(page) == []
    page.goto(f"{desk.address}/desk/concerns")
    assert findings(page) == []
    page.get_by_role("link", name="Concern 2").last.click()
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert findings(page) == []
    page.get_by_label("Decision").select_option("refer")
    page.get_by_label("Why").first.fill("Why it is.")
    page.get_by_role("button", name="Write the decision down").click()
    page.goto(f"{desk.address}/desk")
    page.get_by_role("button", name="Take next").click()
    expect(page.get_by_role("heading", name="Concern 2")).to_be_visible()
    page.get_by_text("Write a concern down").first.click()
    assert findings(page) == []
    page.get_by_text("Close the talk").first.click()
    page.get_by_label("Outcome").select_option("answered")
    page.get_by_role("button", name="Close the talk").click()
    page.get_by_role("button", name="I would like to talk about it").click()
    expect(page.get_by_text("Supervisors see on their board")).to_be_visible()
    assert findings(page) == []
    page.goto(f"{desk.address}/desk/board")
    assert findings(page) == []
    page.goto(f"{desk.address}/desk/pause")
    assert findings(page) == []


def test_at_320_pixels_nothing_of_a_concern_is_cut_off(opened: Opens, desk: Desk) -> None:
    desk.do(desk.stage.danger())
    page = opened("Sue", viewport={"width": 320, "height": 256})
    for path in ("concerns", "concerns/1", "pause"):
        page.goto(f"{desk.address}/desk/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
