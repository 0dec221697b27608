"""Days and times of day as parents say them: tomorrow, next Thursday, the 24th; at half ten, after lunch."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from bot.hours import DAYS

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*"
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_DATES = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}\b"),
    re.compile(rf"\b{_MONTH} (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"),
    re.compile(r"\b(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/\d{2,4})?\b"),
    re.compile(r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?P<month>)"),
)
_WEEKDAY = re.compile(
    r"\b(?P<next>next )?(?P<day>mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(?:day|nesday|sday|rsday|urday)?s?\b"
    r"(?P<week> (?:next )?week\b)?"
)
_ANY = re.compile(
    r"\b(?:any ?(?:day|time)|whenever|as soon as|asap|(?:soon|earli)est|(?:first|next) (?:available|free|one|slot)"
    r"|do(?:n'?t| not) mind|whatever)\b"
)

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b")
_HALF = re.compile(r"\bhalf(?: past)? (\d{1,2})\b(?![:.]\d)")
_QUARTER = re.compile(r"\bquarter (past|to) (\d{1,2})\b(?![:.]\d)")
_CLOCK = re.compile(
    r"(?:\b(?P<bound>after|from|past|between|not before|before|until|till|by|and)\s+)?"
    r"(?P<at>\b(?:at|about|around|for)\s+)?"
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?(?P<clock>\s*o.?clock\b|ish\b|\s*in the\b)?"
)
_NOT_BEFORE = ("after", "from", "past", "between", "not before")
#: An hour below this one is in the afternoon where nobody says which: we do not ring at three in the morning.
_MORNING = 8
#: Parts of the day, in minutes after midnight; the end is inside.
_PARTS = {
    r"\b(?:first thing|early)\b": (0, 10 * 60),
    r"\bmornings?\b": (0, 12 * 60 - 1),
    r"\b(?:noon|mid ?day)\b": (12 * 60, 12 * 60),
    r"(?<!after )(?<!before )\b(?:lunch|dinner) ?time\b": (12 * 60, 14 * 60),
    r"\b(?:before|until) lunch(?:time)?\b": (0, 12 * 60 - 1),
    r"\bafter ?noons?\b": (12 * 60, 18 * 60),
    r"\bafter lunch(?:time)?\b": (13 * 60, 18 * 60),
    r"\b(?:school run|after school|end of the day|late)\b": (15 * 60, 18 * 60),
    r"\b(?:evenings?|tonight|after work)\b": (17 * 60, 24 * 60),
}
_DAY_MINUTES = 24 * 60

Range = tuple[int, int]


def days_said(text: str, today: dt.date) -> list[dt.date]:
    """The days that a text may mean from today on, the likeliest first; none where it names no day."""
    text = _plain(text)
    named, week = [*_named(text, today)], _week_said(text, today)
    return [day for day in named if day in week] or named or week


def any_will_do(text: str) -> bool:
    """Whether a parent leaves the choice to us: "whenever", "as soon as possible"."""
    return bool(_ANY.search(_plain(text)))


def times_said(text: str) -> list[Range]:
    """When a text may mean, as minutes after midnight from … to …, both inside; none where it names no time."""
    text = _in_digits(_without_days(_plain(text)))
    parts = [span for pattern, span in _PARTS.items() if re.search(pattern, text)]
    exact = [*_exact(text)]
    return _within(parts, exact) or exact or parts


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace(",", " ").split())


def _named(text: str, today: dt.date) -> Iterator[dt.date]:
    """Days that are named by a date, by their weekday, or by how far they are from today."""
    for match in _ISO.finditer(text):
        yield from _date(*map(int, match.groups()))
    if re.search(r"\bday after tomorrow\b", text):
        yield today + dt.timedelta(days=2)
    elif re.search(r"\b(?:tomorrow|tomoz|tommorow|tomorow|tmrw|2moro)\b", text):
        yield today + dt.timedelta(days=1)
    elif re.search(r"\b(?:today|this (?:morning|afternoon|evening)|tonight|right now|straight away)\b", text):
        yield today
    for match in _WEEKDAY.finditer(text):
        number = next(place for place, day in enumerate(DAYS) if day.startswith(match["day"][:3]))
        nearest = today + dt.timedelta(days=(number - today.weekday()) % len(DAYS))
        if match["next"] or match["week"] or "next week" in text:
            # "Next Thursday" is the one of next week, as most people say it here.
            monday = today + dt.timedelta(days=len(DAYS) - today.weekday())
            yield monday + dt.timedelta(days=number)
        else:
            yield nearest
            if nearest == today:
                yield today + dt.timedelta(days=len(DAYS))
    for pattern in _DATES:
        for match in pattern.finditer(text):
            yield from _coming(int(match["day"]), match["month"], today)
            return


def _coming(day: int, month: str, today: dt.date) -> Iterator[dt.date]:
    """The next day with this number, in this month where one is named."""
    if month and not month.isdigit():
        month = str(_MONTHS.index(month) + 1)
    for ahead in range(13):
        year, index = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        if not month or int(month) == index + 1:
            for date in _date(year, index + 1, day):
                if date >= today:
                    yield date
                    return


def _date(year: int, month: int, day: int) -> Iterator[dt.date]:
    try:
        yield dt.date(year, month, day)
    except ValueError:
        return


def _week_said(text: str, today: dt.date) -> list[dt.date]:
    monday = today - dt.timedelta(days=today.weekday())
    if re.search(r"\bnext week\b", text):
        return [monday + dt.timedelta(days=len(DAYS) + day) for day in range(len(DAYS))]
    if re.search(r"\bthis week\b", text):
        return [day for day in (monday + dt.timedelta(days=day) for day in range(len(DAYS))) if day >= today]
    return []


def _without_days(text: str) -> str:
    """The text without what says a day, so that its numbers are hours."""
    for pattern in (_ISO, *_DATES):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def _in_digits(text: str) -> str:
    """The times that are written in words, in digits: half ten, quarter to four."""
    text = _NUMBER.sub(lambda match: str(_NUMBERS.index(match[0]) + 1), text)
    text = _HALF.sub(lambda match: f"at {match[1]}:30", text)
    return _QUARTER.sub(
        lambda match: f"at {match[2]}:15" if match[1] == "past" else f"at {(int(match[2]) - 2) % 12 + 1}:45", text
    )


def _exact(text: str) -> list[Range]:
    """Times by the clock; several that hold together, like "from ten until twelve", are one."""
    found: list[Range] = []
    for match in _CLOCK.finditer(text):
        bound = match["bound"] or ""
        alone = match[0].strip() == text
        if not (match["minute"] or match["half"] or match["clock"] or match["at"] or bound or alone):
            continue
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if hour >= 24 or minute >= 60:
            continue
        if match["half"]:
            hour = hour % 12 + (12 if match["half"].startswith("p") else 0)
        elif hour < _MORNING:
            hour += 12
        at = hour * 60 + minute
        span = (at, _DAY_MINUTES) if bound in _NOT_BEFORE else (0, at) if bound else (at, at)
        found = _within(found, [span]) or [*found, span]
    return found


def _within(some: list[Range], others: list[Range]) -> list[Range]:
    """What the spans of two lists share."""
    both = ((max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others)
    return [span for span in both if span[0] <= span[1]]
