"""Tells whoever is on call of danger that nobody at the desk has taken, until somebody says that they have seen it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bot.accounts import Account, Role
from bot.alerts import Alert, Danger, next_to_tell
from bot.helpline import DESK, Clock, Live
from bot.knowledge import Knowledge
from bot.reception import Reception
from bot.rota import Person

log = logging.getLogger(__name__)

#: An attempt ends within this time, so that one which a kill has cut short is known after it, and made again.
ATTEMPT = dt.timedelta(seconds=60)
#: The pause before a failed attempt is made again; each is twice as long as the one before.
FIRST_PAUSE = dt.timedelta(seconds=5)
LONGEST_PAUSE = dt.timedelta(seconds=40)
#: A parent in danger who has left the queue is still told of for so long.
LEFT = dt.timedelta(days=1)


class NotSent(Exception):
    """A message has not been taken, or we do not know. `why` is a word, `again` whether another try can help."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.why, self.again = why, again


@dataclass(frozen=True)
class Letter:
    """What is sent to somebody on call."""

    key: str
    """the same for every attempt"""
    to: Person
    subject: str
    text: str
    talk: int | None = None


class Post(Protocol):
    """A way to reach somebody who is on call."""

    async def send(self, letter: Letter) -> None:
        """Come back when the letter has been taken, within `ATTEMPT`. Raises `NotSent`.

        May be asked again for the same letter, after a kill too; what of it can be sent twice, the medium decides.
        """


class AlertStore(Protocol):
    """The store, as the alerts see it; the tests of the store say what each method promises."""

    async def untaken(self, since: dt.datetime) -> Sequence[Danger]:
        """Dangers that nobody at the desk has, or has seen; those among them that left the queue since then."""

    async def accounts(self) -> Sequence[Account]:
        """The people at the desk."""

    async def switched_off(self) -> Mapping[tuple[str, str], str]:
        """What is switched off, by channel and `bot` or `desk`."""

    async def alert(
        self, talk: int, decide: Callable[[Sequence[Alert]], Person | None], at: dt.datetime
    ) -> Alert | None:
        """Record an alert for whom `decide` names, given those that run; None where it names nobody."""

    async def claim_alerts(self, people: Sequence[str], at: dt.datetime, until: dt.datetime) -> Sequence[Alert]:
        """What is to be sent to these people now, for us alone until that moment."""

    async def alert_sent(self, number: int, at: dt.datetime) -> None:
        """It has been taken."""

    async def alert_not_sent(self, number: int, why: str, again_at: dt.datetime | None) -> None:
        """An attempt has failed; None: there will be no other."""

    async def alert_of(self, token: str) -> Alert | None:
        """The alert with this token."""

    async def see_alerts(self, talk: int, by: str, at: dt.datetime) -> bool:
        """Somebody has seen the danger in a talk; False where no alert of it was waiting for that."""

    async def see_test_alert(self, number: int, by: str, at: dt.datetime) -> None:
        """Somebody has seen a test."""

    async def end_alerts(self, but: Sequence[int], at: dt.datetime) -> int:
        """End the alerts of all talks but these; how many there were."""

    async def running_alerts(self) -> Sequence[Alert]:
        """The alerts of dangers that nobody has taken yet, the newest first, tests left out."""


class OnCall:
    """The list, the ways to reach those on it, and what is told to whom."""

    def __init__(
        self,
        rota: Sequence[Person],
        posts: Mapping[str, Post],
        store: AlertStore,
        knowledge: Knowledge,
        reception: Reception,
        live: Live,
        clock: Clock,
        address: str,
    ) -> None:
        """`address` is our own, as those on call reach it."""
        self.rota = rota
        self.ways = tuple(way for way in posts if any(person.way == way for person in rota))
        self._posts = posts
        self._store = store
        self._knowledge = knowledge
        self._reception = reception
        self._live = live
        self._clock = clock
        self._address = address
        service = knowledge.service
        self._patience = dt.timedelta(seconds=service["on_call"]["next_after_seconds"])
        self._gone_after = dt.timedelta(seconds=service["desk"]["gone_seconds"])

    def tell_log(self) -> None:
        """At the start: who is told, or plainly that nobody is."""
        if self.rota:
            log.info("on call: %s", ", ".join(person.name for person in self.rota))
        else:
            log.warning("nobody is on call: of danger that nobody at the desk takes, nobody is told; docs/on_call.md")

    # -- telling -------------------------------------------------------------------------------------------------------

    async def escalate(self) -> None:
        """Record whom to tell of each danger that nobody has taken: again and again.

        Recorded before anything is sent, in one transaction with the decision: a kill loses nothing, and two gateways
        do not both tell.
        """
        now = self._clock()
        dangers = await self._store.untaken(now - LEFT)
        changed = await self._store.end_alerts([danger.talk for danger in dangers], now)
        if not self.rota:
            return
        off = await self._store.switched_off()
        somebody_there = any(self._is_there(account, now) for account in await self._store.accounts())
        for danger in dangers:
            here = self._reception.open_at(now, danger.channel) and (danger.channel, "desk") not in off
            decide = partial(self._whom, danger, somebody_there and here, now)
            alert = await self._store.alert(danger.talk, decide, now)
            if alert is not None:
                changed += 1
                log.warning("talk %s is in danger: alert %s is for %s", danger.talk, alert.number, alert.person)
        if changed:
            self._live.tell(DESK)

    async def deliver(self, way: str) -> None:
        """Send what is to be sent now by one of the `ways`; a slow one holds up no other."""
        people = {person.name: person for person in self.rota if person.way == way}
        now = self._clock()
        claimed = await self._store.claim_alerts(list(people), now, now + ATTEMPT)
        await asyncio.gather(*(self._send(alert, people[alert.person]) for alert in claimed))
        if claimed:
            self._live.tell(DESK)

    # -- being seen ----------------------------------------------------------------------------------------------------

    async def alert_of(self, token: str) -> Alert | None:
        """The alert whose link somebody follows."""
        return await self._store.alert_of(token)

    async def seen(self, alert: Alert) -> None:
        """Whoever was alerted says that they have seen it."""
        if alert.talk is None:
            await self._store.see_test_alert(alert.number, alert.person, self._clock())
        else:
            await self.opened(alert.talk, alert.person)

    async def opened(self, talk: int, by: str) -> None:
        """Somebody has looked at a talk that nobody has: they know of the danger in it."""
        if await self._store.see_alerts(talk, by, self._clock()):
            log.info("talk %s: its alerts were seen by %s", talk, by)
            self._live.tell(DESK)

    async def running(self) -> Sequence[Alert]:
        """For the board: the alerts of dangers that nobody has taken yet."""
        return await self._store.running_alerts()

    # -- how -----------------------------------------------------------------------------------------------------------

    def _whom(self, danger: Danger, watched: bool, now: dt.datetime, running: Sequence[Alert]) -> Person | None:
        """Who is told now. Where somebody watches the desk, or has the talk, they have a while to act first."""
        if not running and (watched or danger.held) and now - danger.since < self._patience:
            return None
        return next_to_tell(self.rota, running, danger, now, self._patience)

    def _is_there(self, account: Account, now: dt.datetime) -> bool:
        talks = account.role is not Role.EDITOR and account.available
        return talks and account.seen_at is not None and now - account.seen_at <= self._gone_after

    async def _send(self, alert: Alert, person: Person) -> None:
        try:
            await self._posts[person.way].send(self._letter(alert, person))
        except NotSent as error:
            await self._not_sent(alert, error)
        except Exception:
            log.exception("sending alert %s broke", alert.number)
            await self._not_sent(alert, NotSent("broken", again=True))
        else:
            log.info("alert %s has been sent", alert.number)
            await self._store.alert_sent(alert.number, self._clock())

    async def _not_sent(self, alert: Alert, error: NotSent) -> None:
        now = self._clock()
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(alert.attempts - 1, 10))
        # A test is over when whoever gave the command has stopped waiting for it.
        again = error.again and (alert.talk is not None or now + pause - alert.at < self._patience)
        log.warning("alert %s was not sent (%s)%s", alert.number, error.why, "; it goes again" if again else "")
        await self._store.alert_not_sent(alert.number, error.why, now + pause if again else None)

    def _letter(self, alert: Alert, person: Person) -> Letter:
        say = self._knowledge.say
        seen = f"{self._address}/on-call/{alert.token}"
        # Numbers begin anew with a new database; mail programs remember what they have had.
        key = f"call-{alert.number}-{int(alert.at.timestamp())}"
        if alert.talk is None or alert.level is None:
            return Letter(key, person, say("on_call_test_subject"), say("on_call_test", seen=seen))
        level = say(f"desk_level_{alert.level.value}")
        text = say(
            "on_call_alert",
            number=alert.talk,
            level=level,
            talk=f"{self._address}/desk/talks/{alert.talk}",
            seen=seen,
            minutes=round(self._patience.total_seconds() / 60),
        )
        return Letter(key, person, say("on_call_subject", number=alert.talk, level=level), text, alert.talk)
