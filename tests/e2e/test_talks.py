"""The scenes of `talks/`, played by a parent and advisers in real browsers on the real pages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.channels.web import events
from bot.settings import LONDON
from tests.e2e.desk import Desk, sign_in

pytestmark = pytest.mark.slow

SCENES = sorted((Path(__file__).parent / "talks").glob("*.talk"))
#: What has not come after so many milliseconds does not come.
LONGEST = 10_000
#: What must not come is waited for so long.
QUIET = 1_000

STEPS: dict[str, str] = {}


def step(pattern: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The method plays the lines that fit this pattern; its groups are the arguments."""

    def remember(method: Callable[..., None]) -> Callable[..., None]:
        STEPS[pattern] = method.__name__
        return method

    return remember


class Scene:
    """One helpline, one parent's browser, and a browser for each adviser."""

    def __init__(self, desk: Desk, browser: Browser) -> None:
        self._desk = desk
        self._browser = browser
        self._contexts: dict[str, BrowserContext] = {}
        self._desks: dict[str, Page] = {}

    def play(self, line: str) -> None:
        for pattern, method in STEPS.items():
            if found := re.fullmatch(pattern, line):
                getattr(self, method)(*found.groups())
                return
        raise AssertionError(f"no step is written like this: {line}")

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()

    # -- time, and what happens by itself -----------------------------------------------------------------------------

    @step(r"It is (\S+ \S+)")
    def it_is(self, moment: str) -> None:
        self._desk.stage.now = dt.datetime.fromisoformat(moment).replace(tzinfo=LONDON)

    @step(r"(\d+) (minutes|hours) pass")
    def time_passes(self, count: str, unit: str) -> None:
        self._desk.stage.now += dt.timedelta(**{unit: int(count)})
        for page in self._desks.values():
            # Whose page is open is there: it asks for something every few seconds.
            page.evaluate("fetch('/desk/strip')")
        self._desk.do(self._desk.stage.advising.watch())

    @step(r"The assistant breaks")
    def assistant_breaks(self) -> None:
        self._desk.stage.assistant.down = True

    # -- the parent ---------------------------------------------------------------------------------------------------

    @step(r"Parent writes: (.+)")
    def parent_writes(self, text: str) -> None:
        self._parent.locator("#text").fill(text)
        self._parent.locator("#send").click()
        expect(self._parent.locator(".parent:not(.unsent) .bubble", has_text=text).last).to_be_visible(timeout=LONGEST)

    @step(r"Parent presses: (.+)")
    def parent_presses(self, label: str) -> None:
        buttons = self._parent.locator("#thread").get_by_role("button", name=label, exact=True)
        buttons.last.click(timeout=LONGEST)
        expect(self._parent.locator(".parent:not(.unsent) .bubble", has_text=label).last).to_be_visible(timeout=LONGEST)

    @step(r"Parent reads: (.+)")
    def parent_reads(self, text: str) -> None:
        expect(self._parent.locator("#thread .bubble", has_text=text).last).to_be_visible(timeout=LONGEST)

    @step(r"Parent reads in the panel: (.+)")
    def parent_reads_in_the_panel(self, text: str) -> None:
        expect(self._parent.locator("#where")).to_contain_text(text, timeout=LONGEST)

    @step(r"Parent does not read: (.+)")
    def parent_does_not_read(self, text: str) -> None:
        self._parent.wait_for_timeout(QUIET)
        expect(self._parent.locator("main")).not_to_contain_text(text)

    @step(r"Parent opens a second tab")
    def parent_opens_a_second_tab(self) -> None:
        self._second = self._contexts["Parent"].new_page()
        self._second.goto(f"{self._desk.address}/chat")

    @step(r"Parent reads in the second tab: (.+)")
    def parent_reads_in_the_second_tab(self, text: str) -> None:
        expect(self._second.locator("#thread .bubble", has_text=text)).to_have_count(1, timeout=LONGEST)

    @property
    def _parent(self) -> Page:
        if "Parent" not in self._contexts:
            self._contexts["Parent"] = self._browser.new_context()
            self._contexts["Parent"].new_page().goto(f"{self._desk.address}/chat")
        return self._contexts["Parent"].pages[0]

    # -- the advisers -------------------------------------------------------------------------------------------------

    @step(r"(Ann|Bo) sees nobody waiting")
    def adviser_sees_nobody(self, name: str) -> None:
        expect(self._at_home(name).locator("#queue")).to_be_visible(timeout=LONGEST)
        expect(self._at_home(name).locator("section", has=self._at_home(name).locator("#queue"))).to_contain_text(
            "Nobody is waiting"
        )

    @step(r"(Ann|Bo) sees waiting: (.+)")
    def adviser_sees_waiting(self, name: str, text: str) -> None:
        expect(self._at_home(name).locator("#lists")).to_contain_text(text, timeout=LONGEST)

    @step(r"(Ann|Bo) takes the next talk")
    def adviser_takes(self, name: str) -> None:
        self._at_home(name).get_by_role("button", name="Take next").click()
        self._desks[name].wait_for_url("**/desk/talks/*")

    @step(r"(Ann|Bo) takes the message")
    def adviser_takes_the_message(self, name: str) -> None:
        self._at_home(name).get_by_role("button", name=re.compile("^Take \\d")).click()
        self._desks[name].wait_for_url("**/desk/talks/*")

    @step(r"(Ann|Bo) reads: (.+)")
    def adviser_reads(self, name: str, text: str) -> None:
        expect(self._in_talk(name).locator("main")).to_contain_text(text, timeout=LONGEST)

    @step(r"(Ann|Bo) reads in the card: (.+)")
    def adviser_reads_in_the_card(self, name: str, text: str) -> None:
        expect(self._in_talk(name).locator(".about")).to_contain_text(text, timeout=LONGEST)

    @step(r"(Ann|Bo) writes: (.+)")
    def adviser_writes(self, name: str, text: str) -> None:
        self._in_talk(name).get_by_label("Your reply").fill(text)
        self._in_talk(name).get_by_role("button", name="Send", exact=True).click()
        expect(self._in_talk(name).locator("#thread .adviser", has_text=text)).to_be_visible(timeout=LONGEST)

    @step(r"(Ann|Bo) notes: (.+)")
    def adviser_notes(self, name: str, text: str) -> None:
        self._in_talk(name).get_by_label("A private note").fill(text)
        self._in_talk(name).get_by_role("button", name="Keep the note").click()
        expect(self._in_talk(name).locator(".remark.note")).to_contain_text(text, timeout=LONGEST)

    @step(r"(Ann|Bo) asks a colleague to look on")
    def adviser_asks_a_colleague(self, name: str) -> None:
        self._in_talk(name).get_by_role("button", name="Ask a supervisor to look on").click()

    @step(r"(Ann|Bo) passes the talk to (Ann|Bo)")
    def adviser_passes_on(self, name: str, to: str) -> None:
        page = self._in_talk(name)
        page.get_by_label("Give this talk to").select_option(to)
        page.get_by_role("button", name="Give it to them").click()
        page.wait_for_url("**/desk")

    @step(r"(Ann|Bo) gives it back with: (.+)")
    def adviser_gives_back(self, name: str, sentence: str) -> None:
        page = self._in_talk(name)
        page.locator("summary", has_text="Back to the assistant").click()
        page.get_by_label("A sentence to the parent").fill(sentence)
        page.get_by_role("button", name="Back to the assistant").click()
        expect(page.locator("main")).to_contain_text("This talk has ended", timeout=LONGEST)

    @step(r"(Ann|Bo) closes the talk as: (.+)")
    def adviser_closes(self, name: str, outcome: str) -> None:
        page = self._in_talk(name)
        page.locator("summary", has_text="Close the talk").click()
        page.get_by_label("Outcome").select_option(label=outcome)
        page.get_by_role("button", name="Close the talk").click()
        expect(page.locator("main")).to_contain_text("This talk has ended", timeout=LONGEST)

    @step(r"(Ann|Bo) sees the call: (.+)")
    def adviser_sees_the_call(self, name: str, text: str) -> None:
        page = self._at_home(name)
        page.goto(f"{self._desk.address}/desk/calls")
        expect(page.locator("main")).to_contain_text(text)

    @step(r"(Ann|Bo)'s page is gone")
    def page_is_gone(self, name: str) -> None:
        del self._desks[name]
        self._contexts.pop(name).close()

    @step(r"(Sue), supervisor, switches off the (assistant|desk): (.+)")
    def supervisor_switches_off(self, name: str, what: str, reason: str) -> None:
        form = self._switch(name, what)
        form.get_by_label("What parents will read").fill(reason)
        form.get_by_role("button", name=re.compile("^Switch off")).click()

    @step(r"(Sue), supervisor, switches on the (assistant|desk)")
    def supervisor_switches_on(self, name: str, what: str) -> None:
        self._switch(name, what).get_by_role("button", name=re.compile("^Switch on")).click()

    @step(r"(Sue), supervisor, whispers in talk (\d+): (.+)")
    def supervisor_whispers(self, name: str, talk: str, text: str) -> None:
        page = self._at_home(name)
        page.goto(f"{self._desk.address}/desk/talks/{talk}")
        page.get_by_label("Whisper to the adviser").fill(text)
        page.get_by_role("button", name="Whisper").click()
        expect(page.locator(".remark.whisper")).to_contain_text(text, timeout=LONGEST)

    def _switch(self, name: str, what: str) -> Page:
        page = self._at_home(name)
        page.goto(f"{self._desk.address}/desk/switches")
        return page.locator(f"section[aria-labelledby=web-{'bot' if what == 'assistant' else 'desk'}]")

    def _at_home(self, name: str) -> Page:
        """The first page of the desk in the browser of somebody, who signs in when they come."""
        if name not in self._desks:
            self._contexts[name] = self._browser.new_context()
            self._desks[name] = self._contexts[name].new_page()
            self._desks[name].goto(f"{self._desk.address}/desk/sign-in")
            sign_in(self._desks[name], name)
            self._desks[name].wait_for_url("**/desk")
        if not self._desks[name].url.endswith("/desk"):
            self._desks[name].goto(f"{self._desk.address}/desk")
        return self._desks[name]

    def _in_talk(self, name: str) -> Page:
        """The page of the talk that somebody has."""
        if name not in self._desks or "/desk/talks/" not in self._desks[name].url:
            self._at_home(name).locator("#lists ul.talks a").first.click()
            self._desks[name].wait_for_url("**/desk/talks/*")
        return self._desks[name]


@pytest.fixture(autouse=True)
def without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place in the queue is looked at at once."""
    monkeypatch.setattr(events, "SECONDS_A_PLACE", 0.2)


@pytest.mark.parametrize("scene", SCENES, ids=lambda path: path.stem)
def test_a_talk_goes_as_its_scene_says(scene: Path, desk: Desk, browser: Browser) -> None:
    played = Scene(desk, browser)
    try:
        for number, line in enumerate(scene.read_text(encoding="utf-8").splitlines(), 1):
            if line and not line.startswith("#"):
                try:
                    played.play(line)
                except Exception as error:
                    raise AssertionError(f"{scene.name}:{number}: {line}") from error
    finally:
        played.close()


def test_every_line_of_the_scenes_is_told_in_their_readme() -> None:
    readme = (Path(__file__).parent / "talks" / "README.md").read_text(encoding="utf-8")
    for pattern in STEPS:
        words = re.sub(r"\(.*?\)|\\[dS]\+?|[:^$]", " ", pattern).split()
        assert all(word.strip(",") in readme for word in words), pattern
