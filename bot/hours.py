"""When advisers answer, by the section `hours` of `knowledge/service.yml`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import holidays

from bot.dates import day_words, time_words

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: The ways to an adviser that may have hours of their own.
CHANNELS = ("web", "telegram")
#: The sentences that `Hours.words` is made of, each with the blanks that it may have.
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "open": ("day", "time"),
    "last_handover": ("day", "time"),
    "over": (),
    "weekday": ("weekday",),
    "again": ("day", "time"),
    "bank_holiday": ("day", "time", "days"),
    "bank_holidays": ("day", "time", "days"),
    "unknown": (),
}
#: How far ahead an opening is looked for; hours that never end are told to end then.
HORIZON = dt.timedelta(days=60)
#: The longest name of a bank holiday that is told; "Late Summer Bank Holiday" and "Boxing Day (observed)" are longer.
LONGEST_NAME = 15

_DAY = dt.timedelta(days=1)


class Shift(NamedTuple):
    """When somebody answers on a day, on the clock, from its midnight on; the end may be on the day after."""

    begin: dt.timedelta
    end: dt.timedelta

    @classmethod
    def read(cls, text: str) -> Shift:
        """A shift like "09:30-17:00"; "22:00-02:00" runs past midnight."""
        begin, end = (
            dt.timedelta(hours=int(hours), minutes=int(minutes))
            for hours, _, minutes in (time.partition(":") for time in text.split("-"))
        )
        return cls(begin, end if begin < end else end + _DAY)


class Period(NamedTuple):
    """From one moment to another, both in UTC; the end is outside."""

    begin: dt.datetime
    end: dt.datetime


class Closure(NamedTuple):
    """When nobody answers, whatever else the hours say; on all channels where none is named."""

    period: Period
    sentence: str
    channels: Sequence[str]


class Opening(NamedTuple):
    """The shifts of one day in place of those of its weekday, a bank holiday or not."""

    date: dt.date
    shifts: Sequence[Shift]
    sentence: str
    channels: Sequence[str]


_Rule = TypeVar("_Rule", Closure, Opening)


class Hours:
    """When advisers answer, by `hours` of `knowledge/service.yml`.

    Every moment asked about is aware of its zone; every moment told is on the clock in `time_zone`. A shift time that
    the clock jumps over in spring is an hour later; one that comes twice in autumn is the first.

    What decides about a moment, the strongest first: a closure; the openings of the day; a bank holiday; the week of
    the channel. The part of a shift past midnight belongs to the day on which the shift begins.
    """

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._zone = ZoneInfo(rules["time_zone"])
        self._week = _week(rules["weekly"])
        self._weeks = {
            channel: _week({**rules["weekly"], **(days or {})})
            for channel, days in (rules.get("channels") or {}).items()
        }
        self._keeps_bank_holidays = rules["bank_holidays"] == "closed"
        self._last_handover = dt.timedelta(minutes=rules["last_handover_minutes"])
        self._closures = [
            Closure(
                Period(self._moment(read_time(row["from"])), self._moment(read_time(row["to"], end=True))),
                row["sentence"],
                row.get("channels") or (),
            )
            for row in rules.get("closures") or ()
        ]
        self._openings = [
            Opening(
                row["date"],
                [Shift.read(text) for text in row["shifts"]],
                row.get("sentence") or "",
                row.get("channels") or (),
            )
            for row in rules.get("openings") or ()
        ]
        self._sentences: Mapping[str, str] = rules["sentences"]

    def open_at(self, at: dt.datetime, channel: str = "web") -> bool:
        """Whether advisers answer."""
        return self.closing(at, channel) is not None

    def takes_handovers_at(self, at: dt.datetime, channel: str = "web") -> bool:
        """Whether advisers answer and will for at least `last_handover_minutes`."""
        closing = self.closing(at, channel)
        return closing is not None and _utc(closing) - _utc(at) >= self._last_handover

    def next_opening(self, at: dt.datetime, channel: str = "web") -> dt.datetime | None:
        """When advisers open next, after the present period where one is open; `None` if not within 60 days."""
        for period in self._periods(at, channel):
            if period.begin > at:
                return period.begin.astimezone(self._zone) if period.begin - at <= HORIZON else None
        return None

    def closing(self, at: dt.datetime, channel: str = "web") -> dt.datetime | None:
        """When the period open at this moment ends; `None` when closed. Shifts that touch or overlap are one period."""
        for period in self._periods(at, channel):
            if period.end > at:
                return period.end.astimezone(self._zone) if period.begin <= at else None
        return None

    def words(self, at: dt.datetime, channel: str = "web") -> str:
        """What a parent is told: until when advisers answer, or why they do not and when they open again."""
        now = at.astimezone(self._zone)
        closing = self.closing(now, channel)
        if closing is not None and self.takes_handovers_at(now, channel):
            said = [self._sentences["open"].format(**_blanks(closing, now)), *self._of_opening(now, channel)]
        else:
            said = [*self._away(now, closing, channel)]
        return " ".join(dict.fromkeys(said))

    def _away(self, now: dt.datetime, closing: dt.datetime | None, channel: str) -> Iterator[str]:
        """Why nobody answers, from now or from the coming closing on, and when advisers open again."""
        say = self._sentences
        since, opening = closing or now, self.next_opening(now, channel)
        until = opening or now + HORIZON
        days = [since.date() + ahead * _DAY for ahead in range((until.date() - since.date()).days + 1)]
        closures = [*self._closures_of(Period(_utc(since), _utc(until)), days, channel)]
        bank_holidays = [day for day in days if self._only_a_bank_holiday(day, channel)]
        if closing is not None:
            yield say["last_handover"].format(**_blanks(closing, now))
        yield from closures
        if not (closing or closures or bank_holidays) and (opening is None or _day(opening) > now.date()):
            yield from self._why_today(now, channel)
        if opening is None:
            yield say["unknown"]
        else:
            key = ("again", "bank_holiday", "bank_holidays")[min(len(bank_holidays), 2)]
            names = [_with_name(_day_name(day, now.date()), self._bank_holiday(day)) for day in bank_holidays]
            yield say[key].format(**_blanks(opening, now), days=listed(names))
            yield from self._of_opening(opening, channel)

    def _why_today(self, now: dt.datetime, channel: str) -> Iterator[str]:
        """Why nobody answers for the rest of an ordinary day."""
        past = takewhile(lambda period: period.end <= now, self._periods(now, channel))
        if any(_day(period.end.astimezone(self._zone)) == now.date() for period in past):
            yield self._sentences["over"]
        elif not self._shifts(now.date(), channel):
            yield self._sentences["weekday"].format(weekday=f"{now:%A}")

    def _closures_of(self, span: Period, days: Sequence[dt.date], channel: str) -> Iterator[str]:
        """The sentences of the closures that take time away from the shifts of some days within a span."""
        shifts = [shift for day in (days[0] - _DAY, *days) for shift in self._shifts(day, channel)]
        for closure in _for(channel, self._closures):
            if any(_overlap(closure.period, span, shift) for shift in shifts):
                yield closure.sentence

    def _of_opening(self, moment: dt.datetime, channel: str) -> Iterator[str]:
        """The sentences of the exceptional openings at a moment."""
        for opening in _for(channel, self._openings):
            shifts = self._on_the_clock(opening.date, opening.shifts)
            if opening.sentence and any(shift.begin <= moment < shift.end for shift in shifts):
                yield opening.sentence

    def _only_a_bank_holiday(self, day: dt.date, channel: str) -> bool:
        """Whether a day's shifts are lost because it is a bank holiday, and for no other reason."""
        shifts = self._shifts(day, channel)
        closed = any(_overlap(closure.period, shift) for closure in _for(channel, self._closures) for shift in shifts)
        return bool(shifts) and not closed and not self._planned(day, channel)

    def _periods(self, at: dt.datetime, channel: str) -> Iterator[Period]:
        """When advisers answer, in order, from the day before a moment to 60 days after it."""
        today = at.astimezone(self._zone).date()
        days = (today + ahead * _DAY for ahead in range(-1, HORIZON.days + 2))
        for period in _joined(shift for day in days for shift in self._planned(day, channel)):
            yield from _without(period, [closure.period for closure in _for(channel, self._closures)])

    def _planned(self, day: dt.date, channel: str) -> list[Period]:
        """The shifts of a day, whether or not it is closed."""
        lost = self._bank_holiday(day) and not self._opened(day, channel)
        return [] if lost else self._shifts(day, channel)

    def _shifts(self, day: dt.date, channel: str) -> list[Period]:
        """The shifts of a day, whether or not it is a bank holiday or closed."""
        week = self._weeks.get(channel, self._week)
        return self._on_the_clock(day, self._opened(day, channel) or week[day.weekday()])

    def _opened(self, day: dt.date, channel: str) -> list[Shift]:
        """The shifts of a day that opens exceptionally."""
        openings = (opening for opening in _for(channel, self._openings) if opening.date == day)
        return [shift for opening in openings for shift in opening.shifts]

    def _bank_holiday(self, day: dt.date) -> str:
        """The name of the bank holiday on which the helpline is closed; empty on other days."""
        name = _bank_holidays().get(day, "") if self._keeps_bank_holidays else ""
        return name.replace("'", "’")

    def _on_the_clock(self, day: dt.date, shifts: Iterable[Shift]) -> list[Period]:
        midnight = read_time(day)
        periods = (Period(self._moment(midnight + begin), self._moment(midnight + end)) for begin, end in shifts)
        # A shift within the hour that the clock jumps over is none.
        return sorted(period for period in periods if period.begin < period.end)

    def _moment(self, clock: dt.datetime) -> dt.datetime:
        """The moment, in UTC, at which clocks show a time."""
        return _utc(clock.replace(tzinfo=self._zone))


def read_time(value: dt.date | str, end: bool = False) -> dt.datetime:
    """What the clock shows at a time as YAML reads it; a day stands for its beginning or its end."""
    if isinstance(value, str):
        # YAML knows a time only when it has seconds.
        return dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value + end * _DAY, dt.time())


@cache
def _bank_holidays() -> holidays.HolidayBase:
    """The bank holidays of England and Wales; a year is worked out when it is first asked for."""
    return holidays.country_holidays("GB", subdiv="ENG")


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.timezone.utc)


def _week(days: Mapping[str, Sequence[str] | None]) -> list[list[Shift]]:
    """The shifts of the seven days, Monday first."""
    return [[Shift.read(text) for text in days.get(day) or ()] for day in DAYS]


def _for(channel: str, rules: Iterable[_Rule]) -> Iterator[_Rule]:
    return (rule for rule in rules if not rule.channels or channel in rule.channels)


def _joined(periods: Iterable[Period]) -> Iterator[Period]:
    """Periods that come by their beginnings, those that touch or overlap made one."""
    current: Period | None = None
    for period in periods:
        if current is None or period.begin > current.end:
            if current is not None:
                yield current
            current = period
        else:
            current = Period(current.begin, max(current.end, period.end))
    if current is not None:
        yield current


def _without(period: Period, closures: Iterable[Period]) -> list[Period]:
    """What closures leave of a period, in order."""
    left = [period]
    for closure in closures:
        left = [
            part
            for whole in left
            for part in (
                Period(whole.begin, min(whole.end, closure.begin)),
                Period(max(whole.begin, closure.end), whole.end),
            )
            if part.begin < part.end
        ]
    return left


def _overlap(*periods: Period) -> bool:
    """Whether there is a moment that all periods share."""
    return max(period.begin for period in periods) < min(period.end for period in periods)


def _blanks(moment: dt.datetime, now: dt.datetime) -> dict[str, str]:
    """A moment in words: its day and its time."""
    day = _day_name(_day(moment), now.date())
    return {"day": day if day in ("today", "tomorrow") else f"on {day}", "time": time_words(moment)}


def _day(moment: dt.datetime) -> dt.date:
    """The day that people think of; midnight belongs to the day that it ends."""
    return (moment - dt.timedelta.resolution).date()


def _day_name(day: dt.date, today: dt.date) -> str:
    """A day as people say it: by its date only from the same weekday of next week on."""
    ahead = (day - today).days
    if ahead < len(DAYS):
        return {0: "today", 1: "tomorrow"}.get(ahead, f"{day:%A}")
    return day_words(day)


def _with_name(day: str, holiday: str) -> str:
    return f"{day} ({holiday})" if len(holiday) <= LONGEST_NAME else day


def listed(names: Sequence[str]) -> str:
    """'Friday', 'Friday and Monday', 'Friday, Monday and Tuesday'."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
