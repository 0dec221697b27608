"""What a pressed button does."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.channels.telegram.buttons import Seals, after_choice, lasts
from bot.channels.telegram.hearing import Hearing, words_in
from bot.channels.telegram.letters import Letters, client_id
from bot.chats import Chat
from bot.conversation import Author
from bot.helpline import Helpline

log = logging.getLogger(__name__)


class Presses:
    """Resolves what Telegram gives back, and answers it at once so that the parent's phone stops waiting."""

    def __init__(self, helpline: Helpline, letters: Letters, seals: Seals, hearing: Hearing) -> None:
        self._helpline = helpline
        self._letters = letters
        self._seals = seals
        self._hearing = hearing

    def handlers(self) -> Iterable[BaseHandler[Any, Any, Any]]:
        """The handlers for the library's application."""
        return [CallbackQueryHandler(self.pressed)]

    async def pressed(self, update: Update, _: object) -> None:
        """A button was pressed."""
        query = update.callback_query
        assert query is not None, "the handler is for these only"
        chat_id = query.message.chat.id if query.message else query.from_user.id
        if chat_id < 0:
            return
        chat = await self._hearing.chat(chat_id)
        meaning = self._seals.opened(query.data or "", chat.conversation)
        kind, _, rest = (meaning or "").partition(":")
        if kind == "b":
            await self._offered(update, query, chat, rest)
        elif kind == "score":
            await self._scored(query, chat, rest)
        elif kind == "edited":
            await self._asked_again(update, query, chat)
        elif kind == "human":
            self.stop_spinner(query)
            said = client_id(update.update_id, 0)
            await self._hearing.hear(chat, self._letters.say("button_human"), said, "human")
        else:
            await self._gone(update, query, chat)

    async def _offered(self, update: Update, query: CallbackQuery, chat: Chat, rest: str) -> None:
        """A button of a reply: which line, and which of its buttons."""
        number, place = (int(part) for part in rest.split(":"))
        thread = await self._helpline.thread(chat.conversation)
        newest = max((line.number for line in thread if line.reply is not None), default=0)
        buttons = next((line.reply.buttons for line in thread if line.number == number and line.reply), ())
        pressed = f"tg:b:{number}:{place}:"
        said = f"{pressed}{update.update_id}"
        sent = [line.client_id for line in thread if line.author is Author.PARENT]
        before = [known for known in sent if known.startswith(pressed) and known != said]
        # What lasts works again once the parent has gone on with something else.
        if before and (before[-1] == sent[-1] or not lasts(buttons[place].press)):
            self.stop_spinner(query, self._letters.say("telegram_button_again"))
            return
        if place >= len(buttons) or (number != newest and not lasts(buttons[place].press)):
            await self._gone(update, query, chat)
            return
        self.stop_spinner(query)
        button = buttons[place]
        await self._hearing.hear(chat, button.label, said, button.press)
        lasting = [
            self._seals.seal(f"b:{number}:{other}", chat.conversation)
            for other, offered in enumerate(buttons)
            if lasts(offered.press)
        ]
        self._mark(query, lasting)

    async def _scored(self, query: CallbackQuery, chat: Chat, rest: str) -> None:
        line, _, score = rest.partition(":")
        self.stop_spinner(query)
        kept = await self._helpline.thank(chat.conversation, int(score), "")
        wording = "telegram_thanked" if kept else "telegram_button_gone"
        await self._hearing.tell(f"score:{chat.id}:{line}:{score}", chat, self._letters.say(wording))
        self._mark(query, ())

    async def _asked_again(self, update: Update, query: CallbackQuery, chat: Chat) -> None:
        """The parent wants an answer to a message that they have changed: the one that our question stands under."""
        changed = query.message.reply_to_message if isinstance(query.message, Message) else None
        text = words_in(changed) if changed else ""
        if not changed or not text:
            await self._gone(update, query, chat)
            return
        self.stop_spinner(query)
        await self._hearing.hear(chat, text, client_id(update.update_id, changed.message_id))
        self._mark(query, ())

    async def _gone(self, update: Update, query: CallbackQuery, chat: Chat) -> None:
        self.stop_spinner(query)
        said = self._letters.say("telegram_button_gone")
        await self._hearing.tell(f"update:{update.update_id}", chat, said)

    def stop_spinner(self, query: CallbackQuery, words: str = "") -> None:
        """Have the parent's phone stop waiting, and show these words for a moment."""
        self._hearing.soon(_try(query.answer(words or None)))

    def _mark(self, query: CallbackQuery, lasting: Iterable[str]) -> None:
        if isinstance(query.message, Message):
            shown = query.message.reply_markup
            marked = after_choice(shown, str(query.data), lasting)
            self._hearing.soon(_try(query.edit_message_reply_markup(marked)))


async def _try(request: Awaitable[object]) -> None:
    """Do what nothing depends on."""
    try:
        await request
    except TelegramError as error:
        log.debug("Telegram did not take it: %s", type(error).__name__)
