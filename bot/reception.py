"""What a parent is told on the way to a person: the offer, the handover card, the place in the queue."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from bot.conversation import Button, Context, Reply, Risk, Standing, Status
from bot.handover import HandoverCard, Place, Talk, Way
from bot.hours import Hours
from bot.knowledge import Knowledge
from bot.quoting import quoted

#: A request for a person is short; a long message with such words in it is about something else.
MOST_WORDS_OF_A_REQUEST = 12
#: "He won't talk to someone at school" asks for nobody.
_OF_SOMEBODY_ELSE = re.compile(r"\b(?:he|she|they|him|her|them|son|daughter|child|kids?|boy|girl|school)\b")


class Reception:
    """Knows the content and the hours, and whether somebody is on call outside them; keeps nothing."""

    def __init__(self, knowledge: Knowledge, *, on_call: bool = False) -> None:
        self._knowledge = knowledge
        self._on_call = on_call
        self._hours = Hours(knowledge.service["hours"])
        phrases = "|".join(re.escape(phrase.casefold()) for phrase in knowledge.service["asks_for_a_person"])
        self._asks = re.compile(rf"(?<!\w)(?:{phrases})(?!\w)")

    def asked_for(self, text: str) -> bool:
        """Whether a message asks for a person, in any of the languages of `service.yml`."""
        text = text.casefold()
        short = len(text.split()) <= MOST_WORDS_OF_A_REQUEST
        return short and bool(self._asks.search(text)) and not _OF_SOMEBODY_ELSE.search(text)

    def way(self, standing: Standing, at: dt.datetime, level: Risk | None = None) -> Way:
        """How a handover made now reaches an adviser. Somebody in danger is taken until the very end of the hours."""
        in_danger = level in (Risk.IMMEDIATE, Risk.URGENT)
        there = (self._hours.open_at if in_danger else self._hours.takes_handovers_at)(at, standing.channel)
        return Way.LIVE if there and "desk" not in standing.off else Way.MESSAGE

    def offer(self, reply: Reply, card: HandoverCard, standing: Standing, at: dt.datetime) -> Reply:
        """The reply that leads to a person, with the card the adviser would see and what can be done with it."""
        way = self.way(standing, at)
        texts = [reply.text, self._whether_open(standing, at), self.preview(card)]
        buttons = (
            self._button(f"button_send_{way.value}", "handover:send"),
            self._button("button_change_card", "handover:change"),
            self._button("button_book", "callback"),
            self._button("button_not_now", "handover:no"),
        )
        return replace(reply, text="\n\n".join(text for text in texts if text), buttons=buttons)

    def change(self, card: HandoverCard, standing: Standing, context: Context, at: dt.datetime) -> Reply:
        """The card, with a button for each line that can be left out."""
        way = self.way(standing, at)
        drops = [
            self._button("button_without", f"handover:without:{name}", label=self._say(f"card_{name}"))
            for name, _ in self.lines(card)
        ]
        send = self._button(f"button_send_{way.value}", "handover:send")
        buttons = (send, *drops, self._button("button_not_now", "handover:no"))
        return Reply(Status.FORM, self.preview(card), buttons=buttons, context=context)

    def told_of_danger(self, way: Way, standing: Standing, at: dt.datetime) -> str:
        """That our advisers know, or somebody on call is told, and when they will be here: without a promise."""
        if way is Way.LIVE:
            return self._say("danger_told")
        wording = "danger_told_on_call" if self._on_call else "danger_told_closed"
        return self._say(wording, opening=quoted(self.hours_now(standing, at)))

    def preview(self, card: HandoverCard) -> str:
        """The card as a parent reads it."""
        lines = [
            self._say("card_line", label=self._say(f"card_{name}"), text=quoted(text))
            for name, text in self.lines(card)
        ] or [self._say("card_empty")]
        return "\n\n".join(
            [self._say("card_heading"), "\n".join(f"- {line}" for line in lines), self._say("card_thread")]
        )

    def lines(self, card: HandoverCard) -> list[tuple[str, str]]:
        """The lines of a card that are filled in: (name, text)."""
        cards = self._knowledge.cards
        shown = "; ".join(cards[shown.card].title for shown in card.shown if shown.card in cards)
        facts = ", ".join(self._say(f"fact_{name}", value=self._fact(value)) for name, value in card.facts.items())
        safe = "" if card.safe_to_leave is None else self._say("safe_yes" if card.safe_to_leave else "safe_no")
        rows = {
            "want": " ".join(card.want.split()),
            "nation": self._fact(card.nation),
            "council": card.council,
            "facts": facts,
            "shown": shown,
            "reach": card.reach,
            "safe_to_leave": safe,
        }
        return [(name, text) for name, text in rows.items() if text]

    def handed_over(
        self, talk: Talk, place: Place | None, standing: Standing, context: Context, at: dt.datetime
    ) -> Reply:
        """The card has gone to the advisers."""
        if talk.way is Way.LIVE and place is not None:
            said = [self._say("handed_over"), self.place(place)]
            buttons = self._waiting_buttons(context)
        else:
            said = [self._say("message_left", opening=quoted(self.hours_now(standing, at)))]
            buttons = (self._button("button_reach", "waiting:reach"), self._button("button_book", "callback"))
        return Reply(Status.HANDOVER, "\n\n".join(said), buttons=buttons, context=context)

    def waiting(self, wording: str, place: Place | None, context: Context) -> Reply:
        """A line to a parent in the queue, with their place in it and what they can do meanwhile."""
        texts = [self._say(wording), *([self.place(place)] if place else [])]
        return Reply(Status.HANDOVER, "\n\n".join(texts), buttons=self._waiting_buttons(context), context=context)

    def place(self, place: Place) -> str:
        """A parent's place, and an honest expectation."""
        known = place.minutes is not None
        wait = self._say("wait_known", minutes=place.minutes) if known else self._say("wait_unknown")
        return f"{self._say('place', number=place.number)} {wait}"

    def adviser_came(self, context: Context) -> Reply:
        """The line to a parent whose adviser has come while what they sent was on its way."""
        return Reply(Status.HANDOVER, self._say("page_with_adviser"), context=context)

    def put_off(self, channel: str, at: dt.datetime) -> str:
        """The line to a parent who still waits when the helpline closes."""
        return self._say("line_put_off", opening=self._hours.words(at, channel))

    def gone_after_hours(self, adviser: str, channel: str, at: dt.datetime) -> str:
        """The line to a parent whose adviser is gone when nobody else is there."""
        return self._say("line_gone_after_hours", name=quoted(adviser), opening=self._hours.words(at, channel))

    def open_at(self, at: dt.datetime, channel: str) -> bool:
        return self._hours.open_at(at, channel)

    def assistant_off(self, reason: str, context: Context) -> Reply:
        """A supervisor has switched the assistant off here."""
        text = self._say("assistant_off", reason=quoted(reason))
        return Reply(Status.HANDOVER, text, buttons=(self._button("button_human", "human"),), context=context)

    def hours_now(self, standing: Standing, at: dt.datetime) -> str:
        """When advisers are here, or why they are not."""
        return standing.off.get("desk") or self._hours.words(at, standing.channel)

    def _whether_open(self, standing: Standing, at: dt.datetime) -> str:
        if self.way(standing, at) is Way.LIVE:
            return self._say("person_open")
        return self._say("person_closed", opening=quoted(self.hours_now(standing, at)))

    def _waiting_buttons(self, context: Context) -> tuple[Button, ...]:
        meanwhile = ("button_wait", "waiting:stay") if context.asking else ("button_meanwhile", "waiting:ask")
        return (
            self._button(*meanwhile),
            self._button("button_reach", "waiting:reach"),
            self._button("button_book", "callback"),
            self._button("button_stop_waiting", "waiting:stop"),
        )

    def _fact(self, value: str) -> str:
        key = f"value_{value}"
        return self._say(key) if key in self._knowledge.wording else value

    def _button(self, wording: str, press: str, **values: object) -> Button:
        return Button(self._say(wording, **values), press)

    def _say(self, key: str, **values: object) -> str:
        return self._knowledge.say(key, **values)
