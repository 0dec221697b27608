"""The cards as people at the desk read them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bot.accounts import Account
from bot.channels.forms import Refused
from bot.desk.pages import Pages
from bot.desk.search import CardSearch
from bot.helpline import Clock
from bot.knowledge import Knowledge


class Cards:
    """The search at `/desk/cards`, and one card under its id."""

    def __init__(self, knowledge: Knowledge, search: CardSearch, pages: Pages, clock: Clock) -> None:
        self._knowledge = knowledge
        self._search = search
        self._pages = pages
        self._clock = clock

    async def find(self, request: Request, me: Account) -> Response:
        """The cards that fit the words of `q`."""
        words = request.query_params.get("q", "")
        return await self._pages.render("cards", me, words=words, found=self._search.find(words))

    async def page(self, request: Request, me: Account) -> Response:
        """All of a card: its text, what it says to whom, its sources, how fresh it is."""
        card = self._knowledge.cards.get(request.path_params["card"])
        if card is None:
            raise Refused(404, "talk_no_card")
        see_also = [self._knowledge.cards[name] for name in card.see_also if name in self._knowledge.cards]
        return await self._pages.render(
            "card", me, card=card, standing=card.standing(self._clock().date()), see_also=see_also
        )
