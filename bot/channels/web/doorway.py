"""What every address of the page shares: its headers, whose conversation it is, a kind word for what goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response

from bot.channels import cookies
from bot.channels.forms import Refused, from_elsewhere
from bot.channels.web.device import drop, drop_left, has_left, keep
from bot.channels.web.outside import Outside, origin_of
from bot.channels.web.screen import Screen
from bot.conversation import Message
from bot.helpline import Helpline, UnknownConversation
from bot.sealing import Keys

log = logging.getLogger(__name__)

COOKIE = "helpline_conversation"

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not 'no-referrer': with that, browsers send our own form with the origin 'null'.
    "Referrer-Policy": "same-origin",
    # On a shared computer, Back must not show the chat to the next person.
    "Cache-Control": "no-store",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def conversation_of(request: HTTPConnection, keys: Keys) -> str:
    """The conversation that the browser's cookie names; empty where it names none, or none that we gave it."""
    # The id alone, which stands in our logs, opens nothing.
    return keys.signed(cookies.read(request, COOKIE), COOKIE) or ""


class Doorway:
    """Stands before every endpoint of the page."""

    def __init__(self, helpline: Helpline, keys: Keys, screen: Screen, outside: Outside) -> None:
        self._helpline = helpline
        self._keys = keys
        self._screen = screen
        self._outside = outside
        self._headers = {**HEADERS, "Content-Security-Policy": outside.policy}

    def kindly(self, endpoint: Endpoint, *, for_script: bool = False) -> Endpoint:
        """The endpoint with our headers, deaf to other sites, with a kind sentence for whatever goes wrong."""

        async def guarded(request: Request) -> Response:
            request.state.framed_elsewhere = bool(self._outside.sites)
            if self._framed_by_a_stranger(request):
                return self._show_the_way(request)
            try:
                if request.method == "POST" and from_elsewhere(request):
                    raise Refused(403, "page_elsewhere")
                response = await endpoint(request)
            except Refused as refused:
                response = await self._refuse(request, refused, for_script)
                if refused.retry:
                    response.headers["Retry-After"] = str(refused.retry)
            except ClientDisconnect:
                response = Response(status_code=400)
            except Exception:
                log.exception("%s %s broke", request.method, request.url.path)
                response = await self._refuse(request, Refused(503, "page_broken"), for_script)
            response.headers.update(self._headers)
            if has_left(request):
                begun = any(f"{COOKIE}=" in cookie for cookie in response.headers.getlist("set-cookie"))
                drop_left(request, response)
                drop(request, response, *(() if begun else (COOKIE,)))
            return response

        return guarded

    def conversation(self, request: Request) -> str:
        """The conversation that the browser's cookie names."""
        return conversation_of(request, self._keys)

    async def known(self, request: Request) -> tuple[str, Sequence[Message] | None]:
        """The conversation of the cookie and its thread; None without a cookie, or where the conversation is gone."""
        conversation = self.conversation(request)
        if has_left(request) or not conversation:
            return "", None
        try:
            return conversation, await self._helpline.thread(conversation)
        except UnknownConversation:
            return "", None

    def remember(self, request: Request, response: Response, conversation: str) -> Response:
        """The response with the cookie that holds the conversation."""
        return keep(request, response, COOKIE, self._keys.sign(conversation, COOKIE))

    def lost(self, request: Request) -> bool:
        """Whether the browser still names a conversation, and did not leave it in a hurry."""
        return bool(cookies.read(request, COOKIE)) and not has_left(request)

    def _framed_by_a_stranger(self, request: Request) -> bool:
        """Whether a site that may not do so shows the page in a frame, as far as the browser says which site it is."""
        referrer = request.headers.get("referer")
        if request.headers.get("sec-fetch-dest") != "iframe" or not referrer or not from_elsewhere(request):
            return False
        return origin_of(referrer) not in self._outside.framers

    def _show_the_way(self, request: Request) -> Response:
        """A sentence and a link to the chat in a tab of its own. There is nothing else in it that could be stolen."""
        response = self._screen.render(request, "framed", 403)
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; img-src 'self'"
        return response

    async def _refuse(self, request: Request, refused: Refused, for_script: bool) -> Response:
        """Say why, and keep the words in the box."""
        sentence = self._screen.say(refused.wording, count=f"{refused.count:,}")
        if for_script:
            return PlainTextResponse(sentence, refused.status)
        conversation, thread = await self.known(request) if refused.status < 500 else ("", None)
        draft = getattr(request.state, "draft", "")
        return await self._screen.page(request, conversation, thread or (), sentence, draft, refused.status)
