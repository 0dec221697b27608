"""The page on which a supervisor hands out, or deletes, what is held on a conversation."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account
from bot.advising import Advising
from bot.channels.forms import Refused, fields_of
from bot.desk.pages import Pages
from bot.desk.ports import Store
from bot.knowledge import Knowledge
from bot.reference import digits_of

#: What leads to a conversation, with what it is named by in the address: a chat with the assistant alone has no number
#: of ours, and is found by the reference that its parent can see.
LED_BY = {"talks": "{number:int}", "calls": "{number:int}", "concerns": "{number:int}", "chats": "{reference}"}
#: What the page lists of the log.
_DONE = ("exported", "forgotten")
_TYPES = {"txt": "text/plain; charset=utf-8", "json": "application/json"}


class RecordPage:
    """For supervisors only; each act is in the log of the conversation."""

    def __init__(self, what: str, advising: Advising, store: Store, knowledge: Knowledge, pages: Pages) -> None:
        """`what` leads to the conversation: a key of `LED_BY`."""
        self._what = what
        self._advising = advising
        self._store = store
        self._knowledge = knowledge
        self._pages = pages

    async def page(self, request: Request, me: Account) -> Response:
        """What can be done, and what has been done."""
        which, conversation = await self._asked(request)
        log = [event for event in await self._store.events_of(conversation) if event.kind in _DONE]
        runs = await self._store.open_talk(conversation) is not None
        found = {"what": self._what, "which": which, "runs": runs}
        return await self._pages.render("record", me, log=log, **found)

    async def export(self, request: Request, me: Account) -> Response:
        """The file: `as` is `txt` or `json`; with `private`, the notes of advisers and concern records too."""
        fields = await fields_of(request)
        ending = fields.get("as", "")
        if ending not in _TYPES:
            raise Refused(422, "desk_broken")
        which, conversation = await self._asked(request)
        held = await self._advising.export(conversation, me.name, "private" in fields)
        content = held.as_json() if ending == "json" else held.as_text(self._knowledge)
        name = f"{self._what.removesuffix('s')}-{which}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=_TYPES[ending], headers=headers)

    async def erase(self, request: Request, me: Account) -> Response:
        """Delete the words, once the supervisor has said that they mean it."""
        if "sure" not in await fields_of(request):
            raise Refused(422, "desk_record_not_sure")
        which, conversation = await self._asked(request)
        await self._advising.erase(conversation, me.name)
        return RedirectResponse(f"/desk/{self._what}/{which}/record", 303)

    async def _asked(self, request: Request) -> tuple[str, str]:
        """What it was asked for by, and the conversation. Raises `UnknownChat`."""
        (which,) = request.path_params.values()
        return digits_of(str(which)), await self._store.conversation_of(self._what, str(which))


class ChatFinder:
    """Leads from the reference that a parent reads out to the record of their chat."""

    def __init__(self, store: Store, pages: Pages) -> None:
        self._store = store
        self._pages = pages

    async def page(self, request: Request, me: Account) -> Response:
        """The form; with a reference, on to the record."""
        reference = request.query_params.get("reference", "")
        if reference:
            await self._store.conversation_of("chats", reference)
            return RedirectResponse(f"/desk/chats/{digits_of(reference)}/record", 303)
        return await self._pages.render("chats", me)
