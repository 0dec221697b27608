"""The endpoints of the chat itself: the page, sending, and what is newer."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.channels import cookies
from bot.channels.forms import Refused, fields_of, number_of, written
from bot.channels.web.card_form import CardForm
from bot.channels.web.device import drop, keep_for_visit
from bot.channels.web.doorway import COOKIE, Doorway
from bot.channels.web.pace import Pace
from bot.channels.web.receipts import Receipts
from bot.channels.web.screen import Screen
from bot.conversation import MOST_CHARACTERS, Author, Message
from bot.helpline import Helpline, UnknownConversation
from bot.personal_data import Masked

#: So long a browser waits for the answer; then it gets the page with "thinking" instead.
PATIENCE_SECONDS = 1.0
#: The button that leads to the form of the handover card, and is not heard.
CHANGE_CARD = "handover:change"
#: The cookie of a parent who wants no more questions about personal data. It ends with the visit.
OFFER_COOKIE = "helpline_offer"


@dataclass(frozen=True)
class Ask:
    """What a parent wants heard, and where."""

    conversation: str
    """empty where there is none yet"""
    thread: Sequence[Message]
    lost: bool
    """whether the page it came from had a conversation that is gone"""
    text: str
    press: str
    draft: str
    """what stands in the box; with a button pressed, it stays there"""
    after: int
    client_id: str
    asked: bool
    """whether the parent was asked what to take out of it"""
    choice: str
    """what the parent then pressed, without a script: `without`, `with` or `edit`"""
    no_more: bool
    """whether the parent wants no such question again"""


class Chat:
    """The endpoints of the page."""

    def __init__(
        self, helpline: Helpline, door: Doorway, screen: Screen, card: CardForm, receipts: Receipts, pace: Pace
    ) -> None:
        self._helpline = helpline
        self._door = door
        self._screen = screen
        self._card = card
        self._receipts = receipts
        self._pace = pace
        self._hearing: set[asyncio.Task[Message]] = set()

    async def page(self, request: Request) -> Response:
        """The page: the welcome, or the conversation of the cookie."""
        conversation, thread = await self._door.known(request)
        lost = thread is None and self._door.lost(request)
        notice = self._screen.say("page_anew") if lost or "anew" in request.query_params else ""
        response = await self._screen.page(request, conversation, thread or (), notice)
        if lost:
            drop(request, response, COOKIE)
        said = [line.number for line in thread or () if line.author is Author.ADVISER]
        if said:
            await self._receipts.shown(conversation, said[-1])
        return response

    async def newer(self, request: Request) -> Response:
        """For the script: the lines after the one whose number it names."""
        conversation, thread = await self._door.known(request)
        if thread is None:
            raise Refused(404, "page_anew")
        return await self._fragment(request, conversation, thread, number_of(request.query_params.get("after", "")))

    async def seen(self, request: Request) -> Response:
        """For the script: an adviser's line stands on the page."""
        fields = await fields_of(request)
        if conversation := self._door.conversation(request):
            await self._receipts.shown(conversation, number_of(fields.get("number", "")))
        return Response(status_code=204)

    async def send(self, request: Request) -> Response:
        """Take the form, then lead back to the page."""
        ask = await self._read(request)
        if ask.press == CHANGE_CARD:
            if ask.draft:
                return await self._card.show(request, ask.conversation, ask.draft)
            return RedirectResponse("/chat/handover", 303)
        offer = await self._offer(request, ask)
        if offer is not None or ask.choice == "edit":
            page = await self._screen.page(
                request, ask.conversation, ask.thread, text=ask.draft, offer=offer, asked=True
            )
            return _heed(request, page, ask)
        if ask.choice == "without":
            ask = replace(ask, text=self._helpline.without_personal_data(ask.text, ask.thread))
        conversation, anew = await self._take(request, ask)
        if ask.press and ask.draft:
            # A button was pressed with words in the box. They stay there, which a redirect could not do.
            thread = await self._helpline.thread(conversation)
            response = await self._screen.page(request, conversation, thread, text=ask.draft)
        else:
            response = RedirectResponse("/chat?anew=1#newest" if anew else "/chat#newest", 303)
        return _heed(request, self._door.remember(request, response, conversation), ask)

    async def send_by_script(self, request: Request) -> Response:
        """Take the form from the script and give it the new lines, or the page to go to."""
        ask = await self._read(request)
        if ask.press == CHANGE_CARD:
            return Response(headers={"Helpline-Page": "/chat/handover"})
        offer = await self._offer(request, ask)
        if offer is not None:
            return HTMLResponse(self._screen.offer(offer), headers={"Helpline-Offer": "1"})
        conversation, anew = await self._take(request, ask)
        thread = await self._helpline.thread(conversation)
        response = await self._fragment(request, conversation, thread, 0 if anew else ask.after)
        if anew:
            # The page still shows lines of a conversation that is gone: the script goes to a fresh one.
            response.headers["Helpline-Page"] = "/chat?anew=1#newest"
        return _heed(request, self._door.remember(request, response, conversation), ask)

    # -- taking -------------------------------------------------------------------------------------------------------

    async def _read(self, request: Request) -> Ask:
        """What the form asks for. Raises `Refused` for what cannot be heard."""
        fields = await fields_of(request)
        press, after = fields.get("press", ""), number_of(fields.get("after", ""))
        draft = request.state.draft = written(fields.get("text", ""))
        conversation, thread = await self._door.known(request)
        text = self._label(press, thread or ()) if press else draft
        if not text:
            raise Refused(422, "page_empty")
        await self._pace.admit(request, conversation, thread or (), "" if press else text)
        # Nobody in danger is asked to shorten what they wrote.
        if len(text) > MOST_CHARACTERS and not self._helpline.is_alarming(text, thread or ()):
            raise Refused(422, "page_too_long", len(text))
        client_id = fields.get("client_id") or secrets.token_hex(16)
        # The words are part of the id: a form brought back by Back and written anew is another message.
        client_id = hashlib.sha256("\0".join((client_id, press, text)).encode()).hexdigest()
        lost = thread is None and (self._door.lost(request) or after > 0)
        return Ask(
            conversation=conversation,
            thread=thread or (),
            lost=lost,
            text=text,
            press=press,
            draft=draft,
            after=after,
            client_id=client_id,
            asked="asked" in fields,
            choice=fields.get("personal", ""),
            no_more="no_offer" in fields,
        )

    async def _offer(self, request: Request, ask: Ask) -> Masked | None:
        """What to ask the parent about before this is sent; each message is asked about once."""
        if ask.press or ask.asked or ask.choice or cookies.read(request, OFFER_COOKIE):
            return None
        return await self._helpline.offer(ask.conversation, ask.text, ask.thread)

    async def _take(self, request: Request, ask: Ask) -> tuple[str, bool]:
        """Have it heard: (conversation, whether the one of the page was lost)."""
        if ask.conversation:
            try:
                await self._hear(ask.conversation, ask)
            except UnknownConversation:
                # Closed too long ago to be taken up again.
                return await self._begin(ask), True
            return ask.conversation, False
        async with self._pace.newcomer(request, ask.text):
            return await self._begin(ask), ask.lost

    async def _begin(self, ask: Ask) -> str:
        conversation = await self._helpline.open("web")
        await self._hear(conversation, ask)
        return conversation

    async def _hear(self, conversation: str, ask: Ask) -> None:
        """Have it heard to the end whatever the browser does; come back when it is answered, or stored and slow."""
        task = asyncio.create_task(self._helpline.hear(conversation, ask.text, ask.client_id, ask.press))
        self._hearing.add(task)
        task.add_done_callback(self._hearing.discard)
        while not (await asyncio.wait({task}, timeout=PATIENCE_SECONDS))[0]:
            if any(line.client_id == ask.client_id for line in await self._helpline.thread(conversation)):
                return
        task.result()

    def _label(self, press: str, thread: Sequence[Message]) -> str:
        """What is written on a button that was offered, whatever the browser says about it."""
        offered = [button for line in thread if line.reply is not None for button in line.reply.buttons]
        for button in (*offered, *self._screen.welcome):
            if button.press == press:
                return button.label
        raise Refused(422, "page_button_gone")

    async def _fragment(
        self, request: Request, conversation: str, thread: Sequence[Message], after: int
    ) -> HTMLResponse:
        seen = await self._screen.look(conversation, thread, after)
        return HTMLResponse(self._screen.fragment(request, seen))


def _heed(request: Request, response: Response, ask: Ask) -> Response:
    """The response, with the cookie of a parent who wants no more such questions."""
    return keep_for_visit(request, response, OFFER_COOKIE, "no") if ask.no_more else response
