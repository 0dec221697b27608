"""Before a message is sent, a parent is asked what to take out of it: once, and never in danger."""

from __future__ import annotations

import re

import httpx
import pytest

from bot.channels.web.chat import OFFER_COOKIE
from bot.channels.web.doorway import COOKIE
from bot.conversation import Author
from bot.knowledge import Knowledge
from tests.keys import conversation_in
from tests.stand_in import Stage

PERSONAL = "My son Tom is at Oakfield Academy. Is a part-time timetable allowed?"
WITHOUT = "My son [name] is at [school]. Is a part-time timetable allowed?"
CHOICE = re.compile(r'name="personal" value="(\w+)"')


def box(page: httpx.Response) -> str:
    return re.search(r"<textarea id=\"text\"[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)[1]


def choices(page: httpx.Response) -> list[str]:
    return CHOICE.findall(page.text)


async def said(browser: httpx.AsyncClient, stage: Stage) -> list[str]:
    """What the parent's conversation holds of the parent's words."""
    conversation = conversation_in(browser.cookies)
    thread = await stage.helpline.thread(conversation) if conversation else ()
    return [line.text for line in thread if line.author is Author.PARENT]


async def test_a_parent_is_asked_before_anything_is_stored(browser, stage, knowledge: Knowledge):
    page = await browser.post("/chat", data={"text": PERSONAL})
    assert (page.status_code, choices(page)) == (200, ["without", "with", "edit"])
    assert knowledge.say("page_offer", what="name and school") in page.text
    assert f'<blockquote dir="auto">{WITHOUT}</blockquote>' in page.text
    assert (box(page), await said(browser, stage)) == (PERSONAL, [])
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize(("choice", "sent"), [("without", WITHOUT), ("with", PERSONAL)])
async def test_what_the_parent_chooses_is_sent(browser, stage, choice, sent):
    page = await browser.post("/chat", data={"text": PERSONAL, "asked": "1", "personal": choice})
    assert choices(page) == []
    assert await said(browser, stage) == [sent]
    assert "Is a part-time or reduced timetable allowed" in page.text


async def test_a_parent_who_wants_to_change_it_finds_it_in_the_box_and_is_not_asked_again(browser, stage):
    page = await browser.post("/chat", data={"text": PERSONAL, "asked": "1", "personal": "edit"})
    assert (box(page), choices(page), await said(browser, stage)) == (PERSONAL, [], [])
    assert 'name="asked" value="1"' in page.text
    await browser.post("/chat", data={"text": f"{PERSONAL} Please.", "asked": "1"})
    assert await said(browser, stage) == [f"{PERSONAL} Please."]


async def test_what_was_sent_once_as_it_is_is_not_asked_about_again_and_new_names_are(browser, stage):
    await browser.post("/chat", data={"text": PERSONAL, "asked": "1", "personal": "with"})
    assert choices(await browser.post("/chat", data={"text": "Was Tom suspended?"})) == []
    assert choices(await browser.post("/chat", data={"text": "Was Amira suspended?"})) == ["without", "with", "edit"]
    assert (await said(browser, stage))[1:] == ["Was Tom suspended?"]


async def test_a_parent_who_declines_for_good_is_not_asked_in_this_visit(browser, stage):
    await browser.post("/chat", data={"text": PERSONAL, "asked": "1", "personal": "with", "no_offer": "1"})
    assert browser.cookies[OFFER_COOKIE] == "no"
    assert choices(await browser.post("/chat", data={"text": "Amira was suspended"})) == []
    assert len(await said(browser, stage)) == 2


async def test_the_choice_ends_with_the_visit(browser):
    page = await browser.post("/chat", data={"text": PERSONAL, "personal": "edit", "no_offer": "1"})
    cookie = next(line for line in page.headers.get_list("set-cookie") if line.startswith(OFFER_COOKIE))
    assert "max-age" not in cookie.lower()
    assert "expires" not in cookie.lower()


@pytest.mark.parametrize(
    "danger",
    [
        "My son Tom wants to kill himself tonight",
        "Amira has taken all the tablets. 07911 123456",
        "my husband hits my daughter Amira every day",
    ],
)
@pytest.mark.parametrize("address", ["/chat", "/chat/messages"])
async def test_a_message_with_danger_in_it_is_never_held_back(browser, stage, danger, address):
    page = await browser.post(address, data={"text": danger})
    assert choices(page) == []
    assert await said(browser, stage) == [danger]


async def test_danger_that_only_shows_in_the_light_of_the_message_before_is_not_held_back(browser, stage):
    await browser.post("/chat", data={"text": "I am looking at the tablets"})
    page = await browser.post("/chat", data={"text": "I've taken them all, tell Amira"})
    assert choices(page) == []
    assert len(await said(browser, stage)) == 2


async def test_a_message_without_anything_personal_is_not_asked_about(browser, stage):
    assert choices(await browser.post("/chat", data={"text": "Is a part-time timetable allowed in Kent?"})) == []
    assert len(await said(browser, stage)) == 1


async def test_a_button_is_not_asked_about(browser):
    assert choices(await browser.post("/chat", data={"press": "human", "text": PERSONAL})) == []


async def test_what_is_meant_for_a_person_is_sent_as_it_is(browser, stage, waiting, sam):
    assert choices(await browser.post("/chat", data={"text": "Tell them Amira is ill"})) == []
    await sam.take()
    assert choices(await browser.post("/chat", data={"text": "She is at Oakfield Academy"})) == []
    assert (await said(browser, stage))[-2:] == ["Tell them Amira is ill", "She is at Oakfield Academy"]


async def test_a_parent_who_asks_the_assistant_while_waiting_is_asked(browser, waiting):
    await browser.post("/chat", data={"press": "waiting:ask"})
    assert choices(await browser.post("/chat", data={"text": "Was Amira suspended?"})) == ["without", "with", "edit"]


async def test_name_and_number_for_a_booked_call_are_taken_as_they_are(browser, stage):
    for press in ("human", "callback", "callback:kind:call", "callback:day:2026-11-24", "callback:time:10:00"):
        await browser.post("/chat", data={"press": press})
    for answer in ("Amira", "07911 123456"):
        assert choices(await browser.post("/chat", data={"text": answer})) == []
    assert (await said(browser, stage))[-2:] == ["Amira", "07911 123456"]


async def test_the_script_is_given_the_question_alone(browser, stage):
    answer = await browser.post("/chat/messages", data={"text": PERSONAL})
    assert (answer.status_code, answer.headers["helpline-offer"], choices(answer)) == (
        200,
        "1",
        ["without", "with", "edit"],
    )
    assert "<html" not in answer.text
    assert await said(browser, stage) == []
    sent = await browser.post("/chat/messages", data={"text": WITHOUT, "asked": "1", "no_offer": "1"})
    assert "helpline-offer" not in sent.headers
    assert (await said(browser, stage), browser.cookies[OFFER_COOKIE]) == ([WITHOUT], "no")


async def test_a_masked_message_that_is_sent_is_what_the_adviser_and_the_assistant_get(browser, stage):
    await browser.post("/chat", data={"text": PERSONAL, "asked": "1", "personal": "without"})
    assert stage.assistant.heard == [WITHOUT]


async def test_markup_in_the_message_stays_words(browser):
    page = await browser.post("/chat", data={"text": "<b>Tom</b> was excluded"})
    assert "&lt;b&gt;[name]&lt;/b&gt; was excluded" in page.text
    assert "<b>" not in page.text
