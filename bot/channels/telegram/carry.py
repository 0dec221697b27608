"""The link that carries a conversation from the website to Telegram."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable

from bot.channels.telegram.ports import Store
from bot.helpline import Clock

#: So long a link works, for one chat.
LASTS = dt.timedelta(minutes=15)


class Carry:
    """Makes links to the bot."""

    def __init__(self, store: Store, clock: Clock, bot_name: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._bot_name = bot_name

    async def link(self, conversation: str) -> str:
        """The bot's address; with a new token, where there is a conversation to carry. Empty while there is no bot."""
        name = self._bot_name()
        if not name:
            return ""
        address = f"https://t.me/{name}"
        if not conversation:
            return address
        token, now = secrets.token_urlsafe(24), self._clock()
        await self._store.offer_link(hashed(token), conversation, now, now + LASTS)
        return f"{address}?start={token}"


def hashed(token: str) -> str:
    """A token as it is kept: whoever reads the database cannot use it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
