"""How fast parents' messages are taken in: what is too fast is refused, unless somebody is in danger."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from weakref import WeakValueDictionary

from starlette.requests import Request

from bot.channels.forms import Refused
from bot.conversation import Message
from bot.helpline import Helpline
from bot.limits import Limits, counted, neighbourhood, whole_seconds

#: A refusal is held back for so long, and for as long again for each that the same visitor waits for already: however
#: many messages are sent at a time, so few come to be read in a second.
HELD_SECONDS = 0.5
#: So many first messages from one address are answered at a time. The others come after them.
NEWCOMERS_AT_ONCE = 4


class Pace:
    """Counts messages by conversation, by address and on this channel."""

    def __init__(self, helpline: Helpline, limits: Limits) -> None:
        self._helpline = helpline
        self._limits = limits
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._held: Counter[str] = Counter()
        self._newcomers: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def admit(self, request: Request, conversation: str, thread: Sequence[Message], text: str) -> None:
        """Let a message in; `text` is empty for a button. Raises `Refused` for one that is too fast and harmless."""
        address = _address(request)
        wait = self._wait(conversation, address)
        if not wait:
            return
        who = conversation or address
        # Read one at a time, others' messages in between. Danger does not wait for what is held.
        async with self._turns.setdefault(who, asyncio.Lock()):
            if text and self._helpline.is_alarming(text, thread):
                return
        with counted(self._held, who):
            await asyncio.sleep(HELD_SECONDS * self._held[who])
        raise Refused(429, "page_too_fast", retry=whole_seconds(wait))

    def newcomer(self, request: Request, text: str) -> AbstractAsyncContextManager[None]:
        """One of the places for those who have no conversation yet. Whoever writes of danger does not wait for one."""
        places = self._newcomers.setdefault(_address(request), asyncio.Semaphore(NEWCOMERS_AT_ONCE))
        if places.locked() and self._helpline.is_alarming(text, ()):
            return nullcontext()
        return places

    def _wait(self, conversation: str, address: str) -> float:
        limits = self._limits
        wait = limits.visitor.take(conversation) if conversation else limits.newcomers.take(address)
        if address:
            wait = wait or limits.address.take(address)
        return wait or limits.channel.take("web")


def _address(request: Request) -> str:
    return neighbourhood(request.client.host if request.client else "")
