"""Chats on Telegram: their conversations, and what was received from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat
from bot.conversation import Author
from bot.store.database import Database, stored
from bot.store.tables import conversations, events, messages, talks, telegram_chats, telegram_links, telegram_updates


class Chats(Database):
    """What Telegram has told us, once each, and which chat has which conversation."""

    # -- what was received ------------------------------------------------------------------------------------------

    async def receive(self, number: int, chat: int, payload: Mapping[str, Any], at: dt.datetime) -> bool:
        """Keep an update under Telegram's number for it; False where it was kept before."""
        known = sa.select(telegram_updates.c.number).where(telegram_updates.c.number == number)
        row = {"number": number, "chat": chat, "payload": dict(payload), "at": stored(at), "done": False}
        async with self._writing() as connection:
            if (await connection.execute(known)).one_or_none() is not None:
                return False
            await connection.execute(sa.insert(telegram_updates).values(row))
            return True

    async def chats_heard(self) -> Sequence[int]:
        """The chats with updates that nobody has dealt with."""
        query = sa.select(telegram_updates.c.chat).where(~telegram_updates.c.done).distinct()
        async with self._reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def next_update(self, chat: int) -> tuple[int, Mapping[str, Any]] | None:
        """The first update of a chat that nobody has dealt with."""
        query = (
            sa.select(telegram_updates.c.number, telegram_updates.c.payload)
            .where(telegram_updates.c.chat == chat, ~telegram_updates.c.done)
            .order_by(telegram_updates.c.number)
            .limit(1)
        )
        async with self._reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (row.number, row.payload or {}) if row else None

    async def update_done(self, number: int) -> None:
        """An update is dealt with: what it holds is forgotten, its number is not."""
        this = telegram_updates.c.number == number
        query = sa.update(telegram_updates).where(this).values(done=True, payload=None)
        async with self._writing() as connection:
            await connection.execute(query)

    # -- chats ------------------------------------------------------------------------------------------------------

    async def chat(self, chat: int) -> Chat:
        """A chat; one that we do not know has no conversation yet."""
        query = sa.select(telegram_chats).where(telegram_chats.c.chat == chat)
        async with self._reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _chat(row) if row else Chat(chat)

    async def bind(self, chat: int, conversation: str) -> None:
        """Give a chat a conversation, from its first line on."""
        async with self._writing() as connection:
            await _set(connection, chat, conversation=conversation, line=0, place=0)

    async def mark_chat(self, chat: int, **values: Any) -> None:
        """Set `blocked`, `quiet` or `place`."""
        async with self._writing() as connection:
            await _set(connection, chat, **values)

    async def block(self, chat: int) -> str:
        """Set `blocked`; the conversation of the chat, where that is news for its adviser."""
        query = sa.select(telegram_chats).where(telegram_chats.c.chat == chat)
        async with self._writing() as connection:
            row = (await connection.execute(query)).one_or_none()
            await _set(connection, chat, blocked=True)
        return str(row.conversation or "") if row is not None and not row.blocked else ""

    async def chats_behind(self) -> Sequence[Chat]:
        """The chats whose conversation has a line that was not handed to the outbox, and that may be written to."""
        newer = sa.select(messages.c.number).where(
            messages.c.conversation == telegram_chats.c.conversation,
            messages.c.number > telegram_chats.c.line,
            messages.c.author != Author.PARENT.value,
        )
        return await self._chats(newer.exists(), ~telegram_chats.c.blocked, ~telegram_chats.c.quiet)

    async def chats_in_queue(self) -> Sequence[Chat]:
        """The chats in which a place in the queue is shown."""
        return await self._chats(telegram_chats.c.place > 0, ~telegram_chats.c.blocked, ~telegram_chats.c.quiet)

    async def remark(self, conversation: str, by: str, text: str, at: dt.datetime) -> None:
        """Tell the adviser, by a note, where a talk is open."""
        talk = sa.select(talks.c.number).where(talks.c.conversation == conversation, talks.c.ended_at.is_(None))
        async with self._writing() as connection:
            number = (await connection.execute(talk)).scalar_one_or_none()
            if number is not None:
                row = {"at": stored(at), "by": by, "kind": "note", "conversation": conversation, "talk": number}
                await connection.execute(sa.insert(events).values({**row, "was": "", "now": "", "why": text}))

    # -- from the website -------------------------------------------------------------------------------------------

    async def offer_link(self, token: str, conversation: str, at: dt.datetime, ends_at: dt.datetime) -> None:
        """Keep, by the hash of its token, a link that carries a conversation over; those that ended are swept out."""
        row = {"token": token, "conversation": conversation, "ends_at": stored(ends_at)}
        async with self._writing() as connection:
            await connection.execute(sa.delete(telegram_links).where(telegram_links.c.ends_at <= stored(at)))
            await connection.execute(sa.insert(telegram_links).values(row))

    async def follow_link(self, token: str, chat: int, channel: str, at: dt.datetime) -> str:
        """Carry the conversation of a link over to a chat, from its last line on; empty where the link has ended.

        A link works for one chat. The conversation leaves the chat, or the channel, where it took place before.
        """
        async with self._writing() as connection:
            query = sa.select(telegram_links).where(telegram_links.c.token == token).with_for_update()
            row = (await connection.execute(query)).one_or_none()
            if row is None or row.chat not in (None, chat) or _passed(row.ends_at, at):
                return ""
            conversation: str = row.conversation
            if row.chat is None:
                this = telegram_links.c.token == token
                await connection.execute(sa.update(telegram_links).where(this).values(chat=chat))
                there = telegram_chats.c.conversation == conversation
                await connection.execute(sa.update(telegram_chats).where(there).values(conversation=None, place=0))
                shown = await _last_shown(connection, conversation)
                await _set(connection, chat, conversation=conversation, line=shown, place=0)
                this = conversations.c.id == conversation
                await connection.execute(sa.update(conversations).where(this).values(channel=channel))
            return conversation

    async def _chats(self, *where: Any) -> Sequence[Chat]:
        query = sa.select(telegram_chats).where(*where).order_by(telegram_chats.c.chat)
        async with self._reading() as connection:
            return [_chat(row) for row in (await connection.execute(query)).all()]


async def _set(connection: AsyncConnection, chat: int, **values: Any) -> None:
    this = telegram_chats.c.chat == chat
    if not (await connection.execute(sa.update(telegram_chats).where(this).values(**values))).rowcount:
        row = {"chat": chat, "line": 0, "blocked": False, "quiet": False, "place": 0, **values}
        await connection.execute(sa.insert(telegram_chats).values(row))


async def _last_shown(connection: AsyncConnection, conversation: str) -> int:
    """The line after which a carried conversation goes on: before its last one where that is no parent's."""
    query = (
        sa.select(messages.c.number, messages.c.author)
        .where(messages.c.conversation == conversation)
        .order_by(messages.c.number.desc())
        .limit(1)
    )
    last = (await connection.execute(query)).one_or_none()
    if last is None:
        return 0
    number: int = last.number
    return number if last.author == Author.PARENT.value else number - 1


def _passed(moment: dt.datetime, at: dt.datetime) -> bool:
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)) <= at


def _chat(row: Any) -> Chat:
    return Chat(row.chat, row.conversation or "", row.line, row.blocked, row.quiet, row.place)
