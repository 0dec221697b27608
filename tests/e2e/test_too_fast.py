"""A parent whose message came too fast sees that it was not taken, in a real browser, with a script and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.knowledge import Knowledge
from bot.limits import Buckets, Limits, Rate
from tests.e2e.gateway import Gateway
from tests.stand_in import Stage

pytestmark = pytest.mark.slow

QUESTION = "Is a part-time timetable allowed?"


@pytest.fixture
def strict(knowledge: Knowledge, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway that takes two messages: the first, and one more."""
    limits = Limits(visitor=Buckets(Rate(0.001, 1)))
    gateway = Gateway(knowledge, tmp_path, partial(Stage, limits=limits))
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.mark.parametrize("script", [True, False])
def test_a_message_that_came_too_fast_is_back_in_the_box_and_not_in_the_chat(
    new_page: Callable[..., Page], strict: Gateway, knowledge: Knowledge, script: bool
) -> None:
    page = new_page(java_script_enabled=script)
    page.goto(f"{strict.address}/chat")
    for number in range(2):
        page.locator("#text").fill(f"{QUESTION} {number}")
        page.locator("#send").click()
        expect(page.locator(".line.parent")).to_have_count(number + 1)
        expect(page.locator(".line.assistant .title").nth(number)).to_be_visible()
    page.locator("#text").fill("and the third")
    page.locator("#send").click()
    expect(page.locator("#notice")).to_have_text(knowledge.say("page_too_fast"))
    expect(page.locator("#text")).to_have_value("and the third")
    expect(page.locator(".line.parent")).to_have_count(2)
    page.reload()
    expect(page.locator(".line.parent")).to_have_count(2)
