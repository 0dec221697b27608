"""Turns away from a demonstration whoever comes from elsewhere than this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class OwnMachine:
    """A demonstration has its key beside its database: a proxy that was put in front of it serves no family.

    It is known by the name that is asked for, or by the address that it tells of whoever asks. One that tells neither
    looks like this machine.
    """

    def __init__(self, app: ASGIApp, ours: Callable[[str], bool], refusal: Callable[[], Response]) -> None:
        """`ours` says whether a host is this machine."""
        self._app = app
        self._ours = ours
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._from_elsewhere(HTTPConnection(scope)):
            await self._refusal()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _from_elsewhere(self, asked: HTTPConnection) -> bool:
        names = (asked.headers.get("host", ""), asked.headers.get("x-forwarded-host", ""))
        return any(name and not self._ours(_without_port(name)) for name in names) or _is_away(asked)


def _without_port(host: str) -> str:
    return host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def _is_away(asked: HTTPConnection) -> bool:
    try:
        return asked.client is not None and not ipaddress.ip_address(asked.client.host).is_loopback
    except ValueError:
        # A socket in the file system has no address.
        return False
