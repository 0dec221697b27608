"""One question after an adviser has closed a talk."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.forms import fields_of, number_of, written
from bot.channels.web.device import keep
from bot.channels.web.doorway import Doorway
from bot.channels.web.pace import Pace
from bot.channels.web.screen import ASKED_COOKIE, SCORES, Screen
from bot.conversation import MOST_CHARACTERS
from bot.helpline import Helpline


class Afterwards:
    """The endpoint of the question. It is asked until it is answered, or sent away."""

    def __init__(self, helpline: Helpline, door: Doorway, screen: Screen, pace: Pace) -> None:
        self._helpline = helpline
        self._door = door
        self._screen = screen
        self._pace = pace

    async def send(self, request: Request) -> Response:
        """Keep what the parent thinks of the talk."""
        fields = await fields_of(request)
        score, said = number_of(fields.get("score", "")), written(fields.get("said", ""))
        conversation, thread = await self._door.known(request)
        closed = (await self._screen.look(conversation, thread)).closed if thread else None
        if not thread or closed is None:
            # Answered in another tab, or the talk goes on.
            return RedirectResponse("/chat#newest", 303)
        request.state.draft = said
        await self._pace.admit(request, conversation, thread, said)
        wrong = ""
        if score not in SCORES:
            wrong = self._screen.say("page_score_missing")
        elif len(said) > MOST_CHARACTERS:
            wrong = self._screen.say("page_too_long", most=f"{MOST_CHARACTERS:,}", count=f"{len(said):,}")
        # Words of danger are heard whatever is wrong with the form, or was pressed; sent twice, once.
        client_id = hashlib.sha256(f"{closed}\0{said}".encode()).hexdigest()
        if said and (wrong or "no" in fields) and self._helpline.is_alarming(said, thread):
            await self._helpline.hear(conversation, said, client_id)
            return RedirectResponse("/chat#newest", 303)
        if "no" in fields:
            return keep(request, RedirectResponse("/chat#newest", 303), ASKED_COOKIE, str(closed))
        if wrong:
            return await self._screen.page(request, conversation, thread, status=422, not_taken=wrong, said=said)
        await self._helpline.thank(conversation, score, said, client_id)
        return keep(request, RedirectResponse("/chat?thanked=1#newest", 303), ASKED_COOKIE, str(closed))
