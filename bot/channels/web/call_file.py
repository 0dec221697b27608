"""The booked call as a file for the parent's calendar."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.calendar_file import calendar_file
from bot.channels.web.doorway import Doorway
from bot.helpline import Clock, Helpline
from bot.knowledge import Knowledge


class CallFile:
    """The endpoint of the download."""

    def __init__(self, helpline: Helpline, knowledge: Knowledge, door: Doorway, clock: Clock) -> None:
        self._helpline = helpline
        self._title = knowledge.say("callback_calendar_title")
        self._door = door
        self._clock = clock

    async def calendar(self, request: Request) -> Response:
        """The call that is still to come; without one, back to the chat."""
        conversation, thread = await self._door.known(request)
        callback = await self._helpline.booked_call(conversation) if thread else None
        if callback is None:
            return RedirectResponse("/chat", 303)
        content = calendar_file(callback, self._title, self._clock())
        headers = {"Content-Disposition": 'attachment; filename="call.ics"'}
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)
