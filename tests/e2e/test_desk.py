"""Advisers at the desk in a real browser: signing in, taking, seeing what changes, by keyboard and by ear."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from bot.conversation import Risk
from bot.handover import Way
from tests.desk.conftest import PASSWORD
from tests.e2e.desk import Desk, sign_in

pytestmark = pytest.mark.slow

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
#: What axe may find besides the rules of WCAG 2.2 A and AA: its own best practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Stands in for the browser's notices and loudspeaker, and counts.
COUNTED = """
window.notices = []; window.beeps = 0;
window.Notification = class {
  constructor(title, options) { window.notices.push(options.body); }
  static permission = 'default';
  static async requestPermission() { Notification.permission = 'granted'; }
};
window.AudioContext = class {
  createOscillator() {
    const start = () => { document.documentElement.dataset.beeps = ++window.beeps; };
    return {frequency: {}, connect: (to) => to, start, stop() {}};
  }
  createGain() {
    return {gain: {setValueAtTime() {}, exponentialRampToValueAtTime() {}}, connect: (to) => to};
  }
};
"""

Opens = Callable[..., Page]


@pytest.fixture
def opened(new_page: Opens, desk: Desk) -> Opens:
    """Opens the desk in a fresh browser, signed in or not."""

    def open_page(name: str = "", **options: Any) -> Page:
        page = new_page(**options)
        if options.get("java_script_enabled", True):
            page.add_init_script(COUNTED)
        page.goto(f"{desk.address}/desk")
        if name:
            sign_in(page, name)
        return page

    return open_page


def rows(page: Page, list_of: str = "Waiting now") -> Any:
    return page.get_by_role("table", name=list_of).locator("tbody tr")


def test_an_adviser_signs_in_and_takes_the_next_parent_by_keyboard_alone(opened: Opens, desk: Desk) -> None:
    talk = desk.do(desk.stage.parent("Sent home early"))
    page = opened()
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ann")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to the page")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take next")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/talks/{talk.number}")


def test_a_wrong_password_is_said_and_the_name_stays(opened: Opens) -> None:
    page = opened()
    sign_in(page, "Ann", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    expect(page.get_by_label("Your name")).to_have_value("Ann")
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_accessible_description(re.compile("do not go together"))


def test_the_queue_fills_and_empties_before_the_eyes_of_everybody(opened: Opens, desk: Desk) -> None:
    ann, bo = opened("Ann"), opened("Bo")
    expect(ann.get_by_text("Nobody is waiting.")).to_be_visible()
    desk.do(desk.stage.parent("Sent home early"))
    for page in (ann, bo):
        expect(rows(page)).to_have_count(1)
        expect(page).to_have_title("(1) Who is waiting – Desk")
    expect(ann.locator("#live")).to_contain_text("Waiting in the queue: 1.")
    bo.get_by_role("button", name="Take next").click()
    expect(rows(ann)).to_have_count(0)
    expect(ann).to_have_title("Who is waiting – Desk")


def test_the_focus_stays_where_it_is_when_the_queue_changes(opened: Opens, desk: Desk) -> None:
    first = desk.do(desk.stage.parent("first"))
    page = opened("Sue")
    page.locator(f"#take-{first.number}").focus()
    desk.do(desk.stage.parent("second"))
    expect(rows(page)).to_have_count(2)
    expect(page.locator(f"#take-{first.number}")).to_be_focused()


def test_danger_stands_at_the_top_of_every_page_until_somebody_has_come(opened: Opens, desk: Desk) -> None:
    page = opened("Sue")
    page.get_by_role("link", name="Switches").click()
    desk.do(desk.stage.parent("He wants to hurt himself", Risk.IMMEDIATE))
    banner = page.get_by_role("link", name="A child may be in danger.")
    expect(banner).to_be_visible()
    banner.click()
    expect(rows(page).first).to_contain_text("In danger now")
    page.get_by_role("button", name="Take", exact=False).last.click()
    page.goto(f"{desk.address}/desk")
    expect(page.get_by_role("link", name="A child may be in danger.")).to_have_count(0)


def test_sound_and_notices_come_only_to_those_who_asked_and_hold_no_words_of_a_parent(
    opened: Opens, desk: Desk
) -> None:
    page = opened("Ann")
    desk.do(desk.stage.parent("Sent home early"))
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    assert page.evaluate("[beeps, notices.length]") == [0, 0]
    page.get_by_label("With a sound").check()
    page.get_by_label("With a notice on my screen").check()
    assert page.evaluate("beeps") == 1
    desk.do(desk.stage.parent("No school place"))
    expect(page.locator("html")).to_have_attribute("data-beeps", "2")
    assert page.evaluate("notices") == ["Waiting in the queue: 2. Waiting for your answer: 0."]
    page.reload()
    expect(page.get_by_label("With a sound")).to_be_checked()


def test_a_page_whose_session_has_ended_goes_to_the_sign_in_by_itself(opened: Opens, desk: Desk) -> None:
    page = opened("Ann")
    expect(page.get_by_role("button", name="Take next")).to_be_visible()
    desk.do(desk.stage.store.end_sessions("Ann"))
    # Each part of the page that asks is sent there; waiting for the first would see it broken off by the next.
    expect(page).to_have_url(re.compile("/desk/sign-in$"))


def test_a_page_that_has_lost_the_helpline_says_so(opened: Opens, desk: Desk) -> None:
    page = opened("Ann")
    expect(page.locator("#lost")).to_be_hidden()
    desk.stop()
    expect(page.get_by_role("alert")).to_contain_text("lost its line", timeout=15_000)


def test_without_a_script_an_adviser_signs_in_sees_the_queue_and_takes(opened: Opens, desk: Desk) -> None:
    talk = desk.do(desk.stage.parent("Sent home early"))
    page = opened("Ann", java_script_enabled=False)
    expect(page.locator("#queue + table tbody tr")).to_have_count(1)
    expect(page.locator("#signals")).to_be_hidden()
    page.locator("#next").click()
    page.wait_for_url(f"**/desk/talks/{talk.number}")


def full(desk: Desk) -> None:
    """A desk on which there is one of everything."""
    stage = desk.stage
    desk.do(stage.parent("A-long-word-without-any-place-to-break-it-" * 4, Risk.URGENT))
    desk.do(stage.parent("My son was sent home every day at noon this week, and they say it is no exclusion."))
    desk.do(stage.parent("A letter came", Risk.CONCERN))
    desk.do(stage.parent("When is the plan due", way=Way.MESSAGE))
    desk.do(stage.parent("Call me", way=Way.CALLBACK))
    desk.do(stage.store.switch("telegram", "bot", "We are mending it.", "Sue", stage.now))
    desk.do(stage.advising.take("Sue"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(opened: Opens, desk: Desk, scheme: str) -> None:
    full(desk)
    page = opened(color_scheme=scheme)
    assert findings(page) == []
    sign_in(page, "Sue", "wrong")
    assert findings(page) == []
    sign_in(page, "Sue")
    expect(rows(page)).to_have_count(2)
    assert findings(page) == []
    page.get_by_role("button", name="I am away").click()
    expect(page.get_by_text("You are away.")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name="Switches").click()
    page.get_by_role("button", name="Switch off").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert findings(page) == []


def findings(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("width", [320, 400])
def test_at_320_pixels_and_400_percent_nothing_is_cut_off(opened: Opens, desk: Desk, width: int) -> None:
    full(desk)
    page = opened(viewport={"width": width, "height": 256})
    for step in (lambda: sign_in(page, "Sue"), lambda: page.get_by_role("link", name="Switches").click()):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        step()
        page.get_by_role("heading", level=1).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


# -- accounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False])
def test_a_new_supervisor_sets_up_the_second_step_prints_the_codes_and_comes_in_with_one(
    opened: Opens, desk: Desk, javascript: bool
) -> None:
    desk.do(desk.stage.store.end_second_step("Sue"))
    page = opened("Sue", java_script_enabled=javascript)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    assert not javascript or findings(page) == []
    picture = page.get_by_role("img", name="A picture for the camera").bounding_box()
    assert picture
    assert picture["width"] > 150
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The six numbers").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Begin").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    assert not javascript or findings(page) == []
    page.emulate_media(media="print")
    assert not page.get_by_role("link", name="I have kept them").is_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Your name").fill("Sue")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    assert not javascript or findings(page) == []
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.address}/desk")


@pytest.mark.parametrize("path", ["account", "people", "audit"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_about_people_are_free_of_what_axe_finds(opened: Opens, desk: Desk, path: str, scheme: str) -> None:
    page = opened("Sue", color_scheme=scheme, viewport={"width": 320, "height": 640})
    page.goto(f"{desk.address}/desk/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
