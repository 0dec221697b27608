"""A parent books a call in the chat, changes it and cancels it, on a real database."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.assistant import RasaAssistant
from bot.booking import Booking
from bot.callbacks import Call, Callback
from bot.conversation import Holder, Message, Reply, Risk, Status
from bot.handover import HandoverCard, Way
from bot.knowledge import Knowledge
from bot.settings import LONDON
from tests.stand_in import NOON, Stage

BY_BUTTONS = (
    "callback",
    "callback:kind:call",
    "callback:day:2026-11-24",
    "callback:time:10:00",
    "Sarah",
    "07911 123456",
    "callback:safe:no",
    "callback:about:skip",
)
TEN = dt.datetime(2026, 11, 24, 10, tzinfo=LONDON)


class Parent:
    """A parent at the chat. What begins with `callback` is pressed, all else is written."""

    def __init__(self, stage: Stage, conversation: str) -> None:
        self._stage = stage
        self.conversation = conversation

    async def does(self, *things: str) -> Reply:
        """Say and press these; the reply to the last."""
        for thing in things:
            message = await self._one(thing)
        assert message.reply is not None
        return message.reply

    async def _one(self, thing: str) -> Message:
        press = thing if thing.split(":")[0] in ("callback", "human", "again", "waiting") else ""
        return await self._stage.helpline.hear(self.conversation, thing, press=press)

    async def call(self) -> Callback | None:
        return await self._stage.store.of_conversation(self.conversation)

    async def holder(self) -> Holder:
        return (await self._stage.store.standing(self.conversation)).holder

    async def waits(self) -> None:
        await self._stage.store.hand_over(self.conversation, HandoverCard(), Way.LIVE, None, "asked", self._stage.now)


@pytest.fixture
async def stage(knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(knowledge, tmp_path)
    async with stage.ready():
        yield stage


@pytest.fixture
async def parent(stage: Stage) -> Parent:
    return Parent(stage, await stage.helpline.open("web"))


async def another(stage: Stage) -> Parent:
    return Parent(stage, await stage.helpline.open("web"))


def presses(reply: Reply) -> list[str]:
    return [button.press for button in reply.buttons]


# -- booking -----------------------------------------------------------------------------------------------------------


async def test_a_parent_books_a_call_by_buttons(parent: Parent, knowledge: Knowledge) -> None:
    reply = await parent.does(*BY_BUTTONS)
    assert reply.status is Status.FORM
    for words in (knowledge.say("callback_booked"), "Tuesday 24 November at 10am", "07911 123456", "Sarah"):
        assert words in reply.text
    assert knowledge.say("callback_no_message") in reply.text
    booked = await parent.call()
    assert booked is not None
    assert booked.call == Call("call", TEN, 30, "Sarah", "+447911123456", safe_to_leave=False)
    assert reply.context.form == {}


async def test_a_parent_books_a_call_in_words(parent: Parent) -> None:
    first = await parent.does("can somebody ring me tomorrow at ten please")
    assert "Tuesday 24 November at 10am" in first.text
    reply = await parent.does("listening ear", "it's Jo, 020 7946 0958", "yes", "how tired I am")
    assert "Tuesday 24 November at 10am" in reply.text
    booked = await parent.call()
    assert booked is not None
    assert booked.call == Call("listening", TEN, 60, "Jo", "+442079460958", True, "how tired I am")


async def test_at_most_six_days_are_offered_at_a_time_with_the_way_to_the_later_ones_and_back(parent: Parent) -> None:
    first = presses(await parent.does("callback", "callback:kind:call"))
    assert first[-2:] == ["callback:from:2026-12-01", "callback:stop"]
    assert first[:6] == [f"callback:day:2026-11-{day}" for day in (23, 24, 25, 26, 27, 30)]
    later = presses(await parent.does("callback:from:2026-12-01"))
    assert later[0] == "callback:day:2026-12-01"
    assert later[-2:] == ["callback:from:2026-11-23", "callback:stop"]


async def test_a_parent_can_go_back_to_another_day(parent: Parent) -> None:
    reply = await parent.does("callback", "callback:kind:call", "callback:day:2026-11-24", "callback:day:")
    assert reply.context.form["asked"] == "day"
    assert "day" not in reply.context.form


async def test_how_calls_work_can_be_read_in_the_middle_of_the_booking(parent: Parent) -> None:
    reply = await parent.does("callback")
    assert [shown.card for shown in reply.shown] == ["helpline-callback"]
    assert "card:helpline-callback" in presses(reply)


async def test_after_two_misses_a_parent_reads_where_a_person_books_calls(parent: Parent, knowledge: Knowledge) -> None:
    first = await parent.does("callback", "callback:kind:call", "mumble")
    assert knowledge.say("callback_hint_day") in first.text
    assert "0808 808 3555" not in first.text
    assert "0808 808 3555" in (await parent.does("mumble")).text
    assert "0808 808 3555" not in (await parent.does("tomorrow")).text


async def test_where_no_call_is_free_a_parent_reads_where_to_ring(
    stage: Stage, parent: Parent, knowledge: Knowledge
) -> None:
    closed = {**knowledge.service["callbacks"], "days_ahead": 1, "least_notice_minutes": 10080}
    nothing = replace(knowledge, service={**knowledge.service, "callbacks": closed})
    stage.helpline._booking = Booking(stage.store, stage.assistant, nothing)
    reply = await parent.does("callback", "callback:kind:call")
    assert knowledge.say("callback_nothing_free") in reply.text
    assert "0808 808 3555" in reply.text


async def test_a_call_that_somebody_else_was_quicker_to_book_is_offered_at_other_times(
    stage: Stage, parent: Parent, knowledge: Knowledge
) -> None:
    slow, *others = [parent, *[await another(stage) for _ in range(2)]]
    await slow.does(*BY_BUTTONS[:-1])
    for other in others:
        await other.does(*BY_BUTTONS)
    reply = await slow.does(BY_BUTTONS[-1])
    assert knowledge.say("callback_problem_slot_taken") in reply.text
    assert "callback:time:10:30" in presses(reply)
    assert "callback:time:10:00" not in presses(reply)
    # All else is kept.
    assert "Tuesday 24 November at 10.30am" in (await slow.does("10.30")).text
    assert await slow.call() is not None


async def test_a_parent_who_takes_long_is_not_booked_into_the_past(stage: Stage, parent: Parent) -> None:
    await parent.does(*BY_BUTTONS[:-1])
    stage.now = TEN + dt.timedelta(hours=1)
    reply = await parent.does(BY_BUTTONS[-1])
    assert reply.context.form["asked"] == "time"
    assert await parent.call() is None


async def test_a_booking_that_the_gateway_died_over_is_there_once(stage: Stage, parent: Parent) -> None:
    await parent.does(*BY_BUTTONS[:-1])
    message = await stage.store.record(parent.conversation, "once", "skip", BY_BUTTONS[-1], stage.now)
    call = Call("call", TEN, 30, "Sarah", "+447911123456", safe_to_leave=False)
    await stage.store.book(parent.conversation, call, 2, stage.now)
    assert await stage.helpline.catch_up() == 1
    assert len(await stage.store.taken(stage.now)) == 1
    reply = next(line for line in await stage.helpline.thread(parent.conversation) if line.answers == message.number)
    assert "Tuesday 24 November at 10am" in reply.text


# -- in the middle of it -----------------------------------------------------------------------------------------------


async def test_a_question_in_the_middle_is_answered_and_the_booking_goes_on(
    parent: Parent, knowledge: Knowledge
) -> None:
    answer = await parent.does(*BY_BUTTONS[:4], "is a part-time timetable allowed?")
    assert answer.status is Status.ANSWERED
    assert answer.buttons[-1].label == knowledge.say("callback_button_go_on")
    # What is written now is no name.
    assert (await parent.does("is that suspended?")).status is Status.ANSWERED
    assert (await parent.does("callback")).context.form["asked"] == "name"
    await parent.does(*BY_BUTTONS[4:])
    assert await parent.call() is not None


async def test_danger_in_the_middle_comes_first_and_asks_for_nothing(parent: Parent) -> None:
    reply = await parent.does(*BY_BUTTONS[:4], "I am going to kill myself tonight")
    assert (reply.status, reply.risk) == (Status.SAFEGUARDING, Risk.IMMEDIATE)
    assert not [press for press in presses(reply) if press.startswith("callback")]
    # The next words are no name for the booking.
    assert "name" not in (await parent.does("she is in her room")).context.form


@pytest.mark.parametrize("stop", ["stop", "callback:stop", "I've changed my mind"])
async def test_a_parent_can_stop_and_nothing_is_booked(parent: Parent, knowledge: Knowledge, stop: str) -> None:
    reply = await parent.does(*BY_BUTTONS[:4], stop)
    assert reply.text == knowledge.say("callback_stopped")
    assert reply.context.form == {}
    assert await parent.call() is None


async def test_a_booking_goes_on_while_rasa_is_away(stage: Stage, parent: Parent, knowledge: Knowledge) -> None:
    assistant = RasaAssistant("http://127.0.0.1:1", "token", 0.5)
    stage.helpline._booking = Booking(stage.store, assistant, knowledge)
    await parent.does(*BY_BUTTONS)
    assert await parent.call() is not None
    await assistant.close()


async def test_what_only_rasa_could_understand_is_kept_while_it_is_away(
    stage: Stage, parent: Parent, knowledge: Knowledge
) -> None:
    assistant = RasaAssistant("http://127.0.0.1:1", "token", 0.5)
    stage.helpline._booking = Booking(stage.store, assistant, knowledge)
    reply = await parent.does(*BY_BUTTONS[:3], "hm")
    assert reply.text == knowledge.say("failure")
    assert (await parent.does("callback")).context.form["asked"] == "time"
    await assistant.close()


# -- the queue ---------------------------------------------------------------------------------------------------------


async def test_a_parent_who_waits_and_books_a_call_no_longer_waits(parent: Parent) -> None:
    await parent.waits()
    await parent.does(*BY_BUTTONS)
    assert await parent.holder() is Holder.CALLBACK


async def test_a_parent_who_does_not_wait_stays_with_the_assistant(parent: Parent) -> None:
    await parent.does(*BY_BUTTONS)
    assert await parent.holder() is Holder.BOT


async def test_a_parent_who_waits_keeps_the_place_until_the_call_is_booked(parent: Parent) -> None:
    await parent.waits()
    await parent.does(*BY_BUTTONS[:-1])
    assert await parent.holder() is Holder.WAITING


# -- the booked call ---------------------------------------------------------------------------------------------------


async def test_a_parent_who_asks_for_a_call_again_is_shown_the_one_that_is_booked(
    parent: Parent, knowledge: Knowledge
) -> None:
    await parent.does(*BY_BUTTONS)
    for again in ("callback", "can somebody ring me"):
        reply = await parent.does(again)
        assert knowledge.say("callback_have") in reply.text
        assert "Tuesday 24 November at 10am" in reply.text


async def test_a_parent_changes_the_time(stage: Stage, parent: Parent, knowledge: Knowledge) -> None:
    reply = await parent.does(*BY_BUTTONS, "callback:change:day", "thursday at 2")
    assert knowledge.say("callback_changed") in reply.text
    booked = await parent.call()
    assert booked is not None
    assert booked.call == Call(
        "call", dt.datetime(2026, 11, 26, 14, tzinfo=LONDON), 30, "Sarah", "+447911123456", safe_to_leave=False
    )
    assert len(await stage.store.taken(NOON)) == 1


async def test_a_parent_changes_the_number_shortly_before_the_call(stage: Stage, parent: Parent) -> None:
    await parent.does(*BY_BUTTONS)
    stage.now = TEN - dt.timedelta(minutes=5)
    await parent.does("callback:change:phone", "020 7946 0958", "yes")
    booked = await parent.call()
    assert booked is not None
    assert (booked.call.begin, booked.call.phone, booked.call.safe_to_leave) == (TEN, "+442079460958", True)


async def test_a_parent_who_stops_a_change_keeps_the_call(parent: Parent, knowledge: Knowledge) -> None:
    reply = await parent.does(*BY_BUTTONS, "callback:change:day", "stop")
    assert knowledge.say("callback_kept") in reply.text
    assert await parent.call() is not None


@pytest.mark.parametrize("words", ["callback:cancel", "please cancel it, do not ring me"])
async def test_a_parent_cancels_by_button_or_in_words(parent: Parent, words: str) -> None:
    await parent.waits()
    reply = await parent.does(*BY_BUTTONS, words)
    assert "cancelled" in reply.text
    assert await parent.call() is None
    assert await parent.holder() is Holder.BOT


async def test_a_call_that_is_not_there_cannot_be_cancelled_or_changed(parent: Parent, knowledge: Knowledge) -> None:
    assert knowledge.say("callback_none_booked") in (await parent.does("cancel it, do not ring me")).text
    assert (await parent.does("callback:cancel")).context.form["asked"] == "kind"
    assert (await parent.does("callback:change:day")).context.form["asked"] == "kind"


async def test_a_parent_whose_call_is_over_can_book_another(stage: Stage, parent: Parent) -> None:
    await parent.does(*BY_BUTTONS)
    stage.now = TEN + dt.timedelta(hours=2)
    assert (await parent.does("callback")).context.form["asked"] == "kind"


async def test_a_page_offers_the_file_for_the_calendar_and_telegram_does_not(stage: Stage) -> None:
    for channel, offered in (("web", True), ("telegram", False)):
        parent = Parent(stage, await stage.helpline.open(channel))
        assert ("/chat/call.ics" in (await parent.does(*BY_BUTTONS)).text) is offered
