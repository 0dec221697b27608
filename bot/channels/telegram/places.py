"""A parent's place in the queue, kept true in the one message that shows it."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from telegram.error import BadRequest, TelegramError
from telegram.ext import ExtBot

from bot.channels.telegram import markup
from bot.channels.telegram.buttons import keyboard
from bot.channels.telegram.letters import Letters, line_key
from bot.channels.telegram.looking import look_again
from bot.channels.telegram.ports import Live, Store
from bot.channels.telegram.timing import Timing
from bot.chats import Chat
from bot.conversation import Holder, Message
from bot.helpline import Helpline
from bot.knowledge import Knowledge
from bot.reception import Reception

log = logging.getLogger(__name__)

_BLANK = re.compile(r"\{\w+\}")


class Places:
    """Looks at the queue when it moves, and no more often than `Timing.place` says."""

    def __init__(
        self,
        bot: ExtBot[Any],
        store: Store,
        helpline: Helpline,
        knowledge: Knowledge,
        reception: Reception,
        live: Live,
        letters: Letters,
        timing: Timing,
    ) -> None:
        self._bot = bot
        self._store = store
        self._helpline = helpline
        self._reception = reception
        self._live = live
        self._letters = letters
        self._timing = timing
        place, known, unknown = (_pattern(knowledge.wording[key]) for key in ("place", "wait_known", "wait_unknown"))
        self._place = re.compile(f"{place} (?:{known}|{unknown})")
        self._shown: dict[tuple[int, int], str] = {}

    async def run(self) -> None:
        """Look again and again."""
        await look_again(self._live, "the places in the queue", self._look, self._timing.place, self._timing.place)

    async def _look(self) -> None:
        for chat in await self._store.chats_in_queue():
            await self._refresh(chat)
        # However often the queue moves, a message is edited only so often.
        await asyncio.sleep(self._timing.place)

    async def _refresh(self, chat: Chat) -> None:
        standing, place = await self._helpline.standing(chat.conversation)
        now = self._reception.place(place) if standing.holder is Holder.WAITING and place is not None else ""
        thread = await self._helpline.thread(chat.conversation)
        showing = [line for line in thread if line.number <= chat.place and self._letters.shows_place(line)]
        # An older message with a place in it would be a wrong one before long.
        done = [await self._show(chat, line, now if line.number == chat.place else "") for line in showing]
        if not now and all(done):
            await self._store.mark_chat(chat.id, place=0)
            self._shown = {key: text for key, text in self._shown.items() if key[0] != chat.id}

    async def _show(self, chat: Chat, line: Message, place: str) -> bool:
        """Show this place in the message of a line, or none; False where that has to be tried again."""
        if self._shown.get((chat.id, line.number)) == place:
            return True
        message = await self._store.message_of(f"{line_key(chat, line.number)}:0")
        if message is None:
            return False
        texts = markup.reply(self._place.sub(lambda _: place, line.text))
        buttons = self._letters.rows(chat, line) if place else ()
        try:
            await self._bot.edit_message_text(
                texts[0], chat.id, message, parse_mode="HTML", reply_markup=keyboard(buttons)
            )
        except BadRequest as error:
            # Not modified, or the parent has deleted it: there is nothing more to do.
            log.debug("message %s stays as it is: %s", message, error.message)
        except TelegramError as error:
            log.info("message %s is edited later: %s", message, type(error).__name__)
            return False
        self._shown[chat.id, line.number] = place
        return True


def _pattern(wording: str) -> str:
    return ".*?".join(map(re.escape, _BLANK.split(wording.strip())))
