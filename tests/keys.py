"""The key of the tests' databases, and a session at the desk without the look at a password."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping

from bot.channels.web.doorway import COOKIE
from bot.sealing import Keys, new_key
from bot.store import SqlStore

KEY = new_key()
KEYS = Keys([KEY])


async def signed_in(store: SqlStore, name: str, now: dt.datetime, *, proven: bool = True) -> str:
    """The cookie of a new session, in which both steps were taken where it is `proven`."""
    token = secrets.token_urlsafe(16)
    hashed = hashlib.sha256(token.encode()).hexdigest()
    await store.begin_session(hashed, name, now, now + dt.timedelta(hours=1), proven=proven)
    return KEYS.sign(token, "desk")


def conversation_in(cookies: Mapping[str, str]) -> str:
    """The conversation of the page's cookie, without the signature behind it; empty where there is none."""
    return cookies.get(COOKIE, "").rpartition(".")[0]
