"""A stand-in for Telegram's Bot API: a real HTTP server on the loopback address, with parents who write and press."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "123456:the-token-of-the-tests"
ME = {"id": 123456, "is_bot": True, "first_name": "Helpline", "username": "helpline_test_bot"}
#: What Telegram allows.
MOST_UNITS = 4096
TAGS = {"b", "i", "code", "a"}


@dataclass
class Answer:
    """What the server says to one request: a result, or an error as Telegram words it."""

    result: Any = True
    code: int = 200
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    """sent instead, as it is"""

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        if self.code == 200:
            return json.dumps({"ok": True, "result": self.result}).encode()
        problem = {"ok": False, "error_code": self.code, "description": self.description}
        return json.dumps({**problem, **({"parameters": self.parameters} if self.parameters else {})}).encode()


def flood(seconds: int) -> Answer:
    return Answer(
        code=429, description=f"Too Many Requests: retry after {seconds}", parameters={"retry_after": seconds}
    )


BLOCKED = Answer(code=403, description="Forbidden: bot was blocked by the user")
DEACTIVATED = Answer(code=403, description="Forbidden: user is deactivated")
REFUSED = Answer(code=400, description="Bad Request: can't parse entities")
NOT_MODIFIED = Answer(code=400, description="Bad Request: message is not modified")
BAD_GATEWAY = Answer(code=502, raw=b"<html><body>502 Bad Gateway</body></html>")
UNAUTHORIZED = Answer(code=401, description="Unauthorized")
#: The connection is cut, before or after the request has been carried out; the server says nothing at all.
RESET, RESET_AFTER, SILENCE_AFTER = "reset", "reset after", "silence after"

Fault = Answer | str


@dataclass
class Call:
    """One request of ours."""

    method: str
    data: dict[str, Any]
    at: float


class BotApi:
    """Telegram, as far as a bot sees it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        """by method: what happens to the next requests instead"""
        self.closed: dict[int, Answer] = {}
        """chats to which nothing can be sent"""
        self.takes = 0.0
        """seconds from taking a message to saying so"""
        self.messages: defaultdict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
        """by chat: the messages in it, by number, the bot's and the parent's"""
        self.webhook: dict[str, Any] | None = None
        self.on_update: Callable[[dict[str, Any]], None] | None = None
        self.unread: list[dict[str, Any]] = []
        """updates that the bot has not acknowledged"""
        self._news = asyncio.Event()
        self._last_update = 100
        self._last_message = 0
        self._server: asyncio.AbstractServer | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.address = ""

    # -- what a parent does --------------------------------------------------------------------------------------------

    def update(self, **content: Any) -> dict[str, Any]:
        """Something has happened; the bot will hear of it."""
        self._last_update += 1
        update = {"update_id": self._last_update, **content}
        self.offer(update)
        return update

    def offer(self, update: Any) -> None:
        """Have the bot get this."""
        if self.on_update:
            self.on_update(update)
        else:
            self.unread.append(update)
            self._news.set()

    def writes(self, chat: int, text: str | None = None, **content: Any) -> dict[str, Any]:
        """A parent sends a message."""
        return self.update(message=self.message(chat, text, **content))

    def message(self, chat: int, text: str | None = None, **content: Any) -> dict[str, Any]:
        """A parent's message."""
        self._last_message += 1
        message = {
            "message_id": self._last_message,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Ann"} if chat > 0 else group(chat),
            "from": {"id": abs(chat), "is_bot": False, "first_name": "Ann"},
            **({"text": text} if text is not None else {}),
            **content,
        }
        if text is not None and re.match(r"/\w", text):
            length = len(text.split()[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self.messages[chat][message["message_id"]] = message
        return message

    def changes(self, message: Mapping[str, Any], text: str) -> dict[str, Any]:
        """A parent changes a message."""
        changed = {**message, "text": text, "edit_date": int(time.time())}
        self.messages[message["chat"]["id"]][message["message_id"]] = changed
        return self.update(edited_message=changed)

    def presses(self, chat: int, label: str, message: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A parent presses a button of a message: of the newest that has it."""
        shown = [message] if message else reversed(self.from_bot(chat))
        for candidate in shown:
            for row in candidate.get("reply_markup", {}).get("inline_keyboard", []):
                if row[0]["text"] == label:
                    return self.gives_back(chat, row[0]["callback_data"], candidate)
        raise AssertionError(f"no button {label!r}")

    def gives_back(self, chat: int, data: str, message: Mapping[str, Any]) -> dict[str, Any]:
        """Telegram tells the bot of a pressed button."""
        who = {"id": chat, "is_bot": False, "first_name": "Ann"}
        query = {"id": str(self._last_update + 1), "from": who, "chat_instance": "1", "data": data}
        return self.update(callback_query={**query, "message": message})

    # -- what can be seen ----------------------------------------------------------------------------------------------

    def from_bot(self, chat: int) -> list[dict[str, Any]]:
        """The bot's messages in a chat, as they are now, the oldest first."""
        return [message for message in self.messages[chat].values() if message["from"]["is_bot"]]

    def texts(self, chat: int) -> list[str]:
        """What the bot has written in a chat, without its marks."""
        return [message["text"] for message in self.from_bot(chat)]

    def buttons(self, message: Mapping[str, Any]) -> list[str]:
        return [row[0]["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", [])]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    # -- the server ----------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[BotApi]:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        try:
            yield self
        finally:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while request := await _request(reader):
                method, data = request
                if not await self._serve(method, data, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _serve(self, path: str, data: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        token, _, method = path.removeprefix("/bot").partition("/")
        self.calls.append(Call(method, data, time.monotonic()))
        fault = self.faults[method].popleft() if self.faults[method] else None
        if fault == RESET:
            return False
        if isinstance(fault, Answer):
            answer = fault
        elif token != TOKEN:
            answer = UNAUTHORIZED
        elif method == "getUpdates":
            answer = Answer(await self._get_updates(data))
        else:
            answer = getattr(self, f"_{method}", lambda _: Answer())(data)
            await asyncio.sleep(self.takes if method == "sendMessage" else 0)
        if fault == RESET_AFTER:
            return False
        if fault == SILENCE_AFTER:
            await asyncio.sleep(3600)
        body = answer.body()
        head = f"HTTP/1.1 {answer.code} x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        return True

    async def _get_updates(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        if "offset" in data:
            # Asking for what comes next acknowledges what came before.
            self.unread = [update for update in self.unread if update["update_id"] >= int(data["offset"])]
        end = time.monotonic() + float(data.get("timeout", 0))
        while not self.unread and (left := end - time.monotonic()) > 0:
            self._news.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
        return self.unread[:100]

    # -- methods -------------------------------------------------------------------------------------------------------

    def _getMe(self, _: dict[str, Any]) -> Answer:
        return Answer(ME)

    def _setWebhook(self, data: dict[str, Any]) -> Answer:
        self.webhook = data
        return Answer()

    def _sendMessage(self, data: dict[str, Any]) -> Answer:
        chat = int(data["chat_id"])
        if chat in self.closed:
            return self.closed[chat]
        text, problem = _read(data)
        if problem:
            return Answer(code=400, description=f"Bad Request: {problem}")
        self._last_message += 1
        message = {
            "message_id": self._last_message,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"} if chat > 0 else group(chat),
            "from": ME,
            "text": text,
            **({"reply_markup": json.loads(data["reply_markup"])} if data.get("reply_markup") else {}),
        }
        answered = json.loads(data.get("reply_parameters") or "{}").get("message_id")
        if answered in self.messages[chat]:
            message["reply_to_message"] = self.messages[chat][answered]
        self.messages[chat][self._last_message] = message
        return Answer(message)

    def _editMessageText(self, data: dict[str, Any]) -> Answer:
        message = self.messages[int(data["chat_id"])].get(int(data["message_id"]))
        if message is None:
            return Answer(code=400, description="Bad Request: message to edit not found")
        text, problem = _read(data)
        if problem:
            return Answer(code=400, description=f"Bad Request: {problem}")
        markup = json.loads(data.get("reply_markup") or "{}")
        if (text, markup) == (message["text"], message.get("reply_markup", {})):
            return NOT_MODIFIED
        message["text"] = text
        return Answer(_with_buttons(message, markup))

    def _editMessageReplyMarkup(self, data: dict[str, Any]) -> Answer:
        message = self.messages[int(data["chat_id"])].get(int(data["message_id"]))
        if message is None:
            return Answer(code=400, description="Bad Request: message to edit not found")
        markup = json.loads(data.get("reply_markup") or "{}")
        if markup == message.get("reply_markup", {}):
            return NOT_MODIFIED
        return Answer(_with_buttons(message, markup))


def _with_buttons(message: dict[str, Any], markup: dict[str, Any]) -> dict[str, Any]:
    message.pop("reply_markup", None)
    message.update({"reply_markup": markup} if markup else {})
    return message


def group(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "supergroup", "title": "A group"}


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]] | None:
    """The path of the next request with its fields, from the query and from the form."""
    line = (await reader.readline()).decode()
    if not line:
        return None
    length = 0
    while (header := (await reader.readline()).decode().strip().lower()) != "":
        if header.startswith("content-length:"):
            length = int(header.partition(":")[2])
    form = (await reader.readexactly(length)).decode()
    address = urlsplit(line.split()[1])
    fields = {**parse_qs(address.query), **parse_qs(form, keep_blank_values=True)}
    return address.path, {name: values[-1] for name, values in fields.items()}


class _Html(HTMLParser):
    """Reads a text as strictly as Telegram."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.problem = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in TAGS:
            self.problem = f"can't parse entities: unsupported start tag {tag}"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problem = f"can't parse entities: unexpected end tag {tag}"

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(data: dict[str, Any]) -> tuple[str, str]:
    """The text as a parent reads it, and what is wrong with it."""
    text = data.get("text", "")
    if data.get("parse_mode") == "HTML":
        parser = _Html()
        parser.feed(text)
        parser.close()
        text = parser.text
        if parser.problem or parser.open:
            return text, parser.problem or f"can't parse entities: {parser.open[-1]} is not closed"
    if not text.strip():
        return text, "message text is empty"
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > MOST_UNITS:
        return text, "message is too long"
    return text, ""
