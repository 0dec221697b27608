"""Who holds a conversation: the queue, the advisers' talks, and the append-only log of every move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import moves
from bot.conversation import Author, Holder, Message, Risk
from bot.handover import (
    Event,
    HandoverCard,
    Held,
    Late,
    NotWaiting,
    NotYours,
    Talk,
    TooManyTalks,
    UnknownTalk,
    Way,
)
from bot.helpline import UnknownConversation
from bot.store.concerns import put_back_with, require_decision, see_with
from bot.store.database import HIGHEST_NUMBER, Database, in_london, stored
from bot.store.tables import accounts, conversations, events, messages, switches, talks
from bot.store.threads import REOPENED_WITHIN, append, append_once, line, locked

_LEVELS = [*Risk, None]
_NOBODY = sa.and_(talks.c.adviser == "", talks.c.ended_at.is_(None))
_ORDER = (talks.c.urgency, talks.c.waiting_since, talks.c.number)
_TALK = sa.select(talks, conversations.c.holder, conversations.c.channel).join(
    conversations, conversations.c.id == talks.c.conversation
)


class Talks(Database):
    """Talks with a person, from the wish for one to the end."""

    # -- the parent's side ----------------------------------------------------------------------------------------

    async def hand_over(
        self, conversation: str, card: HandoverCard, way: Way, level: Risk | None, why: str, at: dt.datetime
    ) -> Talk:
        async with self._writing() as connection:
            row = await _open_talk(connection, conversation)
            holder = Holder((await locked(connection, conversation))["holder"])
            urgency = _LEVELS.index(level)
            # From two tabs at once, the one that had to wait finds the talk of the other.
            row = row or await _open_talk(connection, conversation)
            if row is None:
                moves.check(holder, Holder.WAITING)
                values: dict[str, Any] = {
                    "conversation": conversation,
                    "way": way.value,
                    "urgency": urgency,
                    "card": card.as_json(),
                    "waiting_since": stored(at),
                    "live_since": stored(at) if way is Way.LIVE else None,
                    "adviser": "",
                    "outcome": "",
                    "topics": [],
                    "follow_up": "",
                    "second_pair": False,
                    "said_after": "",
                }
                number = (await connection.execute(sa.insert(talks).values(values))).inserted_primary_key[0]
            else:
                number = row["number"]
                values = {"card": card.as_json(), "urgency": min(urgency, row["urgency"])}
                if not row["adviser"]:
                    values["way"] = way.value
                    if way is Way.LIVE and row["way"] != Way.LIVE.value:
                        values["live_since"] = stored(at)
                await _change(connection, number, values)
            if holder in (Holder.BOT, Holder.CALLBACK):
                await _move(connection, conversation, number, holder, Holder.WAITING, "parent", why, at)
            return await _talk(connection, number)

    async def raise_level(self, conversation: str, level: Risk, at: dt.datetime) -> None:
        async with self._writing() as connection:
            row = await _open_talk(connection, conversation)
            urgency = _LEVELS.index(level)
            if row is not None and urgency < row["urgency"]:
                await _change(connection, row["number"], {"urgency": urgency})
                was = _LEVELS[row["urgency"]]
                await _log(
                    connection,
                    at,
                    "helpline",
                    "level",
                    conversation,
                    row["number"],
                    was.value if was else "",
                    level.value,
                )

    async def leave_queue(self, conversation: str, to: Holder, why: str, at: dt.datetime, by: str = "parent") -> None:
        async with self._writing() as connection:
            row = await _open_talk(connection, conversation)
            holder = Holder((await locked(connection, conversation))["holder"])
            if row is None or holder is to or holder is Holder.ADVISER:
                return
            danger = row["urgency"] <= _LEVELS.index(Risk.URGENT)
            if to is Holder.CALLBACK and (danger or row["way"] == Way.MESSAGE.value):
                # A call does not answer a message, and is too late for somebody in danger: both stay where they are.
                return
            # A booked call stays an open talk: somebody has to make it.
            values = {"way": Way.CALLBACK.value} if to is Holder.CALLBACK else {"ended_at": stored(at), "outcome": why}
            await _change(connection, row["number"], values)
            await _move(connection, conversation, row["number"], holder, to, by, why, at)

    async def reopen(self, conversation: str, at: dt.datetime) -> None:
        async with self._writing() as connection:
            row = await locked(connection, conversation)
            if row["holder"] == Holder.CLOSED.value:
                if in_london(row["closed_at"]) < at - REOPENED_WITHIN:
                    raise UnknownConversation
                await _move(
                    connection,
                    conversation,
                    None,
                    Holder.CLOSED,
                    Holder.BOT,
                    "parent",
                    "wrote again",
                    at,
                    closed_at=None,
                )

    async def open_talk(self, conversation: str) -> Talk | None:
        query = _TALK.where(talks.c.conversation == conversation, talks.c.ended_at.is_(None))
        async with self._reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return _read(row) if row else None

    async def ahead_of(self, talk: Talk) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(talks)
            .where(
                _NOBODY,
                talks.c.way == Way.LIVE.value,
                sa.tuple_(talks.c.urgency, talks.c.waiting_since, talks.c.number)
                < sa.tuple_(_LEVELS.index(talk.level), stored(talk.waiting_since), talk.number),
            )
        )
        async with self._reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def waits(self, since: dt.datetime) -> Sequence[tuple[dt.datetime, int]]:
        query = sa.select(talks.c.live_since, talks.c.waited).where(
            talks.c.waited.is_not(None), talks.c.live_since >= stored(since)
        )
        async with self._reading() as connection:
            return [(in_london(at), waited) for at, waited in (await connection.execute(query)).all()]

    async def thank(self, conversation: str, score: int, said: str) -> bool:
        last = sa.select(sa.func.max(talks.c.number)).where(
            talks.c.conversation == conversation, talks.c.ended_at.is_not(None), talks.c.taken_at.is_not(None)
        )
        query = sa.update(talks).where(talks.c.number == last.scalar_subquery()).values(score=score, said_after=said)
        async with self._writing() as connection:
            return bool((await connection.execute(query)).rowcount)

    # -- the adviser's side -----------------------------------------------------------------------------------------

    async def queue(self) -> Sequence[Talk]:
        return await self._talks(_NOBODY, *_ORDER)

    async def talks_of(self, adviser: str) -> Sequence[Talk]:
        return await self._talks(sa.and_(talks.c.adviser == adviser, talks.c.ended_at.is_(None)), talks.c.taken_at)

    async def talks_open(self) -> Sequence[Talk]:
        return await self._talks(talks.c.ended_at.is_(None), *_ORDER)

    async def earlier_talks(self, talk: Talk) -> Sequence[Talk]:
        """The talks that the same conversation had before, the last first."""
        before = sa.and_(talks.c.conversation == talk.conversation, talks.c.number < talk.number)
        return await self._talks(before, talks.c.number.desc())

    async def talk(self, number: int) -> Talk:
        async with self._reading() as connection:
            return await _talk(connection, number)

    async def events_of(self, conversation: str) -> Sequence[Event]:
        query = sa.select(events).where(events.c.conversation == conversation).order_by(events.c.number)
        async with self._reading() as connection:
            return [_event(row) for row in (await connection.execute(query)).mappings()]

    async def take(self, adviser: str, said: str, at: dt.datetime, number: int | None = None) -> Talk | None:
        """Take the most urgent, longest waiting parent, or the talk named. None where nobody waits."""
        wanted = talks.c.way == Way.LIVE.value if number is None else talks.c.number == number
        query = (
            sa.select(talks)
            .where(_NOBODY, wanted)
            .order_by(*_ORDER)
            .limit(1)
            .with_for_update(skip_locked=number is None)
        )
        async with self._writing() as connection:
            await _has_room(connection, adviser)
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None and number is None:
                return None
            if row is None:
                raise NotWaiting
            conversation = row["conversation"]
            holder = Holder((await locked(connection, conversation))["holder"])
            await _move(connection, conversation, row["number"], holder, Holder.ADVISER, adviser, "taken", at)
            live_since = in_london(row["live_since"]) if row["way"] == Way.LIVE.value else None
            # What counts is how long the parent waited for the first adviser, nights left out.
            first = {}
            if live_since is not None and row["taken_at"] is None:
                first["waited"] = int((at - live_since).total_seconds())
            await _change(connection, row["number"], {"adviser": adviser, "taken_at": stored(at), **first})
            await append(connection, line(conversation, Author.HELPLINE, said, at, by=adviser))
            await see_with(connection, conversation, adviser, at)
            return await _talk(connection, row["number"])

    async def say(self, number: int, adviser: str, text: str, client_id: str, at: dt.datetime) -> Message:
        async with self._writing() as connection:
            row = await _held(connection, number, adviser)
            await locked(connection, row["conversation"])
            client_id = f"{adviser}:{client_id}"[:64]
            return await append_once(
                connection,
                messages.c.client_id == client_id,
                line(row["conversation"], Author.ADVISER, text, at, by=adviser, client_id=client_id),
            )

    async def note(self, number: int, by: str, kind: str, text: str, at: dt.datetime) -> None:
        async with self._writing() as connection:
            talk = await _talk(connection, number)
            await _log(connection, at, by, kind, talk.conversation, number, why=text)

    async def ask_second_pair(self, number: int, adviser: str, wanted: bool, at: dt.datetime) -> None:
        async with self._writing() as connection:
            row = await _held(connection, number, adviser)
            await _change(connection, number, {"second_pair": wanted})
            await _log(
                connection, at, adviser, "second_pair", row["conversation"], number, now="on" if wanted else "off"
            )

    async def ask_debrief(self, number: int, by: str, wanted: bool, at: dt.datetime) -> None:
        """Ask to talk about a talk afterwards; or no longer, since that has been done. Raises `UnknownTalk`."""
        async with self._writing() as connection:
            talk = await _talk(connection, number)
            if talk.debrief is not wanted:
                await _change(connection, number, {"debrief": wanted})
                now = "on" if wanted else "off"
                await _log(connection, at, by, "debrief", talk.conversation, number, now=now)

    async def debriefs(self) -> Sequence[Talk]:
        """The talks that their advisers want to talk about, the oldest first."""
        return await self._talks(talks.c.debrief.is_(True), talks.c.number)

    async def transfer(self, number: int, adviser: str, to: str, said: str, at: dt.datetime) -> None:
        async with self._writing() as connection:
            await _has_room(connection, to)
            row = await _held(connection, number, adviser)
            await locked(connection, row["conversation"])
            await _change(connection, number, {"adviser": to, "taken_at": stored(at), "second_pair": False})
            await _log(connection, at, adviser, "transfer", row["conversation"], number, adviser, to)
            await append(connection, line(row["conversation"], Author.HELPLINE, said, at, by=to))

    async def release(
        self,
        number: int,
        adviser: str,
        to: Holder,
        said: str,
        at: dt.datetime,
        *,
        seen: int | None = None,
        why: str = "",
        by: str = "",
        **ending: Any,
    ) -> None:
        """The adviser lets go: back to the queue, to the assistant, or closed.

        `seen` is the last line the adviser had before them: with a newer one of the parent's, this is `Late`. A talk
        does not end while its concern is undecided: `Undecided`.
        """
        async with self._writing() as connection:
            row = await _held(connection, number, adviser)
            conversation = row["conversation"]
            await locked(connection, conversation)
            if seen is not None and await _parent_wrote_after(connection, conversation, seen):
                raise Late
            if to is not Holder.WAITING:
                await require_decision(connection, conversation)
            if to is Holder.WAITING:
                values = {"adviser": "", "second_pair": False, "way": Way.LIVE.value, **ending}
                await put_back_with(connection, conversation, at)
            else:
                values = {"ended_at": stored(at), "second_pair": False, **ending}
            await _change(connection, number, values)
            closed = {"closed_at": stored(at)} if to is Holder.CLOSED else {}
            await _move(connection, conversation, number, Holder.ADVISER, to, by or adviser, why, at, **closed)
            await append(connection, line(conversation, Author.HELPLINE, said, at))

    async def put_off(self, number: int, said: str, why: str, at: dt.datetime) -> None:
        """A parent who still waits when the helpline closes: from now on a message that will be answered."""
        async with self._writing() as connection:
            query = (
                sa.select(talks)
                .where(_NOBODY, talks.c.number == number, talks.c.way == Way.LIVE.value)
                .with_for_update()
            )
            row = (await connection.execute(query)).mappings().one_or_none()
            if row is None:
                return
            await locked(connection, row["conversation"])
            await _change(connection, number, {"way": Way.MESSAGE.value})
            await _log(
                connection,
                at,
                "helpline",
                "put_off",
                row["conversation"],
                number,
                Way.LIVE.value,
                Way.MESSAGE.value,
                why,
            )
            await append(connection, line(row["conversation"], Author.HELPLINE, said, at))

    async def held(self) -> Sequence[Held]:
        """The talks that advisers hold, with when their adviser was last there and what the parent still waits for."""
        said = (messages.c.conversation == talks.c.conversation, messages.c.author == Author.ADVISER.value)
        last = sa.select(sa.func.coalesce(sa.func.max(messages.c.number), 0)).where(*said).correlate(talks)
        last_at = sa.select(sa.func.max(messages.c.at)).where(*said).correlate(talks)
        unanswered_at = (
            sa.select(sa.func.min(messages.c.at))
            .where(
                messages.c.conversation == talks.c.conversation,
                messages.c.author == Author.PARENT.value,
                messages.c.number > last.scalar_subquery(),
            )
            .correlate(talks)
        )
        query = (
            sa.select(
                *(talks.c.number, talks.c.adviser, talks.c.taken_at, accounts.c.seen_at),
                last_at.scalar_subquery().label("said_at"),
                unanswered_at.scalar_subquery().label("unanswered_at"),
            )
            .join(accounts, accounts.c.name == talks.c.adviser)
            .where(talks.c.ended_at.is_(None))
        )
        async with self._reading() as connection:
            return [_held_by(row) for row in (await connection.execute(query)).all()]

    # -- switching off ------------------------------------------------------------------------------------------------

    async def switch(self, channel: str, what: str, reason: str, by: str, at: dt.datetime) -> None:
        """Switch the assistant (`bot`) or the desk (`desk`) off for a channel; on again with an empty reason."""
        this = (switches.c.channel == channel, switches.c.what == what)
        async with self._writing() as connection:
            await _one_at_a_time(connection)
            await connection.execute(sa.delete(switches).where(*this))
            if reason:
                row = {"channel": channel, "what": what, "reason": reason, "by": by, "at": stored(at)}
                await connection.execute(sa.insert(switches).values(row))
            await _log(connection, at, by, "switch", None, None, f"{what} {channel}", "off" if reason else "on", reason)

    async def switched_off(self) -> Mapping[tuple[str, str], str]:
        async with self._reading() as connection:
            rows = (await connection.execute(sa.select(switches))).all()
        return {(row.channel, row.what): row.reason for row in rows}

    async def _talks(self, where: Any, *order: Any) -> Sequence[Talk]:
        async with self._reading() as connection:
            return [_read(row) for row in (await connection.execute(_TALK.where(where).order_by(*order))).mappings()]


# A talk is locked before its conversation, everywhere, so that two transactions never wait for each other.


async def _open_talk(connection: AsyncConnection, conversation: str) -> Any:
    query = sa.select(talks).where(talks.c.conversation == conversation, talks.c.ended_at.is_(None)).with_for_update()
    return (await connection.execute(query)).mappings().one_or_none()


async def _held(connection: AsyncConnection, number: int, adviser: str) -> Any:
    query = sa.select(talks).where(talks.c.number == number).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise UnknownTalk
    if row["adviser"] != adviser or row["ended_at"] is not None:
        raise NotYours
    return row


def _held_by(row: Any) -> Held:
    taken_at, said_at = in_london(row.taken_at), in_london(row.said_at)
    # An adviser who has taken a talk owes the first word.
    silent = said_at is None or said_at < taken_at
    since = taken_at if silent else in_london(row.unanswered_at)
    return Held(row.number, row.adviser, max(taken_at, in_london(row.seen_at) or taken_at), since)


async def _one_at_a_time(connection: AsyncConnection) -> None:
    """Until the transaction ends, nobody else throws a switch; on SQLite nobody else writes anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text("LOCK TABLE switches IN EXCLUSIVE MODE"))


async def _has_room(connection: AsyncConnection, adviser: str) -> None:
    """Raises `TooManyTalks`. The account is locked first, so that who presses twice is counted twice."""
    account = sa.select(accounts.c.most_talks).where(accounts.c.name == adviser).with_for_update()
    most = (await connection.execute(account)).scalar_one()
    has = sa.select(sa.func.count()).where(talks.c.adviser == adviser, talks.c.ended_at.is_(None))
    if (await connection.execute(has)).scalar_one() >= most:
        raise TooManyTalks


async def _talk(connection: AsyncConnection, number: int) -> Talk:
    if number > HIGHEST_NUMBER:
        raise UnknownTalk
    row = (await connection.execute(_TALK.where(talks.c.number == number))).mappings().one_or_none()
    if row is None:
        raise UnknownTalk
    return _read(row)


async def _parent_wrote_after(connection: AsyncConnection, conversation: str, seen: int) -> bool:
    query = sa.select(sa.func.count()).where(
        messages.c.conversation == conversation,
        messages.c.author == Author.PARENT.value,
        messages.c.number > seen,
    )
    return bool((await connection.execute(query)).scalar_one())


async def _change(connection: AsyncConnection, number: int, values: Mapping[str, Any]) -> None:
    await connection.execute(sa.update(talks).where(talks.c.number == number).values(**values))


async def _move(
    connection: AsyncConnection,
    conversation: str,
    number: int | None,
    was: Holder,
    now: Holder,
    by: str,
    why: str,
    at: dt.datetime,
    **more: Any,
) -> None:
    moves.check(was, now)
    query = sa.update(conversations).where(conversations.c.id == conversation).values(holder=now.value, **more)
    await connection.execute(query)
    await _log(connection, at, by, "move", conversation, number, was.value, now.value, why)


async def _log(
    connection: AsyncConnection,
    at: dt.datetime,
    by: str,
    kind: str,
    conversation: str | None,
    talk: int | None,
    was: str = "",
    now: str = "",
    why: str = "",
) -> None:
    row = {"at": stored(at), "by": by, "kind": kind, "conversation": conversation, "talk": talk}
    await connection.execute(sa.insert(events).values({**row, "was": was, "now": now, "why": why}))


def _read(row: Any) -> Talk:
    return Talk(
        number=row["number"],
        conversation=row["conversation"],
        channel=row["channel"],
        holder=Holder(row["holder"]),
        way=Way(row["way"]),
        level=_LEVELS[row["urgency"]],
        card=HandoverCard.from_json(row["card"]),
        waiting_since=in_london(row["waiting_since"]),
        adviser=row["adviser"],
        taken_at=in_london(row["taken_at"]),
        put_back=row["taken_at"] is not None and not row["adviser"],
        ended_at=in_london(row["ended_at"]),
        outcome=row["outcome"],
        topics=tuple(row["topics"]),
        follow_up=row["follow_up"],
        second_pair=row["second_pair"],
        debrief=row["debrief"],
    )


def _event(row: Any) -> Event:
    return Event(in_london(row["at"]), row["by"], row["kind"], row["talk"], row["was"], row["now"], row["why"])
