"""The way on to Telegram, with the chat."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web.doorway import Doorway
from bot.channels.web.outside import Link
from bot.channels.web.screen import Screen


class Onward:
    """A page with the link, which says what it does before it is followed.

    It is a page, and no redirect, because browsers show it in another site's frame, and Telegram's own not; and only
    there do they still name the conversation.
    """

    def __init__(self, link: Link, door: Doorway, screen: Screen) -> None:
        self._link = link
        self._door = door
        self._screen = screen

    async def page(self, request: Request) -> Response:
        """`GET /chat/telegram`."""
        conversation, thread = await self._door.known(request)
        link = await self._link(conversation if thread else "")
        return self._screen.render(request, "onward", 200 if link else 503, link=link, carries=bool(thread))
