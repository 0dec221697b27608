"""A parent in a real browser: by keyboard, on a small screen, on a bad connection, without a script."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from bot.conversation import MOST_CHARACTERS
from tests.e2e.gateway import Gateway
from tests.e2e.test_talk_with_a_person import axe
from tests.stand_in import NOON

pytestmark = pytest.mark.slow

QUESTION = "Is a part-time timetable allowed?"
ANSWER = "Is a part-time or reduced timetable allowed, and what are the rules?"

Opens = Callable[..., Page]


def ask(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def stall(page: Page) -> list[Route]:
    """The next message does not get through until the route in here is continued."""
    stalled: list[Route] = []

    def keep(route: Route) -> None:
        stalled.append(route)

    page.route("**/chat/messages", keep, times=1)
    return stalled


def title(page: Page, text: str = ANSWER) -> None:
    expect(page.locator(".title").filter(has_text=text)).to_be_visible()


def test_enter_sends_the_answer_comes_into_view_at_its_beginning_and_the_focus_stays(opened: Opens) -> None:
    page = opened(viewport={"width": 390, "height": 700}, reduced_motion="reduce")
    ask(page, QUESTION)
    title(page)
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator(".author").nth(2)).to_be_in_viewport()
    assert page.locator(".title").bounding_box()["y"] < 200
    expect(page.locator("#live")).to_contain_text(ANSWER)
    expect(page.locator("#live")).not_to_contain_text("Source:")
    expect(page.locator(".welcome .choices")).to_have_count(0)


def test_shift_and_enter_make_a_new_line(opened: Opens) -> None:
    page = opened()
    page.locator("#text").fill("one")
    page.locator("#text").press("Shift+Enter")
    page.keyboard.type("two")
    expect(page.locator("#text")).to_have_value("one\ntwo")
    page.locator("#text").press("Enter")
    expect(page.locator(".parent .bubble")).to_have_text("one\ntwo")


def test_the_counter_counts_and_speaks_only_near_the_end(opened: Opens) -> None:
    page = opened()
    page.locator("#text").fill("\U0001f622" * 10)
    expect(page.locator("#count")).to_have_text("990 characters left")
    expect(page.locator("#live")).to_have_text("")
    page.locator("#text").fill("x" * (MOST_CHARACTERS - 90))
    expect(page.locator("#live")).to_have_text("90 characters left")
    page.locator("#text").press("End")
    page.keyboard.type("y")
    expect(page.locator("#count")).to_have_text("89 characters left")
    expect(page.locator("#live")).to_have_text("90 characters left")


def test_a_message_that_is_too_long_is_refused_kindly_and_stays_in_the_box(opened: Opens) -> None:
    page = opened()
    ask(page, "x" * (MOST_CHARACTERS + 1))
    expect(page.get_by_role("alert")).to_contain_text("1,001")
    expect(page.locator("#text")).to_have_value("x" * (MOST_CHARACTERS + 1))
    expect(page.locator("#again")).to_be_hidden()
    expect(page.locator(".parent")).to_have_count(0)
    expect(page.locator(".welcome .choices")).to_be_visible()


def test_everything_can_be_done_by_keyboard(opened: Opens) -> None:
    page = opened()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#send")).to_be_focused()
    ask(page, "suspended or sent home?")
    choice = page.locator(".choices button").first
    expect(choice).to_be_visible()
    choice.focus()
    page.keyboard.press("Enter")
    title(page, "My child has just been suspended")
    expect(page.locator(".line").last).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#thread summary").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#thread details").first).to_have_attribute("open", "")


def test_words_in_the_box_stay_when_a_button_is_pressed(opened: Opens) -> None:
    page = opened()
    page.locator("#text").fill("half a question")
    page.locator(".choices button").last.click()
    expect(page.locator(".line.assistant")).to_have_count(2)
    expect(page.locator("#text")).to_have_value("half a question")


def test_on_a_bad_connection_the_line_stays_and_trying_again_is_answered_once(opened: Opens, gateway: Gateway) -> None:
    page = opened()
    ask(page, "suspended")
    title(page, "My child has just been suspended")
    answers: list[str] = []

    def lose_the_answer(route: Route) -> None:
        # The message arrives, its answer does not.
        answers.append(route.fetch().text())
        route.abort()

    page.route("**/chat/messages", lose_the_answer, times=1)
    ask(page, QUESTION)
    expect(page.get_by_role("alert")).to_contain_text("has not gone out yet")
    failed = page.locator(".failed")
    expect(failed.locator(".bubble")).to_have_text(QUESTION)
    expect(failed).to_contain_text("Not sent.")
    expect(page.locator(".thinking")).to_have_count(0)
    assert axe(page) == []
    page.get_by_role("button", name="Try again").click()
    title(page)
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator(".parent")).to_have_count(2)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert QUESTION in answers[0]
    page.reload()
    expect(page.locator(".parent")).to_have_count(2)


def test_a_button_pressed_on_a_bad_connection_can_be_tried_again(opened: Opens) -> None:
    page = opened()
    page.route("**/chat/messages", lambda route: route.abort(), times=1)
    label = page.locator(".choices button").first.inner_text()
    page.locator(".choices button").first.click()
    expect(page.locator(".failed .bubble")).to_have_text(label)
    expect(page.locator(".welcome .choices")).to_be_hidden()
    page.get_by_role("button", name="Try again").click()
    title(page, label)


def test_a_line_that_failed_can_be_taken_back_and_the_choices_with_it(opened: Opens) -> None:
    page = opened()
    page.route("**/chat/messages", lambda route: route.abort(), times=2)
    page.locator(".choices button").first.click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".failed")).to_have_count(0)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator(".welcome .choices")).to_be_visible()
    ask(page, QUESTION)
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#text")).to_have_value(QUESTION)
    expect(page.locator("#text")).to_be_focused()
    page.locator("#text").press("Enter")
    title(page)
    expect(page.locator(".parent")).to_have_count(1)


def test_each_line_says_that_it_is_on_its_way_that_it_was_sent_and_when(opened: Opens, gateway: Gateway) -> None:
    gateway.stage.assistant.go.clear()
    page = opened()
    ask(page, "a slow timetable")
    expect(page.locator(".parent .sent")).to_contain_text("Sending …")
    expect(page.locator(".mend")).to_be_hidden()
    expect(page.locator(".parent .sent")).to_have_text("Sent 12 noon")
    expect(page.locator(".thinking")).to_be_visible()
    gateway.stage.assistant.go.set()
    title(page)
    expect(page.locator("#m2 .sent time")).to_have_text("12 noon")
    gateway.stage.now += dt.timedelta(days=1)
    page.reload()
    expect(page.locator(".parent .sent")).to_have_text("Sent yesterday, 12 noon")
    gateway.stage.now += dt.timedelta(days=1)
    page.reload()
    expect(page.locator(".parent .sent")).to_have_text("Sent Monday 23 November, 12 noon")
    gateway.stage.now = NOON


def test_what_is_written_while_an_answer_is_on_its_way_goes_out_after_it(opened: Opens, gateway: Gateway) -> None:
    gateway.stage.assistant.go.clear()
    page = opened()
    ask(page, "a slow timetable")
    ask(page, "suspended")
    ask(page, "sent home?")
    expect(page.locator(".parent .bubble")).to_have_text(["a slow timetable", "suspended", "sent home?"])
    gateway.stage.assistant.go.set()
    title(page, "without calling it a suspension")
    expect(page.locator(".parent .bubble")).to_have_text(["a slow timetable", "suspended", "sent home?"])
    page.reload()
    expect(page.locator(".parent .bubble")).to_have_text(["a slow timetable", "suspended", "sent home?"])
    expect(page.locator(".unsent")).to_have_count(0)


def test_words_of_danger_do_not_wait_behind_a_question_that_does_not_get_through(opened: Opens) -> None:
    page = opened()
    ask(page, QUESTION)
    title(page)
    stalled = stall(page)
    ask(page, "can they do this on a timetable?")
    ask(page, "my son has just run away from school")
    expect(page.locator(".assistant").last).to_contain_text("999", timeout=2000)
    expect(page.locator(".unsent .bubble")).to_have_text("can they do this on a timetable?")
    expect(page.locator(".choices button", has_text="person")).to_be_visible()
    stalled[0].continue_()
    expect(page.locator(".unsent")).to_have_count(0)
    expect(page.locator(".parent .bubble")).to_have_text(
        [QUESTION, "my son has just run away from school", "can they do this on a timetable?"]
    )


def test_the_first_message_begins_the_conversation_of_what_is_written_behind_it(opened: Opens) -> None:
    page = opened()
    stalled = stall(page)
    ask(page, QUESTION)
    ask(page, "suspended")
    page.wait_for_timeout(700)
    stalled[0].continue_()
    expect(page.locator(".unsent")).to_have_count(0)
    page.reload()
    expect(page.locator(".parent .bubble")).to_have_text([QUESTION, "suspended"])


def test_a_line_that_failed_survives_a_reload_and_goes_out_when_the_connection_is_back(opened: Opens) -> None:
    page = opened()
    page.route("**/chat/messages", lambda route: route.abort())
    ask(page, QUESTION)
    expect(page.locator(".failed")).to_have_count(1)
    page.reload()
    expect(page.locator(".failed .bubble")).to_have_text(QUESTION)
    page.unroute("**/chat/messages")
    page.evaluate("dispatchEvent(new Event('online'))")
    title(page)
    expect(page.locator(".parent")).to_have_count(1)
    page.reload()
    expect(page.locator(".parent")).to_have_count(1)


def test_a_slow_answer_shows_that_it_is_on_its_way_and_comes_by_itself_after_a_reload(
    opened: Opens, gateway: Gateway
) -> None:
    gateway.stage.assistant.go.clear()
    page = opened()
    ask(page, "a slow timetable")
    expect(page.locator(".thinking")).to_be_visible()
    expect(page.locator("#m1")).to_contain_text("a slow timetable")
    page.reload()
    expect(page.locator("#m1")).to_contain_text("a slow timetable")
    expect(page.locator(".progress")).to_contain_text("Still looking", timeout=10_000)
    gateway.stage.assistant.go.set()
    title(page)
    expect(page.locator(".thinking")).to_have_count(0)


def test_half_a_question_survives_a_reload_and_a_sent_one_does_not_come_back(opened: Opens) -> None:
    page = opened()
    page.locator("#text").fill(QUESTION)
    page.reload()
    expect(page.locator("#text")).to_have_value(QUESTION)
    page.locator("#text").press("Enter")
    title(page)
    page.reload()
    title(page)
    expect(page.locator("#text")).to_have_value("")


def test_a_parent_whose_chat_is_gone_is_taken_to_a_fresh_one(opened: Opens) -> None:
    page = opened()
    ask(page, "suspended")
    title(page, "My child has just been suspended")
    page.context.clear_cookies()
    ask(page, QUESTION)
    expect(page.get_by_role("alert")).to_contain_text("could not find your earlier chat")
    title(page)
    expect(page.locator(".parent")).to_have_count(1)


def test_without_a_script_a_parent_asks_presses_and_waits(opened: Opens, gateway: Gateway) -> None:
    gateway.stage.assistant.go.clear()
    page = opened(java_script_enabled=False)
    page.locator("#text").fill("suspended or sent home?")
    page.locator("#send").click()
    page.locator(".choices button").first.click()
    title(page, "My child has just been suspended")
    page.locator("#text").fill("a slow timetable")
    page.locator("#send").click()
    expect(page.locator(".thinking")).to_be_visible()
    page.wait_for_url("**/chat?looks=2#newest")
    gateway.stage.assistant.go.set()
    title(page)
    expect(page.locator(".thinking")).to_have_count(0)


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 568}, {"width": 320, "height": 225}])
def test_at_320_pixels_and_400_percent_nothing_is_cut_off(opened: Opens, viewport: dict[str, int]) -> None:
    page = opened(viewport=viewport)
    ask(page, QUESTION)
    title(page)
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    box = page.locator("#ask").bounding_box()
    assert box["height"] < viewport["height"]
    if viewport["height"] < 300:
        assert page.locator("#foot").evaluate("form => getComputedStyle(form).position") == "static"


def test_who_dislikes_motion_gets_none(opened: Opens, gateway: Gateway) -> None:
    gateway.stage.assistant.go.clear()
    page = opened(reduced_motion="reduce")
    ask(page, "a slow timetable")
    dot = page.locator(".dots i").first
    expect(dot).to_be_attached()
    assert dot.evaluate("dot => getComputedStyle(dot).animationName") == "none"
    gateway.stage.assistant.go.set()
    title(page)


def test_in_a_contrast_theme_the_parents_words_keep_their_frame(opened: Opens) -> None:
    page = opened(forced_colors="active")
    ask(page, QUESTION)
    title(page)
    frame = page.locator(".parent .bubble").evaluate("bubble => getComputedStyle(bubble).borderTopColor")
    assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", frame)


def test_readers_of_the_page_hear_who_speaks_and_what_each_thing_is(opened: Opens) -> None:
    page = opened()
    ask(page, QUESTION)
    title(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("SEND family helpline")
    expect(page.get_by_role("heading", level=2)).to_have_text(ANSWER)
    expect(page.get_by_label("Your question")).to_have_accessible_description(re.compile("1,000 characters"))
    expect(page.get_by_role("list", name="Your chat").locator("> li > .author")).to_have_text(
        ["Assistant", "You", "Assistant"]
    )
    expect(page.get_by_role("group", name="You can press one of these").get_by_role("button").first).to_have_text("Yes")
