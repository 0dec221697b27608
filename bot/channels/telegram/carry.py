"""The link that carries a conversation from the website to Telegram."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.forms import from_elsewhere
from bot.channels.telegram.commands import hashed
from bot.channels.telegram.ports import Store
from bot.helpline import Clock, Helpline, UnknownConversation

#: So long a link works, for one chat.
LASTS = dt.timedelta(minutes=15)


class Carry:
    """Leads a parent who comes from the chat page to the bot, with what they have said so far."""

    def __init__(
        self, store: Store, helpline: Helpline, clock: Clock, cookie: str, bot_name: Callable[[], str]
    ) -> None:
        self._store = store
        self._helpline = helpline
        self._clock = clock
        self._cookie = cookie
        self._bot_name = bot_name

    async def page(self, request: Request) -> Response:
        """`GET /chat/telegram`: to the bot, or back to the chat where there is no bot just now."""
        name = self._bot_name()
        if not name or from_elsewhere(request):
            return RedirectResponse("/chat", 303)
        token = await self._token(request.cookies.get(self._cookie, ""))
        response = RedirectResponse(f"https://t.me/{name}" + (f"?start={token}" if token else ""), 303)
        # Whoever sees the address of the next page could take the conversation over.
        response.headers.update({"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
        return response

    async def _token(self, conversation: str) -> str:
        """A token for the conversation of the cookie; empty where there is nothing to carry."""
        try:
            if not conversation or not await self._helpline.thread(conversation):
                return ""
        except UnknownConversation:
            return ""
        token, now = secrets.token_urlsafe(24), self._clock()
        await self._store.offer_link(hashed(token), conversation, now, now + LASTS)
        return token
