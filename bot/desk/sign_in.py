"""Signing in at the desk, and out."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account
from bot.channels.forms import fields_of
from bot.desk.pages import Pages
from bot.desk.passwords import Passwords
from bot.desk.ports import Store
from bot.desk.sessions import Sessions
from bot.desk.tries import Tries
from bot.helpline import Clock

#: Where somebody may be led after signing in: a page of the desk, nowhere else.
_OURS = re.compile(r"/desk(/[\w-]+)*", re.ASCII)


class SignIn:
    """The page with the two boxes."""

    def __init__(self, store: Store, sessions: Sessions, passwords: Passwords, pages: Pages, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._pages = pages
        self._clock = clock
        self._tries = Tries()

    async def page(self, request: Request) -> Response:
        return self._show(to=request.query_params.get("to", ""))

    async def sign_in(self, request: Request) -> Response:
        """Look at name and password. Who is signed in is there for parents until they say that they are away."""
        fields = await fields_of(request)
        name, password, to = fields.get("name", "").strip(), fields.get("password", ""), fields.get("to", "")
        if not self._tries.allow(name, self._clock()):
            return self._show(name, to, self._pages.say("desk_wait_to_sign_in"), 429)
        stored = await self._store.password_of(name)
        if not await self._passwords.fits(password, stored) or stored is None:
            return self._show(name, to, self._pages.say("desk_wrong_password"), 403)
        self._tries.clear(name)
        if renewed := await self._passwords.renewed(password, stored):
            await self._store.change_password(name, renewed)
        await self._store.available(name, True)
        response = RedirectResponse(to if _OURS.fullmatch(to) else "/desk", 303)
        await self._sessions.begin(request, response, name)
        return response

    async def sign_out(self, request: Request, me: Account) -> Response:
        await self._store.available(me.name, False)
        response = RedirectResponse("/desk/sign-in", 303)
        await self._sessions.end(request, response)
        return response

    def _show(self, name: str = "", to: str = "", notice: str = "", status: int = 200) -> Response:
        return self._pages.fragment("sign_in", None, status, name=name, to=to, notice=notice)
