"""Buttons under a message, and what Telegram gives back when one is pressed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.conversation import Button

#: Telegram gives back at most so many bytes.
MOST_BYTES = 64
#: What a button does whenever it is pressed: it does not depend on what was said last.
LASTING = ("card", "topics", "human", "again", "waiting")
#: Put before the label of the button that was chosen.
CHOSEN = "✓ "

_SEAL_LETTERS = 12


class Seals:
    """Signs what a button means, for one conversation; the key comes from the bot's token."""

    def __init__(self, token: str) -> None:
        self._key = hmac.digest(token.encode(), b"buttons", hashlib.sha256)

    def seal(self, meaning: str, conversation: str) -> str:
        """What Telegram is to give back for a button. `meaning` is ASCII, at most 51 letters."""
        sealed = f"{meaning}:{self._signature(meaning, conversation)}"
        assert len(sealed.encode()) <= MOST_BYTES, f"{meaning} is too long for a button"
        return sealed

    def opened(self, sealed: str, conversation: str) -> str | None:
        """What a button means; None where we have not made it for this conversation."""
        meaning, _, signature = sealed.rpartition(":")
        right = self._signature(meaning, conversation)
        return meaning if hmac.compare_digest(_bytes(signature), _bytes(right)) else None

    def _signature(self, meaning: str, conversation: str) -> str:
        digest = hmac.digest(self._key, _bytes(f"{conversation}\0{meaning}"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode()[:_SEAL_LETTERS]


def _bytes(text: str) -> bytes:
    """What comes from outside may hold halves of letters."""
    return text.encode("utf-8", "surrogatepass")


def rows(line: int, buttons: Iterable[Button], seals: Seals, conversation: str) -> list[tuple[str, str]]:
    """The buttons of a reply as (label, what Telegram gives back): the line they belong to, and their place in it."""
    return [(button.label, seals.seal(f"b:{line}:{place}", conversation)) for place, button in enumerate(buttons)]


def keyboard(rows: Sequence[Sequence[str]]) -> InlineKeyboardMarkup | None:
    """One button to a row, since labels are long; None without any."""
    if not rows:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)] for label, data in rows])


def lasts(press: str) -> bool:
    """Whether a button may be pressed after other things were said."""
    return press.partition(":")[0] in LASTING


def after_choice(
    markup: InlineKeyboardMarkup | None, chosen: str, lasting: Iterable[str]
) -> InlineKeyboardMarkup | None:
    """The buttons of a message once one was chosen: it is marked, and only what may still be pressed stays.

    `chosen` and `lasting` are what Telegram gives back for buttons.
    """
    keep = {chosen, *lasting}
    shown = [button for row in (markup.inline_keyboard if markup else ()) for button in row]
    return keyboard(
        [
            (
                CHOSEN + button.text
                if button.callback_data == chosen and not button.text.startswith(CHOSEN)
                else button.text,
                str(button.callback_data),
            )
            for button in shown
            if button.callback_data in keep
        ]
    )
