"""What a parent is told while they book a call, and about the one they have booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from bot.callback_form import NOT_UNDERSTOOD, Form, FormTurn
from bot.callbacks import Callback, Callbacks, moment_words
from bot.conversation import Button, Context, Reply, Shown, Status
from bot.dates import day_words, time_words
from bot.knowledge import Knowledge
from bot.phone import as_written
from bot.quoting import quoted

#: How many days are offered at a time.
MOST_DAYS = 6
#: After so many messages in a row that were not understood, we say where a person books calls.
MOST_MISSES = 2
#: Where the page offers the booked call for the parent's own calendar.
CALENDAR_FILE = "/chat/call.ics"


class BookingReplies:
    """Knows the content; keeps nothing."""

    def __init__(self, knowledge: Knowledge, callbacks: Callbacks) -> None:
        self._knowledge = knowledge
        self._callbacks = callbacks

    def ask(self, turn: FormTurn, form: Form, context: Context) -> Reply:
        """The question for the field that comes next, with what can be pressed; what went wrong comes first."""
        field = turn.asked
        if field in ("day", "time") and not form.begins(turn.values):
            return self.nothing_free(context)
        texts = [
            self._problem(turn),
            self._by_phone() if int(context.form.get("misses", "0")) >= MOST_MISSES else "",
            self._so_far(turn.values),
            self._say(f"callback_ask_{field}"),
        ]
        buttons = (*self._choices(turn, form, context), self._button("stop", "stop"))
        card = self._knowledge.cards[self._callbacks.card]
        shown = (Shown(card.id, card.version),) if field == "kind" else ()
        return Reply(Status.FORM, "\n\n".join(text for text in texts if text), shown, buttons, context=context)

    def booked(self, callback: Callback, wording: str, context: Context, channel: str) -> Reply:
        """The call as it is booked: `booked`, `changed`, `have` or `kept` says how it came to that."""
        call = callback.call
        number = as_written(call.phone)
        texts = [
            self._say(f"callback_{wording}"),
            self._say(
                "callback_details",
                label=self._label(call.kind),
                when=moment_words(call.begin),
                minutes=call.minutes,
                phone=number,
                name=quoted(call.name),
            ),
            self._say("callback_can_read"),
            self._say("callback_message" if call.safe_to_leave else "callback_no_message"),
            *([self._say("callback_calendar", address=CALENDAR_FILE)] if channel == "web" else []),
        ]
        buttons = (
            self._button("change_time", "change:day"),
            self._button("change_number", "change:phone"),
            self._button("cancel", "cancel"),
        )
        return Reply(Status.FORM, "\n\n".join(texts), buttons=buttons, context=replace(context, form={}))

    def cancelled(self, callback: Callback, context: Context) -> Reply:
        """The call is off."""
        return self._over(self._say("callback_cancelled", when=moment_words(callback.call.begin)), context)

    def stopped(self, context: Context) -> Reply:
        """The parent does not want a call after all."""
        return self._over(self._say("callback_stopped"), context)

    def none_booked(self, context: Context) -> Reply:
        """The parent means a call that is not there."""
        return self._over(self._say("callback_none_booked"), context)

    def nothing_free(self, context: Context) -> Reply:
        """All calls are booked, or we are closed for as long as calls can be booked."""
        return self._over(f"{self._say('callback_nothing_free')} {self._by_phone()}", context)

    def go_on(self) -> Button:
        """The way back to a booking that something else came between."""
        return Button(self._say("callback_button_go_on"), "callback")

    def _over(self, text: str, context: Context) -> Reply:
        again = Button(self._say("button_book"), "callback")
        human = Button(self._say("button_human"), "human")
        return Reply(Status.FORM, text, buttons=(again, human), context=replace(context, form={}))

    def _choices(self, turn: FormTurn, form: Form, context: Context) -> tuple[Button, ...]:
        if turn.asked == "kind":
            card = self._knowledge.cards[self._callbacks.card]
            return (*map(self._kind_button, form.kinds), Button(card.title, f"card:{card.id}"))
        if turn.asked == "day":
            return self._days(form.days(turn.values), context.form.get("from", ""))
        if turn.asked == "time":
            times = (
                (time, dt.datetime.fromisoformat(f"{turn.values['day']}T{time}")) for time in form.times(turn.values)
            )
            return (
                *(Button(time_words(begin), f"callback:time:{time}") for time, begin in times),
                self._button("other_day", "day:"),
            )
        if turn.asked == "name":
            return (self._button("other_time", "time:"),)
        if turn.asked == "safe":
            return (
                Button(self._say("button_yes"), "callback:safe:yes"),
                Button(self._say("button_no"), "callback:safe:no"),
            )
        return (self._button("skip", "about:skip"),) if turn.asked == "about" else ()

    def _days(self, days: list[str], since: str) -> tuple[Button, ...]:
        """Some days at a time, with the way to the later ones and back."""
        earlier = [day for day in days if day < since]
        later = days[len(earlier) + MOST_DAYS :]
        shown = days[len(earlier) : len(earlier) + MOST_DAYS]
        before = earlier[-MOST_DAYS:][:1]
        return (
            *(Button(day_words(dt.date.fromisoformat(day)), f"callback:day:{day}") for day in shown),
            *(self._button("later_days", f"from:{day}") for day in later[:1]),
            *(self._button("earlier_days", f"from:{day}") for day in before),
        )

    def _kind_button(self, kind: str) -> Button:
        label = self._say("callback_button_kind", label=self._label(kind), minutes=self._callbacks.kinds[kind].minutes)
        return Button(label, f"callback:kind:{kind}")

    def _problem(self, turn: FormTurn) -> str:
        if turn.problem == NOT_UNDERSTOOD:
            return self._say(f"callback_hint_{turn.asked}")
        return self._say(f"callback_problem_{turn.problem}") if turn.problem else ""

    def _so_far(self, values: Mapping[str, str]) -> str:
        """What is chosen already, so that a day or time that was understood wrongly is seen."""
        label, day, time = self._label(values.get("kind", "")), values.get("day", ""), values.get("time", "")
        if day and time:
            return self._say(
                "callback_so_far", label=label, when=moment_words(dt.datetime.fromisoformat(f"{day}T{time}"))
            )
        return self._say("callback_so_far", label=label, when=day_words(dt.date.fromisoformat(day))) if day else ""

    def _by_phone(self) -> str:
        helpline = self._knowledge.signposts["helpline"]
        return self._say("callback_by_phone", phone=helpline.phone, hours=helpline.hours)

    def _label(self, kind: str) -> str:
        known = self._callbacks.kinds.get(kind)
        return known.label if known else self._say("callback_any_kind")

    def _button(self, wording: str, press: str) -> Button:
        return Button(self._say(f"callback_button_{wording}"), f"callback:{press}")

    def _say(self, key: str, **values: object) -> str:
        return self._knowledge.say(key, **values)
