"""Concerns for somebody's safety as they are written down: what was said, who decided what and why, what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.accounts import Account, Role
from bot.conversation import Risk
from bot.handover import DeskError

#: Who adds what the check has found.
CHECK = "helpline"
#: What somebody at the desk can decide; each has a wording, `concern_decision_<name>`.
DECISIONS = ("emergency", "refer", "lead", "advise", "no_concern")
#: A referral to the council; it has to say which.
CHILDRENS_SERVICES = "childrens_services"
#: To whom a concern can be referred, `concern_to_<name>`.
REFERRED_TO = (CHILDRENS_SERVICES, "police", "lead", "other")
#: What a concern can come to in the end, `concern_outcome_<name>`.
OUTCOMES = ("passed_on", "supported", "not_reached", "no_concern")
#: Levels for which the whole desk is called.
ALARMING = (Risk.IMMEDIATE, Risk.URGENT)


class Step(str, Enum):
    """What an entry of a record tells."""

    BEFORE = "before"
    """what the parent had written just before, without which the next entry cannot be understood"""
    FOUND = "found"
    """the check has found danger in a message"""
    RAISED = "raised"
    """an adviser has seen what the check has not"""
    SEEN = "seen"
    """somebody at the desk has read it, or has taken the talk"""
    DECIDED = "decided"
    REFERRED = "referred"
    ACKNOWLEDGED = "acknowledged"
    """what those to whom it was referred have answered"""
    PUT_BACK = "put_back"
    """the adviser who had the talk is gone or silent, so that it waits again"""
    CLOSED = "closed"


#: Steps after which somebody has to look and to decide, anew.
SAID = (Step.BEFORE, Step.FOUND, Step.RAISED)


@dataclass(frozen=True)
class Finding:
    """Danger in a message of a parent, as the check has found it."""

    kind: str
    level: Risk
    message: int
    """the number of the message in its conversation"""
    text: str
    before: tuple[tuple[int, str], ...] = ()
    """the numbers and texts of earlier messages, where the words are only understood with them"""


@dataclass(frozen=True)
class Draft:
    """What somebody at the desk adds to a record."""

    step: Step
    by: str
    what: str = ""
    """the decision, to whom it was referred, or the outcome: the names of the tuples above"""
    text: str = ""
    """why; of a referral what was passed on, of an acknowledgement what was answered"""
    who: str = ""
    """of a referral the council or the person; of an acknowledgement who answered, with their reference"""
    about: int | None = None
    """of an acknowledgement: the number of the referral"""


@dataclass(frozen=True)
class Entry:
    """One numbered entry of a record; none is ever changed."""

    number: int
    at: dt.datetime
    by: str
    """an adviser's name, or `CHECK`"""
    step: Step
    what: str
    """as in `Draft`; of words that were found, the kind of danger"""
    text: str
    who: str = ""
    about: int | None = None
    message: int | None = None
    """of words that were said: the number of the message"""
    level: Risk | None = None
    """of words that were found, or a concern that was raised"""


@dataclass(frozen=True)
class ConcernRecord:
    """A concern from the first words to its outcome. A conversation has one open at a time."""

    number: int
    conversation: str
    channel: str
    level: Risk
    """the gravest that was found"""
    entries: tuple[Entry, ...]
    talk: int | None = None
    """the last talk of the conversation, if it ever had one"""
    adviser: str = ""
    """who has that talk, or had it last"""
    talk_open: bool = False
    forgotten: bool = False
    """whether the parent has had the conversation deleted"""

    @property
    def open(self) -> bool:
        return self.entries[-1].step is not Step.CLOSED

    @property
    def unseen(self) -> bool:
        """Whether nobody at the desk has seen the last words, or whoever had is gone."""
        return self.entries[-1].by == CHECK

    @property
    def undecided(self) -> bool:
        """Whether nothing was decided since the last words."""
        return all(entry.step is not Step.DECIDED for entry in self.entries[self._last_said :])

    @property
    def pending(self) -> Sequence[Entry]:
        """The referrals that nobody has acknowledged."""
        answered = {entry.about for entry in self.entries}
        return [entry for entry in self.entries if entry.step is Step.REFERRED and entry.number not in answered]

    @property
    def said_at(self) -> dt.datetime:
        """When the last words were said."""
        return self.entries[self._last_said - 1].at

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds of danger that were found, the first first."""
        return [*dict.fromkeys(entry.what for entry in self.entries if entry.step is Step.FOUND)]

    @property
    def _last_said(self) -> int:
        """How many entries there are up to the last words."""
        return max((entry.number for entry in self.entries if entry.step in SAID), default=0)


@dataclass(frozen=True)
class Due:
    """What is next to be done about a concern, and by when."""

    what: str
    """`decide`, `acknowledge` or `close`"""
    by: dt.datetime


class DueTimes:
    """The times of the section `concerns` of `service.yml`; they run at night and at weekends too."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._decide = {Risk(level): dt.timedelta(minutes=most) for level, most in rules["decide_minutes"].items()}
        self._acknowledge = dt.timedelta(hours=rules["acknowledge_hours"])
        self._close = dt.timedelta(days=rules["close_days"])

    def of(self, record: ConcernRecord) -> Due | None:
        """What is next; None for a record that is closed."""
        if not record.open:
            return None
        if record.undecided:
            return Due("decide", record.said_at + self._decide[record.level])
        if record.pending:
            return Due("acknowledge", record.pending[0].at + self._acknowledge)
        return Due("close", record.said_at + self._close)

    def overdue(self, record: ConcernRecord, now: dt.datetime) -> bool:
        due = self.of(record)
        return due is not None and due.by < now


class UnknownConcern(DeskError):
    """There is no concern with this number."""


class ConcernIsClosed(DeskError):
    """Nothing can be added to a record that has its outcome."""


class Undecided(DeskError):
    """Nothing was decided yet about a concern, so that neither it nor its talk can be closed."""


class Unacknowledged(DeskError):
    """A referral has no acknowledgement yet, so that the concern cannot be closed."""


class NoCouncilNamed(DeskError):
    """A referral to children's services does not say which council's."""


class NotReferred(DeskError):
    """What is acknowledged was never referred, or has its acknowledgement."""


def check(record: ConcernRecord, draft: Draft) -> None:
    """Raises the `DeskError` that says why this cannot be added to the record now."""
    if not record.open:
        raise ConcernIsClosed
    if draft.step is Step.REFERRED and draft.what == CHILDRENS_SERVICES and not draft.who:
        raise NoCouncilNamed
    if draft.step is Step.ACKNOWLEDGED and draft.about not in {entry.number for entry in record.pending}:
        raise NotReferred
    if draft.step is Step.CLOSED and record.undecided:
        raise Undecided
    if draft.step is Step.CLOSED and record.pending:
        raise Unacknowledged


def may_read(me: Account, record: ConcernRecord) -> bool:
    """Whether somebody may read a record, and add to it.

    Supervisors may any; advisers that of a talk they have or had last, one they have done something about, and an open
    one that still needs somebody: nobody has seen it, or nobody has its talk.
    """
    if me.role is not Role.ADVISER:
        return me.role is Role.SUPERVISOR
    if me.name == record.adviser or any(entry.by == me.name for entry in record.entries):
        return True
    held = record.talk_open and record.adviser != ""
    return record.open and not held and (record.unseen or record.talk_open)
