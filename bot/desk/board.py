"""Today's board, with the last 30 days, for supervisors."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.accounts import Account
from bot.desk.pages import TALKERS, Pages
from bot.desk.ports import Assistant, Store
from bot.figures import PastTalk, by_day, tally, waits_by_hour
from bot.handover import Way
from bot.helpline import Clock
from bot.on_call import OnCall
from bot.reception import Reception
from bot.referring import Referring

#: The days that the charts cover, today among them.
DAYS = 30
#: So many of the alerts of dangers that nobody has taken yet are shown, the newest.
MOST_ALERTS = 20
#: So many of the last words of parents are shown.
MOST_SAID = 20


@dataclass(frozen=True)
class Chart:
    """A table of whole numbers that are drawn as bars too. `name` is that of its wordings."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, tuple[int, ...]]]
    drawn: tuple[int, ...] = (0,)
    """which columns are drawn"""
    unit: str = ""
    highest: int = 0
    """what fills the width; 0: the highest number"""

    @property
    def most(self) -> int:
        drawn = (numbers[column] for _, numbers in self.rows for column in self.drawn)
        return self.highest or max([1, *drawn])


class BoardPage:
    """Reads the whole helpline at a moment."""

    def __init__(
        self,
        store: Store,
        referring: Referring,
        assistant: Assistant,
        reception: Reception,
        on_call: OnCall,
        pages: Pages,
        clock: Clock,
    ) -> None:
        self._store = store
        self._referring = referring
        self._assistant = assistant
        self._reception = reception
        self._on_call = on_call
        self._pages = pages
        self._clock = clock

    async def page(self, _: Request, me: Account) -> Response:
        """Everything."""
        now = self._clock()
        first = now.date() - dt.timedelta(days=DAYS - 1)
        since = dt.datetime.combine(first, dt.time(), now.tzinfo)
        past, begun = await asyncio.gather(self._store.past_talks(since), self._store.conversations_begun(since))
        thanked = [talk for talk in past if talk.score is not None]
        return await self._pages.render(
            "board",
            me,
            **await self._now(),
            charts=[
                self._waits(past),
                self._outcomes(past),
                self._topics(past),
                self._out_of_hours(past, begun),
            ],
            days=by_day((talk.began for talk in past), first, now.date()),
            scores=self._scores(thanked),
            mean=sum(talk.score or 0 for talk in thanked) / len(thanked) if thanked else None,
            said=[talk for talk in reversed(thanked) if talk.said_after][:MOST_SAID],
        )

    async def now(self, _: Request, me: Account) -> Response:
        """For htmx: the part that changes from minute to minute."""
        return self._pages.fragment("now", me, **await self._now())

    async def _now(self) -> dict[str, object]:
        now = self._clock()
        tomorrow = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), now.tzinfo)
        concerns, debriefs = await self._referring.open(), await self._store.debriefs()
        queue, talks, accounts, calls, ready, alerts = await asyncio.gather(
            self._store.queue(),
            self._store.talks_open(),
            self._store.accounts(),
            self._store.calls_due(tomorrow),
            self._assistant.ready(),
            self._on_call.running(),
        )
        has = Counter(talk.adviser for talk in talks)
        return {
            "waiting": sorted(talk.waiting_since for talk in queue if talk.way is Way.LIVE),
            "messages": sorted(talk.waiting_since for talk in queue if talk.way is Way.MESSAGE),
            "calls": calls,
            "overdue": sum(call < now for call in calls),
            "at_desk": [(account, has[account.name]) for account in accounts if account.role in TALKERS],
            "concerns": concerns,
            "concerns_overdue": sum(self._referring.due.overdue(record, now) for record in concerns),
            "due": self._referring.due.of,
            "debriefs": debriefs,
            "asking": [talk for talk in talks if talk.second_pair],
            "assistant_ready": ready,
            "on_call": [person.name for person in self._on_call.rota],
            "alerts": alerts[:MOST_ALERTS],
            "at": now,
        }

    def _waits(self, past: Sequence[PastTalk]) -> Chart:
        rows = [(f"{wait.hour}.00", (wait.median, wait.most, wait.parents)) for wait in waits_by_hour(past)]
        return Chart("waits_by_hour", ("median", "most", "parents"), rows, drawn=(0, 1))

    def _outcomes(self, past: Sequence[PastTalk]) -> Chart:
        return self._tally("outcomes", "outcome", [talk.outcome or "open" for talk in past])

    def _topics(self, past: Sequence[PastTalk]) -> Chart:
        return self._tally("topics", "topic", [topic for talk in past for topic in talk.topics])

    def _tally(self, chart: str, kind: str, names: Sequence[str]) -> Chart:
        rows = [(self._pages.name(kind, name), (count,)) for name, count in tally(names)]
        return Chart(chart, ("count",), rows)

    def _out_of_hours(self, past: Sequence[PastTalk], begun: Sequence[tuple[dt.datetime, str]]) -> Chart:
        rows = []
        for what, moments in (("begun", begun), ("handed_over", [(talk.began, talk.channel) for talk in past])):
            outside = sum(not self._reception.open_at(at, channel) for at, channel in moments)
            share = round(100 * outside / len(moments)) if moments else 0
            rows.append((self._pages.say(f"board_{what}"), (share, outside, len(moments))))
        return Chart("out_of_hours", ("share", "outside", "all"), rows, unit="%", highest=100)

    def _scores(self, thanked: Sequence[PastTalk]) -> Chart:
        counts = Counter(talk.score or 0 for talk in thanked)
        rows = [
            (self._pages.say("board_score", score=score), (counts[score],)) for score in sorted(counts, reverse=True)
        ]
        return Chart("scores", ("count",), rows)
