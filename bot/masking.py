"""What the assistant is told: every message without its personal data, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.booking import CallAssistant
from bot.callback_form import NOT_UNDERSTOOD, Form, FormTurn, fill
from bot.conversation import Context, Understanding
from bot.helpline import Assistant
from bot.personal_data import PersonalData

#: What a parent is asked for on purpose: read here, and kept from the assistant.
PRIVATE_FIELDS = ("name", "phone", "about")
#: What the assistant knows of such a field that is filled in.
_KEPT = "kept"


class Inner(Assistant, CallAssistant, Protocol):
    """The assistant behind the mask."""


class MaskedAssistant:
    """Stands before the assistant: no name, number or school of a family gets past it."""

    def __init__(self, inner: Inner, personal_data: PersonalData) -> None:
        self._inner = inner
        self._personal_data = personal_data

    async def understand(
        self, conversation: str, text: str, context: Context, before: Sequence[str] = ()
    ) -> Understanding:
        mask = self._personal_data.mask
        masked_before = [mask(earlier, before) for earlier in before[-1:]]
        return await self._inner.understand(conversation, mask(text, before), context, masked_before)

    async def fill_in(self, conversation: str, text: str, form: Form, before: Sequence[str] = ()) -> FormTurn | None:
        if form.asked in PRIVATE_FIELDS:
            turn = fill(form, text)
            if turn.problem != NOT_UNDERSTOOD:
                return turn
        hidden = {name: _KEPT if name in PRIVATE_FIELDS else value for name, value in form.values.items()}
        masked = self._personal_data.mask(text, before)
        told = await self._inner.fill_in(conversation, masked, replace(form, values=hidden))
        if told is None:
            return None
        return replace(told, values={**told.values, **_private(form, told)})


def _private(form: Form, told: FormTurn) -> dict[str, str]:
    """What the parent has said of the fields that the assistant knows to be filled in."""
    return {name: form.values[name] for name in PRIVATE_FIELDS if name in told.values and name in form.values}
