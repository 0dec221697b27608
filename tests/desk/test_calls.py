"""Advisers see whom to ring, with what they need for it, and say how it went."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.callbacks import Call, Callback, State
from bot.conversation import Author, Holder
from bot.knowledge import Knowledge
from bot.settings import LONDON
from tests.desk.conftest import CONCERN, Adviser, DeskStage, Visitor
from tests.stand_in import NOON

CALL = Call(
    "call", dt.datetime(2026, 11, 24, 10, tzinfo=LONDON), 30, "Sarah", "+447911123456", False, "his <b>exclusion</b>"
)


async def booked(stage: DeskStage, call: Call = CALL, *, waits: bool = False) -> Callback:
    """A parent has booked a call, out of the queue or not."""
    conversation = (await stage.parent()).conversation if waits else await stage.helpline.open("web")
    callback = await stage.store.book(conversation, call, 2, NOON)
    if waits:
        await stage.store.leave_queue(conversation, Holder.CALLBACK, "callback", NOON)
    return callback


async def after(stage: DeskStage, callback: Callback) -> Callback:
    found = await stage.store.callback(callback.number)
    assert found is not None
    return found


async def test_a_call_is_listed_with_all_that_an_adviser_needs_to_ring(stage: DeskStage, adviser: Adviser) -> None:
    await booked(stage)
    page = (await (await adviser("Ann")).get("/desk/calls")).text
    for words in ("Tuesday 24 November", "10am, A helpline call", "Sarah", 'href="tel:+447911123456"', "07911 123456"):
        assert words in page
    assert "<strong>No</strong>" in page
    assert "his &lt;b&gt;exclusion&lt;/b&gt;" in page


async def test_a_call_that_nobody_made_yesterday_is_still_there(stage: DeskStage, adviser: Adviser) -> None:
    await booked(stage)
    stage.later(days=3)
    assert "Its time is over." in (await (await adviser("Ann")).get("/desk/calls")).text


async def test_where_no_call_is_booked_the_page_says_so(adviser: Adviser, knowledge: Knowledge) -> None:
    assert knowledge.say("callback_desk_none") in (await (await adviser("Ann")).get("/desk/calls")).text


async def test_whoever_rings_reads_the_chat_first(stage: DeskStage, adviser: Adviser) -> None:
    callback = await booked(stage)
    await stage.helpline.hear(callback.conversation, "my son was suspended")
    page = (await (await adviser("Bo")).get(f"/desk/calls/{callback.number}")).text
    assert "my son was suspended" in page
    assert "/desk/cards/suspension-first-steps" in page


async def test_a_call_that_was_made_has_its_outcome_and_ends_the_waiting(stage: DeskStage, adviser: Adviser) -> None:
    callback = await booked(stage, waits=True)
    browser = await adviser("Ann")
    answer = await browser.post(f"/desk/calls/{callback.number}/made", data={"outcome": "answered"})
    assert answer.headers["location"] == "/desk/calls"
    assert ((await after(stage, callback)).state, (await after(stage, callback)).outcome) == (State.MADE, "answered")
    assert (await stage.store.standing(callback.conversation)).holder is Holder.BOT
    assert await stage.store.open_talk(callback.conversation) is None
    assert (await stage.store.events_of(callback.conversation))[-1].by == "Ann"


async def test_a_call_about_a_concern_is_made_once_the_decision_is_written_down(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    callback = await booked(stage, waits=True)
    await stage.helpline.hear(callback.conversation, CONCERN)
    ann, made = await adviser("Ann"), f"/desk/calls/{callback.number}/made"
    assert 'href="/desk/concerns/1"' in (await ann.get(f"/desk/calls/{callback.number}")).text
    refused = await ann.post(made, data={"outcome": "answered"})
    assert refused.status_code == 409
    assert knowledge.say("concern_undecided_yet") in refused.text
    await ann.post("/desk/concerns/1/decide", data={"what": "advise", "text": "He is well now."})
    await ann.post(made, data={"outcome": "answered"})
    assert (await after(stage, callback)).state is State.MADE


async def test_how_a_call_went_has_to_be_said(stage: DeskStage, adviser: Adviser) -> None:
    callback = await booked(stage)
    answer = await (await adviser("Ann")).post(f"/desk/calls/{callback.number}/made", data={"outcome": "dance"})
    assert answer.status_code == 422
    assert (await after(stage, callback)).state is State.BOOKED


async def test_after_three_tries_the_parent_is_asked_in_the_chat_to_book_anew(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    callback = await booked(stage, waits=True)
    browser = await adviser("Ann")
    for tries in ("0", "0", "1", "2"):
        await browser.post(f"/desk/calls/{callback.number}/no-answer", data={"tries": tries})
    assert (await after(stage, callback)).state is State.MISSED
    lines = [line.text for line in await stage.store.thread(callback.conversation) if line.author is Author.HELPLINE]
    assert lines == [knowledge.say("callback_missed")]
    assert (await stage.store.standing(callback.conversation)).holder is Holder.BOT


async def test_a_parent_reads_that_the_call_was_taken_off(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    callback = await booked(stage)
    await (await adviser("Ann")).post(f"/desk/calls/{callback.number}/cancel")
    assert (await after(stage, callback)).state is State.CANCELLED
    assert (await stage.store.thread(callback.conversation))[-1].text == knowledge.say("callback_called_off")


async def test_a_parent_who_waits_again_keeps_the_place_when_an_old_call_is_made(
    stage: DeskStage, adviser: Adviser
) -> None:
    talk = await stage.parent()
    callback = await stage.store.book(talk.conversation, CALL, 2, NOON)
    await (await adviser("Ann")).post(f"/desk/calls/{callback.number}/made", data={"outcome": "answered"})
    assert (await stage.store.standing(talk.conversation)).holder is Holder.WAITING


async def test_an_old_call_made_late_does_not_end_the_wait_for_another(stage: DeskStage, adviser: Adviser) -> None:
    old = await booked(stage, waits=True)
    await stage.store.cancel(old.number, "parent", NOON)
    new = await stage.store.book(old.conversation, CALL, 2, NOON)
    await (await adviser("Ann")).post(f"/desk/calls/{old.number}/made", data={"outcome": "answered"})
    assert (await stage.store.standing(new.conversation)).holder is Holder.CALLBACK


async def test_a_kind_that_is_no_longer_offered_is_still_shown(stage: DeskStage, adviser: Adviser) -> None:
    callback = await booked(stage, replace(CALL, kind="evening"))
    browser = await adviser("Ann")
    assert "evening" in (await browser.get("/desk/calls")).text
    assert "evening" in (await browser.get(f"/desk/calls/{callback.number}")).text


@pytest.mark.parametrize("what", ["", "/made", "/no-answer", "/cancel"])
async def test_a_call_that_is_not_there_is_said_kindly(adviser: Adviser, what: str) -> None:
    browser = await adviser("Ann")
    data = {"outcome": "answered", "tries": "0"}
    answer = await (browser.post(f"/desk/calls/99{what}", data=data) if what else browser.get("/desk/calls/99"))
    assert answer.status_code == 404
    assert "There is no such call." in answer.text


async def test_an_editor_does_not_see_whom_we_ring(stage: DeskStage, adviser: Adviser, visitor: Visitor) -> None:
    await booked(stage)
    assert (await (await adviser("Ed")).get("/desk/calls")).status_code == 403
    assert (await visitor().get("/desk/calls")).status_code == 303


async def test_what_a_parent_writes_after_the_call_is_for_supervisors_only(stage: DeskStage, adviser: Adviser) -> None:
    callback = await booked(stage)
    await stage.helpline.hear(callback.conversation, "before the call")
    await stage.store.done(callback.number, "answered", "Ann", CALL.begin)
    stage.later(days=60)
    await stage.helpline.hear(callback.conversation, "long after the call")
    address = f"/desk/calls/{callback.number}"
    assert "before the call" in (await (await adviser("Ann")).get(address)).text
    assert "long after the call" not in (await (await adviser("Ann")).get(address)).text
    assert "long after the call" in (await (await adviser("Sue")).get(address)).text


async def test_whoever_rings_a_parent_who_had_waited_sees_the_handover_card(stage: DeskStage, adviser: Adviser) -> None:
    callback = await booked(stage, waits=True)
    assert "Sent home early" in (await (await adviser("Ann")).get(f"/desk/calls/{callback.number}")).text
