"""The page of the booked calls in a real browser: with axe, on a small screen, by its buttons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.callbacks import Call, Callback
from bot.settings import LONDON
from tests.e2e.desk import Desk, sign_in
from tests.e2e.test_desk import findings

pytestmark = pytest.mark.slow

Opens = Callable[..., Page]
LONG = "he was sent home again and nobody tells me why, Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"


@pytest.fixture
def callback(desk: Desk) -> Callback:
    """A parent who has asked the assistant before has booked a call."""
    stage = desk.stage
    conversation = desk.do(stage.helpline.open("web"))
    desk.do(stage.helpline.hear(conversation, "Is a part-time timetable allowed?", "a"))
    begin = dt.datetime(2026, 11, 24, 10, tzinfo=LONDON)
    return desk.do(
        stage.store.book(conversation, Call("call", begin, 30, "Sarah", "+447911123456", False, LONG), 2, stage.now)
    )


@pytest.fixture
def opened(new_page: Opens, desk: Desk) -> Opens:
    def open_page(address: str, **options: Any) -> Page:
        page = new_page(**options)
        page.goto(f"{desk.address}/desk/sign-in")
        sign_in(page, "Ann")
        page.wait_for_url("**/desk")
        page.goto(f"{desk.address}{address}")
        return page

    return open_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_calls(opened: Opens, callback: Callback, scheme: str) -> None:
    for address in ("/desk/calls", f"/desk/calls/{callback.number}"):
        assert findings(opened(address, color_scheme=scheme)) == []


def test_at_320_pixels_nothing_is_cut_off(opened: Opens, callback: Callback) -> None:
    for address in ("/desk/calls", f"/desk/calls/{callback.number}"):
        page = opened(address, viewport={"width": 320, "height": 256})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_adviser_rings_three_times_and_the_call_is_missed(opened: Opens, callback: Callback) -> None:
    page = opened("/desk/calls")
    for number in (1, 2, 3):
        page.get_by_role("button", name=f"No answer, try {number} of 3").click()
    expect(page.locator("main")).to_contain_text("Nobody answered")
    expect(page.get_by_role("button", name="The call was made")).to_have_count(0)


def test_an_adviser_says_how_the_call_went(opened: Opens, callback: Callback) -> None:
    page = opened(f"/desk/calls/{callback.number}")
    page.get_by_label("Outcome").select_option(index=1)
    page.get_by_role("button", name="The call was made").click()
    expect(page.locator("main")).to_contain_text("Made")
