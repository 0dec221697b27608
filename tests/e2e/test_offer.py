"""In a real browser, a parent is asked what to take out of a message before it is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.gateway import Gateway
from tests.e2e.test_chat_page import ask, title
from tests.e2e.test_talk_with_a_person import axe

pytestmark = pytest.mark.slow

PERSONAL = "My son Tom is at Oakfield Academy. Is a part-time timetable allowed?"
WITHOUT = "My son [name] is at [school]. Is a part-time timetable allowed?"

Opens = Callable[..., Page]


@pytest.fixture
def asked(opened: Opens) -> Callable[..., Page]:
    """A page that asks what to take out of `PERSONAL`."""

    def open_page(**options) -> Page:
        page = opened(**options)
        page.locator("#text").fill(PERSONAL)
        page.locator("#send").click()
        expect(page.locator("#offer")).to_be_visible()
        return page

    return open_page


def test_the_question_takes_the_focus_and_the_words_stay_in_the_box(asked: Callable[..., Page]) -> None:
    page = asked()
    expect(page.locator("#offer")).to_be_focused()
    expect(page.get_by_role("group", name="Not sent yet. We can take out the name and school.")).to_be_visible()
    expect(page.locator("#offer blockquote")).to_have_text(WITHOUT)
    expect(page.locator("#text")).to_have_value(PERSONAL)
    expect(page.locator(".parent, .thinking")).to_have_count(0)


def test_by_keyboard_it_is_sent_without(asked: Callable[..., Page]) -> None:
    page = asked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send it without")).to_be_focused()
    page.keyboard.press("Enter")
    title(page)
    expect(page.locator(".parent .bubble")).to_have_text(WITHOUT)
    expect(page.locator("#offer")).to_be_hidden()
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#text")).to_be_focused()


def test_it_can_be_sent_as_it_was_written(asked: Callable[..., Page]) -> None:
    page = asked()
    page.get_by_role("button", name="Send it as I wrote it").click()
    title(page)
    expect(page.locator(".parent .bubble")).to_have_text(PERSONAL)


def test_who_changes_it_is_not_asked_again_about_this_message_but_about_the_next(asked: Callable[..., Page]) -> None:
    page = asked()
    page.get_by_role("button", name="Change it myself").click()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#offer")).to_be_hidden()
    page.keyboard.press("End")
    page.keyboard.type(" Thanks")
    page.keyboard.press("Enter")
    title(page)
    expect(page.locator(".parent .bubble")).to_have_text(f"{PERSONAL} Thanks")
    ask(page, "Was Amira suspended?")
    expect(page.locator("#offer")).to_be_visible()


def test_words_that_are_changed_meanwhile_take_the_question_away(asked: Callable[..., Page]) -> None:
    page = asked()
    page.locator("#text").press("x")
    expect(page.locator("#offer")).to_be_hidden()


def test_a_parent_who_is_asked_and_writes_of_danger_is_heard_at_once(asked: Callable[..., Page]) -> None:
    page = asked()
    ask(page, "my daughter Amira says she is going to kill herself tonight")
    expect(page.locator(".assistant.concern")).to_contain_text("999")


def test_nothing_is_lost_when_the_page_is_left_at_the_question(asked: Callable[..., Page]) -> None:
    page = asked()
    page.reload()
    expect(page.locator("#text")).to_have_value(PERSONAL)
    expect(page.locator("#offer")).to_be_hidden()


def test_who_wants_no_such_question_has_none_in_this_visit(asked: Callable[..., Page]) -> None:
    page = asked()
    page.get_by_label("Do not ask me this again today").check()
    page.get_by_role("button", name="Send it as I wrote it").click()
    title(page)
    page.reload()
    ask(page, "Was Amira suspended?")
    expect(page.locator(".parent .bubble").last).to_have_text("Was Amira suspended?")
    expect(page.locator("#offer")).to_be_hidden()


@pytest.mark.parametrize(("choice", "sent"), [("Send it without", WITHOUT), ("Send it as I wrote it", PERSONAL)])
def test_without_a_script_it_is_a_form(asked: Callable[..., Page], choice: str, sent: str) -> None:
    page = asked(java_script_enabled=False)
    expect(page.locator("#text")).to_have_value(PERSONAL)
    page.get_by_role("button", name=choice).click()
    title(page)
    expect(page.locator(".parent .bubble")).to_have_text(sent)


def test_without_a_script_it_can_be_changed_and_sent(asked: Callable[..., Page]) -> None:
    page = asked(java_script_enabled=False)
    page.get_by_role("button", name="Change it myself").click()
    expect(page.locator("#text")).to_have_value(PERSONAL)
    page.locator("#text").fill(PERSONAL.replace("Tom", "Tim"))
    page.locator("#send").click()
    title(page)
    expect(page.locator(".parent .bubble")).to_have_text(PERSONAL.replace("Tom", "Tim"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_the_question_is_there(asked: Callable[..., Page], scheme: str) -> None:
    assert axe(asked(color_scheme=scheme)) == []


def test_on_a_small_screen_the_question_is_whole(asked: Callable[..., Page], gateway: Gateway) -> None:
    page = asked(viewport={"width": 320, "height": 568})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
