"""The handover card as a form: what goes to the adviser, changed or left out by the parent."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.forms import Refused, fields_of, written
from bot.channels.web.doorway import Doorway
from bot.channels.web.pace import Pace
from bot.channels.web.screen import Screen
from bot.conversation import MOST_CHARACTERS, Holder
from bot.handover import HandoverCard
from bot.helpline import Clock, Helpline, UnknownConversation
from bot.knowledge import FACTS, Knowledge
from bot.reception import Reception

#: The lines that are written, not chosen: the label of each, and how many letters it may have.
WRITTEN = {
    "want": ("card_want", MOST_CHARACTERS),
    "council": ("card_council", 100),
    "date": ("page_fact_date", 100),
    "reach": ("card_reach", 200),
}
#: The facts of the card that have no line of their own, with their labels.
LABELS = {
    "ehc_plan": "page_fact_ehc_plan",
    "school": "page_fact_school",
    "exclusion": "page_fact_exclusion",
    "date": "page_fact_date",
}
_SAFE = {"yes": True, "no": False}
#: Each answer a parent has seen has a field.
_MOST_FIELDS = 300


class CardForm:
    """The endpoints of the form."""

    def __init__(
        self,
        helpline: Helpline,
        knowledge: Knowledge,
        reception: Reception,
        clock: Clock,
        door: Doorway,
        screen: Screen,
        pace: Pace,
    ) -> None:
        self._helpline = helpline
        self._knowledge = knowledge
        self._reception = reception
        self._clock = clock
        self._door = door
        self._screen = screen
        self._pace = pace

    async def page(self, request: Request) -> Response:
        """The form, filled in with what was handed over, or with what was said so far."""
        conversation, thread = await self._door.known(request)
        if not thread or (await self._helpline.standing(conversation))[0].holder is Holder.ADVISER:
            # Nobody to tell yet, or somebody who can be told in the chat itself.
            return RedirectResponse("/chat#newest", 303)
        return await self.show(request, conversation)

    async def show(self, request: Request, conversation: str, draft: str = "") -> Response:
        """The form; `draft` is what the parent had in the box of the chat."""
        card = await self._helpline.handover_card(conversation)
        want = "\n\n".join(part for part in (card.want, draft) if part)
        return await self._show(request, conversation, card, _fields(replace(card, want=want)), ())

    async def send(self, request: Request) -> Response:
        """Hand over what the form says; sent twice, it is handed over once."""
        fields = await fields_of(request, _MOST_FIELDS)
        fields = {name: written(value) for name, value in fields.items()}
        request.state.draft = fields.get("want", "")
        conversation, thread = await self._door.known(request)
        if not thread:
            raise Refused(404, "page_anew")
        lines = "\n".join(fields.get(name, "") for name in WRITTEN).strip()
        await self._pace.admit(request, conversation, thread, lines)
        card = await self._helpline.handover_card(conversation)
        errors = {name for name, (_, most) in WRITTEN.items() if len(fields.get(name, "")) > most}
        # Nobody in danger is asked to shorten what they wrote.
        if errors and not self._helpline.is_alarming(lines, thread):
            return await self._show(request, conversation, card, fields, errors)
        client_id = fields.get("client_id") or secrets.token_hex(16)
        standing, _ = await self._helpline.standing(conversation)
        try:
            await self._helpline.hand_over(conversation, _card(card, fields), client_id)
        except UnknownConversation:
            # Closed too long ago to be taken up again.
            raise Refused(404, "page_anew") from None
        if standing.holder is Holder.ADVISER and fields.get("want", "") not in ("", card.want):
            # An adviser was quicker than the form: what is new in it reaches them as a message too.
            await self._helpline.hear(conversation, fields["want"], f"{client_id}:want")
        return RedirectResponse("/chat#newest", 303)

    async def _show(
        self,
        request: Request,
        conversation: str,
        card: HandoverCard,
        fields: Mapping[str, str],
        errors: Collection[str],
    ) -> Response:
        standing, _ = await self._helpline.standing(conversation)
        now = self._clock()
        way = self._reception.way(standing, now)
        waits = standing.holder is Holder.WAITING
        cards = self._knowledge.cards
        return self._screen.render(
            request,
            "handover",
            422 if errors else 200,
            fields=fields,
            errors={name: self._too_long(name, fields[name]) for name in WRITTEN if name in errors},
            nations=FACTS["nation"],
            facts=[(name, label, FACTS[name]) for name, label in LABELS.items()],
            shown=[
                (f"shown:{shown.card}:{shown.version}", cards[shown.card].title)
                for shown in card.shown
                if shown.card in cards
            ],
            opening=self._reception.hours_now(standing, now),
            send=self._screen.say("page_send_change" if waits else f"button_send_{way.value}"),
            client_id=fields.get("client_id") or secrets.token_hex(16),
        )

    def _too_long(self, name: str, text: str) -> str:
        label, most = WRITTEN[name]
        label = self._screen.say(label)
        return self._screen.say("page_line_too_long", label=label, most=f"{most:,}", count=f"{len(text):,}")


def _fields(card: HandoverCard) -> dict[str, str]:
    """The card as the form's fields."""
    safe = next((word for word, value in _SAFE.items() if value is card.safe_to_leave), "")
    shown = {f"shown:{shown.card}:{shown.version}": "1" for shown in card.shown}
    own = {"want": card.want, "nation": card.nation, "council": card.council, "reach": card.reach}
    return {**own, **card.facts, **shown, "safe_to_leave": safe}


def _card(card: HandoverCard, fields: Mapping[str, str]) -> HandoverCard:
    """The card as the form's fields have it; of the answers seen, those that were on it and are still ticked."""
    nation = fields.get("nation", "")
    facts = {name: fields.get(name, "") for name in LABELS}
    return HandoverCard(
        want=fields.get("want", ""),
        nation=nation if nation in FACTS["nation"] else "",
        council=fields.get("council", ""),
        facts={name: value for name, value in facts.items() if value and (not FACTS[name] or value in FACTS[name])},
        shown=tuple(shown for shown in card.shown if f"shown:{shown.card}:{shown.version}" in fields),
        reach=fields.get("reach", ""),
        safe_to_leave=_SAFE.get(fields.get("safe_to_leave", "")),
    )
