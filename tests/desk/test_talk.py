"""An adviser talks with a parent, with everything before them, and nobody else reads along who may not."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from starlette.requests import Request

from bot.conversation import Author, Holder, Risk, Shown
from bot.desk.live import Events
from bot.desk.sessions import Sessions
from bot.handover import HandoverCard, Talk, Way
from bot.knowledge import Knowledge
from tests.desk.conftest import Adviser, DeskStage
from tests.keys import KEYS

BY_SCRIPT = {"hx-request": "true"}


@pytest.fixture
async def talk(stage: DeskStage) -> Talk:
    """A parent has asked something, has come to Ann, and has written again."""
    return await taken(stage, "Ann")


async def taken(stage: DeskStage, by: str) -> Talk:
    conversation = await stage.helpline.open("web")
    await stage.helpline.hear(conversation, "Is a part-time timetable allowed?", "a")
    card = await stage.helpline.handover_card(conversation)
    await stage.helpline.hand_over(conversation, card, "b")
    await stage.advising.take(by)
    await stage.helpline.hear(conversation, "He is <b>six</b>", "c")
    found = await stage.store.open_talk(conversation)
    assert found is not None
    return found


def at(talk: Talk, form: str = "") -> str:
    return f"/desk/talks/{talk.number}{'/' if form else ''}{form}"


def alert(page: httpx.Response) -> str:
    found = re.search(r'class="notice" role="alert">([^<]+)', page.text)
    return html.unescape(found[1]) if found else ""


def box(page: httpx.Response, name: str = "text") -> str:
    found = re.search(rf'<textarea[^>]* name="{name}"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found, f"no box '{name}'"
    return html.unescape(found[1])


async def newest(stage: DeskStage, talk: Talk) -> int:
    return (await stage.store.thread(talk.conversation))[-1].number


async def said(stage: DeskStage, talk: Talk, author: Author = Author.ADVISER) -> list[str]:
    return [line.text for line in await stage.store.thread(talk.conversation) if line.author is author]


# -- reading --------------------------------------------------------------------------------------------------------


async def test_an_adviser_reads_the_handover_card_and_every_line_with_who_said_it_and_when(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    page = await (await adviser("Ann")).get(at(talk))
    assert page.status_code == 200
    assert knowledge.say("talk_line_want") in page.text
    assert "Is a part-time timetable allowed?" in page.text
    assert knowledge.say("talk_by_parent") + ', <time datetime="2026-11-23T12:00:00+00:00">' in page.text
    assert re.findall(r'<li id="m(\d+)" class="line (\w+)', page.text) == [
        (str(line.number), line.author.value) for line in await stage.store.thread(talk.conversation)
    ]


async def test_what_a_parent_wrote_is_text_whatever_it_looks_like(adviser: Adviser, talk: Talk) -> None:
    page = await (await adviser("Ann")).get(at(talk))
    assert "He is &lt;b&gt;six&lt;/b&gt;" in page.text
    assert "<b>six" not in page.text


async def test_an_adviser_follows_a_link_to_an_answer_that_the_parent_was_shown(adviser: Adviser, talk: Talk) -> None:
    browser = await adviser("Ann")
    page = await browser.get(at(talk))
    assert '<a href="/desk/cards/part-time-timetable-rules" target="_blank">' in page.text
    assert (await browser.get("/desk/cards/part-time-timetable-rules")).status_code == 200


async def test_an_adviser_sees_what_has_reached_the_parent_and_what_was_only_sent(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    browser = await adviser("Ann")
    first = await stage.advising.say(talk.number, "Ann", "Hello", "1")
    await stage.helpline.saw(talk.conversation, first.number)
    second = await stage.advising.say(talk.number, "Ann", "Are you there?", "2")
    page = await browser.get(at(talk))
    assert re.findall(r'<span id="state-(\d+)" class="state">(\w+)</span>', page.text) == [
        (str(first.number), knowledge.say("talk_delivered")),
        (str(second.number), knowledge.say("talk_sent")),
    ]


async def test_an_open_page_gets_only_what_is_new(stage: DeskStage, adviser: Adviser, talk: Talk) -> None:
    browser = await adviser("Ann")
    known = {"after": await newest(stage, talk), "saw": 0, "remarks": 0}
    line = await stage.advising.say(talk.number, "Ann", "Hello", "1")
    fresh = await browser.get(at(talk, "thread"), params=known, headers=BY_SCRIPT)
    assert re.findall(r'<li id="m(\d+)"', fresh.text) == [str(line.number)]
    assert f'name="after" value="{line.number}"' in fresh.text
    assert f'name="seen" value="{line.number}" form="close"' in fresh.text
    await stage.helpline.saw(talk.conversation, line.number)
    await stage.advising.whisper(talk.number, "Sue", "Ask for the date.")
    fresh = await browser.get(at(talk, "thread"), params={**known, "after": line.number}, headers=BY_SCRIPT)
    assert "<li id=" not in fresh.text
    assert f'<span id="state-{line.number}" class="state" hx-swap-oob="true">' in fresh.text
    assert "Ask for the date." in fresh.text
    seen = {"after": line.number, "saw": line.number, "remarks": 1}
    fresh = await browser.get(at(talk, "thread"), params=seen, headers=BY_SCRIPT)
    assert "state-" not in fresh.text
    assert "whisper" not in fresh.text


async def test_without_a_script_new_lines_come_in_a_frame_that_loads_itself_again(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    browser = await adviser("Ann")
    page = await browser.get(at(talk))
    frame = html.unescape(re.search(r'<noscript><iframe class="latest" src="([^"]+)"', page.text)[1])
    assert knowledge.say("talk_nothing_new") in (await browser.get(frame)).text
    await stage.helpline.hear(talk.conversation, "One more thing", "d")
    latest = await browser.get(frame)
    assert "One more thing" in latest.text
    assert '<meta http-equiv="refresh"' in latest.text
    assert "frame-ancestors 'self'" in latest.headers["content-security-policy"]


async def test_an_adviser_finds_the_log_of_all_moves(adviser: Adviser, talk: Talk, knowledge: Knowledge) -> None:
    page = await (await adviser("Ann")).get(at(talk))
    log = page.text[page.text.index('<details class="log">') :]
    assert [knowledge.say(f"talk_event_{name}") in log for name in ("move", "bot", "waiting", "adviser")] == [True] * 4


# -- who may read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "status"), [("Ann", 200), ("Sue", 200), ("Bo", 403), ("Ed", 403)])
async def test_a_talk_is_read_by_its_adviser_and_by_supervisors_and_by_nobody_else(
    adviser: Adviser, talk: Talk, name: str, status: int
) -> None:
    browser = await adviser(name)
    for part in ("", "thread", "latest", "find"):
        page = await browser.get(at(talk, part))
        assert page.status_code == status, part
        assert status == 200 or "six" not in page.text


async def test_an_adviser_does_not_read_a_talk_that_still_waits_and_a_supervisor_does(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    talk = await stage.parent()
    refused = await (await adviser("Ann")).get(at(talk))
    assert refused.status_code == 403
    assert knowledge.say("talk_not_for_you") in refused.text
    page = await (await adviser("Sue")).get(at(talk))
    assert f'action="{at(talk)}/take"' in page.text


async def test_an_adviser_whose_talk_was_given_away_does_not_read_on(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    await stage.advising.transfer(talk.number, "Ann", "Bo")
    assert (await (await adviser("Ann")).get(at(talk))).status_code == 403
    assert (await (await adviser("Bo")).get(at(talk))).status_code == 200


async def test_what_is_said_after_the_end_of_a_talk_is_not_for_the_adviser_who_had_it(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    await stage.advising.close(talk.number, "Ann", await newest(stage, talk), "answered")
    stage.later(minutes=1)
    await stage.helpline.hear(talk.conversation, "My secret", "d")
    page = await (await adviser("Ann")).get(at(talk))
    assert (page.status_code, "My secret" in page.text) == (200, False)
    assert "My secret" in (await (await adviser("Sue")).get(at(talk))).text


@pytest.mark.parametrize("name", ["Bo", "Sue", "Ed"])
async def test_only_the_adviser_who_has_a_talk_may_speak_in_it_and_end_it(
    stage: DeskStage, adviser: Adviser, talk: Talk, name: str
) -> None:
    for colleague in ("Ann", "Bo"):
        await stage.store.available(colleague, True)
    fields = {"text": "Me too", "wanted": "yes", "to": "Bo" if name == "Sue" else "Ann", "outcome": "answered"}
    seen = {"seen": str(await newest(stage, talk))}
    browser = await adviser(name)
    for form in ("say", "second-pair", "transfer", "hand-back", "close"):
        answer = await browser.post(at(talk, form), data={**fields, **seen})
        assert answer.status_code in (403, 409), form
    assert await said(stage, talk) == []
    after = await stage.store.talk(talk.number)
    assert (after.adviser, after.ended_at, after.second_pair) == ("Ann", None, False)


@pytest.mark.parametrize(("name", "status"), [("Ann", 303), ("Sue", 303), ("Bo", 403), ("Ed", 403)])
async def test_notes_are_kept_by_whoever_may_read_the_talk(
    stage: DeskStage, adviser: Adviser, talk: Talk, name: str, status: int
) -> None:
    answer = await (await adviser(name)).post(at(talk, "note"), data={"note": "Call back on Monday"})
    assert answer.status_code == status
    notes = [event.why for event in await stage.store.events_of(talk.conversation) if event.kind == "note"]
    assert notes == (["Call back on Monday"] if status == 303 else [])


@pytest.mark.parametrize(("name", "status"), [("Ann", 403), ("Bo", 403), ("Ed", 403), ("Sue", 303)])
async def test_only_a_supervisor_whispers(
    stage: DeskStage, adviser: Adviser, talk: Talk, name: str, status: int
) -> None:
    answer = await (await adviser(name)).post(at(talk, "whisper"), data={"whisper": "Ask for the date."})
    assert answer.status_code == status
    whispers = [event for event in await stage.store.events_of(talk.conversation) if event.kind == "whisper"]
    assert len(whispers) == (status == 303)


async def test_a_parent_sees_neither_a_whisper_nor_a_note_and_the_adviser_and_supervisors_see_both(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    await stage.advising.whisper(talk.number, "Sue", "Ask for the date.")
    await stage.advising.note(talk.number, "Ann", "Sounds worn out.")
    for name in ("Ann", "Sue"):
        page = await (await adviser(name)).get(at(talk))
        assert "Ask for the date." in page.text
        assert "Sounds worn out." in page.text
    heard = " ".join(line.text for line in await stage.helpline.thread(talk.conversation))
    assert "the date" not in heard
    assert "worn out" not in heard


async def test_a_form_of_another_site_is_not_taken(stage: DeskStage, adviser: Adviser, talk: Talk) -> None:
    forged = {"sec-fetch-site": "cross-site"}
    answer = await (await adviser("Ann")).post(at(talk, "say"), data={"text": "Hello"}, headers=forged)
    assert answer.status_code == 403
    assert await said(stage, talk) == []


# -- speaking -------------------------------------------------------------------------------------------------------


async def test_an_adviser_replies_without_a_script_and_is_led_back_to_the_box(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    answer = await (await adviser("Ann")).post(at(talk, "say"), data={"text": " Hello\r\nthere ", "client_id": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{at(talk)}#reply")
    assert await said(stage, talk) == ["Hello\nthere"]


async def test_an_adviser_who_presses_twice_says_it_once_and_other_words_are_another_line(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    browser = await adviser("Ann")
    for text in ("Hello", "Hello", "Hello again"):
        answer = await browser.post(at(talk, "say"), data={"text": text, "client_id": "1"}, headers=BY_SCRIPT)
        assert (answer.status_code, answer.headers["hx-trigger"]) == (204, "talk")
    assert await said(stage, talk) == ["Hello", "Hello again"]


@pytest.mark.parametrize(
    ("text", "why"), [(" \n", "talk_empty"), ("x" * 4001, "talk_too_long")], ids=["nothing", "too much"]
)
async def test_an_adviser_is_told_what_cannot_be_sent_and_keeps_the_words(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge, text: str, why: str
) -> None:
    browser = await adviser("Ann")
    page = await browser.post(at(talk, "say"), data={"text": text})
    assert (page.status_code, alert(page)) == (422, knowledge.say(why))
    assert box(page) == text
    answer = await browser.post(at(talk, "say"), data={"text": text}, headers=BY_SCRIPT)
    assert (answer.status_code, answer.text) == (422, knowledge.say(why))
    assert await said(stage, talk) == []


async def test_an_adviser_whose_talk_went_back_into_the_queue_keeps_the_words_and_reads_no_more(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    browser = await adviser("Ann")
    stage.later(minutes=30)
    await stage.advising.watch()
    assert (await stage.store.talk(talk.number)).adviser == ""
    page = await browser.post(at(talk, "say"), data={"text": "A long and careful answer"})
    assert (page.status_code, alert(page)) == (409, knowledge.say("desk_not_yours"))
    assert "A long and careful answer</textarea>" in page.text
    assert "six" not in page.text


async def test_an_adviser_puts_a_ready_made_reply_or_an_answer_with_its_source_after_what_is_in_the_box(
    adviser: Adviser, talk: Talk, knowledge: Knowledge, stage: DeskStage
) -> None:
    browser = await adviser("Ann")
    page = await browser.post(at(talk, "say"), data={"text": "Hello.", "insert": "card:part-time-timetable-rules"})
    card = knowledge.cards["part-time-timetable-rules"]
    assert box(page).startswith(f"Hello.\n\n{card.short}\n\n")
    assert box(page).endswith(card.sources[0].address)
    page = await browser.get(at(talk), params={"insert": "canned:hello"})
    assert box(page) == knowledge.canned[0].text
    assert box(await browser.get(at(talk), params={"insert": "card:no-such"})) == ""
    assert await said(stage, talk) == []


async def test_an_answer_that_is_put_in_fits_what_the_parent_has_said(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    conversation = await stage.helpline.open("web")
    card = HandoverCard(facts={"ehc_plan": "has"}, shown=(Shown("suspension-back-to-school", "1"),))
    talk = await stage.store.hand_over(conversation, card, Way.LIVE, None, "asked", stage.now)
    await stage.advising.take("Ann")
    page = await (await adviser("Ann")).get(at(talk), params={"insert": "card:suspension-back-to-school"})
    assert knowledge.cards["suspension-back-to-school"].variants[0].short in box(page)
    assert '<option value="suspension" selected>' in page.text


async def test_an_adviser_finds_answers_with_and_without_a_script(adviser: Adviser, talk: Talk) -> None:
    browser = await adviser("Ann")
    for page in (
        await browser.get(at(talk, "find"), params={"q": "part-time timetable"}, headers=BY_SCRIPT),
        await browser.get(at(talk), params={"q": "part-time timetable"}),
    ):
        assert len(re.findall(r'name="insert" value="card:part-time', page.text)) >= 3
        assert 'data-insert="' in page.text


# -- colleagues -----------------------------------------------------------------------------------------------------


async def test_an_adviser_asks_for_a_second_pair_of_eyes_and_a_supervisor_sees_it(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    ann, sue = await adviser("Ann"), await adviser("Sue")
    asks = knowledge.say("talk_asks_second_pair", name="Ann")
    await ann.post(at(talk, "second-pair"), data={"wanted": "yes"})
    assert asks in (await sue.get(at(talk))).text
    assert at(talk) in (await sue.get("/desk/board")).text
    await ann.post(at(talk, "second-pair"), data={"wanted": "no"})
    assert asks not in (await sue.get(at(talk))).text


async def test_an_adviser_gives_a_talk_to_a_colleague_who_is_there(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    await stage.store.available("Bo", True)
    browser = await adviser("Ann")
    assert re.findall(r'<option value="(\w+)">\w+ \(', (await browser.get(at(talk))).text) == ["Bo"]
    answer = await browser.post(at(talk, "transfer"), data={"to": "Bo"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert (await stage.store.talk(talk.number)).adviser == "Bo"


@pytest.mark.parametrize("to", ["Bo", "Ann", "Ed", "Nobody", ""])
async def test_an_adviser_cannot_give_a_talk_to_somebody_who_is_away_an_editor_or_themselves(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge, to: str
) -> None:
    await stage.store.available("Ann", True)
    await stage.store.available("Ed", True)
    page = await (await adviser("Ann")).post(at(talk, "transfer"), data={"to": to})
    assert (page.status_code, alert(page)) == (409, knowledge.say("talk_colleague_gone"))
    assert (await stage.store.talk(talk.number)).adviser == "Ann"


async def test_an_adviser_cannot_give_a_talk_to_a_colleague_who_has_as_many_as_allowed(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    await stage.store.available("Bo", True)
    for _ in range(3):
        await taken(stage, "Bo")
    page = await (await adviser("Ann")).get(at(talk))
    assert knowledge.say("talk_transfer_nobody") in page.text


# -- the end --------------------------------------------------------------------------------------------------------


async def test_an_adviser_closes_a_talk_with_outcome_topics_and_what_is_still_to_do_and_goes_on_to_the_next(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    browser = await adviser("Ann")
    topics = {"topic_1": "suspension", "topic_2": "suspension", "topic_3": "no-such"}
    fields = {"outcome": "answered", **topics, "follow_up": "Send the letter", "seen": str(await newest(stage, talk))}
    answer = await browser.post(at(talk, "close"), data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, at(talk))
    ended = await stage.store.talk(talk.number)
    assert (ended.holder, ended.outcome, ended.topics, ended.follow_up) == (
        Holder.CLOSED, "answered", ("suspension",), "Send the letter",
    )  # fmt: skip
    page = await browser.get(at(talk))
    assert knowledge.say("talk_next") in page.text
    assert 'id="reply"' not in page.text


async def test_an_adviser_must_say_how_a_talk_ended(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge
) -> None:
    fields = {"outcome": "", "follow_up": "Send the letter", "seen": str(await newest(stage, talk))}
    page = await (await adviser("Ann")).post(at(talk, "close"), data=fields)
    assert (page.status_code, alert(page)) == (422, knowledge.say("talk_no_outcome"))
    assert box(page, "follow_up") == "Send the letter"


async def test_an_adviser_hands_back_to_the_assistant_with_a_sentence(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    fields = {"sentence": "You can ask me again.", "seen": str(await newest(stage, talk))}
    answer = await (await adviser("Ann")).post(at(talk, "hand-back"), data=fields)
    assert answer.status_code == 303
    assert (await stage.store.talk(talk.number)).holder is Holder.BOT
    assert (await said(stage, talk, Author.HELPLINE))[-1].startswith("You can ask me again.")


@pytest.mark.parametrize(
    ("form", "fields", "kept"),
    [
        ("hand-back", {"sentence": "All the best."}, "sentence"),
        ("close", {"outcome": "answered", "follow_up": "Send the letter"}, "follow_up"),
    ],
)
async def test_an_adviser_who_lets_go_while_the_parent_writes_sees_the_new_line_first_and_loses_nothing(
    stage: DeskStage, adviser: Adviser, talk: Talk, knowledge: Knowledge, form: str, fields: dict[str, str], kept: str
) -> None:
    seen = str(await newest(stage, talk))
    await stage.helpline.hear(talk.conversation, "Wait, he has gone missing", "d")
    page = await (await adviser("Ann")).post(at(talk, form), data={**fields, "seen": seen})
    assert (page.status_code, alert(page)) == (409, knowledge.say("desk_late"))
    assert "Wait, he has gone missing" in page.text
    assert box(page, kept) == fields[kept]
    assert f'name="seen" value="{await newest(stage, talk)}" form="{form}"' in page.text
    assert (await stage.store.talk(talk.number)).holder is Holder.ADVISER


async def test_a_concern_is_named_in_words(stage: DeskStage, adviser: Adviser, knowledge: Knowledge) -> None:
    talk = await stage.parent(level=Risk.URGENT)
    page = await (await adviser("Sue")).get(at(talk))
    assert f'<span class="level urgent">{knowledge.say("desk_level_urgent")}</span>' in page.text


async def test_a_page_hears_only_of_a_talk_that_its_reader_may_read(
    stage: DeskStage, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    monkeypatch.setattr(Events, "lines", lambda _, __, conversation: followed.append(conversation) or [])
    events = Events(stage.store, stage.live, Sessions(stage.store, KEYS, lambda: stage.now))
    request = Request({"type": "http", "path": "/desk/events", "query_string": f"talk={talk.number}".encode()})
    for name in ("Ann", "Sue", "Bo", "Ed"):
        await events.stream(request, await stage.store.account(name))
    assert followed == [talk.conversation, talk.conversation, "", ""]


async def test_the_source_that_an_adviser_sent_is_a_link_as_it_is_for_the_parent(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    await stage.advising.say(talk.number, "Ann", "<b>See</b> https://www.gov.uk/exclusion", "1")
    page = await (await adviser("Ann")).get(at(talk))
    assert '&lt;b&gt;See&lt;/b&gt; <a href="https://www.gov.uk/exclusion"' in page.text


async def test_what_is_still_to_be_done_stands_on_the_ended_talk_and_on_the_next_one(
    stage: DeskStage, adviser: Adviser, talk: Talk
) -> None:
    browser = await adviser("Ann")
    await stage.advising.close(talk.number, "Ann", 1000, "answered", [], "Send the template letter")
    assert "Send the template letter" in (await browser.get(at(talk))).text
    stage.later(minutes=5)
    await stage.helpline.hear(talk.conversation, "one more thing")
    await stage.helpline.hand_over(talk.conversation, talk.card, "again")
    again = await stage.advising.take("Ann")
    assert again is not None
    assert "Send the template letter" in (await browser.get(at(again))).text
