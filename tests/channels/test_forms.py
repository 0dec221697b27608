"""What browsers send is read as far as it can be, and no further."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from bot.channels.forms import Refused, fields_of, number_of


def sent(body: bytes) -> Request:
    """A request with this body, in one piece."""

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_fields_come_as_they_were_written() -> None:
    assert await fields_of(sent(b"text=he+was+%C3%A9+sent&empty=")) == {"text": "he was é sent", "empty": ""}


async def test_the_character_that_postgresql_does_not_take_is_left_out() -> None:
    assert await fields_of(sent(b"name=A%00nn")) == {"name": "Ann"}


async def test_what_is_no_form_is_refused_or_read_as_far_as_it_goes() -> None:
    assert await fields_of(sent(b"\xff\xfe&=&%zz")) == {"��": "", "": "", "%zz": ""}
    with pytest.raises(Refused):
        await fields_of(sent(b"a=1&" * 11))


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("", 0), ("-1", 0), ("1\n", 0), ("٣", 0), ("9" * 10, 0), ("9" * 5000, 0)]
)
def test_a_number_is_one_that_a_page_of_ours_has_sent(text: str, number: int) -> None:
    assert number_of(text) == number
