"""The log of every act at the desk: how a line comes into it, and the page on which supervisors read it."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from bot.accounts import Account, Session
from bot.desk.pages import Pages
from bot.desk.ports import AccountStore
from bot.helpline import Clock

#: Addresses that may be looked at without a line: they show nobody's talk, or only what every page does.
QUIET = frozenset(
    {
        *("/desk", "/desk/strip", "/desk/events", "/desk/queue", "/desk/board/now", "/desk/switches"),
        *("/desk/cards", "/desk/cards/{card}", "/desk/account", "/desk/account/second-step", "/desk/people"),
        *("/desk/sign-in/code", "/desk/pause"),
    }
)
#: Addresses by which a page only says that somebody is at it.
SIGNS = frozenset({"/desk/talks/{number:int}/typing"})
#: Addresses that the open page of a talk asks again and again: one look at the talk is written down for all of them.
FOLLOWING = frozenset(f"/desk/talks/{{number:int}}/{part}" for part in ("thread", "latest", "find", "concern"))
#: How the line begins that follows when an act was refused, or failed.
REFUSED = "refused/"
#: Lines on a page.
MOST = 50
#: Names that nobody has leave one line in so long, with how many tries there were: no stranger fills the log.
STRANGERS_EVERY = dt.timedelta(minutes=1)
#: So many looks are remembered, so that what looks again by itself leaves one line.
_MOST_LOOKS = 10_000
#: As much as a line has room for.
_MOST_CHARACTERS = 60
#: What is done, and to what.
Act = tuple[str, str]

_BLANK = re.compile(r"/?\{\w+(:\w+)?\}")


class Audit:
    """Writes each line before its act: an act of which there could be no line is not done."""

    def __init__(self, store: AccountStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._looked: set[tuple[str, str, str]] = set()
        self._strangers = 0
        self._strangers_at: dt.datetime | None = None

    async def asked(self, request: Request, session: Session) -> Act | None:
        """Write down what somebody is about to do, as the address has it; None for what leaves no line."""
        path = request.scope["route"].path
        act = what, about = _act(path, request)
        if path in SIGNS:
            return None
        if request.method in ("GET", "HEAD"):
            if path in QUIET:
                return None
            look = (session.id, what.partition("/")[0], about)
            if path in FOLLOWING and look in self._looked:
                return None
            if len(self._looked) >= _MOST_LOOKS:
                self._looked.clear()
            self._looked.add(look)
        await self.write(session.account.name, what, about, session.id)
        return act

    async def refused(self, session: Session, act: Act | None) -> None:
        """What was asked for was not done."""
        if act is not None:
            await self.write(session.account.name, f"{REFUSED}{act[0]}", act[1], session.id)

    async def stranger(self) -> None:
        """Somebody tried a name that nobody has. It may be a password in the wrong box: it is not written down."""
        self._strangers += 1
        await self._tell_of_strangers()

    async def _tell_of_strangers(self) -> None:
        now = self._clock()
        if not self._strangers or (self._strangers_at and now - self._strangers_at < STRANGERS_EVERY):
            return
        count, self._strangers, self._strangers_at = self._strangers, 0, now
        await self._store.add_act("", f"{REFUSED}sign-in", f"{count} tries" if count > 1 else "", "", now)

    async def write(self, by: str, what: str, about: str = "", session: str = "") -> None:
        """A line; before it, what is still to be told of strangers."""
        await self._tell_of_strangers()
        # An address may hold anything, and not every database takes all of it.
        about = "".join(filter(str.isprintable, about))[:_MOST_CHARACTERS]
        await self._store.add_act(by, what[:_MOST_CHARACTERS], about, session, self._clock())


class AuditPage:
    """The lines, the latest first, of one person or one day where that is asked for."""

    def __init__(self, store: AccountStore, pages: Pages, clock: Clock) -> None:
        self._store = store
        self._pages = pages
        self._clock = clock

    async def page(self, request: Request, me: Account) -> Response:
        asked = request.query_params
        people, day = await self._store.who_acted(), _day(asked.get("day", ""))
        by = asked.get("by", "") if asked.get("by") in people else ""
        number = _number(asked.get("page", ""))
        since = dt.datetime.combine(day, dt.time(), self._clock().tzinfo) if day else None
        until = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), self._clock().tzinfo) if day else None
        acts = await self._store.acts(by or None, since, until, most=MOST + 1, skip=MOST * (number - 1))
        filters = {"by": by, "day": day.isoformat() if day else ""}
        return await self._pages.render(
            "audit",
            me,
            acts=acts[:MOST],
            people=people,
            by=by,
            on=filters["day"],
            newer=_address(filters, number - 1) if number > 1 else "",
            older=_address(filters, number + 1) if len(acts) > MOST else "",
        )


def _act(path: str, request: Request) -> Act:
    """What a request does and to what: `/desk/talks/{number}/say` is `talks/say` of that number."""
    what = _BLANK.sub("", path).removeprefix("/desk").strip("/")
    return what, " ".join(str(value) for value in request.path_params.values())


def _address(filters: dict[str, str], number: int) -> str:
    return "/desk/audit?" + urlencode({**filters, "page": number})


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    # Others have no day before or after them.
    return day if dt.MINYEAR < day.year < dt.MAXYEAR else None


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
