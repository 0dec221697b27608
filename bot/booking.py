"""How a parent books a call, changes it and cancels it, and the ports that this needs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.booking_replies import BookingReplies
from bot.callback_form import FIELDS, NOT_UNDERSTOOD, STOPPED, Form, FormTurn, fill, missing
from bot.callbacks import Call, Callback, Callbacks, SlotTaken
from bot.conversation import Context, Holder, Reply, Standing, Status
from bot.knowledge import Knowledge

#: What a parent may change of a booked call, and the fields that are asked for anew.
CHANGES: Mapping[str, Sequence[str]] = {"day": ("day", "time"), "phone": ("phone", "safe")}

#: Marks a form that something else came between: until the parent goes on, no message is taken for it.
_PAUSED = "paused"
_CANCEL = re.compile(r"\b(?:cancel|call (?:it|this|that) off|don'?t (?:need|want)|no longer (?:need|want))\b", re.I)
_BOOKED = re.compile(r"\b(?:cancel|change|move|rearrange|reschedule)\b", re.I)


class CallAssistant(Protocol):
    """Rasa, as the booking sees it."""

    async def fill_in(self, conversation: str, text: str, form: Form, before: Sequence[str] = ()) -> FormTurn | None:
        """Have a message taken for the field that was asked for. None where it is about something else.

        `before` is what the parent wrote before: names said there are known in the message.
        Raises `AssistantError` where that cannot be known.
        """


class CallStore(Protocol):
    """Where booked calls are kept."""

    async def taken(self, since: dt.datetime) -> Sequence[Callback]:
        """The calls that are booked from a moment on."""

    async def of_conversation(self, conversation: str) -> Callback | None:
        """The call that a conversation has booked last, if it still stands."""

    async def book(self, conversation: str, call: Call, at_once: int, at: dt.datetime) -> Callback:
        """Book a call. Raises `SlotTaken`."""

    async def change(self, number: int, call: Call, at_once: int, at: dt.datetime) -> Callback:
        """Change a booked call. Raises `SlotTaken`; the call stays as it was."""

    async def cancel(self, number: int, by: str, at: dt.datetime) -> None:
        """Take a booked call off."""

    async def leave_queue(self, conversation: str, to: Holder, why: str, at: dt.datetime) -> None:
        """Take a parent out of the queue, or out of waiting for a call."""


@dataclass(frozen=True)
class Said:
    """What a parent wrote or pressed, and where things stood."""

    conversation: str
    text: str
    press: str
    context: Context
    standing: Standing
    at: dt.datetime
    before: Sequence[str] = ()
    """the texts of what they wrote before"""


def is_asked(context: Context) -> bool:
    """Whether the next message is taken for what was asked for a call."""
    return bool(context.form) and _PAUSED not in context.form


class Booking:
    """The use cases of a parent who wants a call."""

    def __init__(self, store: CallStore, assistant: CallAssistant, knowledge: Knowledge) -> None:
        self._store = store
        self._assistant = assistant
        self._callbacks = Callbacks(knowledge.service)
        self._replies = BookingReplies(knowledge, self._callbacks)

    async def hear(self, said: Said) -> Reply | None:
        """The reply to what belongs to a booking; None where it is about something else.

        Raises `AssistantError` where that cannot be known.
        """
        meaning, _, wish = said.press.partition(":")
        if meaning == "callback":
            return await self._pressed(said, *wish.partition(":")[::2])
        if said.press or not is_asked(said.context):
            return None
        before = await self._form(said, said.context.form["asked"])
        turn = await self._assistant.fill_in(said.conversation, said.text, before, said.before)
        return await self._go_on(said, before, turn) if turn else None

    async def open(self, said: Said) -> Reply:
        """Begin a booking, go on with it, or show the call that is booked: as a parent wants who writes of a call."""
        booked = await self._coming(said)
        if not said.context.form:
            if booked is not None and not said.press and _CANCEL.search(said.text):
                return await self._cancel(said, booked)
            if booked is not None:
                return self._replies.booked(booked, "have", said.context, said.standing.channel)
            if not said.press and _BOOKED.search(said.text):
                return self._replies.none_booked(said.context)
        before = await self._form(said, "")
        return await self._go_on(said, before, fill(before, said.text))

    def beside(self, reply: Reply) -> Reply:
        """A reply about something else, with the way back to the booking that it came between."""
        form = reply.context.form
        if not form or any(button.press.startswith("callback:") for button in reply.buttons):
            return reply
        context = replace(reply.context, form={**form, _PAUSED: "yes"})
        # Somebody in danger has more urgent things to press.
        more = () if reply.status is Status.SAFEGUARDING else (self._replies.go_on(),)
        return replace(reply, context=context, buttons=(*reply.buttons, *more))

    async def coming(self, conversation: str, at: dt.datetime) -> Callback | None:
        """The call that a conversation has booked, if it is still to come."""
        booked = await self._store.of_conversation(conversation)
        return booked if booked is not None and booked.call.end > at else None

    # -- the steps -----------------------------------------------------------------------------------------------------

    async def _pressed(self, said: Said, wish: str, value: str) -> Reply:
        booked = await self._coming(said)
        if wish == "stop":
            return await self._stop(said)
        if wish == "cancel" and booked is not None:
            return await self._cancel(said, booked)
        if wish == "change" and booked is not None and value in CHANGES:
            filled = {name: text for name, text in _filled_in(booked.call).items() if name not in CHANGES[value]}
            return await self._ask(_with_form(said, filled), value)
        if wish == "from":
            return await self._ask(_with_form(said, {**said.context.form, "from": value}), "day")
        if wish in FIELDS and value:
            before = await self._form(said, wish)
            turn = await self._assistant.fill_in(said.conversation, value, before, said.before)
            return await self._go_on(said, before, turn or FormTurn(wish, before.values, NOT_UNDERSTOOD))
        if wish in FIELDS:
            return await self._ask(_with_form(said, _without(said.context.form, wish)), wish)
        return await self.open(said)

    async def _ask(self, said: Said, field: str) -> Reply:
        before = await self._form(said, field)
        return await self._go_on(said, before, FormTurn(field, before.values))

    async def _go_on(self, said: Said, before: Form, turn: FormTurn) -> Reply:
        if turn.problem == STOPPED:
            return await self._stop(said)
        if not turn.asked:
            return await self._book(said, before, turn.values)
        kept = said.context.form
        misses = int(kept.get("misses", "0")) + 1 if turn.problem == NOT_UNDERSTOOD else 0
        form = {**turn.values, "asked": turn.asked, "misses": str(misses)}
        if turn.asked == "day" and "from" in kept:
            form["from"] = kept["from"]
        return self._replies.ask(turn, before, replace(said.context, form=form))

    async def _book(self, said: Said, before: Form, values: Mapping[str, str]) -> Reply:
        kind = self._callbacks.kinds[values["kind"]]
        call = Call(
            kind=kind.id,
            begin=self._callbacks.moment(values["day"], values["time"]),
            minutes=kind.minutes,
            name=values["name"],
            phone=values["phone"],
            safe_to_leave=values["safe"] == "yes",
            about=values["about"],
        )
        booked = await self._coming(said)
        try:
            if values["time"] not in before.times(values):
                raise SlotTaken
            if booked is None:
                callback = await self._store.book(said.conversation, call, kind.at_once, said.at)
            else:
                callback = await self._store.change(booked.number, call, kind.at_once, said.at)
        except SlotTaken:
            return await self._offer_others(said, values)
        if said.standing.holder is Holder.WAITING:
            await self._store.leave_queue(said.conversation, Holder.CALLBACK, "callback", said.at)
        wording = "booked" if booked is None else "changed"
        return self._replies.booked(callback, wording, said.context, said.standing.channel)

    async def _offer_others(self, said: Said, values: Mapping[str, str]) -> Reply:
        """Somebody else was quicker: all else that the parent said is kept."""
        left = {name: text for name, text in values.items() if name != "time"}
        before = await self._form(_with_form(said, left), "time")
        if left["day"] not in before.days(left):
            del left["day"]
        return await self._go_on(said, before, FormTurn(missing(left), left, "slot_taken"))

    async def _cancel(self, said: Said, booked: Callback) -> Reply:
        await self._store.cancel(booked.number, "parent", said.at)
        if said.standing.holder is Holder.CALLBACK:
            await self._store.leave_queue(said.conversation, Holder.BOT, "call cancelled", said.at)
        return self._replies.cancelled(booked, said.context)

    async def _stop(self, said: Said) -> Reply:
        booked = await self._coming(said)
        if booked is not None:
            return self._replies.booked(booked, "kept", said.context, said.standing.channel)
        return self._replies.stopped(said.context)

    async def _coming(self, said: Said) -> Callback | None:
        return await self.coming(said.conversation, said.at)

    async def _form(self, said: Said, asked: str) -> Form:
        """The form as it stands, with the calls that are free now: this parent's own booking is theirs to keep."""
        booked = await self._coming(said)
        others = [
            other.call
            for other in await self._store.taken(said.at - dt.timedelta(days=1))
            if other.conversation != said.conversation
        ]
        free = {}
        for kind in self._callbacks.kinds:
            begins = {*self._callbacks.free(kind, others, said.at)}
            if booked is not None and booked.call.kind == kind:
                begins.add(booked.call.begin)
            free[kind] = [f"{begin:%Y-%m-%dT%H:%M}" for begin in sorted(begins)]
        values = {name: text for name, text in said.context.form.items() if name in FIELDS}
        if len(self._callbacks.kinds) == 1:
            values.setdefault("kind", next(iter(self._callbacks.kinds)))
        kinds = {kind.id: (kind.label, *kind.said) for kind in self._callbacks.kinds.values()}
        return Form(asked, values, kinds, free, f"{said.at:%Y-%m-%d}")


def _with_form(said: Said, form: Mapping[str, str]) -> Said:
    return replace(said, context=replace(said.context, form=form))


def _without(form: Mapping[str, str], field: str) -> dict[str, str]:
    """The form with a field open again: with another day, the time is open too."""
    return {name: text for name, text in form.items() if name not in (field, *CHANGES.get(field, ()), "from")}


def _filled_in(call: Call) -> dict[str, str]:
    return {
        "kind": call.kind,
        "day": f"{call.begin:%Y-%m-%d}",
        "time": f"{call.begin:%H:%M}",
        "name": call.name,
        "phone": call.phone,
        "safe": "yes" if call.safe_to_leave else "no",
        "about": call.about,
    }
