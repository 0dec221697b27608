"""What every address of the page shares: its headers, whose conversation it is, a kind word for what goes wrong."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot.channels.forms import Refused, from_elsewhere
from bot.channels.web.screen import Screen
from bot.conversation import Message
from bot.helpline import Helpline, UnknownConversation

log = logging.getLogger(__name__)

COOKIE = "helpline_conversation"
COOKIE_SECONDS = 7 * 24 * 3600

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not 'no-referrer': with that, browsers send our own form with the origin 'null'.
    "Referrer-Policy": "same-origin",
    # On a shared computer, Back must not show the chat to the next person.
    "Cache-Control": "no-store",
}

_CONVERSATION = re.compile(r"[\w-]{20,40}", re.ASCII)

Endpoint = Callable[[Request], Awaitable[Response]]


class Doorway:
    """Stands before every endpoint of the page."""

    def __init__(self, helpline: Helpline, screen: Screen) -> None:
        self._helpline = helpline
        self._screen = screen

    def kindly(self, endpoint: Endpoint, *, for_script: bool = False) -> Endpoint:
        """The endpoint with our headers, deaf to other sites, with a kind sentence for whatever goes wrong."""

        async def guarded(request: Request) -> Response:
            try:
                if request.method == "POST" and from_elsewhere(request):
                    raise Refused(403, "page_elsewhere")
                response = await endpoint(request)
            except Refused as refused:
                response = await self._refuse(request, refused, for_script)
            except ClientDisconnect:
                response = Response(status_code=400)
            except Exception:
                log.exception("%s %s broke", request.method, request.url.path)
                response = await self._refuse(request, Refused(503, "page_broken"), for_script)
            response.headers.update(HEADERS)
            return response

        return guarded

    async def known(self, request: Request) -> tuple[str, Sequence[Message] | None]:
        """The conversation of the cookie and its thread; None without a cookie, or where the conversation is gone."""
        conversation = request.cookies.get(COOKIE, "")
        if not _CONVERSATION.fullmatch(conversation):
            return "", None
        try:
            return conversation, await self._helpline.thread(conversation)
        except UnknownConversation:
            return "", None

    def remember(self, request: Request, response: Response, conversation: str) -> Response:
        """The response with the cookie that holds the conversation."""
        return keep(request, response, COOKIE, conversation)

    async def _refuse(self, request: Request, refused: Refused, for_script: bool) -> Response:
        """Say why, and keep the words in the box."""
        sentence = self._screen.say(refused.wording, count=f"{refused.count:,}")
        if for_script:
            return PlainTextResponse(sentence, refused.status)
        conversation, thread = await self.known(request) if refused.status < 500 else ("", None)
        draft = getattr(request.state, "draft", "")
        return await self._screen.page(request, conversation, thread or (), sentence, draft, refused.status)


def keep(request: Request, response: Response, name: str, value: str) -> Response:
    """The response with a cookie of the page, for as long as a chat can be taken up again."""
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_SECONDS,
        path="/chat",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response
