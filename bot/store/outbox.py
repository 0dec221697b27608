"""What is on its way to Telegram: kept until it has arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chats import Chat, Parcel
from bot.store.database import Database, in_london, stored
from bot.store.tables import telegram_chats, telegram_outbox, telegram_updates

#: Parcels with such keys are sent to a parent who wants quiet, too: they are harmless.
HARMLESS = "quick:"

_NOT_SENT = (telegram_outbox.c.sent_at.is_(None), telegram_outbox.c.failed == "")
_QUIET = sa.and_(telegram_chats.c.quiet, ~telegram_outbox.c.key.startswith(HARMLESS))
_HELD_BACK = (
    sa.select(telegram_chats.c.chat)
    .where(telegram_chats.c.chat == telegram_outbox.c.chat, sa.or_(telegram_chats.c.blocked, _QUIET))
    .correlate(telegram_outbox)
    .exists()
)


class Outbox(Database):
    """Parcels in the order in which they were posted, chat by chat."""

    async def post(self, parcels: Sequence[Parcel], at: dt.datetime) -> None:
        """Put parcels into the outbox; a key that was there before is left as it is."""
        async with self._writing() as connection:
            await _post(connection, parcels, at)

    async def post_lines(self, chat: Chat, parcels: Sequence[Parcel], at: dt.datetime) -> None:
        """Post what holds the lines of a conversation up to `chat.line`, in one step with keeping that number."""
        query = sa.update(telegram_chats).where(
            telegram_chats.c.chat == chat.id,
            telegram_chats.c.conversation == chat.conversation,
            telegram_chats.c.line < chat.line,
        )
        async with self._writing() as connection:
            if (await connection.execute(query.values(line=chat.line, place=chat.place))).rowcount:
                await _post(connection, parcels, at)

    async def chats_with_parcels(self) -> Sequence[int]:
        """The chats for which something waits in the outbox."""
        query = sa.select(telegram_outbox.c.chat).where(*_NOT_SENT).distinct()
        async with self._reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def next_parcel(self, chat: int) -> Parcel | None:
        """The next parcel for a chat; None where none may be sent."""
        query = (
            sa.select(telegram_outbox)
            .where(telegram_outbox.c.chat == chat, *_NOT_SENT, ~_HELD_BACK)
            .order_by(telegram_outbox.c.number)
            .limit(1)
        )
        async with self._reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Parcel(
            key=row.key,
            chat=row.chat,
            payload=row.payload,
            conversation=row.conversation,
            line=row.line,
            number=row.number,
            attempts=row.attempts,
            doubtful=row.doubtful,
        )

    async def parcel_goes(self, number: int) -> bool:
        """A parcel goes out now, and may arrive from now on; False where it may no longer be sent."""
        query = (
            sa.update(telegram_outbox)
            .where(telegram_outbox.c.number == number, *_NOT_SENT, ~_HELD_BACK)
            .values(attempts=telegram_outbox.c.attempts + 1, doubtful=True)
        )
        async with self._writing() as connection:
            return bool((await connection.execute(query)).rowcount)

    async def parcel_not_taken(self, number: int) -> None:
        """An attempt has surely not arrived."""
        async with self._writing() as connection:
            await _change(connection, number, doubtful=False)

    async def parcel_sent(self, number: int, message: int | None, at: dt.datetime) -> None:
        """A parcel has arrived, as the message with this number."""
        async with self._writing() as connection:
            await _change(connection, number, sent_at=stored(at), message=message, payload=None)

    async def parcel_failed(self, number: int, why: str) -> None:
        """A parcel cannot arrive."""
        async with self._writing() as connection:
            await _change(connection, number, failed=why, payload=None)

    async def message_of(self, key: str) -> int | None:
        """Telegram's number of the message that a parcel became; None where it has not arrived."""
        query = sa.select(telegram_outbox.c.message).where(telegram_outbox.c.key == key)
        async with self._reading() as connection:
            found: int | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def fate(self, key: str) -> str:
        """What became of a parcel: `waiting`, `sent`, or why it has failed; a parcel that was withdrawn still waits."""
        query = sa.select(telegram_outbox.c.sent_at, telegram_outbox.c.failed).where(telegram_outbox.c.key == key)
        async with self._reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return "waiting" if row is None else "sent" if row.sent_at else row.failed or "waiting"

    async def withdraw(self, key: str) -> None:
        """Take a parcel out again that has not been sent."""
        query = sa.delete(telegram_outbox).where(telegram_outbox.c.key == key, *_NOT_SENT)
        async with self._writing() as connection:
            await connection.execute(query)

    async def key_of(self, chat: int, message: int) -> str:
        """The key of the parcel that became this message; empty where none did."""
        query = sa.select(telegram_outbox.c.key).where(
            telegram_outbox.c.chat == chat, telegram_outbox.c.message == message
        )
        async with self._reading() as connection:
            return str((await connection.execute(query)).scalars().first() or "")

    async def last_posted(self, beginning: str) -> dt.datetime | None:
        """When a parcel whose key begins like this was posted last."""
        query = sa.select(sa.func.max(telegram_outbox.c.at)).where(
            telegram_outbox.c.key.startswith(beginning, autoescape=True)
        )
        async with self._reading() as connection:
            found: dt.datetime | None = in_london((await connection.execute(query)).scalar_one())
        return found

    async def tidy(self, before: dt.datetime) -> None:
        """Forget what was received and posted before a moment."""
        async with self._writing() as connection:
            for table in (telegram_updates, telegram_outbox):
                await connection.execute(sa.delete(table).where(table.c.at < stored(before)))


async def _post(connection: AsyncConnection, parcels: Sequence[Parcel], at: dt.datetime) -> None:
    for parcel in parcels:
        known = sa.select(telegram_outbox.c.number).where(telegram_outbox.c.key == parcel.key)
        if (await connection.execute(known)).one_or_none() is None:
            row = {
                "key": parcel.key,
                "chat": parcel.chat,
                "conversation": parcel.conversation,
                "line": parcel.line,
                "payload": dict(parcel.payload),
                "at": stored(at),
                "attempts": 0,
                "doubtful": False,
                "failed": "",
            }
            await connection.execute(sa.insert(telegram_outbox).values(row))


async def _change(connection: AsyncConnection, number: int, **values: Any) -> None:
    query = sa.update(telegram_outbox).where(telegram_outbox.c.number == number).values(**values)
    await connection.execute(query)
