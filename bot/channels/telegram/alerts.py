"""Tells the advisers' group that somebody waits; never who, or what for."""

from __future__ import annotations

import datetime as dt

from bot.channels.telegram import markup
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.letters import Letters
from bot.channels.telegram.looking import look_again
from bot.channels.telegram.ports import Live, Store
from bot.chats import Parcel
from bot.conversation import Risk
from bot.handover import Talk, Way
from bot.helpline import Clock

#: After so long a wait the group is told.
WAITED = dt.timedelta(minutes=3)
#: Of one talk it is told no more often than this.
AGAIN_AFTER = dt.timedelta(minutes=10)
#: So often we look, in seconds, also when nothing has moved: waits grow by themselves.
LOOK_EVERY = 10.0
_AT_ONCE = (Risk.IMMEDIATE, Risk.URGENT)


class Alerts:
    """Posts to the group that `HELPLINE_TELEGRAM_ALERTS` names."""

    def __init__(
        self, group: int, desk: str, store: Store, live: Live, letters: Letters, sending: Lanes, clock: Clock
    ) -> None:
        self._group = group
        self._desk = desk
        self._store = store
        self._live = live
        self._letters = letters
        self._sending = sending
        self._clock = clock

    async def run(self) -> None:
        """Look again and again."""
        await look_again(self._live, "the queue for the advisers' group", self.look, LOOK_EVERY, LOOK_EVERY)

    async def look(self) -> None:
        """Tell of everybody in danger, and of whoever has waited longest, where they have waited long."""
        now = self._clock()
        waiting = [talk for talk in await self._store.queue() if talk.way is Way.LIVE]
        longest = min(waiting, key=lambda talk: talk.waiting_since, default=None)
        for talk in waiting:
            long = talk is longest and now - talk.waiting_since >= WAITED
            if (talk.level in _AT_ONCE or long) and await self._is_news(talk, now):
                await self._tell(talk, now)

    async def _is_news(self, talk: Talk, now: dt.datetime) -> bool:
        told = await self._store.last_posted(f"alert:{talk.number}:")
        return told is None or now - told >= AGAIN_AFTER

    async def _tell(self, talk: Talk, now: dt.datetime) -> None:
        level = self._letters.say(f"desk_level_{talk.level.value}") if talk.level else ""
        minutes = int((now - talk.waiting_since).total_seconds()) // 60
        wording = "telegram_alert_level" if level else "telegram_alert"
        said = self._letters.say(wording, level=level.lower(), minutes=minutes, address=self._desk)
        key = f"alert:{talk.number}:{now.isoformat(timespec='seconds')}"
        await self._store.post([Parcel(key, self._group, {"text": markup.reply(said)[0]})], now)
        self._sending.go(self._group)
