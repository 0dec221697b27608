"""Deleting what a parent wrote and was told, when somebody asks for it or its time is over."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import Holder
from bot.handover import HandoverCard
from bot.helpline import UnknownConversation
from bot.store.database import Database, stored
from bot.store.tables import (
    bookings,
    conversations,
    events,
    messages,
    talks,
    telegram_chats,
    telegram_links,
    telegram_outbox,
    telegram_updates,
)

#: Rows of the log in which people at the desk write for each other.
_REMARKS = ("note", "whisper")


class Forgetting(Database):
    """What is left of a forgotten conversation: that there was one, when it moved, how much was deleted, by whom."""

    async def forget(self, conversation: str, at: dt.datetime, by: str = "parent", *, unheard: bool = True) -> bool:
        """Erase the words of a conversation, and end its talk and its booked call; False where that was done before.

        Raises `UnknownConversation`. From then on nothing can be added to it. `by` is as in the log. With `unheard`
        goes what Telegram has brought and nobody has dealt with: not so where it is younger than what is forgotten.
        """
        this = conversations.c.id == conversation
        open_talk = sa.select(talks.c.number).where(talks.c.conversation == conversation, talks.c.ended_at.is_(None))
        async with self._writing() as connection:
            # A talk is locked before its conversation, here as everywhere.
            talk = (await connection.execute(open_talk.with_for_update())).scalar_one_or_none()
            row = (await connection.execute(sa.select(conversations).where(this).with_for_update())).one_or_none()
            if row is None:
                raise UnknownConversation
            if row.forgotten_at is not None:
                return False
            counts = await _erase(connection, conversation, unheard)
            if talk is not None:
                ended = {"ended_at": stored(at), "outcome": "forgotten"}
                await connection.execute(sa.update(talks).where(talks.c.number == talk).values(**ended))
            gone = {"holder": Holder.CLOSED.value, "closed_at": stored(at), "forgotten_at": stored(at)}
            await connection.execute(sa.update(conversations).where(this).values(**gone))
            event = {"at": stored(at), "by": by, "kind": "forgotten", "conversation": conversation, "talk": talk}
            moved = {"was": row.holder, "now": Holder.CLOSED.value, "why": _counted(counts)}
            await connection.execute(sa.insert(events).values({**event, **moved}))
        await self._empty_log()
        return True

    async def forget_again(self, ids: Iterable[str], at: dt.datetime, by: str) -> int:
        """Erase those of these that are here, and were not erased; how many."""
        count = 0
        for conversation in ids:
            with contextlib.suppress(UnknownConversation):
                count += await self.forget(conversation, at, by)
        return count


async def _erase(connection: AsyncConnection, conversation: str, unheard: bool) -> Mapping[str, int]:
    """Erase the words, wherever they are; how many rows held some, by what they were."""

    async def rows(statement: Any) -> int:
        return int((await connection.execute(statement)).rowcount)

    empty = {"card": HandoverCard().as_json(), "follow_up": "", "said_after": ""}
    booked = bookings.c.conversation == conversation
    remarks = sa.and_(events.c.conversation == conversation, events.c.kind.in_(_REMARKS))
    counts = {
        "lines": await rows(sa.delete(messages).where(messages.c.conversation == conversation)),
        "handover cards": await rows(sa.update(talks).where(talks.c.conversation == conversation).values(**empty)),
        "remarks": await rows(sa.update(events).where(remarks).values(why="")),
        "calls": await rows(sa.update(bookings).where(booked).values(name="", phone="", about="", outcome="")),
        "parcels": await rows(sa.delete(telegram_outbox).where(telegram_outbox.c.conversation == conversation)),
    }
    if unheard:
        chats = sa.select(telegram_chats.c.chat).where(telegram_chats.c.conversation == conversation)
        waiting = sa.and_(telegram_updates.c.chat.in_(chats), ~telegram_updates.c.done)
        counts["updates"] = await rows(sa.update(telegram_updates).where(waiting).values(payload=None, done=True))
    await rows(sa.update(bookings).where(booked, bookings.c.status == "booked").values(status="cancelled"))
    await rows(sa.delete(telegram_links).where(telegram_links.c.conversation == conversation))
    await rows(sa.delete(telegram_chats).where(telegram_chats.c.conversation == conversation))
    return counts


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
