"""Who is signed in: the cookie, and how long it holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.accounts import Account
from bot.desk.ports import AccountStore
from bot.helpline import Clock

COOKIE = "helpline_desk"
#: A session ends so long after sign-in, and sooner when no page of the desk has been open for a while.
LONGEST = dt.timedelta(hours=12)
IDLE = dt.timedelta(minutes=60)
#: Not every request writes: what is written is right to within these.
PROLONGED_EVERY = dt.timedelta(minutes=1)
SEEN_EVERY = dt.timedelta(seconds=20)


class Sessions:
    """Signs people in and out, and knows them again."""

    def __init__(self, store: AccountStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, request: Request, response: Response, name: str) -> None:
        """Sign somebody in whose password was right."""
        now = self._clock()
        # The hash that is stored is taken over the beginning too, so that nobody can set it later in their cookie.
        token = f"{int(now.timestamp())}-{secrets.token_urlsafe(32)}"
        await self._store.begin_session(_stored(token), name, now, now + IDLE)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, path="/desk", secure=secure, httponly=True, samesite="strict")

    async def end(self, request: Request, response: Response) -> None:
        """Sign out."""
        await self._store.end_session(_stored(request.cookies.get(COOKIE, "")))
        response.delete_cookie(COOKIE, path="/desk")

    async def who(self, request: Request) -> Account | None:
        """Who sends this request, and is therefore here; None without a session."""
        token = request.cookies.get(COOKIE, "")
        now = self._clock()
        found = await self._store.session(_stored(token), now)
        if found is None:
            return None
        me, ends_at = found
        later = min(now + IDLE, _began(token) + LONGEST)
        if later <= now:
            return None
        if later - ends_at > PROLONGED_EVERY:
            await self._store.prolong_session(_stored(token), later)
        if me.seen_at is None or now - me.seen_at > SEEN_EVERY:
            await self._store.seen(me.name, now)
        return me


def _stored(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _began(token: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(token.partition("-")[0]), dt.timezone.utc)
