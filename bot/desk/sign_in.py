"""Signing in at the desk, in one step or two, and out."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Session
from bot.channels.forms import fields_of
from bot.desk.audit import REFUSED, Audit
from bot.desk.guards import SHOW_CODE, SIGN_IN
from bot.desk.pages import Pages
from bot.desk.passwords import LONGEST_LINE, Passwords
from bot.desk.ports import Store
from bot.desk.second_step import SecondStep
from bot.desk.sessions import Sessions
from bot.desk.tries import Tries
from bot.limits import whole_seconds

#: Where somebody may be led after signing in: a page of the desk, nowhere else.
_OURS = re.compile(r"/desk(/[\w-]+)*", re.ASCII)
#: Where the line for a look at the password is too long, strangers are asked to come back after so many seconds.
BACK_AFTER = 5.0


class SignIn:
    """The page with name and password, and the one with the code."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        passwords: Passwords,
        second_step: SecondStep,
        tries: Tries,
        audit: Audit,
        pages: Pages,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._second_step = second_step
        self._tries = tries
        self._audit = audit
        self._pages = pages

    async def page(self, request: Request) -> Response:
        return self._show(to=request.query_params.get("to", ""))

    async def sign_in(self, request: Request) -> Response:
        """Look at name and password. Who is signed in is there for parents until they say that they are away."""
        fields = await fields_of(request)
        name, password, to = fields.get("name", "").strip(), fields.get("password", ""), fields.get("to", "")
        with self._passwords.line() as ahead:
            if wait := self._wait(request, name, ahead):
                return _later(self._show(name, to, self._pages.say("desk_many_sign_in"), 429), wait)
            if not await self._tries.allow(request, name):
                return self._show(name, to, self._pages.say("desk_wait_to_sign_in"), 429)
            stored = await self._store.password_of(name)
            fits = await self._passwords.fits(password, stored)
        if stored is None:
            await self._audit.stranger()
        elif not fits:
            await self._audit.write(name, f"{REFUSED}sign-in")
        if stored is None or not fits:
            return self._show(name, to, self._pages.say("desk_wrong_password"), 403)
        if renewed := await self._passwords.renewed(password, stored):
            await self._store.change_password(name, renewed)
        complete = await self._store.second_step(name) is None
        to = to if _OURS.fullmatch(to) else "/desk"
        response = RedirectResponse(to if complete else f"{SHOW_CODE}?to={to}", 303)
        await self._audit.write(name, "sign-in")
        await self._sessions.begin(request, response, name, complete=complete)
        if complete:
            await self._is_in(request, response, name)
        return response

    async def code_page(self, request: Request, session: Session) -> Response:
        """The page with the box for the code."""
        return self._show_code(request.query_params.get("to", ""))

    async def code(self, request: Request, session: Session) -> Response:
        """Look at the code. Wrong ones count as wrong passwords do."""
        fields = await fields_of(request)
        name, to = session.account.name, fields.get("to", "")
        response = RedirectResponse(to if _OURS.fullmatch(to) else "/desk", 303)
        if not session.wants_code:
            return response
        if wait := self._tries.wait(request, name):
            return _later(self._show_code(to, self._pages.say("desk_many_sign_in"), 429), wait)
        if not await self._tries.allow(request, name):
            return self._show_code(to, self._pages.say("desk_wait_to_sign_in"), 429)
        if not await self._second_step.fits(name, fields.get("code", "")):
            await self._audit.write(name, f"{REFUSED}sign-in/code", session=session.id)
            return self._show_code(to, self._pages.say("desk_wrong_code"), 403)
        await self._audit.write(name, "sign-in/code", session=session.id)
        await self._sessions.prove(session)
        await self._is_in(request, response, name)
        return response

    async def sign_out(self, request: Request, session: Session) -> Response:
        """Away, and signed out here; whoever has the password alone sends nobody away."""
        await self._audit.write(session.account.name, "sign-out", session=session.id)
        if session.complete:
            await self._store.available(session.account.name, False)
        response = RedirectResponse(SIGN_IN, 303)
        await self._sessions.end(request, response)
        return response

    def _wait(self, request: Request, name: str, ahead: int) -> float:
        """The seconds until a password is looked at at all. Whoever has signed in here before passes the line."""
        wait = self._tries.wait(request, name)
        return wait or (BACK_AFTER if ahead >= LONGEST_LINE and not self._tries.knows(request, name) else 0.0)

    async def _is_in(self, request: Request, response: Response, name: str) -> None:
        await self._tries.clear(request, name)
        await self._store.available(name, True)
        self._tries.remember(request, response, name)

    def _show(self, name: str = "", to: str = "", notice: str = "", status: int = 200) -> Response:
        return self._pages.fragment("sign_in", None, status, name=name, to=to, notice=notice)

    def _show_code(self, to: str, notice: str = "", status: int = 200) -> Response:
        return self._pages.fragment("sign_in_code", None, status, to=to, notice=notice)


def _later(response: Response, seconds: float) -> Response:
    response.headers["Retry-After"] = str(whole_seconds(seconds))
    return response
