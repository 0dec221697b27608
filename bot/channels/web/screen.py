"""The page as HTML: whole, in fragments, and the forms beside it."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.channels import cookies
from bot.channels.forms import number_of
from bot.channels.markup import Prose
from bot.channels.web import static
from bot.channels.web.device import Device
from bot.channels.web.outside import Outside
from bot.channels.web.view import View, view
from bot.channels.web.whereabouts import Whereabouts
from bot.conversation import MOST_CHARACTERS, Button, Message
from bot.dates import day_words, time_words
from bot.helpline import Clock
from bot.hours import listed
from bot.knowledge import Knowledge
from bot.personal_data import Masked

#: The cookie that holds the end of which talk a parent was asked about already, so that it is asked once.
ASKED_COOKIE = "helpline_asked"
#: Without a script, a page that waits for an answer, or for a person, loads itself again after so many seconds.
REFRESH_THINKING = 2
REFRESH_PERSON = 15
#: The words for each score a parent can give a talk, the best first.
SCORES = {
    5: "page_score_best",
    4: "page_score_good",
    3: "page_score_middling",
    2: "page_score_poor",
    1: "page_score_worst",
}

#: So many of our texts are remembered as HTML, for so many seconds: no longer, since a reply can quote a parent, who
#: may have it deleted.
MOST_REMEMBERED = 500
REMEMBERED_SECONDS = 60.0
#: The status of a page that asks for what was in the box to be put right.
WRONG = 422
#: What a page says that has just done something, by the mark in its address.
DONE = {
    "thanked": "page_thanked",
    "ended": "page_ended",
    "deleted": "page_deleted",
    "nothing": "page_nothing_to_delete",
    "chosen": "page_device_chosen",
}
#: Languages of the button on other sites, and of the line in which the page says that it is in English.
LANGUAGES = ("cy", "pl", "ro", "pt", "es", "fr", "tr", "ur", "ar")


class Screen:
    """Renders the templates of `bot/templates/` for one parent at a time."""

    def __init__(self, knowledge: Knowledge, whereabouts: Whereabouts, clock: Clock, outside: Outside) -> None:
        self._knowledge = knowledge
        self._clock = clock
        self._whereabouts = whereabouts
        self._prose = Prose(knowledge)
        self._remembered: dict[str, Markup] = {}
        self.welcome = (
            *(Button(knowledge.cards[card].title, f"card:{card}") for card in knowledge.service["topics"]),
            Button(knowledge.say("button_human"), "human"),
        )
        self._blanks = {
            "name": knowledge.service["name"],
            "phone": knowledge.service["phone"],
            "hours": knowledge.signposts["helpline"].hours,
            "most": f"{MOST_CHARACTERS:,}",
            **knowledge.service["retention"],
        }
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parents[2] / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.globals.update(
            say=self.say,
            static=static.address,
            most=MOST_CHARACTERS,
            scores=SCORES,
            exit=outside.exit,
            on_telegram=outside.telegram is not None,
            demonstration=outside.demonstration,
            languages=LANGUAGES,
            interpreter=knowledge.service.get("interpreter_line"),
        )
        self._templates.filters.update(sentence=self._prose.sentence, prose=self._html, listed=listed)

    def say(self, key: str, **values: object) -> str:
        """A sentence of `wording.yml`, with what is the same everywhere filled in."""
        return self._knowledge.say(key, **{**self._blanks, **values})

    async def look(self, conversation: str, thread: Sequence[Message], after: int = 0) -> View:
        """What there is to show of a conversation; what is numbered up to `after` is shown already."""
        return view(thread, after, await self._whereabouts.of(conversation, thread), self._html, self._when)

    async def page(
        self,
        request: Request,
        conversation: str,
        thread: Sequence[Message],
        notice: str = "",
        text: str = "",
        status: int = 200,
        *,
        not_taken: str = "",
        said: str = "",
        offer: Masked | None = None,
        asked: bool = False,
    ) -> Response:
        """The whole page. `not_taken` says what is wrong with the form after a talk, in which `said` was written.

        `offer` is what `text` would be without its personal data; `asked` tells that the parent was asked about it.
        """
        seen = await self.look(conversation, thread)
        soon = seen.where is not None and seen.where.soon and "still" not in request.query_params
        return self.render(
            request,
            "chat",
            status,
            view=seen,
            asks=self._asks(request, seen),
            welcome=self.welcome,
            notice=notice,
            wrong=status == WRONG and not not_taken,
            done=next((self.say(wording) for mark, wording in DONE.items() if mark in request.query_params), ""),
            framed="frame" in request.query_params,
            text=text,
            client_id=secrets.token_hex(16),
            looks=number_of(request.query_params.get("looks", "")) + 1,
            # Words that wait in the box to be sent would be lost.
            refresh=0 if asked else REFRESH_THINKING if seen.thinking else REFRESH_PERSON if soon else 0,
            offer=offer,
            asked=asked,
            not_taken=not_taken,
            said=said,
        )

    def fragment(self, request: Request, seen: View) -> str:
        """The new lines, and where the parent stands."""
        template = self._templates.get_template("fragment.html")
        return template.render(view=seen, asks=self._asks(request, seen), not_taken="", said="")

    def offer(self, masked: Masked) -> str:
        """The question whether something is to be taken out of a message."""
        return self._templates.get_template("offer.html").render(offer=masked, asked=False)

    def render(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """A page from the template of this name."""
        template = self._templates.get_template(f"{name}.html")
        return HTMLResponse(template.render(device=Device.of(request), **values), status)

    def _html(self, text: str) -> Markup:
        """A text of ours. Most pages show what was shown before, and finding out how it looks takes long."""
        if text not in self._remembered:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            if not self._remembered:
                asyncio.get_running_loop().call_later(REMEMBERED_SECONDS, self._remembered.clear)
            self._remembered[text] = self._prose.reply(text)
        return self._remembered[text]

    def _when(self, at: dt.datetime) -> str:
        """The time of a line, as one says it today."""
        time, days = time_words(at), (self._clock().date() - at.date()).days
        if days > 1:
            return self.say("page_at_day", day=day_words(at), time=time)
        return self.say("page_at_yesterday", time=time) if days else time

    def _asks(self, request: Request, seen: View) -> bool:
        """Whether to ask how the talk was."""
        return seen.closed is not None and cookies.read(request, ASKED_COOKIE) != str(seen.closed)
