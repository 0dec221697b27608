"""The records of concerns for somebody's safety, for the safeguarding lead and for who acts on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import Account, Role
from bot.channels.forms import Refused, number_of
from bot.concerns import (
    CHILDRENS_SERVICES,
    DECISIONS,
    OUTCOMES,
    REFERRED_TO,
    ConcernRecord,
    Draft,
    Step,
    may_read,
)
from bot.conversation import Message, Risk
from bot.desk.guards import PROBLEMS
from bot.desk.pages import Pages
from bot.desk.ports import Store
from bot.desk.talk import TalkPage
from bot.desk.words import MOST_CHARACTERS, fields_with_words, short, written
from bot.handover import DeskError
from bot.helpline import Clock
from bot.knowledge import Knowledge
from bot.on_call import OnCall
from bot.referring import MOST_SHOWN, Referring

#: The lists on the lead's page.
LISTS = ("open", "overdue", "all")


class ConcernPages:
    """The lead's lists, and each record with its forms. Supervisors are the safeguarding lead."""

    def __init__(
        self,
        referring: Referring,
        store: Store,
        talks: TalkPage,
        on_call: OnCall,
        knowledge: Knowledge,
        pages: Pages,
        clock: Clock,
    ) -> None:
        self._referring = referring
        self._store = store
        self._talks = talks
        self._on_call = on_call
        self._knowledge = knowledge
        self._pages = pages
        self._clock = clock
        self._authorities = sorted(council.name for council in knowledge.councils if council.education_authority)

    async def page(self, request: Request, me: Account) -> Response:
        """The list that `show` names: open, overdue or all; of all, those before the number `before`."""
        show = request.query_params.get("show", "")
        show = show if show in LISTS else LISTS[0]
        records = await self._list(show, number_of(request.query_params.get("before", "")))
        return await self._pages.render(
            "concerns",
            me,
            show=show,
            lists=LISTS,
            records=records,
            more=show == "all" and len(records) == MOST_SHOWN and records[-1].number > 1,
            **self._times(),
        )

    async def one(self, request: Request, me: Account) -> Response:
        """One record."""
        return await self._show(me, await self._readable(request, me))

    async def begin(self, request: Request, me: Account) -> Response:
        """Write down what the check has not seen, from the page of a talk."""
        talk = await self._talks.readable(request, me)
        fields = await fields_with_words(request)
        try:
            if fields.get("level") not in [level.value for level in Risk]:
                raise Refused(422, "concern_no_choice")
            why = written(fields.get("concern", ""))
            number = await self._referring.raise_concern(talk, me.name, Risk(fields["level"]), why)
        except Refused as refused:
            return await self._talks.show(me, talk, self._pages.say(refused.wording), refused.status, fields)
        return _to(number)

    async def seen(self, request: Request, me: Account) -> Response:
        """I have seen it; pressed on the page of a talk, back there."""
        record = await self._readable(request, me)
        if record.unseen:
            await self._keep(record, Draft(Step.SEEN, me.name))
        fields = await fields_with_words(request)
        talk = number_of(fields.get("talk", ""))
        return RedirectResponse(f"/desk/talks/{talk}#concern", 303) if talk else _to(record.number)

    async def decide(self, request: Request, me: Account) -> Response:
        """What was decided, and why."""
        fields = await fields_with_words(request)
        return await self._add(request, me, Step.DECIDED, fields, DECISIONS)

    async def refer(self, request: Request, me: Account) -> Response:
        """To whom it was passed on, and what they were told."""
        fields = await fields_with_words(request)
        return await self._add(request, me, Step.REFERRED, fields, REFERRED_TO)

    async def acknowledge(self, request: Request, me: Account) -> Response:
        """What came back."""
        fields = await fields_with_words(request)
        return await self._add(request, me, Step.ACKNOWLEDGED, fields, ("",))

    async def close(self, request: Request, me: Account) -> Response:
        """The outcome, and why."""
        fields = await fields_with_words(request)
        return await self._add(request, me, Step.CLOSED, fields, OUTCOMES)

    async def _add(
        self, request: Request, me: Account, step: Step, fields: Mapping[str, str], choices: Sequence[str]
    ) -> Response:
        """Add to the record; or say why that cannot be, with the words still in the form."""
        record = await self._readable(request, me)
        try:
            if fields.get("what", "") not in choices:
                raise Refused(422, "concern_no_choice")
            draft = Draft(
                step,
                me.name,
                what=fields.get("what", ""),
                text=written(fields.get("text", "")),
                who=short(fields.get("who", "")),
                about=number_of(fields.get("about", "")) if step is Step.ACKNOWLEDGED else None,
            )
            authority = self._knowledge.authority(draft.who) if draft.what == CHILDRENS_SERVICES else None
            if authority is not None and not authority.is_called(draft.who):
                raise Refused(422, "concern_district")
            await self._keep(record, draft)
        except Refused as refused:
            return await self._show(me, record, refused.wording, refused.status, {**fields, "step": step.value})
        except DeskError as error:
            record = await self._referring.record(record.number)
            return await self._show(me, record, *PROBLEMS[type(error)], {**fields, "step": step.value})
        return _to(record.number)

    async def _keep(self, record: ConcernRecord, draft: Draft) -> None:
        """Add to the record. Whoever is on call need not look any more."""
        await self._referring.add(record.number, draft)
        if record.talk is not None:
            await self._on_call.opened(record.talk, draft.by)

    async def _list(self, show: str, before: int) -> Sequence[ConcernRecord]:
        if show == "all":
            return await self._referring.all(before or None)
        return await (self._referring.overdue() if show == "overdue" else self._referring.open())

    async def _readable(self, request: Request, me: Account) -> ConcernRecord:
        record = await self._referring.record(request.path_params["number"])
        if not may_read(me, record):
            raise Refused(403, "concern_not_for_you")
        return record

    async def _show(
        self,
        me: Account,
        record: ConcernRecord,
        notice: str = "",
        status: int = 200,
        kept: Mapping[str, str] | None = None,
    ) -> Response:
        lines = [] if record.forgotten else await self._store.thread(record.conversation)
        council = await self._council(record, lines)
        return await self._pages.render(
            "concern",
            me,
            status,
            record=record,
            notice=self._pages.say(notice) if notice else "",
            kept=kept or {},
            leads=me.role is Role.SUPERVISOR,
            # Who reads the record need not have the talk: the whole of it is for supervisors.
            lines=lines if me.role is Role.SUPERVISOR else (),
            parent_saw=await self._store.parent_saw(record.conversation),
            cards=self._knowledge.cards,
            council=council,
            authority=self._authority(council),
            authorities=self._authorities,
            decisions=DECISIONS,
            referred_to=REFERRED_TO,
            outcomes=OUTCOMES,
            most=MOST_CHARACTERS,
            **self._times(),
        )

    async def _council(self, record: ConcernRecord, lines: Sequence[Message]) -> str:
        """The council that the parent has named, if any."""
        if record.talk is not None and (council := (await self._store.talk(record.talk)).card.council):
            return council
        said = [line.reply.context.facts.get("council", "") for line in lines if line.reply is not None]
        return said[-1] if said else ""

    def _authority(self, council: str) -> str:
        """The council that has children's services there; the words as they are where they are no council's name."""
        authority = self._knowledge.authority(council)
        return authority.name if authority is not None else council

    def _times(self) -> dict[str, object]:
        return {"now": self._clock(), "due_of": self._referring.due.of}


def _to(number: int) -> Response:
    return RedirectResponse(f"/desk/concerns/{number}#record", 303)
