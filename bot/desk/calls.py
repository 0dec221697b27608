"""The calls that parents have booked: today's, and those of the next days."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account, Role
from bot.advising import OUTCOMES
from bot.callbacks import MOST_TRIES, Callback, Callbacks, State
from bot.calling import Calling
from bot.channels.forms import Refused, fields_of
from bot.concerns import may_read
from bot.dates import day_words, time_words
from bot.desk.pages import Pages
from bot.desk.ports import Store
from bot.helpline import Clock
from bot.knowledge import Knowledge
from bot.phone import as_written
from bot.reception import Reception

#: The days that are shown, today among them.
DAYS = 7


class Calls:
    """The list, one call with its conversation, and what can be said of how it went."""

    def __init__(
        self, calling: Calling, store: Store, knowledge: Knowledge, reception: Reception, pages: Pages, clock: Clock
    ) -> None:
        self._calling = calling
        self._reception = reception
        self._store = store
        self._knowledge = knowledge
        self._pages = pages
        self._clock = clock
        self._kinds = Callbacks(knowledge.service).kinds

    async def page(self, _: Request, me: Account) -> Response:
        """The calls, day by day."""
        due = await self._calling.due(DAYS)
        days = [(day_words(day), [*calls]) for day, calls in groupby(due, lambda call: call.call.begin.date())]
        return await self._pages.render("calls", me, days=days, now=self._clock(), **self._shared())

    async def one(self, request: Request, me: Account) -> Response:
        """One call, with what the parent handed over and what was said, for whoever rings.

        Once the call has been, only supervisors read what the parent goes on to write.
        """
        callback = await self._called(request)
        lines = await self._store.thread(callback.conversation)
        if callback.state is not State.BOOKED and me.role is not Role.SUPERVISOR:
            lines = [line for line in lines if line.at <= callback.call.end]
        talk = await self._store.open_talk(callback.conversation)
        concern = await self._store.open_concern(callback.conversation)
        saw = await self._store.parent_saw(callback.conversation)
        seen = {"lines": lines, "parent_saw": saw, "cards": self._knowledge.cards}
        return await self._pages.render(
            "call",
            me,
            callback=callback,
            leads=me.role is Role.SUPERVISOR,
            day=day_words(callback.call.begin),
            now=self._clock(),
            concern=concern if concern is not None and may_read(me, concern) else None,
            card_lines=self._reception.lines(talk.card) if talk is not None else (),
            **seen,
            **self._shared(),
        )

    async def made(self, request: Request, me: Account) -> Response:
        """The parent was reached."""
        outcome = (await fields_of(request)).get("outcome", "")
        if outcome not in OUTCOMES:
            raise Refused(422, "callback_desk_no_outcome")
        await self._calling.made(await self._called(request), outcome, me.name)
        return _to_the_list()

    async def no_answer(self, request: Request, me: Account) -> Response:
        """Nobody answered. The form says which try it was, so that pressing twice counts once."""
        tries = (await fields_of(request)).get("tries", "")
        if tries not in map(str, range(MOST_TRIES)):
            raise Refused(422, "callback_desk_unknown")
        await self._calling.nobody_answered(await self._called(request), int(tries), me.name)
        return _to_the_list()

    async def cancel(self, request: Request, me: Account) -> Response:
        """The call is off."""
        await self._calling.cancel(await self._called(request), me.name)
        return _to_the_list()

    async def _called(self, request: Request) -> Callback:
        callback = await self._calling.call(request.path_params["number"])
        if callback is None:
            raise Refused(404, "callback_desk_unknown")
        return callback

    def _shared(self) -> dict[str, object]:
        return {
            "kinds": self._kinds,
            "outcomes": OUTCOMES,
            "clock": time_words,
            "written": as_written,
            "most_tries": MOST_TRIES,
        }


def _to_the_list() -> Response:
    return RedirectResponse("/desk/calls", 303)
