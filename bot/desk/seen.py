"""The page behind the link of an alert: "I have seen it"."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.alerts import Alert
from bot.channels.forms import Refused
from bot.desk.pages import Pages
from bot.on_call import OnCall


class Seen:
    """For whoever was alerted. Following the link changes nothing: mail programs follow links by themselves."""

    def __init__(self, on_call: OnCall, pages: Pages) -> None:
        self._on_call = on_call
        self._pages = pages

    async def page(self, request: Request) -> Response:
        """What it is about, by its number and level, and the button."""
        return self._pages.fragment("seen", None, alert=await self._alert(request))

    async def seen(self, request: Request) -> Response:
        """The button was pressed."""
        await self._on_call.seen(await self._alert(request))
        return RedirectResponse(request.url.path, 303)

    async def _alert(self, request: Request) -> Alert:
        alert = await self._on_call.alert_of(request.path_params["token"])
        if alert is None:
            raise Refused(404, "seen_unknown")
        return alert
