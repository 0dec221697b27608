"""How often somebody may try to sign in, so that nobody can try passwords all day."""

from __future__ import annotations

import datetime as dt
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.cookies import keep, read
from bot.desk.ports import AccountStore
from bot.helpline import Clock
from bot.limits import Limits, neighbourhood
from bot.sealing import Keys

#: So many wrong tries within so long, then they wait: a quarter of an hour, and who goes on all the same, a day.
LIMITS = ((5, dt.timedelta(minutes=15)), (20, dt.timedelta(days=1)))
#: The cookie of a browser in which somebody has signed in before, with a mark of who it was.
COOKIE = "helpline_known"
PATH = "/desk/sign-in"
_A_YEAR = 365 * 24 * 3600


class Tries:
    """Counts the tries for each name, right ones clear it, and for each address, whatever the names.

    An outsider who tries a name again and again must not lock its owner out. So a browser in which the owner has
    signed in before is counted by itself (device cookies, OWASP: "Slow Down Online Guessing Attacks"), and a
    supervisor or the command line can lift the lock that holds for all others.
    """

    def __init__(self, store: AccountStore, keys: Keys, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._limits = limits

    def wait(self, request: Request, name: str) -> float:
        """The seconds until this address may try again, or this browser where its owner is known; 0 mostly."""
        who = self._mark(request, name) if self.knows(request, name) else _address(request)
        return self._limits.sign_in.take(who) if who else 0.0

    def knows(self, request: Request, name: str) -> bool:
        """Whether they have signed in before in this browser."""
        return self._browser(request, name) is not None

    async def allow(self, request: Request, name: str) -> bool:
        """Count a try; False where there were too many. Counted before it is looked at, so many at once do not pass."""
        return await self._store.count_try(self._mark(request, name), self._clock(), LIMITS)

    async def clear(self, request: Request, name: str) -> None:
        """It was right."""
        await self._store.clear_tries(self._mark(request, name))

    async def lift(self, name: str) -> None:
        """Let all browsers try this name again that nobody knows."""
        await self._store.clear_tries(unknown_browsers(self._keys, name))

    def remember(self, request: Request, response: Response, name: str) -> None:
        """Know this browser again as one of theirs."""
        value = self._keys.sign(secrets.token_urlsafe(16), _browser_of(name))
        keep(request, response, self._cookie(name), value, path=PATH, samesite="strict", seconds=_A_YEAR)

    def _mark(self, request: Request, name: str) -> str:
        browser = self._browser(request, name)
        return unknown_browsers(self._keys, name) if browser is None else self._keys.mark(browser, _browser_of(name))

    def _browser(self, request: Request, name: str) -> str | None:
        return self._keys.signed(read(request, self._cookie(name)), _browser_of(name))

    def _cookie(self, name: str) -> str:
        return f"{COOKIE}_{self._keys.mark(name, 'cookie of a known browser')[:8]}"


def unknown_browsers(keys: Keys, name: str) -> str:
    """Under which mark the tries for a name are counted that come from browsers nobody knows."""
    return keys.mark(name, "tries")


def _address(request: Request) -> str:
    return neighbourhood(request.client.host if request.client else "")


def _browser_of(name: str) -> str:
    return f"browser of {name}"
