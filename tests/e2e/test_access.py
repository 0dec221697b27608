"""Everybody can use every page of the chat: what axe finds, the keyboard, titles, and words in any direction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.gateway import Gateway
from tests.e2e.test_safe_device import hidden_focus
from tests.e2e.test_talk_with_a_person import Adviser, axe, press, wait_for_a_person, write
from tests.e2e.test_talk_with_a_person import gateway as gateway
from tests.e2e.test_talk_with_a_person import sam as sam

pytestmark = pytest.mark.slow

QUESTION = "Is a part-time timetable allowed?"

Opens = Callable[..., Page]

THEMES = ({"color_scheme": "dark"}, {"color_scheme": "light", "forced_colors": "active"})
#: The states of the page between which each of its colours is seen.
COLOURFUL = (
    "welcome",
    "a line that failed",
    "an answer with everything unfolded",
    "a choice that was made",
    "an adviser who is writing",
    "no connection",
    "a talk that has ended",
)


def steps(page: Page, gateway: Gateway, sam: Adviser) -> Iterator[str]:
    """A parent goes through everything the page can show; at each name, it shows that."""
    yield "welcome"
    page.locator("#languages summary").click()
    page.locator("#tools summary").click()
    yield "languages and settings"
    page.locator("#send").click()
    yield "an empty box"
    page.locator("#text").fill("x" * 1001)
    page.locator("#send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "too many letters"
    page.route("**/chat/messages", lambda route: route.abort(), times=1)
    page.locator("#text").fill(QUESTION)
    page.locator("#send").click()
    expect(page.locator(".failed")).to_be_visible()
    yield "a line that failed"
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".title")).to_be_visible()
    page.locator("#thread details:not([open]) summary").first.click()
    page.locator("#thread .source summary").click()
    page.locator("#finish summary").click()
    yield "an answer with everything unfolded"
    page.get_by_label("Show one step at a time").check()
    page.get_by_label("Size of the text").select_option("Very large")
    page.get_by_label("More space between").check()
    yield "large, spaced, step by step"
    page.get_by_label("Show one step at a time").uncheck()
    page.get_by_label("Size of the text").select_option("Usual")
    gateway.stage.assistant.go.clear()
    write(page, "a slow timetable")
    expect(page.locator(".thinking")).to_be_visible()
    yield "an answer on its way"
    gateway.stage.assistant.go.set()
    expect(page.locator(".title")).to_have_count(2, timeout=10_000)
    press(page, "Yes")
    expect(page.locator(".chosen")).to_be_visible()
    yield "a choice that was made"
    wait_for_a_person(page)
    yield "waiting for a person"
    sam.take()
    expect(page.locator("#where")).to_contain_text("Sam")
    page.wait_for_timeout(300)
    sam.types()
    expect(page.locator("#typing")).to_be_visible()
    yield "an adviser who is writing"
    sam.say("See https://www.gov.uk/exclusion")
    expect(page.locator(".adviser")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#gone")).to_be_visible(timeout=15_000)
    yield "no connection"
    page.context.set_offline(False)
    expect(page.locator("#gone")).to_be_hidden(timeout=15_000)
    sam.close()
    expect(page.locator("#after")).to_be_visible()
    yield "a talk that has ended"
    page.get_by_role("button", name="End this chat").click()
    expect(page.get_by_role("status")).to_be_visible()
    yield "a chat that has ended"


def test_axe_finds_nothing_in_any_state_in_light_dark_or_a_contrast_theme(
    opened: Opens, gateway: Gateway, sam: Adviser
) -> None:
    page = opened(viewport={"width": 390, "height": 780}, reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for state in steps(page, gateway, sam):
        found[state] = axe(page)
        for theme in THEMES if state in COLOURFUL else ():
            page.emulate_media(**theme)
            seen = page.evaluate("axe.run({ runOnly: ['color-contrast'] })")["violations"]
            found[state] += [node["html"] for rule in seen for node in rule["nodes"]]
        page.emulate_media(color_scheme="light", forced_colors="none")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    assert len(found) == 14
    page.goto(f"{gateway.address}/accessibility")
    assert axe(page) == []


def reach(page: Page, target: Locator) -> None:
    """Go there by the Tab key alone."""
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def test_every_function_can_be_had_by_keyboard(opened: Opens) -> None:
    page = opened(permissions=["clipboard-write", "clipboard-read"])
    for name in ("languages", "tools"):
        reach(page, page.locator(f"#{name} summary"))
        page.keyboard.press("Enter")
        expect(page.locator(f"#{name}")).to_have_attribute("open", "")
    reach(page, page.get_by_label("Size of the text"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("html")).to_have_class(re.compile("large"))
    page.keyboard.press("ArrowUp")
    for label in ("More space between", "Show one step at a time", "Give the tab a name"):
        reach(page, page.get_by_label(label))
        page.keyboard.press("Space")
        expect(page.get_by_label(label)).to_be_checked()
    reach(page, page.get_by_role("button", name="Use these"))
    page.keyboard.press("Enter")
    expect(page).to_have_title("Notes")
    page.route("**/chat/messages", lambda route: route.abort(), times=1)
    reach(page, page.locator("#text"))
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Take it back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    reach(page, page.locator("#send"))
    page.keyboard.press("Enter")
    expect(page.locator(".title")).to_be_visible()
    page.locator(".title").evaluate("title => title.closest('.line').focus()")
    for fold in ("What this rests on", "What to do next"):
        summary = page.locator("#thread summary").filter(has_text=fold)
        was = summary.evaluate("summary => summary.parentElement.open")
        reach(page, summary)
        page.keyboard.press("Enter")
        assert summary.evaluate("summary => summary.parentElement.open") is not was
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name=re.compile("Show step 2")))
    page.keyboard.press("Enter")
    expect(page.locator("#thread details[open] li:not([hidden])")).to_have_count(2)
    reach(page, page.locator("#thread .source summary"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="Read aloud"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="Copy"))
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Only in rare cases" in copied
    assert "Source:" in copied
    reach(page, page.get_by_role("button", name="Yes", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator(".chosen")).to_be_visible()
    reach(page, page.get_by_role("link", name="as text"))
    with page.expect_download():
        page.keyboard.press("Enter")
    reach(page, page.locator("#finish summary"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="Delete it now"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("We have deleted this chat")


def test_each_page_has_a_title_one_main_part_and_one_heading_of_the_first_rank(opened: Opens, gateway: Gateway) -> None:
    page = opened()
    write(page, QUESTION)
    titles = set()
    for address in ("/chat", "/chat/handover", "/accessibility", "/demo"):
        page.goto(f"{gateway.address}{address}")
        titles.add(page.title())
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.locator("html")).to_have_attribute("lang", "en-GB")
    assert len(titles) == 4
    page.goto(f"{gateway.address}/chat")
    expect(page.get_by_role("banner")).to_have_count(1)
    expect(page.get_by_role("region", name="Where you stand")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_what_is_wrong_is_said_at_the_field_it_is_about(opened: Opens, script: bool) -> None:
    page = opened(java_script_enabled=script)
    box = page.get_by_label("Your question")
    box.fill("x" * 1001)
    page.locator("#send").click()
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(re.compile("1,001"))
    expect(box).to_be_focused()
    box.fill(QUESTION)
    page.locator("#send").click()
    expect(page.locator(".title")).to_be_visible()
    expect(box).not_to_have_attribute("aria-invalid", "true")
    press(page, "Talk to a person")
    press(page, "Change it first")
    council = page.get_by_label("Council")
    council.fill("y" * 101)
    page.get_by_role("button", name=re.compile("Send this and")).click()
    expect(page).to_have_title(re.compile("^Please check: "))
    expect(council).to_have_attribute("aria-invalid", "true")
    expect(council).to_have_accessible_description(re.compile("up to 100 characters"))
    page.get_by_role("alert").get_by_role("link").click()
    expect(council).to_be_focused()


def test_words_that_run_from_right_to_left_do_and_numbers_in_them_stay_whole(opened: Opens) -> None:
    page = opened(viewport={"width": 320, "height": 568})
    arabic = "ابني ممنوع من المدرسة منذ 3 أيام 😢 (timetable)"
    page.locator("#text").fill(arabic)
    assert page.locator("#text").evaluate("box => getComputedStyle(box).direction") == "rtl"
    page.locator("#send").click()
    expect(page.locator(".title")).to_be_visible()
    said = page.locator(".parent .bubble")
    expect(said).to_have_text(arabic)
    assert said.evaluate("said => getComputedStyle(said).direction") == "rtl"
    assert page.locator(".assistant .bubble").last.evaluate("said => getComputedStyle(said).direction") == "ltr"
    page.locator("#languages summary").click()
    for language in ("ur", "ar"):
        line = page.locator(f"#languages [lang={language}]")
        assert line.evaluate("line => getComputedStyle(line).direction") == "rtl"
        first, last = line.locator("[href^='tel:']").evaluate("""link => [0, link.firstChild.length - 1].map((at) => {
          const range = document.createRange();
          range.setStart(link.firstChild, at);
          range.setEnd(link.firstChild, at + 1);
          return range.getBoundingClientRect().left;
        })""")
        assert first < last, "the number would be read backwards"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_signs_of_several_characters_are_counted_sent_and_shown_whole(opened: Opens) -> None:
    page = opened()
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
    page.locator("#text").fill(f"{family} timetable?")
    expect(page.locator("#count")).to_have_text("982 characters left")
    page.locator("#send").click()
    expect(page.locator(".parent .bubble")).to_have_text(f"{family} timetable?")


def test_at_400_per_cent_what_has_the_focus_is_never_hidden(opened: Opens) -> None:
    # 1280 by 1024, zoomed in to 400 per cent.
    page = opened(viewport={"width": 320, "height": 256}, reduced_motion="reduce")
    write(page, QUESTION)
    expect(page.locator(".title")).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        assert hidden_focus(page) == ""
