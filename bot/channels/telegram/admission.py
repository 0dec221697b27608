"""How fast chats are let in: whatever a parent sends is counted here, before anything is done about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from telegram import Update
from telegram.ext import ApplicationHandlerStop, BaseHandler, TypeHandler

from bot.channels.telegram.hearing import Hearing, words_in
from bot.channels.telegram.letters import Letters
from bot.channels.telegram.presses import Presses
from bot.helpline import Clock
from bot.limits import Limits

#: Of what came too fast a parent is told no more often than this, in seconds: each line takes one to send.
TOLD_EVERY = 20
#: Somebody looks over the parent's shoulder: that is no time to wait.
_ALWAYS = re.compile(r"/(quick|delete)\b")


class Admission:
    """Words, changed words, pictures, commands and presses are one each. Words of danger are never too fast."""

    def __init__(self, letters: Letters, hearing: Hearing, presses: Presses, clock: Clock, limits: Limits) -> None:
        self._letters = letters
        self._hearing = hearing
        self._presses = presses
        self._clock = clock
        self._limits = limits

    def handlers(self) -> Iterable[BaseHandler[Any, Any, Any]]:
        """The handler that is asked before all others."""
        return [TypeHandler(Update, self.admit)]

    async def admit(self, update: Update, _: object) -> None:
        """Let it go on to the others, or tell the parent that it is too fast and stop it here."""
        chat_id = _parent(update)
        if chat_id <= 0 or not self._is_too_fast(chat_id):
            return
        if update.callback_query is not None:
            self._presses.stop_spinner(update.callback_query, self._letters.say("telegram_button_too_fast"))
            raise ApplicationHandlerStop
        words = words_in(update.effective_message) if update.effective_message else ""
        if _ALWAYS.match(words):
            return
        chat = await self._hearing.chat(chat_id)
        if words and await self._hearing.is_alarming(chat, words):
            return
        key = f"fast:{chat.id}:{int(self._clock().timestamp()) // TOLD_EVERY}"
        await self._hearing.tell(key, chat, self._letters.say("telegram_too_fast"))
        raise ApplicationHandlerStop

    def _is_too_fast(self, chat_id: int) -> bool:
        # By the chat: its conversation is another one after each /delete.
        return bool(self._limits.visitor.take(f"telegram {chat_id}") or self._limits.channel.take("telegram"))


def _parent(update: Update) -> int:
    """The chat of the parent who has just done something; 0 where nobody has, or somebody who is no parent."""
    query, changed = update.callback_query, update.edited_message
    if query is not None:
        return query.message.chat.id if query.message else query.from_user.id
    if changed is not None and not (changed.text or changed.caption):
        # A place that is shared live is sent again and again.
        return 0
    message = update.message or changed
    return message.chat.id if message is not None else 0
