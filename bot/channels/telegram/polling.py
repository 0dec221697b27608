"""Asks Telegram for updates: for a machine that Telegram cannot reach."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from bot.channels.telegram.inbox import KINDS, Inbox
from bot.channels.telegram.timing import Timing

log = logging.getLogger(__name__)


class Polling:
    """Asks for what comes after the last update that is kept, and so acknowledges that one.

    The library's own way reads all updates of an answer before we could keep one of them.
    """

    def __init__(self, bot: ExtBot[Any], request: BaseRequest, inbox: Inbox, timing: Timing) -> None:
        self._bot = bot
        self._request = request
        self._inbox = inbox
        self._timing = timing
        self._next: int | None = None
        self._failed = 0

    async def run(self) -> None:
        """Ask again and again."""
        while True:
            try:
                updates = await self._ask()
                for update in updates:
                    await self._inbox.take(update)
                # With nothing left to acknowledge we ask for whatever comes: after a week of silence, Telegram begins
                # to count anew.
                self._next = max((int(update["update_id"]) + 1 for update in updates), default=None)
            except TelegramError as error:
                await self._pause(_problem(error))
            except Exception:
                # What could not be kept is not acknowledged, and comes again.
                log.exception("updates of Telegram's could not be kept")
                await self._pause("the database does not take updates")
            else:
                self._failed = 0

    async def _ask(self) -> list[dict[str, Any]]:
        wanted: dict[str, Any] = {"timeout": int(self._timing.poll), "allowed_updates": json.dumps(KINDS)}
        if self._next is not None:
            wanted["offset"] = self._next
        address = f"{self._bot.base_url}/getUpdates?{urlencode(wanted)}"
        answer = await self._request.post(address, read_timeout=self._timing.poll + self._timing.answer_within)
        return answer if isinstance(answer, list) else []

    async def _pause(self, problem: str) -> None:
        self._failed += 1
        pause = self._timing.pause(self._failed)
        log.warning("no updates from Telegram: %s; asked again in %.0f seconds", problem, pause)
        await asyncio.sleep(pause)


def _problem(error: TelegramError) -> str:
    if isinstance(error, Conflict):
        return "another program asks for them with the same token"
    if isinstance(error, InvalidToken):
        return "it no longer takes the token in HELPLINE_TELEGRAM_TOKEN"
    return type(error).__name__
