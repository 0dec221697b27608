"""What browsers send to our pages: the fields of a form, numbers, and whether it came from a page of ours."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request

#: Room for the longest message in the costliest letters, written the way forms write them.
MOST_BYTES = 20_000

#: A number as our pages send it: every database holds one of nine digits.
NUMBER = "[0-9]{1,9}"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Number(Convertor[int]):
    """What `{name:int}` in a route means here: a number that a page of ours can have named.

    Starlette's own takes numbers that no database holds, and fails over those of thousands of digits.
    """

    regex = NUMBER

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("int", Number())


class Refused(Exception):
    """What a browser sent cannot be taken: the HTTP status, and the key of the wording that says why.

    `retry` is after how many seconds it can be taken; 0 where that is not known.
    """

    def __init__(self, status: int, wording: str, count: int = 0, retry: int = 0) -> None:
        super().__init__(wording)
        self.status, self.wording, self.count, self.retry = status, wording, count, retry


def from_elsewhere(request: Request) -> bool:
    """Whether another site's page sent this: what browsers say of it, which a page cannot forge."""
    if site := request.headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host")


async def fields_of(request: Request, most: int = 10) -> dict[str, str]:
    """The form's fields, at most so many. Raises `Refused` for more than `MOST_BYTES`, before it is all read.

    The character 0 is left out: nobody types it, and PostgreSQL takes no text that has it.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise Refused(415, "page_no_uploads")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(413, "page_too_big")
    try:
        fields = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise Refused(400, "page_empty") from None
    return {name: value.replace("\0", "") for name, value in fields}


def written(text: str) -> str:
    """What somebody wrote in a field: one kind of line end, no control characters, no room at the ends."""
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def number_of(text: str) -> int:
    """A number that a page of ours has sent; 0 for anything else."""
    return int(text) if re.fullmatch(NUMBER, text) else 0
