"""The chat page does its work without a script, keeps what parents write, and takes nothing from strangers."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from bot.channels.web import chat, doorway, static
from bot.conversation import MOST_CHARACTERS, MOST_READ, Author, Risk
from bot.knowledge import Knowledge
from bot.settings import ROOT
from tests.keys import KEYS, conversation_in
from tests.stand_in import Stage

QUESTION = "Is a part-time timetable allowed?"
STATIC = ROOT / "bot" / "static"
LEAST_CONTRASTS = {
    7: [("ink", "ground"), ("ink", "paper"), ("ink", "mine"), ("alarm", "alarm-ground")],
    5: [("soft", "ground"), ("soft", "paper"), ("accent", "paper"), ("accent", "mine"), ("on-accent", "accent")],
    3: [("edge", "ground"), ("edge", "paper")],
}


async def write(browser: httpx.AsyncClient, text: str, **fields: str) -> httpx.Response:
    return await browser.post("/chat", data={"text": text, **fields})


async def broken(*_: object) -> None:
    raise RuntimeError("disk full")


def thread_of(browser: httpx.AsyncClient) -> str:
    return conversation_in(browser.cookies)


def box(page: httpx.Response) -> str:
    return re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)[1]


def pressable(page: httpx.Response) -> list[str]:
    return re.findall(r'name="press" value="([^"]+)"', page.text)


# -- asking ---------------------------------------------------------------------------------------------------------


async def test_a_parent_who_only_looks_sees_the_welcome_and_opens_no_conversation(
    browser: httpx.AsyncClient, stage: Stage, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    monkeypatch.setattr(stage.store, "open", broken)
    page = await browser.get("/")
    assert (page.url.path, page.status_code) == ("/chat", 200)
    assert knowledge.say("page_subjects") in page.text
    assert pressable(page) == [*(f"card:{card}" for card in knowledge.service["topics"]), "human"]
    assert not browser.cookies


async def test_the_page_says_that_it_is_automated_where_a_person_is_and_999(
    browser: httpx.AsyncClient, knowledge: Knowledge
) -> None:
    page = await browser.get("/chat")
    assert "automated assistant" in page.text
    assert knowledge.signposts["helpline"].hours in page.text
    assert f'<a href="tel:{knowledge.service["phone"].replace(" ", "")}">' in page.text
    assert '<a href="tel:999">999</a>' in page.text


async def test_a_question_is_answered_on_the_page_that_follows(browser: httpx.AsyncClient) -> None:
    browser.follow_redirects = False
    sent = await write(browser, QUESTION)
    assert (sent.status_code, sent.headers["location"]) == (303, "/chat#newest")
    page = await browser.get("/chat")
    assert QUESTION in page.text
    assert '<h2 class="title">Is a part-time or reduced timetable allowed' in page.text
    assert page.text.index('<span id="newest">') > page.text.index(QUESTION)


async def test_the_cookie_holds_the_conversation_for_a_week_and_scripts_cannot_read_it(
    browser: httpx.AsyncClient, stage: Stage
) -> None:
    browser.follow_redirects = False
    cookie = (await write(browser, QUESTION)).headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/chat", "max-age=604800"} <= set(cookie.split("; "))
    assert "secure" not in cookie
    assert (await stage.helpline.thread(thread_of(browser)))[0].text == QUESTION


async def test_over_https_the_cookie_never_travels_in_the_open(stage: Stage) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="https://helpline") as browser:
        cookie = (await write(browser, QUESTION)).headers["set-cookie"]
        assert cookie.startswith(f"__Host-{doorway.COOKIE}=")
        # Without these browsers do not take a cookie of such a name.
        assert {"Secure", "Path=/"} <= set(cookie.split("; "))
        assert QUESTION in (await browser.get("https://helpline/chat")).text


async def test_over_https_a_conversation_that_a_neighbouring_site_has_planted_is_not_taken_up(stage: Stage) -> None:
    planted = KEYS.sign(await stage.helpline.open("web"), doorway.COOKIE)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="https://helpline") as browser:
        browser.cookies.set(doorway.COOKIE, planted, path="/chat")
        answer = await write(browser, QUESTION)
        assert "set-cookie" in answer.headers
        assert await stage.helpline.thread(planted.rpartition(".")[0]) == []


async def test_the_script_gets_the_new_lines_and_then_only_newer_ones(browser: httpx.AsyncClient) -> None:
    first = await browser.post("/chat/messages", data={"text": QUESTION})
    assert re.findall(r'data-number="(\d)"', first.text) == ["1", "2"]
    assert "<html" not in first.text
    second = await browser.post("/chat/messages", data={"text": "and if he is suspended?", "after": "2"})
    assert re.findall(r'data-number="(\d)"', second.text) == ["3", "4"]
    later = await browser.get("/chat/messages?after=3")
    assert re.findall(r'data-number="(\d)"', later.text) == ["4"]
    assert (await browser.get("/chat/messages?after=4")).text.strip() == ""


async def test_a_retry_is_answered_once(browser: httpx.AsyncClient, stage: Stage) -> None:
    for _ in range(2):
        await write(browser, QUESTION, client_id="the-same")
    assert [line.answers for line in await stage.helpline.thread(thread_of(browser))] == [None, 1]


async def test_a_form_brought_back_and_changed_is_another_message(browser: httpx.AsyncClient, stage: Stage) -> None:
    await write(browser, QUESTION, client_id="the-same")
    await write(browser, "I meant: he is suspended", client_id="the-same")
    assert stage.assistant.heard == [QUESTION, "I meant: he is suspended"]


async def test_what_a_parent_writes_is_shown_as_written_and_never_as_markup(browser: httpx.AsyncClient) -> None:
    page = await write(browser, "<script>alert(1)</script> **no**\r\nsecond line")
    assert (
        '<div class="bubble plain" dir="auto">&lt;script&gt;alert(1)&lt;/script&gt; **no**\nsecond line</div>'
        in page.text
    )


# -- buttons --------------------------------------------------------------------------------------------------------


async def test_a_topic_is_answered_and_stored_under_its_own_label(
    browser: httpx.AsyncClient, stage: Stage, knowledge: Knowledge
) -> None:
    await write(browser, "", press="card:off-rolling-what")
    asked, answer = await stage.helpline.thread(thread_of(browser))
    assert (asked.text, asked.press) == (knowledge.cards["off-rolling-what"].title, "card:off-rolling-what")
    assert answer.reply.shown[0].card == "off-rolling-what"


@pytest.mark.parametrize("press", ["card:ehe-orders-made-up", "card:ehc-late", "again:1", "yes", "'; drop table"])
async def test_a_button_that_was_not_offered_is_refused_and_the_words_stay(
    browser: httpx.AsyncClient, knowledge: Knowledge, press: str
) -> None:
    page = await write(browser, "half a question", press=press)
    assert page.status_code == 422
    assert knowledge.say("page_button_gone") in page.text
    assert box(page) == "half a question"


async def test_only_the_newest_reply_can_be_pressed(browser: httpx.AsyncClient) -> None:
    assert pressable(await write(browser, QUESTION))[:2] == ["yes", "no"]
    choices = pressable(await write(browser, "suspended or sent home?"))
    assert choices == ["card:suspension-first-steps", "card:informal-sent-home", "human"]


async def test_a_button_of_an_earlier_reply_still_counts_when_another_tab_shows_it(browser: httpx.AsyncClient) -> None:
    await write(browser, "suspended or sent home?")
    await write(browser, QUESTION)
    assert (await write(browser, "", press="card:informal-sent-home")).status_code == 200


async def test_words_in_the_box_stay_there_when_a_button_is_pressed(browser: httpx.AsyncClient) -> None:
    page = await write(browser, "half a question", press="human")
    assert page.status_code == 200
    assert box(page) == "half a question"
    assert "half a question" not in page.text.split('<form id="ask"')[0]


# -- replies --------------------------------------------------------------------------------------------------------


async def test_an_answer_folds_what_it_rests_on_and_opens_what_to_do_next(
    browser: httpx.AsyncClient, knowledge: Knowledge
) -> None:
    page = (await write(browser, QUESTION)).text
    basis = page.index(f"<details><summary>{knowledge.say('heading_basis')}</summary>")
    steps = page.index(f"<details open><summary>{knowledge.say('heading_next')}</summary>")
    source = page.index(f'<details class="source"><summary>{knowledge.say("heading_source")}</summary>')
    assert basis < steps < page.rindex("</details>", 0, source) < source < page.index(knowledge.say("was_this_it"))
    thread = page.partition('<ol id="thread"')[2].partition("</ol>\n<div")[0]
    assert thread.count("<details") == thread.count("</details>") == 3


async def test_links_open_beside_the_chat(browser: httpx.AsyncClient) -> None:
    page = (await write(browser, QUESTION)).text
    links = re.findall(r'<a href="https?://[^>]*>', page)
    assert links
    assert all('target="_blank" rel="noopener noreferrer"' in link for link in links)


async def test_a_reply_to_somebody_in_danger_stands_out_and_its_numbers_can_be_pressed(
    browser: httpx.AsyncClient,
) -> None:
    page = (await write(browser, "I want to kill myself")).text
    answer = page[page.index("line assistant concern") :]
    assert '<a href="tel:999">999</a>' in answer
    assert '<a href="tel:116123">116 123</a>' in answer


async def test_when_the_assistant_fails_the_page_says_so_and_offers_to_try_again(
    browser: httpx.AsyncClient, knowledge: Knowledge
) -> None:
    page = await write(browser, "broken")
    assert pressable(page) == ["again:1", "human"]


# -- waiting --------------------------------------------------------------------------------------------------------


async def test_a_slow_answer_is_waited_for_on_the_page_and_survives_reload(
    browser: httpx.AsyncClient, stage: Stage, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    monkeypatch.setattr(chat, "PATIENCE_SECONDS", 0.02)
    for page in (await write(browser, "a slow timetable"), await browser.get("/chat")):
        assert "a slow timetable" in page.text
        assert knowledge.say("page_thinking") in page.text.split('<form id="ask"')[0]
        assert '<noscript><meta http-equiv="refresh" content="2; url=/chat?looks=1#newest"></noscript>' in page.text
        assert not pressable(page)
    stage.assistant.go.set()
    await until_answered(stage, thread_of(browser))
    page = await browser.get("/chat")
    assert 'class="title"' in page.text
    assert 'http-equiv="refresh"' not in page.text


async def test_a_second_question_asked_while_the_first_is_thought_about_is_not_lost(
    browser: httpx.AsyncClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "PATIENCE_SECONDS", 0.02)
    await browser.post("/chat/messages", data={"text": "a slow timetable"})
    second = asyncio.create_task(browser.post("/chat/messages", data={"text": "suspended", "after": "1"}))
    await asyncio.sleep(0.1)
    stage.assistant.go.set()
    await second
    await until_answered(stage, thread_of(browser))
    thread = await stage.helpline.thread(thread_of(browser))
    assert [line.text for line in thread if line.author is Author.PARENT] == ["a slow timetable", "suspended"]
    assert sorted(line.answers for line in thread if line.answers) == [
        line.number for line in thread if line.author is Author.PARENT
    ]


async def until_answered(stage: Stage, conversation: str) -> None:
    for _ in range(100):
        thread = await stage.helpline.thread(conversation)
        if sum(line.author is Author.PARENT for line in thread) * 2 == len(thread):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no answer came")


# -- what cannot be taken -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f622", "\r\ny"])
async def test_a_thousand_characters_are_taken_however_they_are_sent(browser: httpx.AsyncClient, letter: str) -> None:
    text = "timetable" + letter * ((MOST_CHARACTERS - 9) // len(letter.replace("\r\n", "\n")))
    assert (await write(browser, text)).status_code == 200


async def test_one_character_more_is_refused_kindly_and_nothing_is_lost(
    browser: httpx.AsyncClient, stage: Stage
) -> None:
    text = "<b>" + "x" * (MOST_CHARACTERS - 2)
    page = await write(browser, text)
    assert page.status_code == 422
    assert "1,001" in page.text
    assert box(page) == text.replace("<b>", "&lt;b&gt;")
    assert not stage.assistant.heard
    assert not browser.cookies


@pytest.mark.parametrize("length", [MOST_CHARACTERS + 1, MOST_READ])
async def test_words_of_danger_are_heard_however_long_the_message_is(
    browser: httpx.AsyncClient, stage: Stage, length: int
) -> None:
    end = " My son has just run away from school."
    text = ("It has been a hard year for us all. " * 200)[: length - len(end)] + end
    page = await write(browser, text)
    assert page.status_code == 200
    assert 'class="line assistant concern"' in page.text
    (open_talk,) = await stage.store.queue()
    assert open_talk.level is Risk.IMMEDIATE


@pytest.mark.parametrize("text", ["", "  \r\n "])
async def test_an_empty_box_gets_a_hint(browser: httpx.AsyncClient, knowledge: Knowledge, text: str) -> None:
    page = await write(browser, text)
    assert page.status_code == 422
    assert knowledge.say("page_empty") in page.text


async def test_a_flood_is_not_even_read(browser: httpx.AsyncClient, knowledge: Knowledge) -> None:
    page = await write(browser, "x" * 20_001)
    assert page.status_code == 413
    assert knowledge.say("page_too_big") in page.text


async def test_a_hundred_fields_are_refused(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/chat", content="a=1&" * 100)).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("address", ["/chat", "/chat/messages"])
async def test_another_sites_page_cannot_speak_for_a_parent(
    browser: httpx.AsyncClient, stage: Stage, address: str, headers: dict[str, str]
) -> None:
    assert (await browser.post(address, data={"text": QUESTION}, headers=headers)).status_code == 403
    assert not stage.assistant.heard


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://helpline"}])
async def test_our_own_page_can(browser: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await browser.post("/chat", data={"text": QUESTION}, headers=headers)).status_code == 200


async def test_the_script_gets_a_refusal_as_one_sentence(browser: httpx.AsyncClient, knowledge: Knowledge) -> None:
    refusal = await browser.post("/chat/messages", data={"text": ""})
    assert (refusal.status_code, refusal.text) == (422, knowledge.say("page_empty"))
    assert refusal.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("cookie", ["x" * 32, "short", "x" * 500, "%00"])
async def test_a_parent_whose_chat_is_gone_starts_anew_kindly(
    browser: httpx.AsyncClient, stage: Stage, knowledge: Knowledge, cookie: str
) -> None:
    page = await browser.get("/chat", headers={"Cookie": f"{doorway.COOKIE}={cookie}"})
    assert page.status_code == 200
    assert knowledge.say("page_anew") in page.text
    assert "max-age=0" in page.headers["set-cookie"].lower()
    sent = await browser.post(
        "/chat", data={"text": QUESTION}, headers={"Cookie": f"{doorway.COOKIE}={cookie}"}, follow_redirects=False
    )
    assert sent.headers["location"] == "/chat?anew=1#newest"
    page = await browser.get(sent.headers["location"])
    assert QUESTION in page.text
    assert knowledge.say("page_anew") in page.text


async def test_the_script_of_a_page_whose_chat_is_gone_is_sent_to_the_new_one(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/chat/messages?after=2")).status_code == 404
    sent = await browser.post("/chat/messages", data={"text": QUESTION, "after": "8"})
    assert sent.headers["helpline-page"] == "/chat?anew=1#newest"


async def test_a_fault_of_ours_is_a_kind_sentence_and_the_words_stay(
    browser: httpx.AsyncClient, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.store, "open", broken)
    page = await write(browser, QUESTION)
    assert page.status_code == 503
    assert box(page) == QUESTION
    assert "disk full" not in page.text
    assert "Traceback" not in page.text
    assert (await browser.post("/chat/messages", data={"text": QUESTION})).status_code == 503


# -- the page itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/chat", "/chat/messages"])
async def test_every_answer_carries_the_headers_that_keep_strangers_out(
    browser: httpx.AsyncClient, address: str
) -> None:
    for response in (await browser.get(address), await browser.post(address, data={"text": ""})):
        policy = response.headers["content-security-policy"]
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy.split("; "))
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "same-origin"
        assert response.headers["cache-control"] == "no-store"


async def test_no_script_or_style_stands_in_the_page_itself(browser: httpx.AsyncClient) -> None:
    page = (await write(browser, QUESTION)).text
    assert re.findall(r"<script[^>]*>", page) == [
        f'<script src="{static.address(name)}" defer>' for name in ("leave.js", "chat.js", "read.js")
    ]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)


def test_every_colour_can_be_read_by_tired_eyes() -> None:
    schemes = re.findall(r":root \{([^}]+)\}", (STATIC / "chat.css").read_text())
    assert len(schemes) == 2, "one for light and one for dark"
    for scheme in schemes:
        colour = dict(re.findall(r"--([\w-]+): #(\w+)", scheme))
        for least, pairs in LEAST_CONTRASTS.items():
            for ink, ground in pairs:
                assert contrast(colour[ink], colour[ground]) >= least, (scheme, ink, ground)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, 1.4.3)."""

    def luminance(colour: str) -> float:
        wide = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
        parts = (int(wide[place : place + 2], 16) / 255 for place in (0, 2, 4))
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


async def test_the_id_of_a_conversation_which_stands_in_the_log_opens_nothing(
    browser: httpx.AsyncClient, stage: Stage
) -> None:
    await browser.post("/chat", data={"text": QUESTION})
    signed = browser.cookies[doorway.COOKIE]
    conversation = conversation_in(browser.cookies)
    assert signed == KEYS.sign(conversation, doorway.COOKIE)
    for forged in (conversation, f"{conversation}.", f"{conversation}.{'0' * 32}", KEYS.sign(conversation, "desk")):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(stage.app),
            base_url=str(browser.base_url),
            cookies={doorway.COOKIE: forged},
        ) as other:
            assert QUESTION not in (await other.get("/chat")).text
            assert (await other.get("/chat/messages")).status_code == 404
            assert (await other.get("/chat/transcript.txt")).status_code != 200
