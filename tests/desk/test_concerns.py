"""A concern is seen, decided, referred and closed at the desk, by those who may, and nothing of it is lost."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from bot.concerns import Draft, Step
from bot.conversation import Holder, Risk
from bot.handover import HandoverCard
from bot.knowledge import Knowledge
from tests.desk.conftest import CONCERN, DANGER, Adviser, DeskStage

LIST = "/desk/concerns"
RECORD = "/desk/concerns/1"
WHY = {"text": "She told me <b>so</b>."}


@pytest.fixture
async def talk(stage: DeskStage) -> str:
    """A parent has said that there is danger; Ann has taken the talk."""
    await stage.danger()
    await stage.store.available("Ann", True)
    taken = await stage.advising.take("Ann")
    assert taken is not None
    return f"/desk/talks/{taken.number}"


def alert(page: httpx.Response) -> str:
    found = re.search(r'class="notice" role="alert">([^<]+)', page.text)
    return html.unescape(found[1]) if found else ""


def banner(page: httpx.Response) -> str:
    found = re.search(r'<div class="alarm" role="alert">(.*?)</div>', page.text, re.DOTALL)
    return found[1] if found else ""


def entries(page: httpx.Response) -> list[str]:
    """The entries of a record as they are read, without their marks."""
    found = re.findall(r'<li id="entry-\d+">(.*?)</li>', page.text, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", entry)).split()) for entry in found]


# -- the alarm ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/desk", "/desk/cards", "/desk/calls", "/desk/strip", "/desk/pause"])
async def test_danger_stands_on_every_page_as_an_alert_and_asks_for_the_alarm(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge, page: str
) -> None:
    ann = await adviser("Ann")
    assert banner(await ann.get(page)) == ""
    await stage.danger()
    shown = await ann.get(page)
    assert knowledge.say("desk_alarming", count=1) in banner(shown)
    assert "/desk/concerns/1" in banner(shown)
    assert 'data-alarms="1"' in shown.text
    assert knowledge.say("desk_silent") in banner(shown)


async def test_the_alarm_ends_when_somebody_has_seen_it_and_the_banner_when_somebody_has_come(
    stage: DeskStage, adviser: Adviser
) -> None:
    ann, bo = await adviser("Ann"), await adviser("Bo")
    await stage.danger()
    await ann.post(f"{RECORD}/seen")
    page = await bo.get("/desk")
    assert 'data-alarms="0"' in page.text
    assert "/desk#queue" in banner(page)
    await ann.post("/desk/next")
    assert banner(await bo.get("/desk")) == ""


async def test_danger_said_in_a_talk_calls_its_adviser_and_the_supervisors_and_nobody_else(
    stage: DeskStage, adviser: Adviser, talk: str
) -> None:
    number = int(talk.rpartition("/")[2])
    conversation = (await stage.store.talk(number)).conversation
    await stage.helpline.hear(conversation, "he is hitting me again right now")
    assert f"{talk}#concern" in banner(await (await adviser("Ann")).get("/desk"))
    assert RECORD in banner(await (await adviser("Sue")).get("/desk/switches"))
    assert banner(await (await adviser("Bo")).get("/desk")) == ""
    assert banner(await (await adviser("Ed")).get("/desk")) == ""


async def test_a_concern_that_is_not_grave_sounds_no_alarm(stage: DeskStage, adviser: Adviser) -> None:
    await stage.danger(CONCERN)
    assert banner(await (await adviser("Ann")).get("/desk")) == ""


async def test_danger_stays_in_sight_when_the_parent_has_stopped_waiting(stage: DeskStage, adviser: Adviser) -> None:
    conversation = await stage.danger()
    await stage.store.leave_queue(conversation, Holder.BOT, "stopped waiting", stage.now)
    assert RECORD in banner(await (await adviser("Ann")).get("/desk"))


async def test_who_is_on_call_and_who_is_at_the_desk_see_it_for_each_other(stage: DeskStage, adviser: Adviser) -> None:
    stage.later(hours=10)
    await stage.danger()
    await stage.on_call.escalate()
    (alert,) = await stage.on_call.running()
    await (await adviser("Bo")).post(f"{RECORD}/seen")
    assert (await stage.on_call.running())[0].seen_by == "Bo"
    await stage.danger()
    await stage.on_call.escalate()
    other = next(found for found in await stage.on_call.running() if found.talk != alert.talk)
    await stage.on_call.seen(other)
    assert (await stage.store.concern(2)).entries[-1].by == "Sue"
    assert await stage.store.unseen_concerns() == []


# -- the lead's lists -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "status"), [("Sue", 200), ("Ann", 403), ("Ed", 403)])
async def test_only_supervisors_see_the_lists(adviser: Adviser, name: str, status: int) -> None:
    assert (await (await adviser(name)).get(LIST)).status_code == status


async def test_the_lead_sees_open_overdue_and_all(stage: DeskStage, adviser: Adviser) -> None:
    sue = await adviser("Sue")

    async def shown(which: str) -> list[str]:
        page = await sue.get(LIST, params={"show": which})
        return re.findall(r'<th scope="row"><a href="/desk/concerns/(\d+)"', page.text)

    await stage.danger(CONCERN)
    await stage.danger()
    await stage.danger()
    for draft in (Draft(Step.DECIDED, "Sue", "advise", "why"), Draft(Step.CLOSED, "Sue", "supported", "why")):
        await stage.store.add_to_concern(3, draft, stage.now)
    assert await shown("open") == ["2", "1"]
    assert await shown("nonsense") == ["2", "1"]
    assert await shown("overdue") == []
    stage.later(minutes=16)
    assert await shown("overdue") == ["2"]
    assert await shown("all") == ["3", "2", "1"]
    page = await sue.get(LIST, params={"show": "all", "before": "3"})
    assert re.findall(r'<th scope="row"><a href="/desk/concerns/(\d+)"', page.text) == ["2", "1"]


async def test_the_lead_reads_a_concern_that_the_assistant_alone_has_met(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    await stage.danger(CONCERN)
    page = await (await adviser("Sue")).get(RECORD)
    assert CONCERN in page.text
    assert knowledge.say("concern_no_talk") in page.text
    assert '<li id="m2" class="line assistant' in page.text


# -- the record -----------------------------------------------------------------------------------------------------


async def test_the_whole_way_of_a_concern_is_read_in_its_record(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge, talk: str
) -> None:
    ann, sue = await adviser("Ann"), await adviser("Sue")
    forms = [
        (ann, "decide", {"what": "refer", **WHY}),
        (ann, "refer", {"what": "childrens_services", "who": "Kent", "text": "All of it; she knows."}),
        (sue, "acknowledge", {"about": "4", "who": "Duty team, 4711", "text": "A visit today."}),
        (sue, "close", {"what": "passed_on", "text": "They have it."}),
    ]
    for browser, form, fields in forms:
        stage.later(minutes=1)
        assert (await browser.post(f"{RECORD}/{form}", data=fields)).headers["location"] == f"{RECORD}#record"
    page = await sue.get(RECORD)
    assert entries(page) == [
        f"1.1 · Mon 23 Nov, 12.00pm · Helpline Said in message 1: violence at home In danger now {DANGER}",
        "1.2 · Mon 23 Nov, 12.00pm · Ann Seen",
        "1.3 · Mon 23 Nov, 12.01pm · Ann Decided: We pass it on She told me <b>so</b>.",
        "1.4 · Mon 23 Nov, 12.02pm · Ann Referred: The council’s children’s services Kent All of it; she knows.",
        "1.5 · Mon 23 Nov, 12.03pm · Sue Answer to 1.4: Duty team, 4711 A visit today.",
        "1.6 · Mon 23 Nov, 12.04pm · Sue Outcome: Passed on, and they have it They have it.",
    ]
    assert "<b>so</b>" not in page.text
    assert "<form" not in page.text[page.text.index('id="record"') :]
    late = await ann.post(f"{RECORD}/decide", data={"what": "lead", **WHY})
    assert (late.status_code, alert(late)) == (409, knowledge.say("concern_is_closed"))


@pytest.mark.parametrize(
    ("form", "fields", "wording"),
    [
        ("decide", {"what": "", **WHY}, "concern_no_choice"),
        ("decide", {"what": "whatever", **WHY}, "concern_no_choice"),
        ("decide", {"what": "refer", "text": " "}, "talk_empty"),
        ("decide", {"what": "refer", "text": "x" * 4001}, "talk_too_long"),
        ("refer", {"what": "", "who": "Kent", **WHY}, "concern_no_choice"),
        ("refer", {"what": "childrens_services", "who": " ", **WHY}, "concern_no_council_named"),
        ("refer", {"what": "childrens_services", "who": "adur district council", **WHY}, "concern_district"),
        ("acknowledge", {"about": "1", **WHY}, "concern_not_referred"),
        ("acknowledge", {"about": "none", **WHY}, "concern_not_referred"),
        ("close", {"what": "supported", **WHY}, "concern_undecided_yet"),
        ("close", {"what": "", **WHY}, "concern_no_choice"),
    ],
)
async def test_what_cannot_be_written_down_is_said_and_the_words_stay(
    adviser: Adviser, knowledge: Knowledge, talk: str, form: str, fields: dict[str, str], wording: str
) -> None:
    page = await (await adviser("Sue")).post(f"{RECORD}/{form}", data=fields)
    assert page.status_code in (409, 422)
    assert alert(page) == knowledge.say(wording)
    assert len(entries(page)) == 2
    assert form == "acknowledge" or html.escape(fields["text"], quote=False).strip() in page.text


async def test_a_concern_is_not_closed_while_a_referral_has_no_answer(
    adviser: Adviser, knowledge: Knowledge, talk: str
) -> None:
    sue = await adviser("Sue")
    await sue.post(f"{RECORD}/decide", data={"what": "refer", **WHY})
    await sue.post(f"{RECORD}/refer", data={"what": "police", **WHY})
    page = await sue.post(f"{RECORD}/close", data={"what": "passed_on", **WHY})
    assert alert(page) == knowledge.say("concern_unacknowledged")


@pytest.mark.parametrize(
    ("said", "ready"),
    [
        ("Kent", "Kent"),
        ("Adur", "West Sussex"),
        ("adur district council", "West Sussex"),
        ("by the sea", "by the sea"),
        ("", ""),
    ],
)
async def test_the_children_s_services_of_the_council_that_the_parent_named_stand_ready(
    stage: DeskStage, adviser: Adviser, said: str, ready: str
) -> None:
    conversation = await stage.danger()
    talk = await stage.store.open_talk(conversation)
    assert talk is not None
    card = HandoverCard(want="help", council=said)
    await stage.store.hand_over(conversation, card, talk.way, None, "asked", stage.now)
    page = await (await adviser("Sue")).get(RECORD)
    assert re.search(rf'<input id="who"[^>]* value="{ready}">', page.text)
    assert f"<dd>{said or 'not said'}</dd>" in page.text
    assert '<option value="Leeds"></option>' in page.text
    assert '<option value="Adur"></option>' not in page.text


@pytest.mark.parametrize("who", ["Kent", "Kent County Council", "the emergency team of Kent"])
async def test_a_referral_names_the_council_in_any_words_but_a_district_s(
    adviser: Adviser, talk: str, who: str
) -> None:
    sue = await adviser("Sue")
    await sue.post(f"{RECORD}/refer", data={"what": "childrens_services", "who": who, **WHY})
    assert who in entries(await sue.get(RECORD))[-1]


@pytest.mark.parametrize(("name", "status"), [("Ann", 200), ("Sue", 200), ("Bo", 403), ("Ed", 403)])
async def test_a_record_is_read_by_who_has_the_talk_and_by_supervisors(
    adviser: Adviser, talk: str, name: str, status: int
) -> None:
    browser = await adviser(name)
    assert (await browser.get(RECORD)).status_code == status
    assert (await browser.post(f"{RECORD}/seen")).status_code == (303 if status == 200 else 403)


async def test_an_adviser_decides_and_only_a_supervisor_closes(adviser: Adviser, talk: str) -> None:
    ann = await adviser("Ann")
    await ann.post(f"{RECORD}/decide", data={"what": "advise", **WHY})
    page = await ann.get(RECORD)
    assert f"{RECORD}/close" not in page.text
    assert (await ann.post(f"{RECORD}/close", data={"what": "supported", **WHY})).status_code == 403


@pytest.mark.parametrize("address", ["/desk/concerns/9", "/desk/concerns/999999999"])
async def test_a_concern_that_is_not_there_is_said_so(adviser: Adviser, knowledge: Knowledge, address: str) -> None:
    page = await (await adviser("Sue")).get(address)
    assert page.status_code == 404
    assert knowledge.say("concern_unknown") in page.text


async def test_a_record_outlives_the_deleted_chat(stage: DeskStage, adviser: Adviser, knowledge: Knowledge) -> None:
    conversation = await stage.danger()
    await stage.helpline.forget(conversation)
    sue = await adviser("Sue")
    page = await sue.get(RECORD)
    assert DANGER in page.text
    assert knowledge.say("concern_forgotten") in html.unescape(page.text)
    assert RECORD in (await sue.get(LIST)).text


# -- on the page of the talk ----------------------------------------------------------------------------------------


async def test_the_adviser_reads_the_words_and_is_led_to_the_record(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge, talk: str
) -> None:
    ann = await adviser("Ann")
    number = int(talk.rpartition("/")[2])
    conversation = (await stage.store.talk(number)).conversation
    seen = f'action="{RECORD}/seen"'
    for page in (talk, f"{talk}/concern"):
        text = (await ann.get(page)).text
        assert f'<blockquote class="plain">{DANGER}</blockquote>' in text
        assert f'href="{RECORD}"' in text
        assert seen not in text
    await stage.helpline.hear(conversation, "he is hitting me again right now")
    assert seen in (await ann.get(f"{talk}/concern")).text
    after = await ann.post(f"{RECORD}/seen", data={"talk": str(number)})
    assert after.headers["location"] == f"{talk}#concern"
    assert seen not in (await ann.get(talk)).text


@pytest.mark.parametrize(("form", "fields"), [("close", {"outcome": "answered"}), ("hand-back", {"sentence": "Bye"})])
async def test_a_talk_cannot_be_ended_before_the_decision_and_the_adviser_is_told_why(
    adviser: Adviser, knowledge: Knowledge, talk: str, form: str, fields: dict[str, str]
) -> None:
    ann = await adviser("Ann")
    page = await ann.post(f"{talk}/{form}", data={**fields, "seen": "99"})
    assert (page.status_code, alert(page)) == (409, knowledge.say("concern_undecided_yet"))
    await ann.post(f"{RECORD}/decide", data={"what": "advise", **WHY})
    assert (await ann.post(f"{talk}/{form}", data={**fields, "seen": "99"})).status_code == 303


async def test_an_adviser_writes_down_what_the_check_has_not_seen(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    waiting = await stage.parent()
    ann = await adviser("Ann")
    await ann.post("/desk/next")
    address = f"/desk/talks/{waiting.number}/concern"
    refused = await ann.post(address, data={"level": "", "concern": "She whispers."})
    assert (refused.status_code, alert(refused)) == (422, knowledge.say("concern_no_choice"))
    assert "She whispers." in refused.text
    done = await ann.post(address, data={"level": "urgent", "concern": "She whispers."})
    assert done.headers["location"] == f"{RECORD}#record"
    assert entries(await ann.get(RECORD)) == [
        "1.1 · Mon 23 Nov, 12.00pm · Ann Written down by an adviser: Urgent She whispers."
    ]
    assert (await stage.store.talk(waiting.number)).level is Risk.URGENT


# -- afterwards -----------------------------------------------------------------------------------------------------


async def ended(stage: DeskStage, talk: str) -> None:
    await stage.store.add_to_concern(1, Draft(Step.DECIDED, "Ann", "advise", "why"), stage.now)
    await stage.advising.close(int(talk.rpartition("/")[2]), "Ann", 99, "answered")


async def test_after_a_talk_with_a_concern_the_adviser_is_offered_a_pause_and_comes_back_by_one_press(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge, talk: str
) -> None:
    ann = await adviser("Ann")
    assert "/desk/pause" not in (await ann.get(talk)).text
    await ended(stage, talk)
    assert 'action="/desk/pause"' in (await ann.get(talk)).text
    assert 'action="/desk/pause"' not in (await (await adviser("Sue")).get(talk)).text
    page = await ann.post("/desk/pause", follow_redirects=True)
    assert knowledge.say("pause_words") in page.text
    assert not (await stage.store.account("Ann")).available
    back = re.search(
        r'<form method="post" action="(/desk/available)"><input type="hidden" name="(\w+)" value="(\w+)">', page.text
    )
    assert back
    await ann.post(back[1], data={back[2]: back[3]})
    assert (await stage.store.account("Ann")).available


async def test_after_an_ordinary_talk_no_pause_is_offered(stage: DeskStage, adviser: Adviser) -> None:
    waiting = await stage.parent()
    ann = await adviser("Ann")
    await ann.post("/desk/next")
    await stage.advising.close(waiting.number, "Ann", 99, "answered")
    assert "/desk/pause" not in (await ann.get(f"/desk/talks/{waiting.number}")).text


async def test_an_adviser_asks_to_talk_about_it_and_a_supervisor_ticks_it_off(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge, talk: str
) -> None:
    ann, sue = await adviser("Ann"), await adviser("Sue")
    await ended(stage, talk)
    form = f'action="{talk}/debrief"'
    assert form not in (await sue.get("/desk/board")).text
    assert (await ann.post(f"{talk}/debrief", data={"wanted": "yes"})).headers["location"] == f"{talk}#afterwards"
    assert knowledge.say("debrief_asked") in (await ann.get(talk)).text
    board = await sue.get("/desk/board/now")
    assert knowledge.say("debrief_title") in board.text
    assert form in board.text
    assert (await sue.post(f"{talk}/debrief", data={"wanted": "no"})).headers["location"] == "/desk/board#debriefs"
    assert form not in (await sue.get("/desk/board")).text
    assert knowledge.say("debrief_asked") not in (await ann.get(talk)).text


@pytest.mark.parametrize("name", ["Bo", "Sue", "Ed"])
async def test_nobody_asks_for_a_debrief_in_the_place_of_the_adviser(adviser: Adviser, talk: str, name: str) -> None:
    assert (await (await adviser(name)).post(f"{talk}/debrief", data={"wanted": "yes"})).status_code == 403
