"""Alerts of danger that nobody at the desk has taken: what is kept of one, and who is told next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation import Risk
from bot.rota import Person


@dataclass(frozen=True)
class Danger:
    """A talk with danger in it that nobody at the desk has taken, or that whoever has it has not seen."""

    talk: int
    level: Risk
    channel: str
    since: dt.datetime
    """when it came into the queue, back into it, or became as grave as it is; of a held talk `said_at`"""
    said_at: dt.datetime | None = None
    """when the last words of danger were said, where a concern is open"""
    held: bool = False
    """whether somebody has the talk, and has not seen these words"""


@dataclass(frozen=True)
class Alert:
    """One person told of one danger, once. It holds ids only."""

    number: int
    talk: int | None
    """None for a test"""
    level: Risk | None
    person: str
    token: str
    """in the link with which they say that they have seen it"""
    at: dt.datetime
    attempts: int = 0
    again_at: dt.datetime | None = None
    """when it is sent, or sent again; None when it has been sent, or cannot be"""
    sent_at: dt.datetime | None = None
    failure: str = ""
    """why the last attempt did not succeed: a word, `on_call_failed_<word>` in `wording.yml`"""
    seen_at: dt.datetime | None = None
    seen_by: str = ""
    ended_at: dt.datetime | None = None
    """when the talk was taken or ended"""

    @property
    def given_up(self) -> bool:
        """Whether it cannot be sent."""
        return self.sent_at is None and self.again_at is None


def next_to_tell(
    rota: Sequence[Person], running: Sequence[Alert], danger: Danger, now: dt.datetime, patience: dt.timedelta
) -> Person | None:
    """Who is told now of a danger that has to be told of; None while somebody may still react.

    `running` are the alerts of this danger so far, the oldest first. After `patience` without a reaction comes the next
    on the list, after the last the first. Whoever cannot be reached is not waited for, unless nobody on the list can.
    """
    if not running:
        return rota[0]
    last = running[-1]
    if last.seen_at is not None:
        # Seen is seen, until it is worse than what they have seen, or there are new words.
        worse = last.level is None or [*Risk].index(danger.level) < [*Risk].index(last.level)
        new = danger.said_at is not None and danger.said_at > last.seen_at
        return rota[0] if worse or new else None
    round_of_all = running[-len(rota) :]
    someone_can = len(round_of_all) < len(rota) or not all(alert.given_up for alert in round_of_all)
    if now - last.at < patience and not (last.given_up and someone_can):
        return None
    names = [person.name for person in rota]
    place = names.index(last.person) + 1 if last.person in names else 0
    return rota[place % len(rota)]
