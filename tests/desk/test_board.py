"""A supervisor sees at one look how the helpline stands, and how the last 30 days went."""

from __future__ import annotations

import re

import pytest

from bot.concerns import Draft, Step
from bot.conversation import Holder
from bot.handover import Way
from bot.knowledge import Knowledge
from tests.desk.conftest import CONCERN, Adviser, DeskStage

BOARD = "/desk/board"


def figure(page: str, name: str) -> str:
    return re.search(rf"<dt>{re.escape(name)}</dt><dd[^>]*>(.*?)</dd>", page)[1]


def rows(page: str, chart: str) -> list[list[str]]:
    """The cells of a chart's table, the bars left out."""
    section = page[page.index(f'<h3 id="{chart}">') :]
    body = section[section.index("<tbody>") : section.index("</tbody>")]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>")[:-1]]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


@pytest.mark.parametrize("part", ["", "/now"])
@pytest.mark.parametrize(("name", "status"), [("Sue", 200), ("Ann", 403), ("Ed", 403)])
async def test_only_supervisors_see_the_board(adviser: Adviser, part: str, name: str, status: int) -> None:
    assert (await (await adviser(name)).get(BOARD + part)).status_code == status


async def test_a_supervisor_sees_an_empty_board_on_the_first_day(adviser: Adviser, knowledge: Knowledge) -> None:
    page = (await (await adviser("Sue")).get(BOARD)).text
    assert figure(page, knowledge.say("board_waiting")) == "0"
    assert figure(page, knowledge.say("board_longest")) == "–"
    assert page.count(knowledge.say("board_nothing")) == 5


async def test_a_supervisor_sees_who_waits_how_long_and_what_was_left(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    await stage.parent(way=Way.MESSAGE)
    stage.later(minutes=20)
    await stage.parent()
    stage.later(minutes=7)
    await stage.parent()
    for page in (BOARD, f"{BOARD}/now"):
        text = (await (await adviser("Sue")).get(page)).text
        assert figure(text, knowledge.say("board_waiting")) == "2"
        assert figure(text, knowledge.say("board_longest")) == "7 min"
        assert figure(text, knowledge.say("board_messages")) == "1 <small>oldest: 27 min</small>"


async def test_a_supervisor_sees_who_is_there_with_how_many_talks(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    await stage.parent()
    await stage.store.available("Ann", True)
    await stage.advising.take("Ann")
    page = (await (await adviser("Sue")).get(BOARD)).text
    at_desk = page[page.index('<h2 id="at-desk">') :]
    people = re.findall(r'<tr><th scope="row">(\w+)</th><td>([^<]+)</td><td>([^<]+)</td>', at_desk)
    assert people == [
        ("Ann", "1 of 3", knowledge.say("board_available")),
        ("Bo", "0 of 3", knowledge.say("board_away")),
        # Signing in says that one is there.
        ("Sue", "0 of 3", knowledge.say("board_available")),
    ]


async def test_a_supervisor_follows_every_open_concern_whatever_became_of_its_talk(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    await stage.parent()
    grave, alone = await stage.danger(), await stage.danger(CONCERN)
    await stage.store.leave_queue(grave, Holder.BOT, "stopped waiting", stage.now)
    assert await stage.store.open_talk(alone) is None
    sue = await adviser("Sue")
    page = (await sue.get(BOARD)).text
    assert figure(page, knowledge.say("board_concerns")) == "2"
    assert re.findall(r'id="concern-(\d+)" href="/desk/concerns/\1"', page) == ["1", "2"]
    stage.later(minutes=16)
    assert figure((await sue.get(BOARD)).text, knowledge.say("board_concerns")) == "2 <small>overdue: 1</small>"
    for draft in (Draft(Step.DECIDED, "Sue", "advise", "why"), Draft(Step.CLOSED, "Sue", "supported", "why")):
        await stage.store.add_to_concern(1, draft, stage.now)
    page = (await sue.get(BOARD)).text
    assert figure(page, knowledge.say("board_concerns")) == "1"
    assert "/desk/concerns/2" in page


async def test_a_supervisor_sees_that_the_assistant_does_not_answer(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asleep() -> bool:
        return False

    browser = await adviser("Sue")
    assert figure((await browser.get(BOARD)).text, knowledge.say("board_assistant")) == "answers"
    monkeypatch.setattr(stage.assistant, "ready", asleep)
    assert figure((await browser.get(BOARD)).text, knowledge.say("board_assistant")) == "does not answer"


async def test_a_supervisor_reads_the_last_30_days_off_tables(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    stage.later(days=-30)
    await stage.parent(want="31 days ago")
    stage.later(days=27, hours=8)
    await stage.parent(want="on Friday at eight in the evening")
    stage.later(hours=-7)
    for minutes, outcome in ((2, "answered"), (3, "answered"), (10, "signposted")):
        talk = await stage.parent()
        stage.later(minutes=minutes)
        await stage.advising.take("Ann", talk.number)
        await stage.advising.close(talk.number, "Ann", 99, outcome, ["suspension"])
        await stage.helpline.thank(talk.conversation, 5 if outcome == "answered" else 2, "<i>Thanks</i>")
        stage.later(minutes=-minutes)
    stage.later(days=3)
    page = (await (await adviser("Sue")).get(BOARD)).text
    assert rows(page, "waits_by_hour") == [["13.00", "3", "10", "3"]]
    assert rows(page, "outcomes") == [
        [knowledge.say("outcome_answered"), "2"],
        [knowledge.say("outcome_open"), "1"],
        [knowledge.say("outcome_signposted"), "1"],
    ]
    assert rows(page, "topics") == [["Suspension", "3"]]
    assert rows(page, "out_of_hours") == [["Conversations", "25%", "1", "4"], ["Handovers", "25%", "1", "4"]]
    assert rows(page, "days")[2:4] == [["21 November 2026", "0"], ["20 November 2026", "4"]]
    assert len(rows(page, "days")) == 30
    assert rows(page, "scores") == [["Score 5", "2"], ["Score 2", "1"]]
    assert knowledge.say("board_mean", mean="4.0") in page
    assert "&lt;i&gt;Thanks&lt;/i&gt;" in page


async def test_a_bar_is_as_long_as_its_number_and_has_no_style_of_its_own(stage: DeskStage, adviser: Adviser) -> None:
    for outcome in ("answered", "answered", "parent_left"):
        talk = await stage.parent()
        await stage.advising.take("Ann", talk.number)
        await stage.advising.close(talk.number, "Ann", 99, outcome)
    page = (await (await adviser("Sue")).get(BOARD)).text
    outcomes = page[page.index('<h3 id="outcomes">') :]
    outcomes = outcomes[: outcomes.index("</table>")]
    assert re.findall(r'class="series-1" width="([\d.]+)%"', outcomes) == ["100.0", "50.0"]
    assert "style=" not in page
