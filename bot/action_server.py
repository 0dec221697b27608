"""Rasa's action server, for Rasa alone: on this machine, and with the shared token."""

from __future__ import annotations

import hmac
import logging
import os

from rasa_sdk.endpoint import create_app
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

#: Says that the server is there, and nothing else; the gateway asks it.
HEALTH = "/health"


def build() -> Sanic:
    """The server of `rasa_sdk` with the actions of `actions/`, which knows no token by itself."""
    # No other website may call it from a browser on this machine.
    server = create_app("actions", cors_origins="")
    server.register_middleware(refuse_strangers, "request")
    return server


async def refuse_strangers(request: Request) -> HTTPResponse | None:
    """The answer for whoever does not know the token; None for who does, and for the question about health."""
    token = os.environ.get("HELPLINE_RASA_TOKEN", "")
    if request.path == HEALTH or (token and hmac.compare_digest(request.token or "", token)):
        return None
    return response.json({"error": "wrong token"}, status=401)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    build().run("127.0.0.1", int(os.environ["HELPLINE_ACTIONS_PORT"]), workers=1, access_log=False, motd=False)
