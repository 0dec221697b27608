"""Hands new lines of conversations to the outbox, whoever has written them."""

from __future__ import annotations

from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.letters import Letters
from bot.channels.telegram.looking import look_again
from bot.channels.telegram.ports import Live, Store
from bot.channels.telegram.timing import Timing
from bot.helpline import Clock


class Courier:
    """Looks at all chats when the desk has news, when it is told to, and every few seconds."""

    def __init__(
        self, store: Store, live: Live, letters: Letters, sending: Lanes, timing: Timing, clock: Clock
    ) -> None:
        self._store = store
        self._live = live
        self._letters = letters
        self._sending = sending
        self._timing = timing
        self._clock = clock

    async def run(self) -> None:
        """Look again and again."""
        await look_again(self._live, "new lines", self.look, self._timing.look, self._timing.first_pause)

    async def look(self) -> None:
        """Hand over what is new in any chat."""
        for chat in await self._store.chats_behind():
            await self.deliver(chat.id)

    async def deliver(self, chat_id: int) -> None:
        """Hand over what is new in one chat."""
        chat = await self._store.chat(chat_id)
        if not chat.conversation or chat.blocked or chat.quiet:
            return
        shown, parcels = await self._letters.newer(chat)
        if shown.line > chat.line:
            await self._store.post_lines(shown, parcels, self._clock())
        self._sending.go(chat_id)
