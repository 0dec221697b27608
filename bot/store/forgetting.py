"""Deleting what a parent wrote and was told, when they ask for it."""

from __future__ import annotations

import datetime as dt

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
)


class Forgetting(Database):
    """What is left of a forgotten conversation: that there was one, and when it moved."""

    async def forget(self, conversation: str, at: dt.datetime) -> None:
        """Erase the words of a conversation, and end its talk and its booked call. Done once, however often asked.

        Raises `UnknownConversation`. From then on nothing can be added to it.
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
                return
            await _erase(connection, conversation)
            await _forget_chat(connection, conversation)
            if talk is not None:
                ended = {"ended_at": stored(at), "outcome": "forgotten"}
                await connection.execute(sa.update(talks).where(talks.c.number == talk).values(**ended))
            gone = {"holder": Holder.CLOSED.value, "closed_at": stored(at), "forgotten_at": stored(at)}
            await connection.execute(sa.update(conversations).where(this).values(**gone))
            event = {"at": stored(at), "by": "parent", "kind": "forgotten", "conversation": conversation, "talk": talk}
            moved = {"was": row.holder, "now": Holder.CLOSED.value, "why": ""}
            await connection.execute(sa.insert(events).values({**event, **moved}))
        await self._empty_log()


async def _erase(connection: AsyncConnection, conversation: str) -> None:
    empty = {"card": HandoverCard().as_json(), "follow_up": "", "said_after": ""}
    await connection.execute(sa.update(talks).where(talks.c.conversation == conversation).values(**empty))
    booked = bookings.c.conversation == conversation
    await connection.execute(sa.update(bookings).where(booked).values(name="", phone="", about=""))
    query = sa.update(bookings).where(booked, bookings.c.status == "booked").values(status="cancelled")
    await connection.execute(query)
    remarks = sa.and_(events.c.conversation == conversation, events.c.kind.in_(("note", "whisper")))
    await connection.execute(sa.update(events).where(remarks).values(why=""))
    await connection.execute(sa.delete(messages).where(messages.c.conversation == conversation))


async def _forget_chat(connection: AsyncConnection, conversation: str) -> None:
    await connection.execute(sa.delete(telegram_links).where(telegram_links.c.conversation == conversation))
    await connection.execute(sa.delete(telegram_outbox).where(telegram_outbox.c.conversation == conversation))
    there = telegram_chats.c.conversation == conversation
    await connection.execute(sa.update(telegram_chats).where(there).values(conversation=None, line=0, place=0))
