"""Cookies as our pages set and read them: out of reach of scripts, and bound to us as tightly as browsers can."""

from __future__ import annotations

from typing import Literal

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

#: Behind TLS browsers take a cookie of such a name from this very host alone, and for all of it (RFC 6265bis).
_HOST = "__Host-"


def read(request: HTTPConnection, name: str) -> str:
    """What the browser sends under a name of ours; empty without it."""
    return request.cookies.get(_named(request, name), "")


def keep(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    path: str,
    samesite: Literal["lax", "strict", "none"],
    seconds: int | None = None,
) -> None:
    """Have the browser keep a value, for so many seconds or until it is closed. `path` holds where there is no TLS."""
    secure = _secure(request)
    response.set_cookie(
        _named(request, name),
        value,
        max_age=seconds,
        path="/" if secure else path,
        secure=secure,
        httponly=True,
        samesite=samesite,
    )


def drop(
    request: Request, response: Response, name: str, *, path: str, samesite: Literal["lax", "strict", "none"]
) -> None:
    """Have the browser forget it."""
    keep(request, response, name, "", path=path, samesite=samesite, seconds=0)


def _secure(request: HTTPConnection) -> bool:
    return request.url.scheme == "https"


def _named(request: HTTPConnection, name: str) -> str:
    return f"{_HOST}{name}" if _secure(request) else name
