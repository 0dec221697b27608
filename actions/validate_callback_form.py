"""Reads what a parent says while a call is being booked, slot by slot."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction

from bot.callback_form import FIELDS, NOT_UNDERSTOOD, STOPPED, Form, fill

_SLOT = "callback_"
#: With these, a message that does not fit the question is something of its own, which Rasa answers beside the form.
_OF_THEIR_OWN = frozenset({"ask", "human", "not_well", "abuse", "bot_challenge", "capabilities", "goodbye"})
#: Fewer words without a question mark are a slip, not a question.
_FEWEST_WORDS = 4


class ValidateCallbackForm(FormValidationAction):
    """What can be chosen comes with the message, from the gateway, which alone knows what is booked."""

    def name(self) -> str:
        return "validate_callback_form"

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The slots after the message; an end to the form where the parent wants none."""
        offered = _offered(tracker)
        if offered is None:
            return []
        asked = (tracker.get_slot(REQUESTED_SLOT) or "").removeprefix(_SLOT)
        values = {name: value for name in FIELDS if (value := tracker.get_slot(_SLOT + name)) is not None}
        turn = fill(Form(asked, values, **offered), tracker.latest_message["text"])
        if turn.problem == NOT_UNDERSTOOD and _is_of_its_own(tracker.latest_message):
            return [ActionExecutionRejected(self.form_name())]
        if turn.problem:
            dispatcher.utter_message(json_message={"problem": turn.problem})
        slots = [SlotSet(_SLOT + name, turn.values.get(name)) for name in FIELDS]
        return [*slots, SlotSet(REQUESTED_SLOT, None)] if turn.problem == STOPPED else slots


def _offered(tracker: Tracker) -> dict[str, Any] | None:
    """The kinds, the free times and today, as the gateway sent them; none where the form has only just begun."""
    last: dict[str, Any] = next((event for event in reversed(tracker.events) if event["event"] == "user"), {})
    form = (last.get("metadata") or {}).get("form")
    return {key: form[key] for key in ("kinds", "free", "today")} if form else None


def _is_of_its_own(message: dict[str, Any]) -> bool:
    text = message["text"]
    return message["intent"]["name"] in _OF_THEIR_OWN and ("?" in text or len(text.split()) >= _FEWEST_WORDS)
