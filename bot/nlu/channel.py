"""The one door into Rasa: a channel for the gateway alone, which brings along all that Rasa has to remember."""

from __future__ import annotations

import hmac
import logging
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.callback_form import FIELDS

log = logging.getLogger(__name__)

#: The form by which a call is booked, and how its slots' names begin.
FORM, SLOT = "callback_form", "callback_"
#: Rasa takes a message for a command when this is how it begins.
_COMMAND = re.compile(r"^[\s/]+")


class HelplineInput(InputChannel):
    """Takes `{"sender", "message", "metadata"}` with the shared token, gives the replies, the parse and the form.

    Unlike Rasa's own REST channel it asks for a token, logs no text, and answers 500 when something failed. Rasa's
    memory does not count: the gateway sends along how far a form is filled in, so that nothing is lost with Rasa. What
    was said is out of it again with the answer, so that there is nothing to delete when a parent deletes a chat.
    """

    @classmethod
    def name(cls) -> str:
        return "helpline"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        webhook = Blueprint("helpline_webhook", __name__)

        @webhook.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            ready = agent is not None and agent.is_ready()
            return response.json({"ready": ready}, status=200 if ready else 503)

        @webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            token = os.environ.get("HELPLINE_RASA_TOKEN", "")
            if not token or not hmac.compare_digest(request.token or "", token):
                return response.json({"error": "wrong token"}, status=401)
            collector = CollectingOutputChannel()
            message = UserMessage(
                _no_command(request.json["message"]),
                collector,
                request.json["sender"],
                input_channel=self.name(),
                metadata=request.json.get("metadata"),
            )
            agent = request.app.ctx.agent
            try:
                # Parsed here, so that the parse can be handed back; Rasa finds it in the message.
                message.parse_data = await agent.processor.parse_message(message)
                async with agent.lock_store.lock(message.sender_id):
                    try:
                        await agent.tracker_store.save(_tracker(message, agent.domain))
                        await agent.processor.handle_message(message)
                        tracker = await agent.processor.get_tracker(message.sender_id)
                    finally:
                        await agent.tracker_store.save(DialogueStateTracker(message.sender_id, agent.domain.slots))
            except Exception:
                log.exception("a message of conversation %s failed", message.sender_id)
                return response.json({"error": "failed"}, status=500)
            parse = message.parse_data
            return response.json(
                {
                    "replies": [reply["custom"] for reply in collector.messages if "custom" in reply],
                    "questions": parse.get("questions", []),
                    "excerpt": parse.get("excerpt", False),
                    "form": {name: value for name in FIELDS if (value := tracker.get_slot(SLOT + name)) is not None},
                    "entities": [
                        {"entity": entity["entity"], "value": entity["value"]} for entity in parse["entities"]
                    ],
                }
            )

        return webhook


def _no_command(text: str) -> str:
    """What somebody typed, without what would make it a command of Rasa's, which looks behind all kinds of space."""
    return _COMMAND.sub("", text)


def _tracker(message: UserMessage, domain: Domain) -> DialogueStateTracker:
    """A conversation as the gateway knows it: with the form that is being filled in, if one is."""
    form = (message.metadata or {}).get("form")
    events: list[Event] = [ActionExecuted(ACTION_LISTEN_NAME)]
    if form:
        slots = {REQUESTED_SLOT: SLOT + form["asked"], **{SLOT + name: text for name, text in form["values"].items()}}
        filled = [SlotSet(name, value) for name, value in slots.items()]
        events = [ActionExecuted(FORM), ActiveLoop(FORM), *filled, *events]
    return DialogueStateTracker.from_events(message.sender_id, events, slots=domain.slots)
