"""Booked calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.callbacks import MOST_TRIES, Call, Callback, SlotTaken, State
from bot.conversation import Author
from bot.store.database import Database, in_london, stored
from bot.store.tables import bookings, events
from bot.store.threads import append, line, locked


class Bookings(Database):
    """Calls, from the booking to their outcome. Each step is an event in the log of the conversation."""

    async def taken(self, since: dt.datetime) -> Sequence[Callback]:
        return await self._bookings(bookings.c.status == State.BOOKED.value, bookings.c.starts_at >= stored(since))

    async def due(self, since: dt.datetime, until: dt.datetime) -> Sequence[Callback]:
        """The calls of a time, and those before it that still have to be made; without the cancelled ones."""
        return await self._bookings(
            bookings.c.starts_at < stored(until),
            sa.or_(bookings.c.starts_at >= stored(since), bookings.c.status == State.BOOKED.value),
            bookings.c.status != State.CANCELLED.value,
        )

    async def of_conversation(self, conversation: str) -> Callback | None:
        found = await self._bookings(bookings.c.conversation == conversation, bookings.c.status == State.BOOKED.value)
        return found[-1] if found else None

    async def book(self, conversation: str, call: Call, at_once: int, at: dt.datetime) -> Callback:
        async def insert(connection: AsyncConnection, line_number: int) -> int:
            await locked(connection, conversation)
            row = {**_row(call), "conversation": conversation, "line": line_number, "made_at": stored(at)}
            values = {**row, "status": State.BOOKED.value, "tries": 0, "outcome": ""}
            number = (await connection.execute(sa.insert(bookings).values(values))).inserted_primary_key[0]
            await _log(connection, at, "parent", conversation, State.BOOKED.value)
            return int(number)

        return await self._on_a_free_line(insert, at_once)

    async def change(self, number: int, call: Call, at_once: int, at: dt.datetime) -> Callback:
        async def update(connection: AsyncConnection, line_number: int) -> int:
            was = await _callback(connection, number)
            moved = (was.call.kind, was.call.begin) != (call.kind, call.begin)
            values = {**_row(call), **({"line": line_number, "tries": 0} if moved else {})}
            await connection.execute(_booked(number).values(values))
            await _log(connection, at, "parent", was.conversation, "changed")
            return number

        return await self._on_a_free_line(update, at_once)

    async def cancel(self, number: int, by: str, at: dt.datetime, said: str = "") -> None:
        await self._end(number, State.CANCELLED, by, "", at, said)

    async def done(self, number: int, outcome: str, by: str, at: dt.datetime) -> None:
        """The call was made."""
        await self._end(number, State.MADE, by, outcome, at)

    async def try_made(self, number: int, tries: int, said: str, by: str, at: dt.datetime) -> Callback:
        """Nobody answered. `tries` is how often that was known: the same news twice counts once.

        After the last try the parent is told `said`, in the conversation.
        """
        async with self._writing() as connection:
            last = tries + 1 >= MOST_TRIES
            values = {"tries": tries + 1, **({"status": State.MISSED.value} if last else {})}
            changed = await connection.execute(_booked(number).where(bookings.c.tries == tries).values(values))
            callback = await _callback(connection, number)
            if changed.rowcount:
                await _log(connection, at, by, callback.conversation, f"try {tries + 1}")
                if last:
                    await _tell(connection, callback.conversation, said, at)
            return callback

    async def callback(self, number: int) -> Callback | None:
        found = await self._bookings(bookings.c.number == number)
        return found[0] if found else None

    async def _bookings(self, *where: Any) -> Sequence[Callback]:
        query = sa.select(bookings).where(*where).order_by(bookings.c.starts_at, bookings.c.number)
        async with self._reading() as connection:
            return [_read(row) for row in (await connection.execute(query)).mappings()]

    async def _on_a_free_line(self, write: Callable[[AsyncConnection, int], Awaitable[int]], at_once: int) -> Callback:
        """Write a call on the first line that nobody has: the unique index decides, whoever books at the same time."""
        for line_number in range(at_once):
            try:
                async with self._writing() as connection:
                    return await _callback(connection, await write(connection, line_number))
            except sa.exc.IntegrityError:
                continue
        raise SlotTaken

    async def _end(self, number: int, state: State, by: str, outcome: str, at: dt.datetime, said: str = "") -> None:
        async with self._writing() as connection:
            changed = await connection.execute(_booked(number).values(status=state.value, outcome=outcome))
            if not changed.rowcount:
                return
            callback = await _callback(connection, number)
            await _log(connection, at, by, callback.conversation, state.value, outcome)
            if said:
                await _tell(connection, callback.conversation, said, at)


def _booked(number: int) -> Any:
    """An update of a call that still stands."""
    return sa.update(bookings).where(bookings.c.number == number, bookings.c.status == State.BOOKED.value)


async def _callback(connection: AsyncConnection, number: int) -> Callback:
    query = sa.select(bookings).where(bookings.c.number == number)
    return _read((await connection.execute(query)).mappings().one())


async def _tell(connection: AsyncConnection, conversation: str, said: str, at: dt.datetime) -> None:
    await locked(connection, conversation)
    await append(connection, line(conversation, Author.HELPLINE, said, at))


async def _log(
    connection: AsyncConnection, at: dt.datetime, by: str, conversation: str, now: str, why: str = ""
) -> None:
    row = {"at": stored(at), "by": by, "kind": "call", "conversation": conversation, "talk": None}
    await connection.execute(sa.insert(events).values({**row, "was": "", "now": now, "why": why}))


def _row(call: Call) -> dict[str, Any]:
    return {
        "kind": call.kind,
        "starts_at": stored(call.begin),
        "minutes": call.minutes,
        "name": call.name,
        "phone": call.phone,
        "safe_to_leave": call.safe_to_leave,
        "about": call.about,
    }


def _read(row: Any) -> Callback:
    call = Call(
        kind=row["kind"],
        begin=in_london(row["starts_at"]),
        minutes=row["minutes"],
        name=row["name"],
        phone=row["phone"],
        safe_to_leave=row["safe_to_leave"],
        about=row["about"],
    )
    return Callback(row["number"], row["conversation"], call, State(row["status"]), row["tries"], row["outcome"])
