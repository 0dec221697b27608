"""A parent who must not be seen here, who reads with effort, or whose line is bad, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from bot.knowledge import Knowledge
from tests.e2e.gateway import Gateway
from tests.e2e.host import Host, behind
from tests.e2e.test_talk_with_a_person import axe

pytestmark = pytest.mark.slow

QUESTION = "Is a part-time timetable allowed?"
#: WCAG 2.2, 2.5.8.
LEAST_TARGET = 24

Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def gateway(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Gateway]:
    yield from behind(host, (), knowledge, tmp_path_factory.mktemp("gateway"))


def ask(page: Page, text: str = QUESTION) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")
    expect(page.locator(".title").last).to_be_visible()


def hidden_focus(page: Page) -> str:
    """What has the focus while something else lies over it; empty where it can be seen."""
    hidden: str = page.evaluate("""(() => { const it = document.activeElement, box = it.getBoundingClientRect();
      if (it === document.body || box.width < 2 || it.matches("#thread > li")) return "";
      const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 20) / 2);
      return top && (it.contains(top) || top.contains(it)) ? "" : it.outerHTML; })()""")
    return hidden


# -- a safe device ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["button", "escape", "no script"])
def test_the_quick_exit_leaves_nothing_behind(opened: Opens, gateway: Gateway, way: str) -> None:
    page = opened(java_script_enabled=way != "no script")
    page.locator("#text").fill(QUESTION)
    page.locator("#send").click()
    expect(page.locator(".title").last).to_be_visible()
    if way == "escape":
        for _ in range(3):
            page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Leave this page").click()
    expect(page).to_have_title("Weather")
    page.go_back()
    expect(page.locator(".parent")).to_have_count(0)
    page.goto(f"{gateway.address}/chat")
    expect(page.locator(".parent")).to_have_count(0)
    assert [cookie["name"] for cookie in page.context.cookies()] == []
    if way != "no script":
        assert page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_the_quick_exit_works_without_a_connection_and_is_made_good_later(opened: Opens, gateway: Gateway) -> None:
    page = opened()
    ask(page)
    page.route("**/chat/leave", lambda route: route.abort())
    page.get_by_role("button", name="Leave this page").click()
    expect(page).to_have_title("Weather")
    page.goto(f"{gateway.address}/chat")
    expect(page.locator("#text")).to_be_visible()
    expect(page.locator(".parent")).to_have_count(0)
    assert page.context.cookies() == []


def test_two_presses_of_escape_are_not_three(opened: Opens) -> None:
    page = opened()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_timeout(2100)
    page.keyboard.press("Escape")
    expect(page.locator("#text")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_chat_is_ended_and_another_deleted_and_the_page_says_so(opened: Opens, script: bool) -> None:
    page = opened(java_script_enabled=script)
    for button, result in (("End this chat", "The chat has ended"), ("Delete it now", "We have deleted this chat")):
        page.locator("#text").fill(QUESTION)
        page.locator("#send").click()
        expect(page.locator(".title").last).to_be_visible()
        if button == "Delete it now":
            page.locator("#finish summary").click()
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).to_contain_text(result)
        expect(page.locator(".parent")).to_have_count(0)


def test_a_shared_device_keeps_no_draft_and_the_tab_says_nothing(opened: Opens) -> None:
    page = opened()
    page.locator("#tools summary").click()
    page.get_by_label("Other people use it too").check()
    page.get_by_label("Give the tab a name that says nothing").check()
    page.get_by_role("button", name="Use these").click()
    expect(page).to_have_title("Notes")
    ask(page)
    page.locator("#text").fill("half a thought")
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    assert {cookie["expires"] for cookie in page.context.cookies()} == {-1}


# -- reading ----------------------------------------------------------------------------------------------------------


def test_larger_text_and_more_space_last_for_the_visit(opened: Opens) -> None:
    page = opened(viewport={"width": 320, "height": 568})
    ask(page)
    size = "getComputedStyle(document.querySelector('.bubble')).fontSize"
    before = float(page.evaluate(size)[:-2])
    page.locator("#tools summary").click()
    page.get_by_label("Size of the text").select_option("Very large")
    page.get_by_label("More space between").check()
    assert float(page.evaluate(size)[:-2]) > 1.5 * before
    page.reload()
    expect(page.get_by_label("More space between")).to_be_checked()
    assert float(page.evaluate(size)[:-2]) > 1.5 * before
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("#tools summary").click()
    assert axe(page) == []


def test_one_step_at_a_time(opened: Opens) -> None:
    page = opened()
    page.locator("#tools summary").click()
    page.get_by_label("Show one step at a time").check()
    ask(page)
    steps = page.locator(".bubble details[open] li")
    shown = page.locator(".bubble details[open] li:not([hidden])")
    expect(shown).to_have_count(1)
    assert axe(page) == []
    count = steps.count()
    for number in range(2, count + 1):
        page.get_by_role("button", name=f"Show step {number} of {count}").last.click()
        expect(shown).to_have_count(number)
        expect(shown.last).to_be_focused()
    page.get_by_label("Show one step at a time").uncheck()
    expect(page.locator(".step")).to_have_count(0)


def test_an_answer_is_read_aloud_without_what_is_folded_away(opened: Opens) -> None:
    page = opened()
    page.add_init_script("""window.said = [];
    speechSynthesis.speak = (piece) => said.push(piece.text);""")
    page.reload()
    ask(page)
    button = page.get_by_role("button", name="Read aloud")
    button.click()
    expect(page.get_by_role("button", name="Stop reading")).to_have_attribute("aria-pressed", "true")
    said = " ".join(page.evaluate("said"))
    assert "Only in rare cases" in said
    assert (
        page.locator(".bubble details:not([open]) li, .bubble details:not([open]) p").first.text_content() not in said
    )


def test_the_choice_that_was_made_stays_readable_and_comes_back_the_same(opened: Opens) -> None:
    page = opened()
    page.locator("#text").fill("suspended or sent home?")
    page.locator("#text").press("Enter")
    choice = page.locator("#m2 .choices button").first
    label = choice.inner_text()
    choice.click()
    expect(page.locator("#m2 .chosen")).to_contain_text(label)
    before = page.locator("#m2 .spent").inner_text()
    assert axe(page) == []
    page.reload()
    assert page.locator("#m2 .spent").inner_text() == before
    expect(page.locator("#m2 button[name=press]")).to_have_count(0)


def test_the_question_is_found_in_a_long_letter(opened: Opens) -> None:
    page = opened()
    page.locator("#text").fill("We write about your son. " * 50 + "Will you agree to a part-time timetable?")
    page.get_by_role("button", name="Find the question in it").click()
    expect(page.locator("#text")).to_have_value("Will you agree to a part-time timetable?")
    expect(page.locator("#live")).to_contain_text("kept the part that asks")


def test_a_long_letter_with_danger_in_it_is_heard_whole(opened: Opens) -> None:
    page = opened()
    page.locator("#text").fill("It has been a hard year. " * 50 + "My son has run away. Can they fine me?")
    page.get_by_role("button", name="Find the question in it").click()
    expect(page.locator(".assistant.concern")).to_contain_text("999")
    expect(page.locator("#text")).to_have_value("")


# -- access -----------------------------------------------------------------------------------------------------------


def test_everything_that_can_be_pressed_is_large_enough(opened: Opens) -> None:
    page = opened(viewport={"width": 320, "height": 568})
    ask(page)
    page.locator("#tools summary").click()
    page.locator("#finish summary").click()
    for target in page.locator("button:visible, summary:visible, select:visible, input:visible, .help a:visible").all():
        box = target.bounding_box()
        label = target.locator("xpath=ancestor::label")
        box = label.bounding_box() if label.count() else box
        assert min(box["width"], box["height"]) >= LEAST_TARGET, target.inner_text()


def test_wider_spacing_of_text_hides_nothing(opened: Opens) -> None:
    page = opened(viewport={"width": 320, "height": 568})
    ask(page)
    # WCAG 2.2, 1.4.12; set on each element, since our policy takes no other style.
    page.evaluate("""document.querySelectorAll("*").forEach((element) => Object.assign(element.style,
      { lineHeight: "1.5", letterSpacing: ".12em", wordSpacing: ".16em" }))""")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    cut = page.evaluate("""[...document.querySelectorAll("button, .bubble, summary, label")]
      .filter((element) => element.offsetParent && element.scrollWidth > element.clientWidth + 2).length""")
    assert cut == 0


def test_what_has_the_focus_is_never_under_what_sticks(opened: Opens) -> None:
    page = opened(viewport={"width": 390, "height": 780})
    ask(page)
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        assert hidden_focus(page) == ""
