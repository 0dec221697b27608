"""Turns away requests to a host that is no name of a machine, over which everything that reads addresses would fail."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)


class ReadableHost:
    """No browser sends another; there is nobody to be kind to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "") if scope["type"] == "http" else ""
        if host and not _HOST.fullmatch(host):
            await PlainTextResponse("Bad host", 400)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
