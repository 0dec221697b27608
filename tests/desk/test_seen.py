"""Whoever is on call says by a link that they have seen it; the board tells who was told."""

from __future__ import annotations

import re

import pytest

from bot.alerts import Alert
from bot.conversation import Risk
from bot.desk.guards import HEADERS
from bot.handover import Talk, Way
from bot.knowledge import Knowledge
from tests.desk.conftest import Adviser, DeskStage, Visitor

BOARD = "/desk/board/now"


async def alerted(stage: DeskStage) -> tuple[Talk, Alert]:
    """A parent in danger whom nobody takes, and the alert to Sue."""
    stage.later(hours=10)
    talk = await stage.parent("I have taken all the tablets", Risk.IMMEDIATE, Way.MESSAGE)
    await stage.on_call.escalate()
    (alert,) = await stage.on_call.running()
    return talk, alert


async def test_the_link_shows_ids_only_and_changes_nothing_until_the_button_is_pressed(
    stage: DeskStage, visitor: Visitor, knowledge: Knowledge
) -> None:
    talk, alert = await alerted(stage)
    link, browser = f"/on-call/{alert.token}", visitor()
    for _ in range(2):
        page = await browser.get(link)
        assert (page.status_code, knowledge.say("seen_button") in page.text) == (200, True)
    assert f'href="/desk/talks/{talk.number}"' in page.text
    assert "tablets" not in page.text
    assert talk.conversation not in page.text
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert (await stage.on_call.running())[0].seen_at is None
    answer = await browser.post(link, follow_redirects=True)
    assert knowledge.say("seen_by", name="Sue") in answer.text
    assert knowledge.say("seen_button") not in answer.text
    (seen,) = await stage.on_call.running()
    assert (seen.seen_by, seen.seen_at) == ("Sue", stage.now)


async def test_a_link_that_was_made_up_or_comes_from_elsewhere_does_nothing(
    stage: DeskStage, visitor: Visitor, knowledge: Knowledge
) -> None:
    _, alert = await alerted(stage)
    made_up = await visitor().get(f"/on-call/1.{'0' * 32}")
    assert (made_up.status_code, knowledge.say("seen_unknown") in made_up.text) == (404, True)
    elsewhere = await visitor().post(f"/on-call/{alert.token}", headers={"sec-fetch-site": "cross-site"})
    assert elsewhere.status_code == 403
    assert (await stage.on_call.running())[0].seen_at is None


async def test_the_link_of_a_talk_that_somebody_has_taken_says_so(
    stage: DeskStage, visitor: Visitor, knowledge: Knowledge
) -> None:
    talk, alert = await alerted(stage)
    await stage.advising.take("Ann", talk.number)
    await stage.on_call.escalate()
    page = (await visitor().get(f"/on-call/{alert.token}")).text
    assert knowledge.say("seen_over") in page
    assert knowledge.say("seen_button") not in page


async def test_a_test_can_be_seen_too(stage: DeskStage, visitor: Visitor, knowledge: Knowledge) -> None:
    test = await stage.store.add_test_alert("Sue", stage.now)
    link, browser = f"/on-call/{test.token}", visitor()
    assert knowledge.say("seen_test") in (await browser.get(link)).text
    assert knowledge.say("seen_test_thanks") in (await browser.post(link, follow_redirects=True)).text


@pytest.mark.parametrize(("name", "seen_by"), [("Sue", "Sue"), ("Bo", "")])
async def test_a_supervisor_who_opens_the_talk_has_seen_it_and_an_adviser_who_may_not_has_not(
    stage: DeskStage, adviser: Adviser, name: str, seen_by: str
) -> None:
    talk, _ = await alerted(stage)
    await (await adviser(name)).get(f"/desk/talks/{talk.number}")
    assert (await stage.on_call.running())[0].seen_by == seen_by


async def test_the_board_tells_who_was_told_and_what_became_of_it(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    talk, alert = await alerted(stage)
    browser = await adviser("Sue")

    async def told() -> list[str]:
        page = (await browser.get(BOARD)).text
        part = page[page.index('<h2 id="on-call">') : page.index('<h2 id="at-desk">')]
        row = r'<th scope="row">(\w+)</th>.*?/desk/talks/(\d+)".*?<td>\s*(.*?)\s*</td></tr>'
        rows = re.findall(row, part, re.DOTALL)
        return [re.sub("<[^>]+>", "", f"{name} {number} {state}") for name, number, state in rows]

    assert knowledge.say("board_on_call_list", people="Sue, Omar") in (await browser.get(BOARD)).text
    say, number = knowledge.say, talk.number
    assert await told() == [f"Sue {number} {say('board_on_call_sending')}"]
    why = say("on_call_failed_unreachable")
    await stage.store.alert_not_sent(alert.number, "unreachable", stage.now)
    assert await told() == [f"Sue {number} {say('board_on_call_again', why=why)}"]
    await stage.store.alert_not_sent(alert.number, "unreachable", None)
    assert await told() == [f"Sue {number} {say('board_on_call_failed', why=why)}"]
    await stage.on_call.escalate()
    await stage.store.alert_sent(alert.number + 1, stage.now)
    stage.later(minutes=1)
    assert (await told())[0] == f"Omar {number} {say('board_on_call_sent', since='1 min')}"
    await stage.on_call.opened(number, "Omar")
    assert (await told())[0] == f"Omar {number} {say('board_on_call_seen', name='Omar', since='under a minute')}"
    await stage.advising.take("Ann", number)
    await stage.on_call.escalate()
    assert await told() == []
    assert knowledge.say("board_on_call_calm") in (await browser.get(BOARD)).text


async def test_a_helpline_with_nobody_on_call_says_so_on_the_board(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    stage.on_call.rota = ()
    page = (await (await adviser("Sue")).get(BOARD)).text
    assert knowledge.say("board_on_call_nobody") in page


async def test_the_log_of_the_talk_tells_who_was_told_and_who_has_seen_it(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    talk, alert = await alerted(stage)
    await stage.on_call.seen(alert)
    page = (await (await adviser("Sue")).get(f"/desk/talks/{talk.number}")).text
    assert knowledge.say("talk_event_alert") in page
    assert knowledge.say("talk_event_seen") in page


@pytest.mark.parametrize("why", ["unreachable", "slow", "refused", "login", "broken"])
def test_every_failure_has_a_sentence(knowledge: Knowledge, why: str) -> None:
    assert knowledge.say(f"on_call_failed_{why}")
