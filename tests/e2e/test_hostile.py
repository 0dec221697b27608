"""What is written to do harm does none in a real browser, for the parent or for the adviser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from bot.accounts import Role
from bot.channels.forms import written
from bot.channels.web.doorway import COOKIE
from bot.handover import HandoverCard
from tests.e2e.desk import Desk, sign_in
from tests.keys import KEYS
from tests.test_hostile import HOSTILE

pytestmark = pytest.mark.slow


def test_everything_is_shown_as_it_was_written_and_nothing_of_it_happens(
    new_page: Callable[..., Page], desk: Desk
) -> None:
    name = HOSTILE[1]
    desk.do(desk.stage.store.add_account(name, Role.ADVISER, "", 3))
    conversation = desk.do(desk.stage.helpline.open("web"))
    card = HandoverCard(want="\n".join(HOSTILE), council=HOSTILE[0], reach=HOSTILE[2])
    desk.do(desk.stage.helpline.hand_over(conversation, card))
    asked: list[str] = []
    parent, adviser = new_page(), new_page()
    for page in (parent, adviser):
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: asked.append(dialog.message))
    adviser.goto(f"{desk.address}/desk/sign-in")
    sign_in(adviser, "Sue")
    talk = desk.do(desk.stage.advising.take(name))
    parent.context.add_cookies(
        [{"name": COOKIE, "value": KEYS.sign(conversation, COOKIE), "url": f"{desk.address}/chat"}]
    )
    # The first half stands in the pages as they are loaded, the second comes live.
    half = len(HOSTILE) // 2
    for number, text in enumerate(HOSTILE):
        if number < half:
            desk.do(desk.stage.helpline.hear(conversation, text, f"p{number}"))
        if number == half:
            parent.goto(f"{desk.address}/chat")
            adviser.goto(f"{desk.address}/desk/talks/{talk.number}")
        if number >= half:
            parent.locator("#text").fill(text)
            parent.locator("#send").click()
        desk.do(desk.stage.advising.say(talk.number, name, text, str(number)))
    for page in (parent, adviser):
        for author in ("parent", "adviser"):
            last = page.locator(f"#thread .{author} .bubble").last
            expect(last).to_have_text(written(HOSTILE[-1]))
            said = page.locator(f"#thread .{author} .bubble").all_text_contents()
            assert [written(text) for text in said[-len(HOSTILE) :]] == [*map(written, HOSTILE)]
        page.mouse.move(200, 400)
        page.wait_for_timeout(300)
        assert page.evaluate("window.harm") is None
    assert [address for address in asked if not address.startswith(desk.address)] == []
