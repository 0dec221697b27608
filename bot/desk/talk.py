"""The page of a talk with a parent."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from bot.accounts import Account, Role
from bot.advising import OUTCOMES
from bot.channels.forms import Refused, number_of
from bot.concerns import ALARMING
from bot.conversation import Author, Risk
from bot.desk.inserts import Inserts, added
from bot.desk.pages import TALKERS, Pages
from bot.desk.ports import Store
from bot.desk.search import CardSearch
from bot.desk.words import MOST_CHARACTERS
from bot.handover import Talk
from bot.knowledge import Knowledge
from bot.on_call import OnCall
from bot.reception import Reception
from bot.referring import Referring

#: A talk can be filed under so many topics.
MOST_TOPICS = 3
#: Rows of the log that only people at the desk read.
REMARKS = ("note", "whisper")


class TalkPage:
    """The whole talk for whoever may read it, with the forms for the adviser who has it."""

    def __init__(
        self,
        store: Store,
        referring: Referring,
        knowledge: Knowledge,
        search: CardSearch,
        reception: Reception,
        on_call: OnCall,
        pages: Pages,
    ) -> None:
        self._referring = referring
        self._store = store
        self._knowledge = knowledge
        self._search = search
        self._reception = reception
        self._on_call = on_call
        self._pages = pages
        self._inserts = Inserts(knowledge)

    async def page(self, request: Request, me: Account) -> Response:
        """Everything; `insert` puts something into the box, `q` looks for cards."""
        talk = await self.readable(request, me)
        if talk.level in ALARMING and not talk.adviser:
            await self._on_call.opened(talk.number, me.name)
        asked = request.query_params
        kept = {"text": self._inserts.text(asked.get("insert", ""), talk.card)}
        return await self.show(me, talk, kept=kept, words=asked.get("q", ""))

    async def thread(self, request: Request, me: Account) -> Response:
        """For htmx: what is new since the numbers that it names."""
        talk = await self.readable(request, me)
        known = [number_of(request.query_params.get(name, "")) for name in ("after", "saw", "remarks")]
        return self._pages.fragment("thread", me, **await self._state(me, talk, *known))

    async def latest(self, request: Request, me: Account) -> Response:
        """For browsers without a script: the new lines, in a frame that loads itself again."""
        talk = await self.readable(request, me)
        after = number_of(request.query_params.get("after", ""))
        return self._pages.fragment("latest", me, **await self._state(me, talk, after))

    async def concern(self, request: Request, me: Account) -> Response:
        """For htmx: the concern that is open in this conversation."""
        talk = await self.readable(request, me)
        return self._pages.fragment("concern_here", me, talk=talk, **await self._concern(talk))

    async def find(self, request: Request, me: Account) -> Response:
        """For htmx: the cards that fit the words of `q`, to be put into the box."""
        talk = await self.readable(request, me)
        return self._pages.fragment("found", me, **self._found(talk, request.query_params.get("q", "")))

    async def readable(self, request: Request, me: Account) -> Talk:
        """The talk of the address. Raises `UnknownTalk`; `Refused` where it is not theirs to read."""
        talk = await self._store.talk(request.path_params["number"])
        if not may_read(me, talk):
            raise Refused(403, "talk_not_for_you")
        return talk

    async def colleagues(self, me: Account) -> Sequence[tuple[Account, int]]:
        """Who else could take a talk over now, with how many they have."""
        has = Counter(talk.adviser for talk in await self._store.talks_open())
        return [
            (account, has[account.name])
            for account in await self._store.accounts()
            if account.role in TALKERS
            and account.available
            and account.name != me.name
            and has[account.name] < account.most_talks
        ]

    def insert(self, talk: Talk, fields: Mapping[str, str]) -> dict[str, str]:
        """A form's fields, with what was chosen put into the box."""
        return {**fields, "text": added(fields.get("text", ""), self._inserts.text(fields["insert"], talk.card))}

    async def show(
        self,
        me: Account,
        talk: Talk,
        notice: str = "",
        status: int = 200,
        kept: Mapping[str, str] | None = None,
        words: str = "",
    ) -> Response:
        """The page, with what is `kept` of a form that could not be taken."""
        mine = talk.adviser == me.name and talk.ended_at is None
        cards = self._knowledge.cards
        likely = dict.fromkeys(cards[shown.card].topic for shown in talk.card.shown if shown.card in cards)
        return await self._pages.render(
            "talk",
            me,
            status,
            **await self._state(me, talk),
            **self._found(talk, words),
            **await self._concern(talk),
            ended=[*([talk] if talk.ended_at else []), *await self._store.earlier_talks(talk)],
            mine=mine,
            supervising=me.role is Role.SUPERVISOR,
            notice=notice,
            kept=kept or {},
            card_lines=self._reception.lines(talk.card),
            canned=[(reply, self._inserts.text(f"canned:{reply.id}", talk.card)) for reply in self._knowledge.canned],
            client_id=secrets.token_hex(16),
            most=MOST_CHARACTERS,
            colleagues=await self.colleagues(me) if mine else (),
            outcomes=OUTCOMES,
            topics=sorted({card.topic for card in cards.values()}),
            levels=[*Risk],
            likely=[*likely, *[""] * MOST_TOPICS][:MOST_TOPICS],
        )

    def has_topic(self, topic: str) -> bool:
        """Whether there are cards of this topic."""
        return any(card.topic == topic for card in self._knowledge.cards.values())

    async def _state(
        self, me: Account, talk: Talk, after: int = 0, saw: int = 0, remarks: int = 0
    ) -> dict[str, object]:
        """What was said and remarked, less what the page knows already: lines, lines seen, remarks."""
        lines = [line for line in await self._store.thread(talk.conversation) if _may_see(me, talk, line.at)]
        events = [event for event in await self._store.events_of(talk.conversation) if _may_see(me, talk, event.at)]
        remarked = [event for event in events if event.kind in REMARKS]
        parent_saw = await self._store.parent_saw(talk.conversation)
        return {
            "talk": talk,
            "lines": [line for line in lines if line.number > after],
            "delivered": [
                line.number for line in lines if line.author is Author.ADVISER and saw < line.number <= parent_saw
            ],
            "parent_saw": parent_saw,
            "newest": max((line.number for line in lines), default=0),
            "remarks": remarked[remarks:],
            "remarks_known": len(remarked),
            "moves": [event for event in events if event.kind not in REMARKS],
            "cards": self._knowledge.cards,
        }

    async def _concern(self, talk: Talk) -> dict[str, object]:
        concern = await self._referring.of(talk.conversation)
        return {"concern": concern, "due": self._referring.due.of(concern) if concern else None}

    def _found(self, talk: Talk, words: str) -> dict[str, object]:
        found = self._search.find(words)
        return {
            "words": words,
            "found": [(card, self._inserts.text(f"card:{card.id}", talk.card)) for card in found],
        }


def may_read(me: Account, talk: Talk) -> bool:
    """Whether somebody may read a talk: supervisors any, advisers the one they have or had last."""
    return me.role is Role.SUPERVISOR or (me.role is Role.ADVISER and talk.adviser == me.name)


def _may_see(me: Account, talk: Talk, at: dt.datetime) -> bool:
    """What comes after the end of a talk is between the parent and whoever is there then."""
    return me.role is Role.SUPERVISOR or talk.ended_at is None or at <= talk.ended_at
