"""What people at the desk write into its forms."""

from __future__ import annotations

import re

from starlette.requests import Request

from bot.channels.forms import Refused, fields_of

#: Room for a short answer with its source, and some words around it; as much as Telegram takes.
MOST_CHARACTERS = 4000

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


async def fields_with_words(request: Request) -> dict[str, str]:
    """The form's fields, line ends as everywhere and no characters that nobody can see."""
    fields = await fields_of(request)
    return {name: _CONTROL.sub("", value.replace("\r\n", "\n")) for name, value in fields.items()}


def written(text: str) -> str:
    """What was written. Raises `Refused` where that is nothing, or too much."""
    if not text.strip():
        raise Refused(422, "talk_empty")
    return short(text)


def short(text: str) -> str:
    """What was written, which may be nothing. Raises `Refused` where it is too much."""
    if len(text) > MOST_CHARACTERS:
        raise Refused(422, "talk_too_long")
    return text.strip()
