"""The form by which a call is booked: its fields, and what a parent's words fill in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.phone import BadNumber, find_number, read_number
from bot.said_times import any_will_do, days_said, times_said

#: In the order in which they are asked for; Rasa's slots have the same names behind `callback_`.
FIELDS = ("kind", "day", "time", "name", "phone", "safe", "about")

#: What can be wrong with a message; each but the first has a wording, `callback_problem_<name>` or a hint.
STOPPED = "stopped"
NOT_UNDERSTOOD = "not_understood"

MOST_OF_A_NAME = 60
MOST_OF_ABOUT = 300
#: A first message that is longer tells a story; a day in it is not the day of the call.
MOST_WORDS_OF_A_WISH = 15

#: The length of a day as it is written: 2026-11-24.
_DAY = 10

_STOP = re.compile(
    r"(?:please )?(?:stop|quit|exit|cancel|forget|leave|never ?mind)"
    r"(?: (?:it|this|that|booking|about it|the (?:call|booking|form)|my booking|please))*"
    r"|i(?:'ve| have)? changed my mind|i do(?:n'?t| not) (?:want|need) (?:it|this|that|a call|one)(?: any ?more)?"
)
_NO = re.compile(r"\b(?:no|nope|nah|not|n|don'?t|never|unsafe|rather you didn'?t)\b")
_YES = re.compile(r"\b(?:yes|yeah|yep|yup|y|sure|ok|okay|fine|safe|please do|of course|no problem)\b")
_SKIP = re.compile(
    r"(?:please )?(?:skip|nothing|none|no|nope|no thanks?|no thank you|rather not|not now|private|-+)\W*"
)
_BEFORE_A_NAME = re.compile(
    r"^(?:(?:hi|hello|ok|yes)\W+)?(?:(?:my name is|my name's|it's|its|i'm|i am|call me|ask for|just|this is)\s+)+", re.I
)
_ASKS = re.compile(r"\?|^(?:what|why|who|how|can|do|does|is|are|when|where|should|could|would|i don'?t)\b", re.I)
#: A name may begin like a question, "Will", "May"; with so many words it is one.
_FEWEST_WORDS_OF_A_QUESTION = 4


@dataclass(frozen=True)
class FormTurn:
    """How the form stands after a message."""

    asked: str
    """the field to ask for now; empty when all are filled in, or the parent has stopped"""
    values: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    """why the message could not be taken as it was"""


@dataclass(frozen=True)
class Form:
    """The form before a message: what was asked for, what is filled in, what can be chosen."""

    asked: str
    """empty when nothing was: the message is the wish for a call itself"""
    values: Mapping[str, str]
    kinds: Mapping[str, Sequence[str]]
    """the ids, each with what parents call it; the first is the label"""
    free: Mapping[str, Sequence[str]]
    """for each kind, when a call can begin: "2026-11-24T10:00" """
    today: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def begins(self, values: Mapping[str, str]) -> list[str]:
        """When a call of the kind that is chosen, or of any, can begin."""
        kind = values.get("kind", "")
        return sorted({begin for name in ([kind] if kind in self.free else self.free) for begin in self.free[name]})

    def days(self, values: Mapping[str, str]) -> list[str]:
        """The days with a free call, in order."""
        return sorted({begin[:_DAY] for begin in self.begins(values)})

    def times(self, values: Mapping[str, str]) -> list[str]:
        """The free times of the day that is chosen; of all days where none is."""
        day = values.get("day", "")
        return sorted({begin[_DAY + 1 :] for begin in self.begins(values) if begin.startswith(day)})


def fill(form: Form, text: str) -> FormTurn:
    """The form after a message. What is not understood leaves it as it was, with the problem named."""
    said = " ".join(text.replace("’", "'").split())
    if form.asked and _STOP.fullmatch(said.lower().rstrip(".! ")):
        return FormTurn("", form.values, STOPPED)
    if not form.asked:
        filled = _wish(form, said)
        return FormTurn(missing(filled), filled)
    try:
        found = _READERS[form.asked](form, said)
    except Unfit as unfit:
        return FormTurn(form.asked, form.values, str(unfit))
    return _settled(form, {**form.values, **found}, frozenset(found))


def missing(values: Mapping[str, str]) -> str:
    """The first field that is not filled in; empty when all are."""
    return next((name for name in FIELDS if name not in values), "")


class Unfit(ValueError):
    """A message does not fill in the field that was asked for; the message is the problem's name."""


def _settled(form: Form, values: dict[str, str], new: frozenset[str]) -> FormTurn:
    """The values, without a day or a time at which no call is free."""
    # What was free when it was chosen, and is not now, somebody else has booked meanwhile.
    problem, lost = "", "" if new & {"kind", "day", "time"} else "slot_taken"
    if "day" in values and values["day"] not in form.days(values):
        problem = "day_taken" if "day" in new else lost
        values.pop("day")
    if "day" in values and "time" in values and values["time"] not in form.times(values):
        problem = "time_taken" if "time" in new else lost
        values.pop("time")
    return FormTurn(missing(values), values, problem)


# -- what a message says -----------------------------------------------------------------------------------------------


def _wish(form: Form, said: str) -> dict[str, str]:
    """What the wish for a call says by itself: "can somebody ring me tomorrow at ten"."""
    if len(said.split()) > MOST_WORDS_OF_A_WISH:
        return dict(form.values)
    found = {**form.values, **_kind_named(form, said), **_when(form, said)}
    return dict(_settled(form, found, frozenset()).values)


def _read_kind(form: Form, said: str) -> dict[str, str]:
    if said in form.kinds:
        return {"kind": said}
    wanted = said.lower()
    own = {name: _words(labels[0]) for name, labels in form.kinds.items()}
    shared = [name for name, words in own.items() if words & _words(wanted) - _in_others(own, name)]
    named = _kind_named(form, said) or ({"kind": shared[0]} if len(shared) == 1 else {})
    if not named and (any_will_do(said) or re.search(r"\b(?:first|1|either|any|whichever)\b", wanted)):
        named = {"kind": next(iter(form.kinds))}
    return _something({**named, **_when(form, said)})


def _read_day(form: Form, said: str) -> dict[str, str]:
    # At this question a number alone is a day of the month.
    found = _when(form, f"{said}th" if said.isdigit() else said)
    if "day" not in found and days_said(said, dt.date.fromisoformat(form.today)):
        raise Unfit("day_taken")
    if not found and any_will_do(said) and (days := form.days(form.values)):
        found = {"day": days[0]}
    return _something({**_kind_named(form, said), **found})


def _read_time(form: Form, said: str) -> dict[str, str]:
    found = _when(form, said)
    if "time" not in found and times_said(said):
        raise Unfit("time_taken")
    if not found and any_will_do(said) and (times := form.times(form.values)):
        found = {"time": times[0]}
    return _something(found)


def _read_name(form: Form, said: str) -> dict[str, str]:
    found = {}
    number = find_number(said)
    if number is not None:
        found = _read_phone(form, said)
        said = re.sub(r"[\d+()][\d\s().+-]*", " ", said)
    name = " ".join(_BEFORE_A_NAME.sub("", said).strip(" .,!-").split())
    asks = _ASKS.search(said) and ("?" in said or len(said.split()) >= _FEWEST_WORDS_OF_A_QUESTION)
    if asks or len(name) > MOST_OF_A_NAME or not any(character.isalpha() for character in name):
        raise Unfit(NOT_UNDERSTOOD)
    return {**found, "name": name}


def _read_phone(_: Form, said: str) -> dict[str, str]:
    try:
        return {"phone": read_number(said)}
    except BadNumber as bad:
        raise Unfit(NOT_UNDERSTOOD if str(bad) == "missing" else f"phone_{bad}") from None


def _read_safe(_: Form, said: str) -> dict[str, str]:
    wanted = said.lower().replace("no problem", "yes")
    if _NO.search(wanted):
        return {"safe": "no"}
    if _YES.search(wanted):
        return {"safe": "yes"}
    raise Unfit(NOT_UNDERSTOOD)


def _read_about(_: Form, said: str) -> dict[str, str]:
    return {"about": "" if _SKIP.fullmatch(said.lower()) else said[:MOST_OF_ABOUT]}


_READERS: Mapping[str, Callable[[Form, str], dict[str, str]]] = {
    "kind": _read_kind,
    "day": _read_day,
    "time": _read_time,
    "name": _read_name,
    "phone": _read_phone,
    "safe": _read_safe,
    "about": _read_about,
}


def _kind_named(form: Form, said: str) -> dict[str, str]:
    """The kind of call that is named, by its label or by what parents call it; none where two are."""
    wanted = f" {' '.join(re.findall(r'[a-z0-9]+', said.lower()))} "
    named = [
        name
        for name, phrases in form.kinds.items()
        if any(f" {' '.join(re.findall(r'[a-z0-9]+', phrase.lower()))} " in wanted for phrase in phrases)
    ]
    return {"kind": named[0]} if len(named) == 1 else {}


def _when(form: Form, said: str) -> dict[str, str]:
    """The day and the time that are said and free; a time for which no day is known is kept for later."""
    named = [day.isoformat() for day in days_said(said, dt.date.fromisoformat(form.today))]
    free = form.days(form.values)
    day = next((day for day in named if day in free), "")
    known = day or ("" if named else form.values.get("day", ""))
    spans = times_said(said)
    times = form.times({**form.values, "day": known})
    time = next((time for time in times if any(low <= _minutes(time) <= high for low, high in spans)), "")
    return {name: value for name, value in (("day", day), ("time", time)) if value}


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _something(found: dict[str, str]) -> dict[str, str]:
    if not found:
        raise Unfit(NOT_UNDERSTOOD)
    return found


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", text.lower()))


def _in_others(own: Mapping[str, set[str]], name: str) -> set[str]:
    """The words of the other labels."""
    return {word for other, words in own.items() if other != name for word in words}
