"""The chat page: a form that works by itself, and fragments of the same page for its script."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.forms import Refused, fields_of, from_elsewhere
from bot.channels.markup import Prose
from bot.conversation import MOST_CHARACTERS, Author, Button, Message
from bot.helpline import Helpline, UnknownConversation
from bot.knowledge import Knowledge

log = logging.getLogger(__name__)

COOKIE = "helpline_conversation"
COOKIE_SECONDS = 7 * 24 * 3600
#: So long a browser waits for the answer; then it gets the page with "thinking" instead.
PATIENCE_SECONDS = 1.0

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

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONVERSATION = re.compile(r"[\w-]{20,40}", re.ASCII)

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(helpline: Helpline, knowledge: Knowledge) -> list[BaseRoute]:
    """The page at `/chat`, its fragments, and the way to it from `/`."""
    chat = Chat(helpline, knowledge)
    return [
        Route("/", _to_the_page),
        Route("/chat", chat.kindly(chat.page), methods=["GET"]),
        Route("/chat", chat.kindly(chat.send), methods=["POST"]),
        Route("/chat/messages", chat.kindly(chat.newer, for_script=True), methods=["GET"]),
        Route("/chat/messages", chat.kindly(chat.send_by_script, for_script=True), methods=["POST"]),
    ]


@dataclass(frozen=True)
class Line:
    """One message as the page shows it: `html` for a reply, `text` for what a parent wrote."""

    number: int
    author: Author
    text: str
    html: Markup
    concern: bool
    buttons: Sequence[Button]


class Chat:
    """The endpoints of the page."""

    def __init__(self, helpline: Helpline, knowledge: Knowledge) -> None:
        self._helpline = helpline
        self._knowledge = knowledge
        self._prose = Prose(knowledge)
        self._welcome = (
            *(Button(knowledge.cards[card].title, f"card:{card}") for card in knowledge.service["topics"]),
            Button(knowledge.say("button_human"), "human"),
        )
        self._hearing: set[asyncio.Task[Message]] = set()
        self._blanks = {
            "name": knowledge.service["name"],
            "phone": knowledge.service["phone"],
            "hours": knowledge.signposts["helpline"].hours,
            "most": f"{MOST_CHARACTERS:,}",
        }
        templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent.parent / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        templates.globals.update(say=self._say, most=MOST_CHARACTERS)
        templates.filters.update(sentence=self._prose.sentence, prose=self._prose.reply)
        self._page = templates.get_template("chat.html")
        self._thread = templates.get_template("thread.html")

    def kindly(self, endpoint: Endpoint, *, for_script: bool = False) -> Endpoint:
        """The endpoint with our headers, and with a kind sentence for whatever goes wrong."""

        async def guarded(request: Request) -> Response:
            try:
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

    # -- endpoints --------------------------------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        """The page: the welcome, or the conversation of the cookie."""
        thread = await self._known(request)
        lost = thread is None and COOKIE in request.cookies
        notice = self._say("page_anew") if lost or "anew" in request.query_params else ""
        response = self._show(thread or (), notice, looks=_number(request.query_params.get("looks", "")))
        if lost:
            response.delete_cookie(COOKIE, path="/chat")
        return response

    async def newer(self, request: Request) -> Response:
        """For the script: the lines after the one whose number it names."""
        thread = await self._known(request)
        if thread is None:
            raise Refused(404, "page_anew")
        return self._fragment(thread, _number(request.query_params.get("after", "")))

    async def send(self, request: Request) -> Response:
        """Take the form, then lead back to the page."""
        conversation, anew = await self._take(request)
        if request.state.press and request.state.draft:
            # A button was pressed with words in the box. They stay there, which a redirect could not do.
            response = self._show(await self._helpline.thread(conversation), text=request.state.draft)
        else:
            response = RedirectResponse("/chat?anew=1#newest" if anew else "/chat#newest", 303)
        return _remembering(request, response, conversation)

    async def send_by_script(self, request: Request) -> Response:
        """Take the form from the script and give it the new lines."""
        conversation, anew = await self._take(request)
        response = self._fragment(await self._helpline.thread(conversation), 0 if anew else request.state.after)
        if anew:
            # The page still shows lines of a conversation that is gone: the script goes to a fresh one.
            response.headers["Helpline-Page"] = "/chat?anew=1#newest"
        return _remembering(request, response, conversation)

    # -- taking -----------------------------------------------------------------------------------------------------

    async def _take(self, request: Request) -> tuple[str, bool]:
        """Have the form's message heard: (conversation, whether the page it came from had lost its own)."""
        if from_elsewhere(request):
            raise Refused(403, "page_elsewhere")
        fields = await fields_of(request)
        press, after = fields.get("press", ""), _number(fields.get("after", ""))
        draft = _CONTROL.sub("", fields.get("text", "").replace("\r\n", "\n")).strip()
        request.state.press, request.state.after, request.state.draft = press, after, draft
        thread = await self._known(request)
        text = self._label(press, thread or ()) if press else draft
        if not text:
            raise Refused(422, "page_empty")
        if len(text) > MOST_CHARACTERS:
            raise Refused(422, "page_too_long", len(text))
        client_id = fields.get("client_id") or secrets.token_hex(16)
        # The words are part of the id: a form brought back by Back and written anew is another message.
        client_id = hashlib.sha256("\0".join((client_id, press, text)).encode()).hexdigest()
        conversation = request.cookies[COOKIE] if thread is not None else await self._helpline.open("web")
        await self._hear(conversation, text, client_id, press)
        return conversation, thread is None and (COOKIE in request.cookies or after > 0)

    async def _hear(self, conversation: str, text: str, client_id: str, press: str) -> None:
        """Have it heard to the end whatever the browser does; come back when it is answered, or stored and slow."""
        task = asyncio.create_task(self._helpline.hear(conversation, text, client_id, press))
        self._hearing.add(task)
        task.add_done_callback(self._hearing.discard)
        while not (await asyncio.wait({task}, timeout=PATIENCE_SECONDS))[0]:
            if any(line.client_id == client_id for line in await self._helpline.thread(conversation)):
                return
        task.result()

    def _label(self, press: str, thread: Sequence[Message]) -> str:
        """What is written on a button that was offered, whatever the browser says about it."""
        offered = [button for line in thread if line.reply is not None for button in line.reply.buttons]
        for button in (*offered, *self._welcome):
            if button.press == press:
                return button.label
        raise Refused(422, "page_button_gone")

    async def _known(self, request: Request) -> Sequence[Message] | None:
        """The thread of the cookie; None without a cookie, or where its conversation is gone."""
        conversation = request.cookies.get(COOKIE, "")
        if not _CONVERSATION.fullmatch(conversation):
            return None
        try:
            return await self._helpline.thread(conversation)
        except UnknownConversation:
            return None

    # -- showing ----------------------------------------------------------------------------------------------------

    def _say(self, key: str, **values: object) -> str:
        return self._knowledge.say(key, **self._blanks, **values)

    def _show(
        self, thread: Sequence[Message], notice: str = "", text: str = "", status: int = 200, looks: int = 0
    ) -> Response:
        fields = {"notice": notice, "text": text, "client_id": secrets.token_hex(16), "looks": looks}
        return HTMLResponse(self._page.render(**self._view(thread), welcome=self._welcome, **fields), status)

    def _fragment(self, thread: Sequence[Message], after: int) -> Response:
        return HTMLResponse(self._thread.render(**self._view(thread, after)))

    def _view(self, thread: Sequence[Message], after: int = 0) -> dict[str, object]:
        answered = {line.answers for line in thread}
        waiting = any(line.author is Author.PARENT and line.number not in answered for line in thread)
        lines = [self._line(message, message is thread[-1]) for message in thread if message.number > after]
        newest = next((line.number for line in reversed(lines) if line.author is not Author.PARENT), 0)
        return {"lines": lines, "thinking": waiting, "newest": newest}

    def _line(self, message: Message, last: bool) -> Line:
        """Only the last line's buttons can still be pressed; what was chosen before is a line of its own."""
        reply = message.reply
        return Line(
            number=message.number,
            author=message.author,
            text=message.text,
            html=self._prose.reply(message.text) if reply else Markup(),
            concern=reply is not None and reply.risk is not None,
            buttons=reply.buttons if reply and last else (),
        )

    async def _refuse(self, request: Request, refused: Refused, for_script: bool) -> Response:
        """Say why, and keep the words in the box."""
        sentence = self._say(refused.wording, count=f"{refused.count:,}")
        if for_script:
            return PlainTextResponse(sentence, refused.status)
        thread = await self._known(request) if refused.status < 500 else None
        return self._show(thread or (), sentence, getattr(request.state, "draft", ""), refused.status)


async def _to_the_page(request: Request) -> Response:
    return RedirectResponse("/chat")


def _remembering(request: Request, response: Response, conversation: str) -> Response:
    response.set_cookie(
        COOKIE,
        conversation,
        max_age=COOKIE_SECONDS,
        path="/chat",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
