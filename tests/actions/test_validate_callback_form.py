"""Rasa's form takes what fits, asks again for what does not, and lets a question be a question."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.validate_callback_form import ValidateCallbackForm
from bot.callback_form import FIELDS

OFFERED = {
    "kinds": {"call": ["A helpline call"]},
    "free": {"call": ["2026-11-24T10:00"]},
    "today": "2026-11-23",
}
DOMAIN = {"forms": {"callback_form": {"required_slots": [f"callback_{name}" for name in FIELDS]}}}


async def events_for(
    text: str, intent: str = "ok", form: dict[str, Any] | None = OFFERED
) -> tuple[list[Any], list[Any]]:
    """The events and the replies for a message at the question for the day."""
    slots = {f"callback_{name}": None for name in FIELDS} | {"callback_kind": "call", "requested_slot": "callback_day"}
    message = {"text": text, "intent": {"name": intent}}
    said = {"event": "user", "text": text, "metadata": {"form": form} if form else {}}
    tracker = Tracker("a-parent", slots, message, [said], False, None, {"name": "callback_form"}, "action_listen")
    dispatcher = CollectingDispatcher()
    events = await ValidateCallbackForm().run(dispatcher, tracker, DOMAIN)
    return events, [message["custom"] for message in dispatcher.messages]


def slots(events: list[Any]) -> dict[str, str | None]:
    return {event["name"].removeprefix("callback_"): event["value"] for event in events}


async def test_what_fits_is_filled_in() -> None:
    events, said = await events_for("tomorrow at 10")
    assert slots(events) == dict.fromkeys(FIELDS) | {"kind": "call", "day": "2026-11-24", "time": "10:00"}
    assert said == []


async def test_what_does_not_fit_leaves_the_slot_empty_and_says_why() -> None:
    events, said = await events_for("sunday")
    assert slots(events) == dict.fromkeys(FIELDS) | {"kind": "call"}
    assert said == [{"problem": "day_taken"}]


async def test_a_parent_who_stops_ends_the_form() -> None:
    events, said = await events_for("stop")
    assert slots(events)["requested_slot"] is None
    assert said == [{"problem": "stopped"}]


async def test_a_question_of_its_own_is_left_to_the_rules() -> None:
    events, _ = await events_for("can they exclude him?", "ask")
    assert [event["event"] for event in events] == ["action_execution_rejected"]


@pytest.mark.parametrize(("text", "intent"), [("er well", "ask"), ("er well I really am thinking", "thanks")])
async def test_a_slip_is_no_question(text: str, intent: str) -> None:
    assert (await events_for(text, intent))[1] == [{"problem": "not_understood"}]


async def test_a_form_that_has_only_just_begun_is_asked_from_its_beginning() -> None:
    assert await events_for("ring me tomorrow", "book_callback", None) == ([], [])
