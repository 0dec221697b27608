"""What the pages of the desk are made with: templates, sentences, and the strip at the top of each."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import jinja2
from starlette.responses import HTMLResponse, Response

from bot.accounts import Account, Role
from bot.channels.markup import Prose, linked
from bot.concerns import ALARMING, ConcernRecord, may_read
from bot.dates import date_words
from bot.desk.overview import Lookout
from bot.desk.ports import Store
from bot.handover import Way
from bot.helpline import Clock
from bot.knowledge import Knowledge

#: Who talks with parents. Editors do not, and read no talks.
TALKERS = (Role.ADVISER, Role.SUPERVISOR)
#: The links at the top: the address, the wording, who sees it.
LINKS = (
    ("/desk", "desk_home", tuple(Role)),
    ("/desk/calls", "callback_desk", TALKERS),
    ("/desk/concerns", "concern_title", (Role.SUPERVISOR,)),
    ("/desk/chats", "desk_chats", (Role.SUPERVISOR,)),
    ("/desk/cards", "talk_cards", tuple(Role)),
    ("/desk/board", "board_title", (Role.SUPERVISOR,)),
    ("/desk/switches", "desk_switches", (Role.SUPERVISOR,)),
    ("/desk/people", "people_title", (Role.SUPERVISOR,)),
    ("/desk/audit", "audit_title", (Role.SUPERVISOR,)),
)


@dataclass(frozen=True)
class Strip:
    """What everybody at the desk should know now, whatever page is open."""

    waiting: int
    """parents who wait for somebody to come"""
    alarming: int
    """of all that nobody has, those in danger"""
    alarms: tuple[ConcernRecord, ...]
    """the grave concerns that nobody has seen yet, as far as they are mine to read: they sound"""
    unanswered: int
    """my talks in which the parent waits for a word"""
    off: tuple[tuple[str, str, str], ...]
    """what is switched off: channel, `bot` or `desk`, the reason"""


class Pages:
    """Renders the templates of `bot/templates/desk/`."""

    def __init__(self, knowledge: Knowledge, store: Store, clock: Clock) -> None:
        self._knowledge = knowledge
        self.overview = Lookout(store).look
        self._clock = clock
        prose = Prose(knowledge)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent.parent / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.globals.update(say=self.say, name=self.name, ago=self.ago, moment=_moment, day=date_words)
        self._templates.globals.update(act_name=self.act_name, links=LINKS, talkers=TALKERS)
        self._templates.filters.update(sentence=prose.sentence, prose=prose.reply, linked=linked)

    @property
    def service(self) -> str:
        """The name of the helpline."""
        return str(self._knowledge.service["name"])

    def say(self, key: str, **values: object) -> str:
        """A sentence of `wording.yml`, with the name of the service filled in too."""
        return self._knowledge.say(key, **{"service": self.service, **values})

    def name(self, kind: str, value: str) -> str:
        """What a topic, or something in the log, is called; where it has no name, the word itself."""
        return self._knowledge.wording.get(f"{kind}_{value}", value.replace("-", " "))

    def act_name(self, what: str) -> str:
        """What an act in the log is called: `refused/talks/say` is "Refused: wrote to the parent"."""
        act = what.removeprefix("refused/")
        name = self._knowledge.wording.get(f"act_{re.sub('[^a-z]', '_', act)}", act)
        return name if act == what else self.say("audit_refused", act=name)

    async def render(self, name: str, me: Account, status: int = 200, /, **values: object) -> Response:
        """A whole page for somebody who is signed in; `name` is the template without folder and ending."""
        return self.fragment(name, me, status, strip=await self.strip(me), **values)

    def fragment(self, name: str, me: Account | None, status: int = 200, /, **values: object) -> Response:
        """Part of a page, or a page without the strip."""
        template = self._templates.get_template(f"desk/{name}.html")
        return HTMLResponse(template.render(me=me, **values), status)

    async def strip(self, me: Account) -> Strip:
        """What the top of a page says to somebody now."""
        now = await self.overview()
        queue = now.queue if me.role in TALKERS else ()
        return Strip(
            waiting=sum(talk.way is Way.LIVE for talk in queue),
            alarming=sum(talk.level in ALARMING for talk in queue),
            alarms=tuple(record for record in now.unseen if record.level in ALARMING and may_read(me, record)),
            unanswered=sum(talk.adviser == me.name and talk.parent_waits_since is not None for talk in now.held),
            off=tuple(sorted((*place, reason) for place, reason in now.off.items())),
        )

    def ago(self, at: dt.datetime) -> str:
        """How long ago something was, in words."""
        minutes = max(0, int((self._clock() - at).total_seconds() // 60))
        if minutes < 1:
            return self.say("desk_under_a_minute")
        if minutes < 60:
            return self.say("desk_minutes", minutes=minutes)
        if minutes < 24 * 60:
            return self.say("desk_hours", hours=minutes // 60, minutes=minutes % 60)
        return self.say("desk_days", days=minutes // (24 * 60))


def _moment(at: dt.datetime) -> str:
    """A time as people write it: Mon 23 Nov, 9.05am."""
    hour = at.hour % 12 or 12
    return f"{at:%a} {at.day} {at:%b}, {hour}.{at:%M}{'am' if at.hour < 12 else 'pm'}"
