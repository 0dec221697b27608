"""Takes every request as one by https where others reach us by nothing else, whatever a proxy forgets to say."""

from __future__ import annotations

import logging

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.limits import neighbourhood

log = logging.getLogger(__name__)


class Https:
    """By the scheme it is decided whether cookies are Secure, and whether browsers are told to stay with https."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["scheme"] == "http":
            if not self._told and _is_away(HTTPConnection(scope)):
                self._told = True
                log.warning(
                    "A request came by http, though our address is https. The proxy must lead http to https, send"
                    " X-Forwarded-Proto, and stand in HELPLINE_PROXIES."
                )
            scope["scheme"] = "https"
        await self._app(scope, receive, send)


def _is_away(asked: HTTPConnection) -> bool:
    return bool(asked.client and neighbourhood(asked.client.host))
