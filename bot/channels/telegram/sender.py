"""Sends what waits in the outbox, until it has arrived or cannot arrive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx
from telegram import LinkPreviewOptions, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.channels.telegram import markup
from bot.channels.telegram.buttons import keyboard
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.letters import Letters
from bot.channels.telegram.ports import Store
from bot.channels.telegram.timing import Timing
from bot.chats import Parcel
from bot.helpline import Clock, Helpline

log = logging.getLogger(__name__)

#: With these a request has not reached Telegram.
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
#: What Telegram says of a chat that is no longer there.
_GONE = ("chat not found", "peer_id_invalid", "user not found")


class _HeldBack(Exception):
    """While a parcel stood in line, the parent has asked for quiet, has blocked the bot or has deleted the chat."""


class Sender:
    """One lane for each chat, so that the order is kept; `Pace` holds all of them together."""

    def __init__(
        self, bot: ExtBot[Any], store: Store, helpline: Helpline, letters: Letters, timing: Timing, clock: Clock
    ) -> None:
        self._bot = bot
        self._store = store
        self._helpline = helpline
        self._letters = letters
        self._timing = timing
        self._clock = clock
        self._sent: dict[int, float] = {}
        self.lanes = Lanes(self._step, timing.first_pause)

    async def resume(self) -> None:
        """Go on with what was left at the last stop."""
        for chat in await self._store.chats_with_parcels():
            self.lanes.go(chat)

    async def _step(self, chat: int) -> bool:
        """Send the next parcel of a chat; False where there is none."""
        await self._wait_for_turn(chat)
        parcel = await self._store.next_parcel(chat)
        if parcel is None:
            self._sent.pop(chat, None)
            return False
        try:
            message = await self._send_somehow(parcel)
        except _HeldBack:
            log.debug("parcel %s stays here for now", parcel.number)
        except RetryAfter:
            await self._store.parcel_not_taken(parcel.number)
        except (Forbidden, ChatMigrated) as error:
            await self._close(parcel, error)
        except BadRequest as error:
            await self._refused(parcel, error)
        except TelegramError as error:
            await self._try_again(parcel, error)
        else:
            await self._store.parcel_sent(parcel.number, message, self._clock())
            if parcel.line:
                await self._helpline.saw(parcel.conversation, parcel.line)
        return True

    async def _wait_for_turn(self, chat: int) -> None:
        turn = self._sent.get(chat, 0.0) + self._timing.between_messages
        await asyncio.sleep(max(0.0, turn - asyncio.get_running_loop().time()))

    async def _goes(self, parcel: Parcel) -> None:
        """It has stood in line, and goes out now. Raises `_HeldBack` where the parent has not wanted it meanwhile."""
        if not await self._store.parcel_goes(parcel.number):
            raise _HeldBack

    async def _send_somehow(self, parcel: Parcel) -> int | None:
        """Nothing that we write is lost for its marks: what is refused goes without them."""
        try:
            return await self._send(parcel)
        except BadRequest as error:
            log.warning("Telegram refuses parcel %s: %s", parcel.number, error.message)
            if _is_gone(error):
                raise
            return await self._send(parcel, marked=False)

    async def _send(self, parcel: Parcel, *, marked: bool = True) -> int | None:
        """Telegram's number of the message that the parcel has become; None where its answer cannot be read."""
        payload: Mapping[str, Any] = parcel.payload
        text = payload["text"] if marked else markup.plain(payload["text"])
        if parcel.doubtful:
            text = f"{text}\n\n{self._letters.say('telegram_again')}"
        answers = payload.get("answers")
        try:
            message = await self._bot.send_message(
                parcel.chat,
                text,
                parse_mode="HTML" if marked else None,
                reply_markup=keyboard(payload.get("buttons", ())),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_notification=payload.get("silent"),
                reply_parameters=ReplyParameters(answers, allow_sending_without_reply=True) if answers else None,
                rate_limit_args=partial(self._goes, parcel),
            )
        except (LookupError, TypeError, ValueError) as error:
            # Telegram has taken it, and tells of it in a way that the library does not know.
            log.warning("the answer to parcel %s cannot be read: %s", parcel.number, type(error).__name__)
            return None
        finally:
            self._sent[parcel.chat] = asyncio.get_running_loop().time()
        return message.message_id

    async def _close(self, parcel: Parcel, error: TelegramError) -> None:
        """The parent has blocked the bot or is gone: everything waits until they write again."""
        log.info("chat %s takes no messages: %s", parcel.chat, type(error).__name__)
        await self._store.parcel_not_taken(parcel.number)
        if parcel.chat < 0:
            await self._store.parcel_failed(parcel.number, "closed")
            log.error("the settings name a group that the bot cannot write to (%s): %s", parcel.chat, error.message)
            return
        if conversation := await self._store.block(parcel.chat):
            await self._tell_adviser(conversation, "telegram_undelivered_blocked")

    async def _refused(self, parcel: Parcel, error: BadRequest) -> None:
        if _is_gone(error):
            await self._close(parcel, error)
        else:
            await self._store.parcel_failed(parcel.number, "refused")
            await self._tell_adviser(parcel.conversation, "telegram_undelivered")

    async def _try_again(self, parcel: Parcel, error: TelegramError) -> None:
        if isinstance(error, InvalidToken) or isinstance(error.__cause__, _NOT_REACHED):
            await self._store.parcel_not_taken(parcel.number)
        pause = self._timing.pause(parcel.attempts + 1)
        log.info("parcel %s goes again in %.0f seconds: %s", parcel.number, pause, type(error).__name__)
        await asyncio.sleep(pause)

    async def _tell_adviser(self, conversation: str, wording: str) -> None:
        await self._store.remark(conversation, "Telegram", self._letters.say(wording), self._clock())


def _is_gone(error: BadRequest) -> bool:
    return any(words in error.message.lower() for words in _GONE)
