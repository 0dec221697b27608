"""Telegram messages to whoever is on call, by the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.channels.telegram import markup
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.ports import Store
from bot.channels.telegram.timing import Timing
from bot.chats import Parcel
from bot.helpline import Clock
from bot.on_call import Letter, NotSent


class Pager:
    """Puts a letter into the outbox, and waits until it has arrived.

    One that does not arrive in time is taken out again: after a night without Telegram, nobody gets a hundred of them.
    """

    def __init__(
        self,
        group: int | None,
        store: Store,
        sending: Lanes,
        is_connected: Callable[[], bool],
        timing: Timing,
        clock: Clock,
    ) -> None:
        self._group = group
        self._store = store
        self._sending = sending
        self._is_connected = is_connected
        self._timing = timing
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        """Come back when the letter has arrived. Raises `NotSent`."""
        if not self._is_connected():
            raise NotSent("unreachable", again=True)
        chat, key = int(letter.to.address), self._key(letter)
        text = markup.reply(f"{letter.subject}\n\n{letter.text}")[0]
        # After a kill it may be there already, or have arrived: one key, one parcel.
        await self._store.post([Parcel(key, chat, {"text": text})], self._clock())
        self._sending.go(chat)
        end = asyncio.get_running_loop().time() + self._timing.pager
        while (fate := await self._store.fate(key)) == "waiting":
            if asyncio.get_running_loop().time() > end:
                await self._store.withdraw(key)
                raise NotSent("slow", again=True)
            await asyncio.sleep(self._timing.pager_look)
        if fate != "sent":
            raise NotSent("refused", again=False)

    def _key(self, letter: Letter) -> str:
        """In the advisers' group it counts as the news that somebody waits, which is not told there again."""
        in_group = letter.talk is not None and letter.to.address == str(self._group)
        return f"alert:{letter.talk}:{letter.key}" if in_group else letter.key
