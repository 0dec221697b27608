"""What the forms on the page of a talk do."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account
from bot.advising import OUTCOMES, Advising
from bot.channels.forms import Refused, number_of
from bot.desk.guards import PROBLEMS, by_script
from bot.desk.pages import Pages
from bot.desk.ports import Store
from bot.desk.talk import MOST_TOPICS, TalkPage, may_read
from bot.desk.words import fields_with_words, short, written
from bot.handover import DeskError

#: The fields with words of the adviser's, which must not be lost.
WORDS = ("text", "note", "whisper", "sentence", "follow_up")


class TalkForms:
    """Each takes one form. What cannot be done is said on the page, with the words still in it."""

    def __init__(self, advising: Advising, store: Store, page: TalkPage, pages: Pages) -> None:
        self._advising = advising
        self._store = store
        self._page = page
        self._pages = pages

    async def say(self, request: Request, me: Account) -> Response:
        """Send the reply; or, with `insert`, put something into the box first."""
        fields = await fields_with_words(request)
        if "insert" in fields:
            talk = await self._page.readable(request, me)
            return await self._page.show(me, talk, kept=self._page.insert(talk, fields))
        return await self._done(request, me, fields, self._say(request, me, fields), "#reply")

    async def typing(self, request: Request, me: Account) -> Response:
        """For the script: something is being written in the box of the reply."""
        await self._advising.types(_number(request), me.name)
        return Response(status_code=204)

    async def note(self, request: Request, me: Account) -> Response:
        """Keep a private note."""
        fields = await fields_with_words(request)
        return await self._done(request, me, fields, self._note(request, me, fields), "#remarks")

    async def whisper(self, request: Request, me: Account) -> Response:
        """A supervisor's word to the adviser."""
        fields = await fields_with_words(request)
        return await self._done(request, me, fields, self._whisper(request, me, fields), "#remarks")

    async def second_pair(self, request: Request, me: Account) -> Response:
        """Ask a supervisor to look on, or no longer."""
        fields = await fields_with_words(request)
        asked = self._advising.ask_second_pair(_number(request), me.name, fields.get("wanted") == "yes")
        return await self._done(request, me, fields, asked, "#colleagues")

    async def debrief(self, request: Request, me: Account) -> Response:
        """Ask to talk about this talk with a supervisor; or no longer."""
        talk = await self._page.readable(request, me)
        wanted = (await fields_with_words(request)).get("wanted") == "yes"
        # A supervisor who reads along does not ask in the adviser's place, but says that it has been done.
        if wanted and talk.adviser != me.name:
            raise Refused(403, "talk_not_for_you")
        await self._advising.ask_debrief(talk.number, me.name, wanted)
        mine = talk.adviser == me.name
        return RedirectResponse(f"/desk/talks/{talk.number}#afterwards" if mine else "/desk/board#debriefs", 303)

    async def transfer(self, request: Request, me: Account) -> Response:
        """Give the talk to a colleague who is there and has room."""
        fields = await fields_with_words(request)
        return await self._done(request, me, fields, self._transfer(request, me, fields), to="/desk")

    async def hand_back(self, request: Request, me: Account) -> Response:
        """Give the parent back to the assistant."""
        fields = await fields_with_words(request)
        return await self._done(request, me, fields, self._hand_back(request, me, fields))

    async def close(self, request: Request, me: Account) -> Response:
        """End the talk."""
        fields = await fields_with_words(request)
        return await self._done(request, me, fields, self._close(request, me, fields))

    async def _say(self, request: Request, me: Account, fields: Mapping[str, str]) -> None:
        text = written(fields.get("text", ""))
        # The words are part of the id: a form brought back by Back and written anew is another line.
        client_id = hashlib.sha256(f"{fields.get('client_id', '')}\0{text}".encode()).hexdigest()[:20]
        await self._advising.say(_number(request), me.name, text, client_id)

    async def _note(self, request: Request, me: Account, fields: Mapping[str, str]) -> None:
        talk = await self._page.readable(request, me)
        await self._advising.note(talk.number, me.name, written(fields.get("note", "")))

    async def _whisper(self, request: Request, me: Account, fields: Mapping[str, str]) -> None:
        talk = await self._page.readable(request, me)
        await self._advising.whisper(talk.number, me.name, written(fields.get("whisper", "")))

    async def _transfer(self, request: Request, me: Account, fields: Mapping[str, str]) -> None:
        to = fields.get("to", "")
        if to not in {colleague.name for colleague, _ in await self._page.colleagues(me)}:
            raise Refused(409, "talk_colleague_gone")
        await self._advising.transfer(_number(request), me.name, to)

    async def _hand_back(self, request: Request, me: Account, fields: Mapping[str, str]) -> None:
        sentence = short(fields.get("sentence", ""))
        await self._advising.hand_back(_number(request), me.name, _seen(fields), sentence)

    async def _close(self, request: Request, me: Account, fields: Mapping[str, str]) -> None:
        outcome = fields.get("outcome", "")
        if outcome not in OUTCOMES:
            raise Refused(422, "talk_no_outcome")
        topics = [fields.get(f"topic_{place}", "") for place in range(1, MOST_TOPICS + 1)]
        follow_up = short(fields.get("follow_up", ""))
        chosen = [*dict.fromkeys(topic for topic in topics if self._page.has_topic(topic))]
        await self._advising.close(_number(request), me.name, _seen(fields), outcome, chosen, follow_up)

    async def _done(
        self,
        request: Request,
        me: Account,
        fields: Mapping[str, str],
        deed: Awaitable[None],
        at: str = "",
        to: str = "",
    ) -> Response:
        """Do it, then lead to the page `to`, or back to the talk; or say why it cannot be done."""
        number = _number(request)
        try:
            await deed
        except (DeskError, Refused) as error:
            if by_script(request):
                raise
            return await self._kept(number, me, fields, error)
        if by_script(request):
            return Response(status_code=204, headers={"HX-Trigger": "talk"})
        return RedirectResponse(to or f"/desk/talks/{number}{at}", 303)

    async def _kept(self, number: int, me: Account, fields: Mapping[str, str], error: DeskError | Refused) -> Response:
        """Say why, with the words where they were; or, where the talk is not theirs to read any more, by themselves."""
        wording, status = (error.wording, error.status) if isinstance(error, Refused) else PROBLEMS[type(error)]
        talk = await self._store.talk(number)
        if may_read(me, talk):
            return await self._page.show(me, talk, self._pages.say(wording), status, fields)
        words = "\n\n".join(fields[name] for name in WORDS if fields.get(name))
        return await self._pages.render("gone", me, status, notice=self._pages.say(wording), words=words)


def _number(request: Request) -> int:
    return int(request.path_params["number"])


def _seen(fields: Mapping[str, str]) -> int:
    """The last line that the page has shown. Without it, none: the adviser is asked to look again."""
    return number_of(fields.get("seen", ""))
