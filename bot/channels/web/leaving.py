"""How a parent ends a chat: quickly, for now, or for good."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels import cookies
from bot.channels.forms import fields_of
from bot.channels.web.device import DEVICE_COOKIE, Device, drop, keep, keep_for_visit
from bot.channels.web.doorway import COOKIE, Doorway
from bot.channels.web.outside import Outside
from bot.channels.web.screen import ASKED_COOKIE, Screen
from bot.conversation import Holder, Message, Risk
from bot.helpline import Helpline

log = logging.getLogger(__name__)

#: Who leaves waits no longer than this for the talk to end; it ends all the same.
PATIENCE_SECONDS = 1.0


class Leaving:
    """The endpoints of the forms that end a chat, and of the choices for the device."""

    def __init__(self, helpline: Helpline, door: Doorway, screen: Screen, outside: Outside) -> None:
        self._helpline = helpline
        self._door = door
        self._screen = screen
        self._outside = outside
        self._ending: set[asyncio.Task[Message]] = set()

    async def leave(self, request: Request) -> Response:
        """The quick exit: whatever else fails, it leads away and this browser forgets the chat."""
        fields = await fields_of(request)
        try:
            await self._end(request)
        except Exception:
            log.exception("a talk could not be ended by its parent's quick exit")
        # The script has gone ahead by itself.
        response = Response(status_code=204) if "script" in fields else RedirectResponse(self._outside.exit, 303)
        return drop(request, response, COOKIE, ASKED_COOKIE)

    async def end(self, request: Request) -> Response:
        """End the chat: what was said stays with us, this browser forgets it."""
        await self._end(request)
        return drop(request, RedirectResponse("/chat?ended=1", 303), COOKIE, ASKED_COOKIE)

    async def delete(self, request: Request) -> Response:
        """Erase what was said, with us and here, and say so."""
        conversation, thread = await self._door.known(request)
        if thread is not None:
            await self._helpline.forget(conversation)
        result = "nothing" if thread is None else "deleted"
        return drop(request, RedirectResponse(f"/chat?{result}=1", 303), COOKIE, ASKED_COOKIE)

    async def choose(self, request: Request) -> Response:
        """Keep the choices for this device, and the cookies there are as long as it now wants them."""
        fields = await fields_of(request)
        device = Device(shared="shared" in fields, plain="plain" in fields)
        response = keep_for_visit(request, RedirectResponse("/chat?chosen=1", 303), DEVICE_COOKIE, str(device))
        for name in (COOKIE, ASKED_COOKIE):
            if value := cookies.read(request, name):
                keep(request, response, name, value, device=device)
        return response

    async def _end(self, request: Request) -> None:
        """Leave the queue, or tell the adviser. Somebody in danger stays in the queue: an adviser still looks at it."""
        conversation, thread = await self._door.known(request)
        if not thread:
            return
        holder = (await self._helpline.standing(conversation))[0].holder
        if holder not in (Holder.WAITING, Holder.ADVISER):
            return
        press = "waiting:stop" if holder is Holder.WAITING and not _in_danger(thread) else ""
        said = self._helpline.hear(conversation, self._screen.say("page_i_left"), secrets.token_hex(16), press)
        task = asyncio.create_task(said)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)


def _in_danger(thread: Sequence[Message]) -> bool:
    return any(line.reply is not None and line.reply.risk in (Risk.IMMEDIATE, Risk.URGENT) for line in thread)
