"""What a conversation is made of: who holds it, what was heard, what was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import Any

#: A parent's message is at most this long; the page counts down to it.
MOST_CHARACTERS = 1000
#: A messenger brings longer ones, up to Telegram's own limit. The question is often their last sentence.
MOST_READ = 4096


class Holder(str, Enum):
    """Who answers a conversation now."""

    BOT = "bot"
    WAITING = "waiting"
    ADVISER = "adviser"
    CALLBACK = "callback"
    """a call is booked; until then the assistant answers"""
    CLOSED = "closed"


class Status(str, Enum):
    """How one message was answered."""

    ANSWERED = "answered"
    CHOICES = "choices"
    CLARIFY = "clarify"
    SMALL_TALK = "small_talk"
    OTHER_NATION = "other_nation"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_KNOWN = "not_known"
    SAFEGUARDING = "safeguarding"
    HANDOVER = "handover"
    FORM = "form"
    ERROR = "error"


class Risk(str, Enum):
    """The level of a concern, the gravest first."""

    IMMEDIATE = "immediate"
    URGENT = "urgent"
    CONCERN = "concern"


class Author(str, Enum):
    """Who wrote a message."""

    PARENT = "parent"
    ASSISTANT = "assistant"
    ADVISER = "adviser"
    HELPLINE = "helpline"
    """what the helpline says by itself: that somebody has come, or that it has closed"""


@dataclass(frozen=True)
class Standing:
    """Who holds a conversation, where it takes place, and what is switched off there, with the reason."""

    holder: Holder
    channel: str
    off: Mapping[str, str] = field(default_factory=dict)
    """`bot` (the assistant) or `desk` (the advisers), each with a sentence for parents"""


Ranking = Sequence[tuple[str, float]]
"""Card ids with their probabilities, best first."""


@dataclass(frozen=True)
class Question:
    """One question found in a message, with the cards that could answer it."""

    text: str
    ranking: Ranking


@dataclass(frozen=True)
class Understanding:
    """What the assistant made of a message: a fixed wording to say, or the questions found; and the facts said."""

    questions: tuple[Question, ...] = ()
    wording: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    excerpt: bool = False
    """whether the questions are only part of a long message, so that the answer must say which part it answers"""
    wants_call: bool = False
    """whether it is the wish for a booked call, or about the one that is booked"""


@dataclass(frozen=True)
class Button:
    """Something a parent can press. `press` is understood by `Helpline.press`; it never holds what a parent wrote."""

    label: str
    press: str


@dataclass(frozen=True)
class Shown:
    """A card as it was shown: its id and the version of its text."""

    card: str
    version: str


@dataclass(frozen=True)
class Context:
    """What a conversation has established so far; stored with every reply, so that the last reply holds all of it."""

    facts: Mapping[str, str] = field(default_factory=dict)
    cards: tuple[str, ...] = ()
    """the cards shown last, best first"""
    runners_up: tuple[str, ...] = ()
    """the cards that came next, for a parent who says 'no, that is not it'"""
    clarifications: int = 0
    """how many times in a row we have asked back"""
    noes: int = 0
    """how many times in a row the parent has said 'no, that is not it'"""
    asking: bool = False
    """whether a parent who waits for a person goes on asking the assistant meanwhile"""
    expecting: str = ""
    """what the next message is taken for, where it is no question: `reach`, how to reach the parent"""
    left_out: tuple[str, ...] = ()
    """the lines of the handover card that the parent does not want to send"""
    form: Mapping[str, str] = field(default_factory=dict)
    """what was filled in so far of the booking of a call; `asked` names the field that was asked for last"""
    young: bool = False
    """whether the writer has said that they are under 18"""

    def knowing(self, facts: Mapping[str, str]) -> Context:
        """The same, with facts from a new message; what is said later replaces what was said before."""
        return replace(self, facts={**self.facts, **facts})

    def beside(self, danger: Context) -> Context:
        """The same, with what has changed through words of danger that were answered out of turn."""
        nation = {name: value for name, value in danger.facts.items() if name == "nation"}
        return replace(self, asking=danger.asking, young=self.young or danger.young).knowing(nation)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any] | None) -> Context:
        row = row or {}
        lists = {key: tuple(row.get(key, ())) for key in ("cards", "runners_up", "left_out")}
        return cls(**{**row, **lists})


@dataclass(frozen=True)
class Reply:
    """What the assistant says to one message. `text` is Markdown."""

    status: Status
    text: str
    shown: tuple[Shown, ...] = ()
    buttons: tuple[Button, ...] = ()
    risk: Risk | None = None
    context: Context = field(default_factory=Context)


@dataclass(frozen=True)
class Message:
    """One line of a thread, as stored. `number` counts up within the conversation."""

    number: int
    author: Author
    text: str
    at: dt.datetime
    client_id: str
    by: str = ""
    """for an adviser's: the adviser's name; for the helpline's: the adviser who has come"""
    press: str = ""
    """for a button: what it means; `text` is its label"""
    heard_by: Holder = Holder.BOT
    """for a parent's: who held the conversation when it was recorded; an adviser's gets no reply of the assistant"""
    answers: int | None = None
    """for a reply: the number of the message it answers"""
    reply: Reply | None = None
