"""A parent and an adviser, line by line, in real browsers: live, on a bad connection, without a script."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bot.accounts import Role
from bot.channels.web import events
from bot.handover import HandoverCard, Talk, Way
from bot.knowledge import Knowledge
from tests.e2e.gateway import Gateway
from tests.e2e.proxy import Proxy
from tests.stand_in import NOON

pytestmark = pytest.mark.slow

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
QUESTION = "Is a part-time timetable allowed?"
#: Keeps every announcement: what a screen reader would have read.
LISTENING = """addEventListener("DOMContentLoaded", () => {
  window.heard = [];
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(
    (node) => window.heard.push(node.textContent)))).observe(document.getElementById("live"), { childList: true });
});"""

Opens = Callable[..., Page]


@pytest.fixture
def gateway(knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """One for each test, with Sam and Jo at the desk; a place in the queue is looked at without delay."""
    monkeypatch.setattr(events, "SECONDS_A_PLACE", 0.2)
    monkeypatch.setattr(events, "BEAT_SECONDS", 1.0)
    gateway = Gateway(knowledge, tmp_path)
    gateway.start()
    for name in ("Sam", "Jo"):
        gateway.do(gateway.stage.store.add_account(name, Role.ADVISER, "", 3))
    yield gateway
    gateway.stop()


class Adviser:
    """Sam, at the other end."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def take(self) -> Talk:
        self.talk = self._gateway.do(self._gateway.stage.advising.take("Sam"))
        return self.talk

    def say(self, text: str) -> None:
        self._gateway.do(self._gateway.stage.advising.say(self.talk.number, "Sam", text, text))

    def types(self) -> None:
        self._gateway.do(self._gateway.stage.advising.types(self.talk.number, "Sam"))

    def close(self) -> None:
        self._gateway.do(self._gateway.stage.advising.close(self.talk.number, "Sam", 1000, "answered"))

    def hand_back(self) -> None:
        self._gateway.do(self._gateway.stage.advising.hand_back(self.talk.number, "Sam", 1000, ""))

    def delivered(self) -> int:
        """Up to which line the parent's page has shown the talk."""
        return self._gateway.do(self._gateway.stage.store.parent_saw(self.talk.conversation))


@pytest.fixture
def sam(gateway: Gateway) -> Adviser:
    return Adviser(gateway)


def somebody_waits(gateway: Gateway) -> None:
    """Another parent, who came a minute before."""
    conversation = gateway.do(gateway.stage.helpline.open("web"))
    before = NOON - dt.timedelta(minutes=1)
    gateway.do(gateway.stage.store.hand_over(conversation, HandoverCard(), Way.LIVE, None, "asked", before))


def write(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#send").click()
    expect(page.locator(".parent:not(.unsent) .bubble").filter(has_text=text)).to_be_visible()


def press(page: Page, label: str) -> None:
    page.locator("#thread").get_by_role("button", name=label, exact=True).click()


def wait_for_a_person(page: Page) -> None:
    press(page, "Talk to a person")
    press(page, "Send this and wait for an adviser")
    expect(page.locator("#where")).to_contain_text("in the queue")


def bubbles(page: Page, author: str) -> list[str]:
    return page.locator(f".line.{author} .bubble").all_inner_texts()


def shows(page: Page, *lines: str, author: str = "adviser") -> None:
    expect(page.locator(f".line.{author} .bubble")).to_have_text(list(lines))


def axe(page: Page) -> list[str]:
    """What axe finds wrong."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


# -- the whole way ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, {"width": 320, "height": 568}])
def test_a_parent_changes_the_card_waits_talks_and_says_how_it_was(
    opened: Opens, gateway: Gateway, sam: Adviser, viewport: dict[str, int]
) -> None:
    somebody_waits(gateway)
    page = opened(viewport=viewport, reduced_motion="reduce")
    write(page, QUESTION)
    press(page, "Talk to a person")
    press(page, "Change it first")
    page.wait_for_url("**/chat/handover")
    assert axe(page) == []
    expect(page.get_by_label("What you want to know")).to_have_value(QUESTION)
    page.get_by_label("What you want to know").fill("They send him home at noon. Is that allowed?")
    page.get_by_label("Nation").select_option("England")
    page.get_by_label("Is a part-time or reduced timetable allowed").uncheck()
    page.get_by_label("How to reach you").fill("0161 496 0000")
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Send this and wait for an adviser").click()
    expect(page.locator("#where")).to_contain_text("You are number 2 in the queue.")
    assert axe(page) == []
    first = sam.take()
    expect(page.locator("#where")).to_contain_text("You are number 1 in the queue.")
    talk = sam.take()
    assert talk.number != first.number
    assert talk.card == HandoverCard(
        want="They send him home at noon. Is that allowed?",
        nation="england",
        reach="0161 496 0000",
        safe_to_leave=False,
    )
    expect(page.locator("#where")).to_have_text("You are talking to Sam, an adviser.")
    sam.say("Hello, I have read it.\nSee https://www.gov.uk/exclusion.")
    shows(page, "Hello, I have read it.\nSee https://www.gov.uk/exclusion.")
    link = page.locator(".adviser a")
    assert link.get_attribute("href") == "https://www.gov.uk/exclusion"
    write(page, "Thank you, that helps")
    expect(page.locator(".parent").last).to_contain_text("Sent")
    expect(page.locator(".thinking")).to_have_count(0)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    sam.close()
    expect(page.get_by_role("group", name="Did this talk help you?")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Yes, a lot").check()
    page.get_by_label("Would you like to say more?").fill("Sam was kind")
    page.locator("#after").get_by_role("button", name="Send").click()
    expect(page.locator("#foot")).to_contain_text("Thank you for telling us.")
    expect(page.locator("#after")).to_have_count(0)
    page.reload()
    expect(page.locator("#after")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_without_a_script_the_same(opened: Opens, gateway: Gateway, sam: Adviser) -> None:
    page = opened(java_script_enabled=False)
    write(page, QUESTION)
    press(page, "Talk to a person")
    page.locator("#text").fill("and he has no plan")
    press(page, "Change it first")
    expect(page.get_by_label("What you want to know")).to_have_value(f"{QUESTION}\n\nand he has no plan")
    page.get_by_label("EHC plan").select_option("no")
    page.get_by_role("button", name="Send this and wait for an adviser").click()
    expect(page.locator("#where")).to_contain_text("You are number 1 in the queue.")
    refresh = page.locator("meta[http-equiv=refresh]")
    assert refresh.get_attribute("content").startswith("15; url=/chat?looks=")
    assert sam.take().card.facts == {"ehc_plan": "none"}
    sam.say("Hello")
    page.get_by_role("link", name="Wait while I write").click()
    shows(page, "Hello")
    expect(page.locator("#where")).to_have_text("You are talking to Sam, an adviser.")
    expect(refresh).to_have_count(0)
    assert sam.delivered() == sam_line(page)
    write(page, "Thank you")
    expect(page.locator(".thinking")).to_have_count(0)
    expect(refresh).to_have_count(1)
    sam.close()
    page.get_by_role("link", name="Wait while I write").click()
    page.locator("#after").get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").first).to_have_text("Please choose one of these. Your words are kept.")
    page.get_by_label("In part").check()
    page.locator("#after").get_by_role("button", name="Send").click()
    expect(page.locator("#foot")).to_contain_text("Thank you for telling us.")
    expect(page.locator("#after")).to_have_count(0)


def sam_line(page: Page) -> int:
    return int(page.locator(".line.adviser").last.get_attribute("data-number"))


# -- live -------------------------------------------------------------------------------------------------------------


def test_a_chat_with_the_assistant_alone_opens_no_connection(opened: Opens) -> None:
    asked: list[str] = []
    page = opened()
    page.on("request", lambda request: asked.append(request.url.partition("/chat")[2]))
    write(page, QUESTION)
    expect(page.locator(".title")).to_be_visible()
    page.wait_for_timeout(1500)
    assert [address for address in asked if address] == ["/messages"]


def test_each_new_line_is_read_out_once_and_the_focus_stays(opened: Opens, gateway: Gateway, sam: Adviser) -> None:
    page = opened()
    page.add_init_script(LISTENING)
    page.reload()
    wait_for_a_person(page)
    page.locator("#text").fill("half a thought")
    page.locator("#text").focus()
    sam.take()
    sam.say("First")
    sam.say("Second")
    shows(page, "First", "Second")
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#text")).to_have_value("half a thought")
    heard = page.evaluate("heard")
    assert [line for line in heard if "Sam, adviser:" in line] == ["Sam, adviser: First", "Sam, adviser: Second"]
    assert len([line for line in heard if "is here now and can read" in line]) == 1
    page.wait_for_timeout(2500)
    assert page.evaluate("heard") == heard
    expect(page.locator("#live")).to_be_empty(timeout=10_000)


def test_that_the_adviser_is_writing_is_shown_until_the_line_comes(
    opened: Opens, gateway: Gateway, sam: Adviser
) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    expect(page.locator("#where")).to_contain_text("Sam")
    expect(page.locator("#typing")).to_be_hidden()
    page.wait_for_timeout(500)
    sam.types()
    expect(page.locator("#typing")).to_be_visible()
    assert axe(page) == []
    expect(page.locator("#live")).not_to_contain_text("writing")
    sam.say("Hello")
    shows(page, "Hello")
    expect(page.locator("#typing")).to_be_hidden()
    sam.types()
    expect(page.locator("#typing")).to_be_visible()
    expect(page.locator("#typing")).to_be_hidden(timeout=8_000)


def test_a_link_above_the_box_keeps_the_focus_while_the_place_changes(
    opened: Opens, gateway: Gateway, sam: Adviser
) -> None:
    somebody_waits(gateway)
    page = opened()
    wait_for_a_person(page)
    link = page.get_by_role("link", name="What we tell the adviser")
    link.focus()
    sam.take()
    expect(page.locator("#where")).to_contain_text("number 1")
    expect(link).to_be_focused()


def test_a_line_counts_as_delivered_when_it_stands_on_the_page(opened: Opens, sam: Adviser) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    page.context.set_offline(True)
    sam.say("Are you there?")
    page.wait_for_timeout(500)
    assert sam.delivered() == 0
    page.context.set_offline(False)
    shows(page, "Are you there?")
    for _ in range(50):
        if sam.delivered() == sam_line(page):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the adviser never learns that it arrived")


def test_a_hidden_page_says_in_its_title_that_something_came(opened: Opens, sam: Adviser) -> None:
    page = opened()
    name = page.title()
    wait_for_a_person(page)
    page.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    sam.take()
    sam.say("Hello")
    expect(page).to_have_title("(2) new messages")
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title(name)


def test_a_second_tab_shows_the_same_thread(opened: Opens, sam: Adviser) -> None:
    page = opened()
    write(page, QUESTION)
    wait_for_a_person(page)
    other = page.context.new_page()
    other.goto(page.url)
    sam.take()
    sam.say("Hello")
    write(page, "From the first tab")
    write(other, "From the second tab")
    for tab in (page, other):
        shows(tab, "Hello")
        expect(tab.locator(".parent .bubble")).to_have_text(
            [
                re.compile(text)
                for text in (re.escape(QUESTION), "Talk", "Send", "From the first tab", "From the second")
            ]
        )
        numbers = tab.locator("[data-number]").evaluate_all("lines => lines.map((line) => Number(line.dataset.number))")
        assert numbers == list(range(1, len(numbers) + 1))


# -- when something fails ---------------------------------------------------------------------------------------------


def test_a_connection_cut_in_mid_talk_comes_back_by_itself_in_order_and_nothing_twice(
    opened: Opens, sam: Adviser
) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    sam.say("One")
    shows(page, "One")
    page.context.set_offline(True)
    expect(page.locator("#gone")).to_be_visible(timeout=15_000)
    sam.say("Two")
    sam.say("Three")
    page.locator("#text").fill("Are you there?")
    page.locator("#text").press("Enter")
    expect(page.locator(".failed")).to_contain_text("Are you there?")
    page.context.set_offline(False)
    shows(page, "One", "Two", "Three")
    expect(page.locator("#gone")).to_be_hidden(timeout=10_000)
    expect(page.locator(".failed")).to_have_count(0)
    expect(page.locator(".parent").last).to_contain_text("Are you there?")
    expect(page.locator(".parent").last).to_contain_text("Sent")
    sam.say("Four")
    shows(page, "One", "Two", "Three", "Four")


def test_a_restart_of_the_server_is_not_noticed_but_for_a_moment(opened: Opens, gateway: Gateway, sam: Adviser) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    sam.say("Before")
    shows(page, "Before")
    gateway.stop()
    expect(page.locator("#gone")).to_be_visible(timeout=15_000)
    gateway.start()
    sam.say("After")
    shows(page, "Before", "After")
    expect(page.locator("#gone")).to_be_hidden(timeout=10_000)
    write(page, "Still here")
    sam.say("Good")
    shows(page, "Before", "After", "Good")


def test_where_no_stream_gets_through_the_page_asks_again_and_again(opened: Opens, sam: Adviser) -> None:
    page = opened()
    page.route("**/chat/events*", lambda route: route.fulfill(status=502, body="no"))
    wait_for_a_person(page)
    sam.take()
    sam.say("Hello")
    expect(page.locator(".line.adviser .bubble")).to_have_text("Hello", timeout=15_000)


def test_a_message_that_arrived_without_its_answer_is_not_sent_twice(opened: Opens, sam: Adviser) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    sam.say("Hello")
    shows(page, "Hello")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/chat/messages", lose_the_answer, times=1)
    page.locator("#text").fill("Only once")
    page.locator("#text").press("Enter")
    expect(page.locator(".parent .bubble").filter(has_text="Only once")).to_have_count(1)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator("#text")).to_have_value("")
    page.reload()
    expect(page.locator(".parent .bubble").filter(has_text="Only once")).to_have_count(1)


# -- moves ------------------------------------------------------------------------------------------------------------


def test_handed_back_the_assistant_answers_again_and_the_connection_ends(
    opened: Opens, gateway: Gateway, sam: Adviser
) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    sam.say("I give you back")
    sam.hand_back()
    expect(page.locator("#where")).to_be_hidden()
    write(page, QUESTION)
    expect(page.locator(".title").last).to_be_visible()
    assert not gateway.stage.live._listeners


def test_back_in_the_queue_the_choices_come_back_too(opened: Opens, gateway: Gateway, sam: Adviser) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    expect(page.locator("#thread .choices")).to_have_count(0)
    gateway.stage.now += dt.timedelta(minutes=10)
    gateway.do(gateway.stage.advising.watch())
    expect(page.locator("#where")).to_contain_text("You are number 1 in the queue.")
    expect(page.locator("#thread .choices").get_by_role("button", name="Stop waiting")).to_be_visible()


def test_a_message_left_out_of_hours_is_answered_on_return(
    opened: Opens, gateway: Gateway, sam: Adviser, browser: Browser
) -> None:
    gateway.stage.now = NOON.replace(hour=20)
    page = opened()
    write(page, QUESTION)
    press(page, "Talk to a person")
    press(page, "Leave this as a message")
    expect(page.locator("#where")).to_contain_text("We have your message.")
    page.goto("about:blank")
    gateway.stage.now += dt.timedelta(days=1)
    (talk,) = gateway.do(gateway.stage.advising._store.queue())
    sam.talk = gateway.do(gateway.stage.advising.take("Sam", talk.number))
    sam.say("Good morning")
    sam.close()
    page.goto(f"{gateway.address}/chat")
    shows(page, "Good morning")
    expect(page.get_by_role("group", name="Did this talk help you?")).to_be_visible()


def test_the_chat_can_be_kept(opened: Opens, sam: Adviser) -> None:
    page = opened()
    expect(page.locator("#keep")).to_be_hidden()
    wait_for_a_person(page)
    sam.take()
    sam.say("Hello \U0001f600")
    shows(page, "Hello \U0001f600")
    with page.expect_download() as download:
        page.get_by_role("link", name="as text").click()
    assert "Sam, adviser" in Path(download.value.path()).read_text(encoding="utf-8")
    with page.expect_download() as download:
        page.get_by_role("link", name="as PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


# -- a bad line -------------------------------------------------------------------------------------------------------


def test_over_a_line_that_loses_events_and_breaks_everything_comes_once_and_in_order(
    opened: Opens, gateway: Gateway, sam: Adviser
) -> None:
    proxy = Proxy(gateway.address)
    page = opened()
    page.goto(f"{proxy.address}/chat")
    wait_for_a_person(page)
    sam.take()
    for number in range(1, 41):
        sam.say(f"Line {number}")
        page.wait_for_timeout(60)
        if number % 15 == 0:
            proxy.cut()
    expect(page.locator(".line.adviser .bubble")).to_have_text(
        [f"Line {number}" for number in range(1, 41)], timeout=15_000
    )
    numbers = page.locator("[data-number]").evaluate_all("lines => lines.map((line) => Number(line.dataset.number))")
    assert numbers == list(range(1, len(numbers) + 1))
    assert proxy.lost >= 2
    proxy.close()


def test_cut_in_mid_sentence_both_ways_each_line_stands_there_once_and_whole(
    opened: Opens, gateway: Gateway, sam: Adviser
) -> None:
    proxy = Proxy(gateway.address)
    page = opened()
    page.goto(f"{proxy.address}/chat")
    wait_for_a_person(page)
    sam.take()
    expect(page.locator("#where")).to_contain_text("Sam")
    proxy.breaks_at = b"a sentence of the adviser"
    sam.say("This is a sentence of the adviser, whole.")
    shows(page, "This is a sentence of the adviser, whole.")
    assert proxy.broken == 1
    # The parent's own words arrive; the answer that says so does not.
    proxy.breaks_at = b"a sentence of the parent"
    page.locator("#text").fill("This is a sentence of the parent, whole.")
    page.locator("#text").press("Enter")
    own = page.locator(".parent .bubble").filter(has_text="This is a sentence")
    expect(own).to_have_text(["This is a sentence of the parent, whole."], timeout=15_000)
    expect(page.locator(".unsent")).to_have_count(0, timeout=15_000)
    assert proxy.broken == 2
    page.reload()
    expect(own).to_have_count(1)
    shows(page, "This is a sentence of the adviser, whole.")
    proxy.close()


def test_a_phone_that_slept_through_lines_and_a_restart_shows_them_all_when_it_wakes(
    opened: Opens, gateway: Gateway, sam: Adviser
) -> None:
    page = opened()
    wait_for_a_person(page)
    sam.take()
    sam.say("Before")
    shows(page, "Before")
    phone = page.context.new_cdp_session(page)
    phone.send("Page.setWebLifecycleState", {"state": "frozen"})
    sam.say("Asleep")
    gateway.stop()
    gateway.start()
    sam.say("After the restart")
    phone.send("Page.setWebLifecycleState", {"state": "active"})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    shows(page, "Before", "Asleep", "After the restart")
    write(page, "I am back")
