"""Where a supervisor switches the assistant or the desk off, channel by channel."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account
from bot.advising import Advising
from bot.channels.forms import Refused, fields_of
from bot.desk.audit import Audit
from bot.desk.pages import Pages
from bot.desk.ports import Store

CHANNELS = ("web", "telegram")
#: What can be off: the assistant, the advisers.
WHAT = ("bot", "desk")
#: The reason is one sentence to parents.
MOST_CHARACTERS = 300


class Switches:
    """One switch for each channel and thing."""

    def __init__(self, advising: Advising, store: Store, audit: Audit, pages: Pages) -> None:
        self._advising = advising
        self._store = store
        self._audit = audit
        self._pages = pages

    async def page(self, _: Request, me: Account) -> Response:
        return await self._show(me)

    async def switch(self, request: Request, me: Account) -> Response:
        """Off with a reason, or on again."""
        fields = await fields_of(request)
        channel, what = fields.get("channel", ""), fields.get("what", "")
        if channel not in CHANNELS or what not in WHAT:
            raise Refused(422, "desk_no_such_switch")
        off = fields.get("turn") == "off"
        reason = " ".join(fields.get("reason", "").split())[:MOST_CHARACTERS] if off else ""
        if off and not reason:
            return await self._show(me, (channel, what), 422)
        turned = f"{channel} {what} {'off' if reason else 'on'}"
        await self._audit.write(me.name, "switches/turn", turned, request.state.session.id)
        await self._advising.switch(channel, what, reason, me.name)
        return RedirectResponse("/desk/switches", 303)

    async def _show(self, me: Account, wanting: tuple[str, str] | None = None, status: int = 200) -> Response:
        """The page; `wanting` is the switch that cannot be switched off without a reason."""
        off = await self._store.switched_off()
        places = [(channel, what, off.get((channel, what), "")) for channel in CHANNELS for what in WHAT]
        return await self._pages.render("switches", me, status, places=places, wanting=wanting, most=MOST_CHARACTERS)
