"""A parent and the helpline can speak of a chat by a number that opens nothing."""

from __future__ import annotations

import re
import secrets

from bot.reference import digits_of, reference


def test_it_is_nine_digits_that_can_be_read_out_and_always_the_same() -> None:
    assert reference("talk") == reference("talk")
    assert re.fullmatch(r"\d{3} \d{3} \d{3}", reference("talk"))
    assert digits_of(f" nr. {reference('talk')}.") == reference("talk").replace(" ", "")


def test_thousands_of_chats_have_numbers_of_their_own() -> None:
    assert len({reference(secrets.token_urlsafe(24)) for _ in range(3000)}) >= 2998
