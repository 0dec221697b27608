"""The one door into Rasa: a channel for the gateway alone, which also hands back what the pipeline found."""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

log = logging.getLogger(__name__)


class HelplineInput(InputChannel):
    """Takes `{"sender", "message", "metadata"}` with the shared token, gives `{"replies", "parse"}`.

    Unlike Rasa's own REST channel it asks for a token, logs no text, and answers 500 when something failed.
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
                # A leading slash would be read as a command of Rasa's, and never is one here.
                request.json["message"].lstrip("/ "),
                collector,
                request.json["sender"],
                input_channel=self.name(),
                metadata=request.json.get("metadata"),
            )
            try:
                # Parsed here, so that the parse can be handed back; Rasa finds it in the message.
                message.parse_data = await request.app.ctx.agent.processor.parse_message(message)
                await on_new_message(message)
            except Exception:
                log.exception("a message of conversation %s failed", message.sender_id)
                return response.json({"error": "failed"}, status=500)
            parse = message.parse_data
            return response.json(
                {
                    "replies": [reply["custom"] for reply in collector.messages if "custom" in reply],
                    "questions": parse.get("questions", []),
                    "excerpt": parse.get("excerpt", False),
                    "entities": [
                        {"entity": entity["entity"], "value": entity["value"]} for entity in parse["entities"]
                    ],
                }
            )

        return webhook
