"""The handover card: what an adviser is told before a talk begins, and a parent has agreed to."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import Any

from bot.conversation import Author, Context, Holder, Message, Risk, Shown, Status

#: So much of what a parent wrote goes on the card by itself; the whole thread is there for the adviser too.
MOST_WANTED = 1000
#: Replies after which a parent's message is no account of what they want.
_NO_QUESTION = (Status.SMALL_TALK, Status.HANDOVER, Status.FORM)
#: Facts that have a line of their own on the card.
_OWN_LINES = ("nation", "council")

#: With fewer waits than this at an hour of the day, we do not know how long it takes.
FEWEST_WAITS = 5
#: This share of parents waited no longer than we say.
SHARE = 0.8
_STEP_MINUTES = 5

#: The outcome of a talk whose parent has left the queue.
STOPPED_WAITING = "stopped waiting"


class Way(str, Enum):
    """How a talk reaches an adviser."""

    LIVE = "live"
    """the parent is waiting"""
    MESSAGE = "message"
    """left out of hours; the next shift answers it in the same conversation"""
    CALLBACK = "callback"
    """a call is booked"""


@dataclass(frozen=True)
class HandoverCard:
    """What goes to the adviser. Each line may be empty: nothing of it is required."""

    want: str = ""
    nation: str = ""
    council: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    """what was said of the child's school, plan, exclusion and dates: the names of `bot.knowledge.FACTS`"""
    shown: tuple[Shown, ...] = ()
    """the answers that were shown, the first first"""
    reach: str = ""
    """how to reach the parent if the talk breaks off"""
    safe_to_leave: bool | None = None
    """whether a message may be left there; None: not said"""

    def without(self, names: Sequence[str]) -> HandoverCard:
        """The same with these lines left empty."""
        empty = HandoverCard()
        return replace(self, **{name: getattr(empty, name) for name in names if hasattr(empty, name)})

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "shown": [[shown.card, shown.version] for shown in self.shown]}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> HandoverCard:
        return cls(**{**row, "shown": tuple(Shown(*pair) for pair in row["shown"])})


@dataclass(frozen=True)
class Talk:
    """One handover of a conversation, from the wish for a person to the end. `number` is its name on the desk."""

    number: int
    conversation: str
    channel: str
    holder: Holder
    way: Way
    level: Risk | None
    card: HandoverCard
    waiting_since: dt.datetime
    adviser: str = ""
    """who has it; empty while nobody does"""
    taken_at: dt.datetime | None = None
    put_back: bool = False
    """whether an adviser had it before and could not go on"""
    ended_at: dt.datetime | None = None
    outcome: str = ""
    topics: tuple[str, ...] = ()
    follow_up: str = ""
    second_pair: bool = False
    """whether the adviser has asked a supervisor to look on"""
    debrief: bool = False
    """whether the adviser would like to talk about it with a supervisor"""


@dataclass(frozen=True)
class Place:
    """Where a parent stands in the queue, and how long it may take."""

    number: int
    minutes: int | None
    """most parents waited less than this at this hour; None: we do not know yet"""


@dataclass(frozen=True)
class Held:
    """A talk that an adviser holds, and what may be wrong with it."""

    number: int
    adviser: str
    adviser_seen: dt.datetime
    parent_waits_since: dt.datetime | None
    """when the first message came that nobody has answered; None when all are"""


@dataclass(frozen=True)
class Event:
    """One row of the append-only log."""

    at: dt.datetime
    by: str
    """an adviser's name, `parent` or `helpline`"""
    kind: str
    """`move`, `level`, `transfer`, `put_off`, `second_pair`, `debrief`, `note`, `whisper`, `switch`, `forgotten`,
    `call`, `alert`, `seen`"""
    talk: int | None
    was: str
    now: str
    why: str
    """for a note or a whisper: its text"""


class DeskError(Exception):
    """What an adviser asked for cannot be done."""


class UnknownTalk(DeskError):
    """There is no talk with this number."""


class UnknownChat(DeskError):
    """There is no chat with this reference, or no talk, call or concern with this number."""


class NotWaiting(DeskError):
    """Somebody else has taken the talk, or the parent has gone."""


class NotYours(DeskError):
    """The talk is not, or no longer, with this adviser."""


class TooManyTalks(DeskError):
    """The adviser has as many open talks as allowed."""


class Late(DeskError):
    """The parent has written something that the adviser had not seen when they let go."""


def propose(earlier: Sequence[Message], context: Context) -> HandoverCard:
    """The card as it can be filled in from what was said."""
    replies = {line.answers: line.reply for line in earlier if line.reply is not None}
    questions = [
        line.text
        for line in earlier
        if line.author is Author.PARENT
        and not line.press
        and line.heard_by is not Holder.ADVISER
        and ((reply := replies.get(line.number)) is None or reply.status not in _NO_QUESTION)
    ]
    shown = [shown for reply in replies.values() if reply.status is Status.ANSWERED for shown in reply.shown]
    return HandoverCard(
        want=questions[-1][:MOST_WANTED] if questions else "",
        nation=context.facts.get("nation", ""),
        council=context.facts.get("council", ""),
        facts={name: value for name, value in context.facts.items() if name not in _OWN_LINES},
        shown=tuple(dict.fromkeys(shown)),
    )


def expected_minutes(waits: Sequence[float]) -> int | None:
    """In how many minutes four of five parents were taken, rounded up to five; None where there are too few `waits`.

    `waits` are seconds: what parents really waited at this hour of the day in the last 30 days.
    """
    if len(waits) < FEWEST_WAITS:
        return None
    seconds = statistics.quantiles(waits, n=100, method="inclusive")[round(SHARE * 100) - 1]
    return max(1, -(-int(seconds) // (_STEP_MINUTES * 60))) * _STEP_MINUTES
