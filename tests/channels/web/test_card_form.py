"""A parent changes what goes to the adviser, leaves out what they like, and loses nothing."""

from __future__ import annotations

import datetime as dt
import html
import re

import httpx
import pytest

from bot.conversation import Author, Risk, Shown
from bot.handover import HandoverCard
from bot.knowledge import Knowledge
from bot.limits import Limits
from tests.channels.web.conftest import Sam
from tests.keys import conversation_in
from tests.stand_in import Stage

QUESTION = "Is a part-time timetable allowed?"


@pytest.fixture
async def offered(browser: httpx.AsyncClient) -> str:
    """The conversation of a parent who was offered a person."""
    await browser.post("/chat", data={"text": QUESTION})
    await browser.post("/chat", data={"press": "human"})
    return conversation_in(browser.cookies)


async def card_of(stage: Stage, conversation: str) -> HandoverCard:
    return (await stage.store.open_talk(conversation)).card


def values(page: httpx.Response) -> dict[str, str]:
    """What the form's lines hold."""
    lines = dict(re.findall(r'<input id="(\w+)" name="\w+" value="([^"]*)"', page.text))
    lines["want"] = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)[1]
    return {name: html.unescape(value) for name, value in lines.items()}


async def test_the_button_leads_to_the_form_and_is_not_heard(
    browser: httpx.AsyncClient, stage: Stage, offered: str
) -> None:
    browser.follow_redirects = False
    before = await stage.helpline.thread(offered)
    pressed = await browser.post("/chat", data={"press": "handover:change"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/chat/handover")
    pressed = await browser.post("/chat/messages", data={"press": "handover:change"})
    assert pressed.headers["helpline-page"] == "/chat/handover"
    assert await stage.helpline.thread(offered) == before


async def test_the_form_is_filled_in_with_what_was_said(
    browser: httpx.AsyncClient, offered: str, knowledge: Knowledge
) -> None:
    page = await browser.get("/chat/handover")
    assert values(page) == {"want": QUESTION, "council": "", "date": "", "reach": ""}
    card = knowledge.cards["part-time-timetable-rules"]
    assert f'name="shown:{card.id}:{card.version}" value="1" checked> {card.title}' in page.text


async def test_words_in_the_box_come_into_the_form(browser: httpx.AsyncClient, offered: str) -> None:
    page = await browser.post("/chat", data={"press": "handover:change", "text": "he has no plan"})
    assert values(page)["want"] == f"{QUESTION}\n\nhe has no plan"


async def test_what_is_changed_goes_to_the_adviser_and_what_is_left_out_does_not(
    browser: httpx.AsyncClient, stage: Stage, offered: str
) -> None:
    fields = {
        "want": "They send him home\r\nat noon\x00",
        "nation": "wales",
        "council": "Swansea",
        "ehc_plan": "none",
        "school": "spaceship",
        "date": "3 May",
        "reach": "0161 496 0000",
        "safe_to_leave": "no",
        "shown:made-up:1": "1",
    }
    page = await browser.post("/chat/handover", data=fields)
    assert (page.url.path, page.status_code) == ("/chat", 200)
    assert await card_of(stage, offered) == HandoverCard(
        want="They send him home\nat noon",
        nation="wales",
        council="Swansea",
        facts={"ehc_plan": "none", "date": "3 May"},
        reach="0161 496 0000",
        safe_to_leave=False,
    )


async def test_answers_that_are_still_ticked_go_with_it(
    browser: httpx.AsyncClient, stage: Stage, offered: str, knowledge: Knowledge
) -> None:
    card = knowledge.cards["part-time-timetable-rules"]
    await browser.post("/chat/handover", data={f"shown:{card.id}:{card.version}": "1"})
    assert (await card_of(stage, offered)).shown == (Shown(card.id, card.version),)


async def test_everything_may_be_left_empty_and_is_sent_once(
    browser: httpx.AsyncClient, stage: Stage, offered: str
) -> None:
    for _ in range(2):
        await browser.post("/chat/handover", data={"client_id": "the-same"})
    assert await card_of(stage, offered) == HandoverCard()
    sent = [line for line in await stage.helpline.thread(offered) if line.press == "waiting:place"]
    assert len(sent) == 1
    assert len(await stage.store.queue()) == 1


@pytest.mark.parametrize(("name", "most"), [("want", 1000), ("council", 100), ("date", 100), ("reach", 200)])
async def test_a_line_that_is_too_long_is_named_and_nothing_is_lost(
    browser: httpx.AsyncClient, stage: Stage, offered: str, name: str, most: int
) -> None:
    fields = {"want": "a", "council": "b<", "date": "c", "reach": "d", "safe_to_leave": "yes", "nation": "scotland"}
    fields[name] = "x" * (most + 1)
    page = await browser.post("/chat/handover", data=fields)
    assert page.status_code == 422
    assert values(page) == {name: fields[name] for name in ("want", "council", "date", "reach")}
    assert f'<a href="#{name}">' in page.text
    assert re.search(rf'id="{name}"[^>]*aria-describedby="[^"]*{name}-wrong" aria-invalid="true"', page.text)
    assert 'value="yes" checked' in page.text
    assert 'value="scotland" selected' in page.text
    assert await stage.store.open_talk(offered) is None


async def test_words_of_danger_in_the_form_are_heard_however_long_they_are(
    browser: httpx.AsyncClient, stage: Stage, offered: str
) -> None:
    await browser.post("/chat/handover", data={"want": "It has been a hard year. " * 50 + "My son has just run away."})
    concern = await stage.store.open_concern(offered)
    assert concern is not None
    assert concern.level is Risk.IMMEDIATE


async def test_words_of_danger_behind_the_longest_line_are_heard_however_fast_they_come(
    browser: httpx.AsyncClient, stage: Stage, offered: str, limits: Limits
) -> None:
    while not limits.visitor.take(offered):
        pass
    assert (await browser.post("/chat/handover", data={"want": "Sent home"})).status_code == 429
    await browser.post("/chat/handover", data={"want": "It has been a hard year. " * 50 + "My son has just run away."})
    assert await stage.store.open_concern(offered) is not None


async def test_out_of_hours_it_is_left_as_a_message(
    browser: httpx.AsyncClient, stage: Stage, offered: str, knowledge: Knowledge
) -> None:
    stage.now = stage.now.replace(hour=20)
    assert f">{knowledge.say('button_send_message')}</button>" in (await browser.get("/chat/handover")).text
    page = await browser.post("/chat/handover", data={"want": "Call me"})
    assert "We have your message." in page.text


async def test_a_parent_who_waits_changes_the_card_and_keeps_the_place(
    browser: httpx.AsyncClient, stage: Stage, waiting: str, knowledge: Knowledge
) -> None:
    talk = await stage.store.open_talk(waiting)
    assert f">{knowledge.say('page_send_change')}</button>" in (await browser.get("/chat/handover")).text
    stage.now = stage.now.replace(minute=5)
    await browser.post("/chat/handover", data={"want": "Something else"})
    changed = await stage.store.open_talk(waiting)
    assert changed.card.want == "Something else"
    assert (changed.number, changed.waiting_since) == (talk.number, talk.waiting_since)


async def test_when_an_adviser_was_quicker_the_words_reach_them_as_a_message(
    browser: httpx.AsyncClient, stage: Stage, waiting: str, sam: Sam
) -> None:
    await sam.take()
    assert (await browser.get("/chat/handover")).url.path == "/chat"
    await browser.post("/chat/handover", data={"want": "Something else", "reach": "07700 900123"})
    last = (await stage.helpline.thread(waiting))[-1]
    assert (last.author, last.text) == (Author.PARENT, "Something else")
    assert (await card_of(stage, waiting)).reach == "07700 900123"


async def test_a_chat_that_closed_more_than_a_week_ago_is_not_opened_by_the_form(
    browser: httpx.AsyncClient, stage: Stage, waiting: str, sam: Sam, knowledge: Knowledge
) -> None:
    await sam.take()
    await sam.close()
    stage.now += dt.timedelta(days=8)
    page = await browser.post("/chat/handover", data={"want": "Please help"})
    assert page.status_code == 404
    assert "Please help</textarea>" in page.text
    assert await stage.store.open_talk(waiting) is None


async def test_without_a_chat_there_is_no_form(browser: httpx.AsyncClient, knowledge: Knowledge) -> None:
    assert (await browser.get("/chat/handover")).url.path == "/chat"
    page = await browser.post("/chat/handover", data={"want": "Please help"})
    assert page.status_code == 404
    assert knowledge.say("page_anew") in page.text
    assert "Please help</textarea>" in page.text


async def test_another_sites_page_cannot_hand_a_parent_over(
    browser: httpx.AsyncClient, stage: Stage, offered: str
) -> None:
    for address in ("/chat/handover", "/chat/after", "/chat/seen"):
        sent = await browser.post(address, data={"want": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert sent.status_code == 403
    assert await stage.store.open_talk(offered) is None
