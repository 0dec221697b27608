"""An adviser and a supervisor in a talk, in real browsers: live, by keyboard, on a small screen, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.channels.web.doorway import COOKIE
from bot.handover import Talk
from tests.e2e.desk import Desk, sign_in
from tests.e2e.test_desk import findings
from tests.keys import KEYS

pytestmark = pytest.mark.slow

Opens = Callable[..., Page]


@pytest.fixture
def talk(desk: Desk) -> Talk:
    """Ann has taken a parent who has asked the assistant before."""
    stage = desk.stage
    conversation = desk.do(stage.helpline.open("web"))
    desk.do(stage.helpline.hear(conversation, "Is a part-time timetable allowed?", "a"))
    desk.do(stage.helpline.hand_over(conversation, desk.do(stage.helpline.handover_card(conversation)), "b"))
    desk.do(stage.advising.take("Ann"))
    return desk.do(stage.store.open_talk(conversation))


@pytest.fixture
def opened(new_page: Opens, desk: Desk, talk: Talk) -> Opens:
    """Opens the talk, or another page, for somebody."""

    def open_page(name: str, address: str = "", **options: Any) -> Page:
        page = new_page(**options)
        page.goto(f"{desk.address}/desk/sign-in")
        desk.make_codes_new()
        sign_in(page, name)
        page.wait_for_url("**/desk")
        page.goto(f"{desk.address}{address or f'/desk/talks/{talk.number}'}")
        return page

    return open_page


def lines(page: Page, author: str) -> Any:
    return page.locator(f"#thread .{author} .bubble")


def test_parent_and_adviser_talk_and_the_adviser_sees_what_has_arrived(opened: Opens, desk: Desk, talk: Talk) -> None:
    page = opened("Ann")
    page.get_by_role("textbox", name="Your reply").fill("Hello")
    page.get_by_role("textbox", name="Your reply").press("Enter")
    expect(lines(page, "adviser")).to_have_text("Hello")
    expect(page.get_by_role("textbox", name="Your reply")).to_have_value("")
    expect(page.get_by_role("textbox", name="Your reply")).to_be_focused()
    expect(page.locator(".state")).to_have_text("Sent")
    line = desk.do(desk.stage.store.thread(talk.conversation))[-1]
    desk.do(desk.stage.helpline.saw(talk.conversation, line.number))
    expect(page.locator(".state")).to_have_text("Delivered")
    desk.do(desk.stage.helpline.hear(talk.conversation, "He is six", "c"))
    expect(lines(page, "parent").last).to_have_text("He is six")
    expect(lines(page, "parent").last).to_be_in_viewport()


def test_while_the_adviser_writes_the_parent_sees_it(opened: Opens, new_page: Opens, desk: Desk, talk: Talk) -> None:
    parent = new_page()
    cookie = {"name": COOKIE, "value": KEYS.sign(talk.conversation, COOKIE), "url": f"{desk.address}/chat"}
    parent.context.add_cookies([cookie])
    with parent.expect_response("**/chat/events*"):
        parent.goto(f"{desk.address}/chat")
    box = opened("Ann").get_by_role("textbox", name="Your reply")
    box.press_sequentially("Hel")
    expect(parent.locator("#typing")).to_be_visible()
    box.press("Enter")
    expect(parent.locator(".adviser .bubble")).to_have_text("Hel")
    expect(parent.locator("#typing")).to_be_hidden()


def test_shift_and_enter_make_a_new_line_and_pressing_twice_sends_once(opened: Opens, desk: Desk) -> None:
    page = opened("Ann")
    box = page.get_by_role("textbox", name="Your reply")
    box.fill("one")
    box.press("Shift+Enter")
    page.keyboard.type("two")
    box.press("Enter")
    box.press("Enter")
    expect(lines(page, "adviser")).to_have_text(["one\ntwo"], use_inner_text=True)
    box.fill("three")
    page.get_by_role("button", name="Send").dblclick()
    expect(lines(page, "adviser")).to_have_count(2)


def test_lines_that_come_quickly_all_come_once_and_in_order(opened: Opens, desk: Desk, talk: Talk) -> None:
    page = opened("Ann")
    before = lines(page, "parent").count()
    for number in range(12):
        desk.do(desk.stage.helpline.hear(talk.conversation, f"line {number}", f"n{number}"))
    expect(lines(page, "parent")).to_have_count(before + 12)
    assert lines(page, "parent").all_inner_texts()[before:] == [f"line {number}" for number in range(12)]


def test_an_adviser_puts_an_answer_and_a_ready_made_reply_where_the_cursor_is(opened: Opens) -> None:
    page = opened("Ann")
    box = page.get_by_role("textbox", name="Your reply")
    box.fill("Before. After.")
    box.evaluate("box => box.setSelectionRange(7, 7)")
    page.get_by_label("Words to look for").fill("part-time timetable rules")
    page.get_by_label("Words to look for").press("Enter")
    page.get_by_role("button", name=re.compile("^Put in Is a part-time")).first.click()
    expect(box).to_have_value(re.compile(r"^Before\.\n\n.+Source: .+\n\nAfter\.$", re.DOTALL))
    expect(box).to_be_focused()
    page.get_by_text("Ready-made replies").click()
    page.get_by_role("button", name="Put in Hello", exact=True).click()
    expect(box).to_have_value(re.compile("Hello, I am one of"))
    page.reload()
    expect(page.get_by_role("textbox", name="Your reply")).to_have_value(re.compile("Hello, I am one of"))


def test_a_supervisor_whispers_and_the_adviser_reads_it_at_once(opened: Opens, desk: Desk) -> None:
    ann, sue = opened("Ann"), opened("Sue")
    sue.get_by_label("Whisper to the adviser").fill("Ask for the date.")
    sue.get_by_role("button", name="Whisper").click()
    for page in (ann, sue):
        expect(page.locator(".remark.whisper")).to_contain_text("Ask for the date.")
    expect(sue.get_by_label("Whisper to the adviser")).to_have_value("")
    expect(ann.locator("#thread")).not_to_contain_text("Ask for the date.")


def test_an_adviser_whose_talk_has_gone_keeps_the_words_and_is_told(opened: Opens, desk: Desk, talk: Talk) -> None:
    page = opened("Ann")
    box = page.get_by_role("textbox", name="Your reply")
    box.fill("A long and careful answer")
    desk.do(desk.stage.store.transfer(talk.number, "Ann", "Bo", "Bo is here.", desk.stage.now))
    box.press("Enter")
    expect(page.locator("#problem")).to_contain_text("somebody else")
    expect(box).to_have_value("A long and careful answer")


def test_an_adviser_who_is_late_sees_the_line_and_then_ends_the_talk(opened: Opens, desk: Desk, talk: Talk) -> None:
    page = opened("Ann")
    page.locator("summary", has_text="Close the talk").click()
    page.get_by_label("Outcome").select_option("answered")
    # The page has no time to show it before the press.
    page.evaluate("htmx.remove(htmx.find('#thread'))")
    desk.do(desk.stage.helpline.hear(talk.conversation, "One more thing", "c"))
    page.get_by_role("button", name="Close the talk").click()
    expect(page.get_by_role("alert").filter(has_text="just written again")).to_be_visible()
    expect(lines(page, "parent").last).to_have_text("One more thing")
    expect(page.get_by_label("Outcome")).to_have_value("answered")
    page.get_by_role("button", name="Close the talk").click()
    expect(page.get_by_text("You can still read it, and keep a note.")).to_be_visible()
    expect(page.get_by_role("button", name="Take the next parent")).to_be_visible()


def test_without_a_script_an_adviser_replies_finds_answers_and_sees_new_lines(
    opened: Opens, desk: Desk, talk: Talk
) -> None:
    page = opened("Ann", java_script_enabled=False)
    page.locator("#text").fill("Hello.")
    page.locator("details", has_text="Ready-made replies").locator("summary").click()
    page.locator("button[value='canned:hard-time']").click()
    expect(page.locator("#text")).to_have_value(re.compile(r"^Hello\.\n\nI am sorry"))
    page.locator("#reply button.main").click()
    expect(lines(page, "adviser")).to_contain_text("Hello.")
    expect(page.frame_locator("iframe.latest").locator("main")).to_contain_text("Nothing new yet.")
    desk.do(desk.stage.helpline.hear(talk.conversation, "One more thing", "c"))
    expect(page.frame_locator("iframe.latest").locator(".parent")).to_contain_text("One more thing", timeout=15_000)


def test_an_adviser_reaches_everything_with_the_keyboard(opened: Opens) -> None:
    page = opened("Ann")
    page.get_by_role("textbox", name="Your reply").focus()
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
    for wanted in (
        "Send",
        "q",
        "Find",
        "Ready-made replies",
        "Keep the note",
        "Close the talk",
        "The log of this talk",
    ):
        assert wanted in reached


def full(desk: Desk, talk: Talk) -> None:
    """A talk, and a board, on which there is one of everything."""
    stage = desk.stage
    desk.do(stage.advising.say(talk.number, "Ann", "A-long-word-without-any-place-to-break-it-" * 4, "1"))
    desk.do(stage.helpline.hear(talk.conversation, "I do not want to live any more", "c"))
    desk.do(stage.advising.note(talk.number, "Ann", "Sounds worn out."))
    desk.do(stage.advising.whisper(talk.number, "Sue", "Ask for the date."))
    desk.do(stage.advising.ask_second_pair(talk.number, "Ann", True))
    desk.do(stage.store.available("Bo", True))
    other = desk.do(stage.parent())
    desk.do(stage.advising.take("Bo", other.number))
    desk.do(stage.advising.close(other.number, "Bo", 99, "answered", ["suspension", "ehc-process"]))
    desk.do(stage.helpline.thank(other.conversation, 5, "You were so kind."))
    desk.do(stage.parent("Sent home early"))


PAGES = ["", "/desk/board", "/desk/cards?q=suspension", "/desk/cards/suspension-back-to-school"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_talk_on_the_board_and_on_a_card(
    opened: Opens, desk: Desk, talk: Talk, scheme: str
) -> None:
    full(desk, talk)
    for name, address in (("Ann", ""), *(("Sue", address) for address in PAGES)):
        page = opened(name, address, color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert findings(page) == []


@pytest.mark.parametrize("width", [320, 400])
def test_at_320_pixels_and_400_percent_nothing_is_cut_off(opened: Opens, desk: Desk, talk: Talk, width: int) -> None:
    full(desk, talk)
    for name, address in (("Ann", ""), *(("Sue", address) for address in PAGES)):
        page = opened(name, address, viewport={"width": width, "height": 256})
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
