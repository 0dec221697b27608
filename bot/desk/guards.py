"""Who may see a page of the desk, and what everybody else is told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.accounts import Account, Role
from bot.channels.forms import Refused, from_elsewhere
from bot.desk.pages import Pages
from bot.desk.sessions import Sessions
from bot.handover import DeskError, Late, NotWaiting, NotYours, TooManyTalks, UnknownTalk

log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]
Page = Callable[[Request, Account], Awaitable[Response]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        # Without a script, the new lines of a talk come in a frame.
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not 'no-referrer': with that, browsers send our own forms with the origin 'null'.
    "Referrer-Policy": "same-origin",
    # On a shared computer, Back must not show a talk to the next person.
    "Cache-Control": "no-store",
}
#: What an adviser is told when the store refuses: the wording, and the HTTP status.
PROBLEMS: dict[type[DeskError], tuple[str, int]] = {
    UnknownTalk: ("desk_unknown_talk", 404),
    NotWaiting: ("desk_not_waiting", 409),
    NotYours: ("desk_not_yours", 409),
    TooManyTalks: ("desk_too_many_talks", 409),
    Late: ("desk_late", 409),
}


class Guards:
    """Wraps the endpoints of the desk."""

    def __init__(self, sessions: Sessions, pages: Pages) -> None:
        self._sessions = sessions
        self._pages = pages

    def signed_in(self, *roles: Role) -> Callable[[Page], Endpoint]:
        """Only for people who are signed in, and only in these roles; without any, in all."""

        def wrap(page: Page) -> Endpoint:
            async def for_them(request: Request) -> Response:
                me = await self._sessions.who(request)
                if me is None:
                    return _to_sign_in(request)
                if roles and me.role not in roles:
                    raise Refused(403, "desk_not_for_you")
                return await page(request, me)

            return self.anybody(for_them)

        return wrap

    def anybody(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint with our headers, deaf to other sites, with a kind sentence for whatever goes wrong."""

        async def guarded(request: Request) -> Response:
            try:
                if request.method not in ("GET", "HEAD") and from_elsewhere(request):
                    raise Refused(403, "desk_elsewhere")
                response = await endpoint(request)
            except Refused as refused:
                response = self._tell(request, refused.wording, refused.status)
            except DeskError as error:
                response = self._tell(request, *PROBLEMS[type(error)])
            except ClientDisconnect:
                response = Response(status_code=400)
            except Exception:
                log.exception("%s %s broke", request.method, request.url.path)
                response = self._tell(request, "desk_broken", 503)
            response.headers.update(HEADERS)
            return response

        return guarded

    def _tell(self, request: Request, wording: str, status: int) -> Response:
        if by_script(request):
            return PlainTextResponse(self._pages.say(wording), status)
        return self._pages.fragment("problem", None, status, sentence=self._pages.say(wording))


def by_script(request: Request) -> bool:
    """Whether htmx asks, for part of a page."""
    return "hx-request" in request.headers


def _to_sign_in(request: Request) -> Response:
    if by_script(request) or "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=401, headers={"HX-Redirect": "/desk/sign-in"})
    back = f"?to={quote(request.url.path)}" if request.method == "GET" else ""
    return RedirectResponse(f"/desk/sign-in{back}", 303)
