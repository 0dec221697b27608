"""Who is signed in: the cookie, and how long it holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from bot.accounts import Session
from bot.channels import cookies
from bot.desk.ports import AccountStore
from bot.helpline import Clock
from bot.sealing import Keys

COOKIE = "helpline_desk"
#: A session ends so long after sign-in, and sooner when no page of the desk has been open for a while.
LONGEST = dt.timedelta(hours=12)
IDLE = dt.timedelta(minutes=60)
#: So long after the password the code may come.
SECOND_STEP_WITHIN = dt.timedelta(minutes=10)
#: Not every request writes: what is written is right to within these.
PROLONGED_EVERY = dt.timedelta(minutes=1)
SEEN_EVERY = dt.timedelta(seconds=20)

_PATH = "/desk"
_PURPOSE = "desk"
#: What browsers call themselves, the more particular first, and where they run.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_PLACES = ("iPhone", "iPad", "Android", "Windows", "Mac", "Linux")


class Sessions:
    """Signs people in and out, and knows them again."""

    def __init__(self, store: AccountStore, keys: Keys, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock

    async def begin(self, request: Request, response: Response, name: str, *, complete: bool) -> None:
        """Sign somebody in whose password was right; without `complete`, until the code has to be there."""
        now = self._clock()
        token = secrets.token_urlsafe(32)
        ends_at = now + (IDLE if complete else SECOND_STEP_WITHIN)
        browser = _browser(request.headers.get("user-agent", ""))
        await self._store.begin_session(_stored(token), name, now, ends_at, browser=browser)
        value = self._keys.sign(token, _PURPOSE)
        cookies.keep(request, response, COOKIE, value, path=_PATH, samesite="strict")

    async def prove(self, session: Session) -> None:
        """The code was right too."""
        await self._store.prove_session(session.token, self._clock() + IDLE)

    async def end(self, request: Request, response: Response) -> None:
        """Sign out."""
        await self._store.end_session(self._token(request))
        self.forget(request, response)

    def forget(self, request: Request, response: Response) -> None:
        """Take the cookie away."""
        cookies.drop(request, response, COOKIE, path=_PATH, samesite="strict")

    async def of(self, request: Request) -> Session | None:
        """The session of this request, whose owner is therefore here; None without one.

        What is left to do before the desk is open to them, the session tells.
        """
        token, now = self._token(request), self._clock()
        session = await self._store.session(token, now) if token else None
        if session is None:
            return None
        later = min(now + IDLE, session.began_at + LONGEST)
        if later <= now:
            return None
        if session.wants_code:
            return session
        if later - session.ends_at > PROLONGED_EVERY:
            await self._store.prolong_session(token, later)
        seen_at = session.account.seen_at
        if seen_at is None or now - seen_at > SEEN_EVERY:
            await self._store.seen(session.account.name, now)
        return session

    def _token(self, request: Request) -> str:
        return token_of(request, self._keys)


def token_of(request: HTTPConnection, keys: Keys) -> str:
    """The hash of the cookie's token; empty where we have not signed it."""
    token = keys.signed(cookies.read(request, COOKIE), _PURPOSE)
    return _stored(token) if token else ""


def _stored(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _browser(agent: str) -> str:
    """Roughly what a browser is, as people call it: Firefox, Windows."""
    browser = next((name for mark, name in _BROWSERS.items() if f"{mark}/" in agent), "")
    place = next((place for place in _PLACES if place in agent), "")
    return ", ".join(word for word in (browser, place) if word)
