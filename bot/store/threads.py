"""What was heard and said: conversations, and the append-only messages in them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import Author, Button, Context, Holder, Message, Reply, Risk, Shown, Standing, Status
from bot.helpline import UnknownConversation
from bot.store.database import Database, in_london, stored
from bot.store.tables import conversations, messages, switches

#: So long a closed conversation can be taken up again.
REOPENED_WITHIN = dt.timedelta(days=7)


class Threads(Database):
    """Conversations line by line."""

    async def open(self, conversation: str, channel: str, at: dt.datetime) -> None:
        row = {"id": conversation, "channel": channel, "holder": Holder.BOT.value, "opened_at": stored(at)}
        async with self._writing() as connection:
            await connection.execute(sa.insert(conversations).values(row))

    async def standing(self, conversation: str) -> Standing:
        query = (
            sa.select(conversations.c.holder, conversations.c.channel, switches.c.what, switches.c.reason)
            .outerjoin(switches, switches.c.channel == conversations.c.channel)
            .where(conversations.c.id == conversation)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            raise UnknownConversation
        return Standing(Holder(rows[0].holder), rows[0].channel, {row.what: row.reason for row in rows if row.what})

    async def record(self, conversation: str, client_id: str, text: str, press: str, at: dt.datetime) -> Message:
        async with self._writing() as connection:
            row = await locked(connection, conversation)
            holder = Holder(row["holder"])
            if holder is Holder.CLOSED and in_london(row["closed_at"]) < at - REOPENED_WITHIN:
                raise UnknownConversation
            return await append_once(
                connection,
                messages.c.client_id == client_id,
                line(conversation, Author.PARENT, text, at, client_id=client_id, press=press, heard_by=holder.value),
            )

    async def answer(self, conversation: str, message: Message, reply: Reply, at: dt.datetime) -> Message:
        async with self._writing() as connection:
            await locked(connection, conversation)
            return await append_once(
                connection,
                messages.c.answers == message.number,
                line(
                    conversation,
                    Author.ASSISTANT,
                    reply.text,
                    at,
                    client_id=f"re:{message.number}",
                    answers=message.number,
                    reply=_reply_row(reply),
                ),
            )

    async def thread(self, conversation: str, after: int = 0) -> Sequence[Message]:
        query = (
            sa.select(messages)
            .where(messages.c.conversation == conversation, messages.c.number > after)
            .order_by(messages.c.number)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
            if not rows:
                await _known(connection, conversation)
        return [_message(row) for row in rows]

    async def unanswered(self) -> Sequence[tuple[str, Message]]:
        reply = messages.alias("reply")
        query = (
            sa.select(messages)
            .join(conversations, conversations.c.id == messages.c.conversation)
            .outerjoin(
                reply,
                sa.and_(reply.c.conversation == messages.c.conversation, reply.c.answers == messages.c.number),
            )
            .where(
                messages.c.author == Author.PARENT.value,
                reply.c.number.is_(None),
                # What an adviser has heard and is still there to answer is only checked for danger again.
                sa.or_(messages.c.heard_by != Holder.ADVISER.value, conversations.c.holder == Holder.ADVISER.value),
            )
            .order_by(messages.c.at, messages.c.number)
        )
        async with self._reading() as connection:
            return [(row["conversation"], _message(row)) for row in (await connection.execute(query)).mappings()]

    async def saw(self, conversation: str, number: int) -> None:
        query = (
            sa.update(conversations)
            .where(conversations.c.id == conversation, conversations.c.parent_saw < number)
            .values(parent_saw=number)
        )
        async with self._writing() as connection:
            await connection.execute(query)

    async def parent_saw(self, conversation: str) -> int:
        query = sa.select(conversations.c.parent_saw).where(conversations.c.id == conversation)
        async with self._reading() as connection:
            return int((await connection.execute(query)).scalar_one())


async def locked(connection: AsyncConnection, conversation: str) -> Any:
    """The conversation's row, nobody else's until the transaction ends: on PostgreSQL; on SQLite nobody else writes.

    Raises `UnknownConversation`, also for one that was forgotten: nothing can be added to it.
    """
    query = sa.select(conversations).where(conversations.c.id == conversation).with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None or row["forgotten_at"] is not None:
        raise UnknownConversation
    return row


async def append_once(connection: AsyncConnection, seen: Any, row: dict[str, Any]) -> Message:
    """Append a row under the next number of its locked conversation, or return the one that is there already."""
    query = sa.select(messages).where(messages.c.conversation == row["conversation"], seen)
    found = (await connection.execute(query)).mappings().one_or_none()
    return _message(found) if found else await append(connection, row)


async def append(connection: AsyncConnection, row: dict[str, Any]) -> Message:
    """Append a row under the next number of its locked conversation."""
    last = sa.select(sa.func.coalesce(sa.func.max(messages.c.number), 0)).where(
        messages.c.conversation == row["conversation"]
    )
    row["number"] = (await connection.execute(last)).scalar_one() + 1
    await connection.execute(sa.insert(messages).values(row))
    return _message(row)


def line(conversation: str, author: Author, text: str, at: dt.datetime, **more: Any) -> dict[str, Any]:
    """A row of `messages`, still without its number."""
    row = {
        "conversation": conversation,
        "author": author.value,
        "by": "",
        "client_id": secrets.token_hex(16),
        "text": text,
        "press": "",
        "at": stored(at),
        "heard_by": Holder.BOT.value,
        "answers": None,
        "reply": None,
    }
    return {**row, **more}


async def _known(connection: AsyncConnection, conversation: str) -> None:
    query = sa.select(conversations.c.id).where(conversations.c.id == conversation)
    if (await connection.execute(query)).scalar_one_or_none() is None:
        raise UnknownConversation


def _message(row: Any) -> Message:
    return Message(
        number=row["number"],
        author=Author(row["author"]),
        text=row["text"],
        at=in_london(row["at"]),
        client_id=row["client_id"],
        by=row["by"],
        press=row["press"],
        heard_by=Holder(row["heard_by"]),
        answers=row["answers"],
        reply=_reply(row["text"], row["reply"]) if row["reply"] else None,
    )


def _reply_row(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status.value,
        "shown": [[shown.card, shown.version] for shown in reply.shown],
        "buttons": [[button.label, button.press] for button in reply.buttons],
        "risk": reply.risk.value if reply.risk else None,
        "context": reply.context.as_json(),
    }


def _reply(text: str, row: dict[str, Any]) -> Reply:
    return Reply(
        status=Status(row["status"]),
        text=text,
        shown=tuple(Shown(*pair) for pair in row["shown"]),
        buttons=tuple(Button(*pair) for pair in row["buttons"]),
        risk=Risk(row["risk"]) if row["risk"] else None,
        context=Context.from_json(row["context"]),
    )
