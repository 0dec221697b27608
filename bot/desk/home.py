"""The first page of the desk: who waits, and my talks."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account, Role
from bot.advising import Advising
from bot.channels.forms import Refused, fields_of
from bot.conversation import Holder, Standing
from bot.desk.audit import Audit
from bot.desk.guards import PROBLEMS
from bot.desk.pages import TALKERS, Pages
from bot.desk.ports import Store
from bot.handover import DeskError, Way
from bot.helpline import Clock
from bot.reception import Reception

#: Nobody reads further down a list; the rest is only counted.
MOST_ROWS = 50


class Home:
    """The queue, live, and the ways to take a talk out of it."""

    def __init__(
        self, advising: Advising, store: Store, pages: Pages, reception: Reception, audit: Audit, clock: Clock
    ) -> None:
        self._advising = advising
        self._store = store
        self._pages = pages
        self._reception = reception
        self._audit = audit
        self._clock = clock

    async def page(self, _: Request, me: Account) -> Response:
        return await self._show(me)

    async def queue(self, _: Request, me: Account) -> Response:
        """For htmx: the part of the page that changes."""
        return self._pages.fragment("queue", me, **await self._lists(me))

    async def strip(self, _: Request, me: Account) -> Response:
        """For htmx: the top of every page."""
        return self._pages.fragment("strip", me, strip=await self._pages.strip(me))

    async def take_next(self, request: Request, me: Account) -> Response:
        """Take the most urgent, longest waiting parent."""
        if not me.available:
            return await self._show(me, "desk_away_takes_nobody", 409)
        return await self._take(request, me)

    async def take(self, request: Request, me: Account) -> Response:
        """Take this one: a message anybody may take, a parent who waits only a supervisor may pick."""
        number = request.path_params["number"]
        if me.role is not Role.SUPERVISOR and (await self._store.talk(number)).way is Way.LIVE:
            raise Refused(403, "desk_next_only")
        return await self._take(request, me, number)

    async def available(self, request: Request, me: Account) -> Response:
        """Say that I am there for new parents, or away."""
        fields = await fields_of(request)
        await self._store.available(me.name, fields.get("available") == "yes")
        return RedirectResponse("/desk", 303)

    async def pause(self, _: Request, me: Account) -> Response:
        """A pause after a hard talk: nobody new, and a kind word."""
        await self._store.available(me.name, False)
        return RedirectResponse("/desk/pause", 303)

    async def paused(self, _: Request, me: Account) -> Response:
        """The page of a pause, with the way back."""
        return await self._pages.render("pause", me)

    async def _take(self, request: Request, me: Account, number: int | None = None) -> Response:
        try:
            talk = await self._advising.take(me.name, number)
        except DeskError as error:
            return await self._show(me, *PROBLEMS[type(error)])
        if talk is None:
            return await self._show(me, "desk_nobody_waits")
        if number is None:
            # Which talk it would be nobody knew before. That it was taken stands in the talk's own log already.
            await self._audit.write(me.name, "talks/take", str(talk.number), request.state.session.id)
        return RedirectResponse(f"/desk/talks/{talk.number}", 303)

    async def _show(self, me: Account, notice: str = "", status: int = 200) -> Response:
        lists = await self._lists(me) if me.role in TALKERS else {}
        open_now = self._reception.hours_now(Standing(Holder.BOT, "web"), self._clock())
        notice = self._pages.say(notice) if notice else ""
        return await self._pages.render("home", me, status, notice=notice, open_now=open_now, **lists)

    async def _lists(self, me: Account) -> dict[str, object]:
        now = await self._pages.overview()
        waits = {held.number: held.parent_waits_since for held in now.held if held.adviser == me.name}
        return {
            "waiting": [talk for talk in now.queue if talk.way is Way.LIVE],
            "messages": [talk for talk in now.queue if talk.way is Way.MESSAGE],
            "calls": [talk for talk in now.queue if talk.way is Way.CALLBACK],
            "most": MOST_ROWS,
            "mine": [(talk, waits.get(talk.number)) for talk in await self._store.talks_of(me.name)],
        }
