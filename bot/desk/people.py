"""Where a supervisor helps somebody who cannot sign in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account
from bot.channels.forms import Refused
from bot.desk.pages import Pages
from bot.desk.ports import AccountStore
from bot.desk.tries import Tries


class People:
    """Everybody at the desk, how they sign in, and the ways back for who has lost a telephone or is locked out."""

    def __init__(self, store: AccountStore, tries: Tries, pages: Pages) -> None:
        self._store = store
        self._tries = tries
        self._pages = pages

    async def page(self, _: Request, me: Account) -> Response:
        return await self._pages.render("people", me, people=await self._store.accounts())

    async def reset(self, request: Request, me: Account) -> Response:
        """Take off the second step of somebody else, and sign them out everywhere."""
        name = await self._named(request)
        if name == me.name:
            # Nobody takes off their own: whoever finds a supervisor's desk open could.
            raise Refused(403, "people_not_yourself")
        await self._store.end_second_step(name)
        await self._store.end_sessions(name)
        return RedirectResponse("/desk/people", 303)

    async def unlock(self, request: Request, me: Account) -> Response:
        """Let somebody try again who was wrong too often, or was attacked."""
        await self._tries.lift(await self._named(request))
        return RedirectResponse("/desk/people", 303)

    async def _named(self, request: Request) -> str:
        name: str = request.path_params["name"]
        if name not in {account.name for account in await self._store.accounts()}:
            raise Refused(404, "people_unknown")
        return name
