"""The safety headers of every answer, errors and files among them."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: For what has no headers of its own: nothing runs, nothing is framed.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def strict(scope: Scope, seconds: int) -> dict[str, str]:
    """By which browsers that have come by https use nothing else for so many seconds."""
    return {"Strict-Transport-Security": f"max-age={seconds}"} if seconds and scope["scheme"] == "https" else {}


class SafetyHeaders:
    """Adds what an answer does not say itself; behind TLS, for `hsts` seconds, that browsers use nothing else."""

    def __init__(self, app: ASGIApp, hsts: int) -> None:
        self._app = app
        self._hsts = hsts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.update(strict(scope, self._hsts))
            await send(message)

        await self._app(scope, receive, with_headers)
