"""Starts and stops the bot, and keeps it going beside the rest of the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from starlette.routing import BaseRoute, Route
from telegram import BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ExtBot
from telegram.request import HTTPXRequest

from bot.channels.telegram.admission import Admission
from bot.channels.telegram.alerts import Alerts
from bot.channels.telegram.buttons import Seals
from bot.channels.telegram.carry import Carry
from bot.channels.telegram.commands import Commands
from bot.channels.telegram.courier import Courier
from bot.channels.telegram.hearing import Hearing
from bot.channels.telegram.inbox import KINDS, App, Inbox
from bot.channels.telegram.letters import Letters
from bot.channels.telegram.messages import Messages
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.pager import Pager
from bot.channels.telegram.places import Places
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.ports import Live, Store
from bot.channels.telegram.presses import Presses
from bot.channels.telegram.sender import Sender
from bot.channels.telegram.timing import Timing
from bot.channels.telegram.webhook import Webhook
from bot.helpline import Clock, Helpline
from bot.knowledge import Knowledge
from bot.limits import Limits
from bot.reception import Reception

log = logging.getLogger(__name__)

#: Telegram sends nothing again after a day, and a conversation can be taken up for a week.
KEPT = dt.timedelta(days=8)
DAY = 24 * 3600.0


@dataclass(frozen=True)
class Access:
    """Where the bot is, and where it can be reached."""

    token: str = field(repr=False)
    api: str
    """the address of the Bot API"""
    webhook: str
    """our own address, as Telegram can reach it; empty: we ask for updates"""
    desk: str
    """the address of the desk, for the advisers' group"""
    alerts: int | None
    """the advisers' group"""
    on_call: tuple[int, ...] = ()
    """the chats of those on call"""


class Telegram:
    """The bot of one gateway."""

    def __init__(
        self,
        access: Access,
        store: Store,
        helpline: Helpline,
        knowledge: Knowledge,
        reception: Reception,
        live: Live,
        clock: Clock,
        timing: Timing,
        limits: Limits | None = None,
    ) -> None:
        self._access = access
        self._store = store
        self._timing = timing
        self._clock = clock
        self._name = ""
        self._request = _request(timing, 100)
        self._polling_request = _request(timing, 2)
        self._bot: ExtBot[Any] = ExtBot(
            access.token,
            base_url=f"{access.api}/bot",
            base_file_url=f"{access.api}/file/bot",
            request=self._request,
            get_updates_request=self._polling_request,
            rate_limiter=Pace(timing.messages_a_second),
        )
        self._application: App = Application.builder().bot(self._bot).updater(None).job_queue(None).build()
        seals = Seals(access.token)
        self._letters = Letters(helpline, knowledge, seals)
        self._sender = Sender(self._bot, store, helpline, self._letters, timing, clock)
        sending = self._sender.lanes
        self._courier = Courier(store, live, self._letters, sending, timing, clock)
        self._hearing = Hearing(self._bot, store, helpline, live, self._letters, self._courier, sending, timing, clock)
        self._inbox = Inbox(self._application, store, self._hearing, self._letters, timing, clock)
        self._places = Places(self._bot, store, helpline, knowledge, reception, live, self._letters, timing)
        self._commands = Commands(store, helpline, reception, self._letters, self._courier, self._hearing, clock)
        ours = (access.alerts, *access.on_call)
        messages = Messages(store, helpline, self._letters, self._hearing, ours, clock)
        presses = Presses(helpline, self._letters, seals, self._hearing)
        admission = Admission(self._letters, self._hearing, presses, clock, limits or Limits())
        self._application.add_handlers(list(admission.handlers()), group=-1)
        for part in (self._commands, presses, messages):
            self._application.add_handlers(list(part.handlers()))
        self._alerts = access.alerts and Alerts(access.alerts, access.desk, store, live, self._letters, sending, clock)
        self.pager = Pager(access.alerts, store, sending, lambda: bool(self._name), timing, clock)
        self._webhook = Webhook(access.token, self._inbox)
        self._carry = Carry(store, clock, lambda: self._name)

    def routes(self) -> list[BaseRoute]:
        """Where Telegram sends updates to."""
        return [Route("/telegram/{path}", self._webhook.post, methods=["POST"])]

    async def link(self, conversation: str) -> str:
        """The bot's address, which takes the conversation along if one is named; empty while there is no bot."""
        return await self._carry.link(conversation)

    async def run(self) -> None:
        """Until it is cancelled. Whatever goes wrong with Telegram stays here."""
        _settle_library()
        try:
            if await self._connect():
                await self._work()
        except Exception:
            log.exception("Telegram has stopped; the rest of the helpline runs on")
        finally:
            await self._close()

    # -- starting ------------------------------------------------------------------------------------------------------

    async def _connect(self) -> bool:
        """Reach Telegram, however long it takes; False where it does not take the token."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._application.initialize()
                await self._introduce()
            except InvalidToken:
                log.error("Telegram does not take HELPLINE_TELEGRAM_TOKEN; the rest of the helpline runs without it")
                return False
            except TelegramError as error:
                pause = self._timing.pause(attempt)
                log.warning("Telegram is out of reach (%s); tried again in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)
            else:
                self._name = self._bot.username
                log.info("on Telegram as @%s", self._name)
                return True

    async def _introduce(self) -> None:
        """Tell Telegram our commands, and how we want updates."""
        await self._bot.set_my_commands(self._commands.listed(), scope=BotCommandScopeAllPrivateChats())
        await self._bot.set_my_description(self._letters.say("telegram_description"))
        if self._access.webhook:
            await self._bot.set_webhook(
                f"{self._access.webhook}/telegram/{self._webhook.path}",
                allowed_updates=KINDS,
                secret_token=self._webhook.secret,
            )
        else:
            await self._bot.delete_webhook()

    async def _resume(self) -> None:
        """Take up what was left at the last stop, however long the database takes."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._inbox.resume()
                await self._sender.resume()
            except Exception:
                log.exception("what was left at the last stop cannot be read; tried again")
                await asyncio.sleep(self._timing.pause(attempt))
            else:
                return

    async def _work(self) -> None:
        await self._resume()
        loops: list[Coroutine[Any, Any, None]] = [self._courier.run(), self._places.run(), self._tidy()]
        if self._alerts:
            loops.append(self._alerts.run())
        if not self._access.webhook:
            loops.append(Polling(self._bot, self._polling_request, self._inbox, self._timing).run())
        tasks = {asyncio.create_task(loop) for loop in loops}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await _end(tasks)

    async def _tidy(self) -> None:
        while True:
            try:
                await self._store.tidy(self._clock() - KEPT)
            except Exception:
                log.exception("old updates and parcels are still kept")
            await asyncio.sleep(DAY)

    async def _close(self) -> None:
        """First what comes in, then what goes out: what is on its way may arrive."""
        self._name = ""
        await self._inbox.lanes.stop(self._timing.finish)
        await self._hearing.stop(self._timing.finish)
        await self._sender.lanes.stop(self._timing.finish)
        with contextlib.suppress(TelegramError):
            await self._application.shutdown()
        # A bot that was never let in does not close what it opened.
        await self._request.shutdown()
        await self._polling_request.shutdown()


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel until they have ended: Python 3.10 can lose a cancellation that meets the end of a `wait_for`."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=0.2)


def _request(timing: Timing, connections: int) -> HTTPXRequest:
    seconds = timing.answer_within
    return HTTPXRequest(
        connections, read_timeout=seconds, write_timeout=seconds, connect_timeout=seconds, pool_timeout=seconds
    )


def _settle_library() -> None:
    """Telegram's library, and what it is built on, log addresses with the token in them, and what parents write."""
    for name in ("telegram", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    # The library's own wish for how it tells times.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
