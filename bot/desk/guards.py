"""Who may see a page of the desk, and what everybody else is told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.accounts import Account, Role, Session
from bot.channels.forms import Refused, from_elsewhere
from bot.concerns import ConcernIsClosed, NoCouncilNamed, NotReferred, Unacknowledged, Undecided, UnknownConcern
from bot.desk.audit import Audit
from bot.desk.pages import Pages
from bot.desk.sessions import Sessions
from bot.handover import DeskError, Late, NotWaiting, NotYours, TooManyTalks, UnknownChat, UnknownTalk

log = logging.getLogger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]
Page = Callable[[Request, Account], Awaitable[Response]]
SessionPage = Callable[[Request, Session], Awaitable[Response]]

SIGN_IN = "/desk/sign-in"
#: Where somebody is led who has still to show a code, or to set up the telephone that makes them.
SHOW_CODE, SET_UP = "/desk/sign-in/code", "/desk/account/second-step"

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
    UnknownChat: ("desk_unknown_chat", 404),
    NotWaiting: ("desk_not_waiting", 409),
    NotYours: ("desk_not_yours", 409),
    TooManyTalks: ("desk_too_many_talks", 409),
    Late: ("desk_late", 409),
    UnknownConcern: ("concern_unknown", 404),
    ConcernIsClosed: ("concern_is_closed", 409),
    Undecided: ("concern_undecided_yet", 409),
    Unacknowledged: ("concern_unacknowledged", 409),
    NotReferred: ("concern_not_referred", 409),
    NoCouncilNamed: ("concern_no_council_named", 422),
}


class Guards:
    """Wraps the endpoints of the desk."""

    def __init__(self, sessions: Sessions, audit: Audit, pages: Pages) -> None:
        self._sessions = sessions
        self._audit = audit
        self._pages = pages

    def signed_in(self, *roles: Role) -> Callable[[Page], Endpoint]:
        """Only for people who are signed in, and only in these roles; without any, in all."""
        return partial(self._for, roles=roles)

    def setting_up(self, page: Page) -> Endpoint:
        """For everybody who is signed in, those among them who have still to set up their second step."""
        return self._for(page, two_steps=False)

    def _for(self, page: Page, *, roles: tuple[Role, ...] = (), two_steps: bool = True) -> Endpoint:
        async def for_them(request: Request, session: Session) -> Response:
            if session.wants_code:
                return _to(request, SHOW_CODE)
            if two_steps and session.wants_two_steps:
                return _to(request, SET_UP)
            return await self._written_down(request, session, page, roles)

        return self.halfway(for_them)

    def halfway(self, page: SessionPage) -> Endpoint:
        """For people whose password was right, whatever they still have to do. It writes down nothing by itself."""

        async def for_them(request: Request) -> Response:
            session = await self._sessions.of(request)
            if session is None:
                return _to_sign_in(request)
            return await page(request, session)

        return self.anybody(for_them)

    async def _written_down(self, request: Request, session: Session, page: Page, roles: tuple[Role, ...]) -> Response:
        """Write down what is asked for, then do it; what is not theirs to ask for is written down too."""
        request.state.session = session
        act = await self._audit.asked(request, session)
        try:
            if roles and session.account.role not in roles:
                raise Refused(403, "desk_not_for_you")
            response = await page(request, session.account)
        except Exception:
            await self._audit.refused(session, act)
            raise
        if response.status_code >= 400:
            await self._audit.refused(session, act)
        return response

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
    back = f"?to={quote(request.url.path)}" if request.method == "GET" else ""
    return _to(request, SIGN_IN, back)


def _to(request: Request, address: str, back: str = "") -> Response:
    if by_script(request) or "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(f"{address}{back}", 303)
