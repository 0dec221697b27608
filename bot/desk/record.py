"""The page on which a supervisor hands out, or deletes, what is held on the conversation of a talk."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account
from bot.advising import Advising
from bot.channels.forms import Refused, fields_of
from bot.desk.pages import Pages
from bot.desk.ports import Store
from bot.knowledge import Knowledge

#: What the page lists of the log.
_DONE = ("exported", "forgotten")
_TYPES = {"txt": "text/plain; charset=utf-8", "json": "application/json"}


class RecordPage:
    """For supervisors only; each act is in the log of the conversation."""

    def __init__(self, advising: Advising, store: Store, knowledge: Knowledge, pages: Pages) -> None:
        self._advising = advising
        self._store = store
        self._knowledge = knowledge
        self._pages = pages

    async def page(self, request: Request, me: Account) -> Response:
        """What can be done, and what has been done."""
        talk = await self._store.talk(request.path_params["number"])
        log = [event for event in await self._store.events_of(talk.conversation) if event.kind in _DONE]
        return await self._pages.render("record", me, talk=talk, log=log)

    async def export(self, request: Request, me: Account) -> Response:
        """The file: `as` is `txt` or `json`; with `private`, the notes of advisers and concern records too."""
        fields = await fields_of(request)
        ending = fields.get("as", "")
        if ending not in _TYPES:
            raise Refused(422, "desk_broken")
        number = request.path_params["number"]
        held = await self._advising.export(number, me.name, "private" in fields)
        content = held.as_json() if ending == "json" else held.as_text(self._knowledge)
        headers = {"Content-Disposition": f'attachment; filename="talk-{number}.{ending}"'}
        return Response(content, media_type=_TYPES[ending], headers=headers)

    async def erase(self, request: Request, me: Account) -> Response:
        """Delete the words, once the supervisor has said that they mean it."""
        number = request.path_params["number"]
        if "sure" not in await fields_of(request):
            raise Refused(422, "desk_record_not_sure")
        await self._advising.erase(number, me.name)
        return RedirectResponse(f"/desk/talks/{number}/record", 303)
