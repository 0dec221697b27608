"""What a parent's browser keeps for us: cookies, and how the parent wants them kept."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

#: So long a chat can be taken up again, on a device that is not shared.
COOKIE_SECONDS = 7 * 24 * 3600
#: The cookie with the parent's choices for this device. It ends with the visit.
DEVICE_COOKIE = "helpline_device"
#: What our script leaves behind when a parent goes in a hurry, in case its word to the server is lost on the way.
LEFT_COOKIE = "helpline_left"


@dataclass(frozen=True)
class Device:
    """The parent's choices for this device."""

    shared: bool = False
    """others use it too: nothing is kept after the visit"""
    plain: bool = False
    """the tab has a title that says nothing"""

    @classmethod
    def of(cls, request: Request) -> Device:
        words = request.cookies.get(DEVICE_COOKIE, "").split(".")
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


def drop(request: Request, response: Response, *names: str) -> Response:
    """The response that takes these cookies away."""
    for name in names:
        _set(request, response, name, "", 0)
    return response


def _set(request: Request, response: Response, name: str, value: str, seconds: int | None) -> Response:
    secure = request.url.scheme == "https"
    # In the frame of another site browsers send no other kind, and keep it apart for each of these sites. That a form
    # comes from a page of ours is checked by itself, for every kind of cookie.
    apart = secure and getattr(request.state, "framed_elsewhere", False)
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/chat",
        secure=secure,
        httponly=True,
        samesite="none" if apart else "lax",
    )
    if apart:
        # Python 3.10 does not know the attribute.
        response.raw_headers[-1] = (b"set-cookie", response.raw_headers[-1][1] + b"; Partitioned")
    return response
