"""What a parent's browser keeps for us: cookies, and how the parent wants them kept."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.channels import cookies

#: So long a chat can be taken up again, on a device that is not shared.
COOKIE_SECONDS = 7 * 24 * 3600
#: The cookie with the parent's choices for this device. It ends with the visit.
DEVICE_COOKIE = "helpline_device"
#: What our script leaves behind when a parent goes in a hurry, in case its word to the server is lost on the way.
LEFT_COOKIE = "helpline_left"

_PATH = "/chat"


@dataclass(frozen=True)
class Device:
    """The parent's choices for this device."""

    shared: bool = False
    """others use it too: nothing is kept after the visit"""
    plain: bool = False
    """the tab has a title that says nothing"""

    @classmethod
    def of(cls, request: Request) -> Device:
        words = cookies.read(request, DEVICE_COOKIE).split(".")
        return cls(shared="shared" in words, plain="plain" in words)

    def __str__(self) -> str:
        return ".".join(name for name in ("shared", "plain") if getattr(self, name))


def keep(request: Request, response: Response, name: str, value: str, *, device: Device | None = None) -> Response:
    """The response with a cookie of the page: for a week, or on a shared device for the visit."""
    shared = (device or Device.of(request)).shared
    return _set(request, response, name, value, None if shared else COOKIE_SECONDS)


def keep_for_visit(request: Request, response: Response, name: str, value: str) -> Response:
    """The response with a cookie that ends when the browser is closed."""
    return _set(request, response, name, value, None)


def has_left(request: Request) -> bool:
    """Whether the parent has gone in a hurry, and our word to the server may have been lost."""
    return LEFT_COOKIE in request.cookies


def drop_left(request: Request, response: Response) -> None:
    """Take away what our script has left behind. A script cannot name a cookie as we do behind TLS."""
    apart = _apart(request)
    response.delete_cookie(LEFT_COOKIE, path=_PATH, secure=apart, samesite="none" if apart else "lax")
    if apart:
        _keep_apart(response)


def drop(request: Request, response: Response, *names: str) -> Response:
    """The response that takes these cookies away."""
    for name in names:
        _set(request, response, name, "", 0)
    return response


def _set(request: Request, response: Response, name: str, value: str, seconds: int | None) -> Response:
    apart = _apart(request)
    cookies.keep(request, response, name, value, path=_PATH, samesite="none" if apart else "lax", seconds=seconds)
    if apart:
        _keep_apart(response)
    return response


def _apart(request: Request) -> bool:
    """Whether cookies have to be of the kind that browsers send in the frame of another site.

    They keep it apart for each of these sites. That a form comes from a page of ours is checked by itself.
    """
    return request.url.scheme == "https" and getattr(request.state, "framed_elsewhere", False)


def _keep_apart(response: Response) -> None:
    """Add to the cookie set last the attribute that Python 3.10 does not know."""
    response.raw_headers[-1] = (b"set-cookie", response.raw_headers[-1][1] + b"; Partitioned")
