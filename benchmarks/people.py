"""Parents at the chat page and advisers at the desk, over HTTP, who try again until what they sent has arrived."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

#: So long somebody tries again before they give up, in seconds.
LONGEST_TRY = 120.0
#: The pause before they try again.
_PAUSE = 0.1
_LINE = re.compile(
    r'<li id="m(?P<number>\d+)" class="line (?P<author>\w+).*?<div class="bubble[^>]*>(?P<text>.*?)</div>', re.DOTALL
)
_TAG = re.compile(r"<[^>]+>")
_TALK = re.compile(r"/desk/talks/(\d+)")
_MINE = re.compile(r'id="open-(\d+)"')


class GaveUp(Exception):
    """What was sent did not arrive in time."""


@dataclass(frozen=True)
class Line:
    """A line as a page shows it."""

    number: int
    author: str
    text: str


def lines_of(page: str) -> list[Line]:
    """The lines of a conversation on a page, or in part of one."""
    return [
        Line(int(found["number"]), found["author"], html.unescape(_TAG.sub("", found["text"])).strip())
        for found in _LINE.finditer(page)
    ]


class _Browser:
    def __init__(self, address: str) -> None:
        self.http = httpx.AsyncClient(base_url=address, timeout=20, trust_env=False)

    async def close(self) -> None:
        await self.http.aclose()

    async def rows(self, path: str, query: dict[str, int]) -> AsyncIterator[str]:
        """The lines of a stream, until it ends. As in a browser, one that breaks off is asked for again."""
        while True:
            try:
                async with self.http.stream("GET", path, params=query, timeout=None) as stream:
                    async for row in stream.aiter_lines():
                        yield row
                return
            except httpx.HTTPError:
                await asyncio.sleep(_PAUSE)

    async def sure(self, method: str, path: str, **what: object) -> httpx.Response:
        """Send it until it is answered by anything but a fault of the server's, or its wish for a pause."""
        end = time.monotonic() + LONGEST_TRY
        while time.monotonic() < end:
            try:
                response = await self.http.request(method, path, **what)  # type: ignore[arg-type]
            except httpx.HTTPError:
                pass
            else:
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR and "retry-after" not in response.headers:
                    return response
            await asyncio.sleep(_PAUSE)
        raise GaveUp(f"{method} {path}")


class Parent(_Browser):
    """One parent with one conversation, who keeps what the page has shown."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.lines: list[Line] = []

    @property
    def last(self) -> int:
        return self.lines[-1].number if self.lines else 0

    async def send(self, client_id: str, text: str = "", press: str = "") -> None:
        """Send a message or a press; when this returns, it has been acknowledged."""
        fields = {"text": text, "press": press, "client_id": client_id, "after": str(self.last)}
        answer = await self.sure("POST", "/chat/messages", data=fields)
        if "helpline-offer" in answer.headers:
            # The page asks what to take out of it; this parent sends it as it is.
            answer = await self.sure("POST", "/chat/messages", data={**fields, "asked": "1"})
        answer.raise_for_status()
        self._show(answer.text)

    async def look(self) -> None:
        """Ask for what is newer than the last line shown."""
        answer = await self.sure("GET", "/chat/messages", params={"after": self.last})
        if answer.status_code == httpx.codes.OK:
            self._show(answer.text)

    async def until(self, author: str, text: str, seconds: float = LONGEST_TRY) -> Line:
        """Look until a line by this author with this text is shown."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.lines:
                if line.author == author and text in line.text:
                    return line
            await asyncio.sleep(_PAUSE)
            await self.look()
        raise GaveUp(f"{author}: {text}")

    async def follow(self) -> AsyncIterator[Line]:
        """The lines that the page's stream brings, until it ends."""
        data: list[str] = []
        async for row in self.rows("/chat/events", {"after": self.last}):
            if row.startswith("data: "):
                data.append(row.removeprefix("data: "))
            elif not row and data:
                before = self.last
                self._show("\n".join(data))
                data.clear()
                for line in self.lines:
                    if line.number > before:
                        yield line

    def _show(self, page: str) -> None:
        self.lines += [line for line in lines_of(page) if line.number > self.last]


class Adviser(_Browser):
    """One adviser with the pages of the desk."""

    async def sign_in(self, name: str, password: str) -> None:
        answer = await self.sure("POST", "/desk/sign-in", data={"name": name, "password": password})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise GaveUp(f"{name} cannot sign in: {answer.status_code}")

    async def take_next(self) -> int | None:
        """The number of the talk that was next; None where nobody waits, or no more may be taken."""
        answer = await self.sure("POST", "/desk/next")
        found = _TALK.search(answer.headers.get("location", ""))
        return int(found[1]) if found else None

    async def talks(self) -> list[int]:
        """The numbers of the open talks, as the first page lists them."""
        return [int(number) for number in _MINE.findall((await self.sure("GET", "/desk")).text)]

    async def read(self, talk: int) -> list[Line]:
        """All lines of a talk; none where it is not theirs any more."""
        answer = await self.sure("GET", f"/desk/talks/{talk}")
        return lines_of(answer.text) if answer.status_code == httpx.codes.OK else []

    async def say(self, talk: int, text: str, client_id: str) -> bool:
        """Whether it was said: not, where the talk has gone to somebody else."""
        fields = {"text": text, "client_id": client_id}
        return (await self.sure("POST", f"/desk/talks/{talk}/say", data=fields)).status_code == httpx.codes.SEE_OTHER

    async def end(self, talk: int, seen: int) -> bool:
        """Close a talk; not, where the parent has written something new."""
        fields = {"outcome": "answered", "seen": str(seen)}
        answer = await self.sure("POST", f"/desk/talks/{talk}/close", data=fields)
        return answer.status_code == httpx.codes.SEE_OTHER

    async def news(self, talk: int | None = None) -> AsyncIterator[str]:
        """The names of the events that the desk's stream brings."""
        async for row in self.rows("/desk/events", {"talk": talk} if talk else {}):
            if row.startswith("event: "):
                yield row.removeprefix("event: ")
