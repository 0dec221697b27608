"""The database: tables, queries, and the only hand that writes."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.conversation import Author, Button, Context, Holder, Message, Reply, Risk, Shown, Status
from bot.helpline import UnknownConversation
from bot.settings import LONDON

metadata = sa.MetaData()

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("holder", sa.String(20), nullable=False),
    sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
)

#: Append-only: a row is added for every line that is heard or said, and none is changed.
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("conversation", sa.String(40), sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("author", sa.String(20), nullable=False),
    sa.Column("client_id", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("press", sa.String(100), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("answers", sa.Integer),
    sa.Column("reply", sa.JSON),
    sa.UniqueConstraint("conversation", "client_id"),
    sa.UniqueConstraint("conversation", "answers"),
)

_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class SqlStore:
    """The store on SQLite (one file, write-ahead log) or PostgreSQL, by the address of the database."""

    def __init__(self, database_url: str) -> None:
        scheme, _, rest = database_url.partition("://")
        url = f"{_ASYNC_DRIVERS.get(scheme, scheme)}://{rest}"
        self._engine: AsyncEngine = create_async_engine(
            url,
            future=True,
            hide_parameters=True,
            # Without a pool each operation on SQLite would open the file anew.
            poolclass=sa.pool.AsyncAdaptedQueuePool,
        )
        self._one_writer = asyncio.Lock()
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)

    async def upgrade(self) -> None:
        """Bring the tables up to date by the migrations."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_migrate)

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds the right to write from its first read on.

        SQLite has one writer at a time. Waiting in line here is fair and quick; its own waiting is neither.
        """
        if self._engine.dialect.name != "sqlite":
            async with self._engine.begin() as connection:
                yield connection
            return
        async with self._one_writer, self._engine.begin() as connection:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    async def open(self, conversation: str, channel: str, at: dt.datetime) -> None:
        row = {
            "id": conversation,
            "channel": channel,
            "holder": Holder.BOT.value,
            "opened_at": at.astimezone(dt.timezone.utc),
        }
        async with self._writing() as connection:
            await connection.execute(sa.insert(conversations).values(row))

    async def holder(self, conversation: str) -> Holder:
        async with self._engine.connect() as connection:
            return await _holder(connection, conversation)

    async def record(self, conversation: str, client_id: str, text: str, press: str, at: dt.datetime) -> Message:
        async with self._writing() as connection:
            await _holder(connection, conversation)
            seen = messages.c.client_id == client_id
            return await _append_once(
                connection,
                seen,
                {
                    "conversation": conversation,
                    "author": Author.PARENT.value,
                    "client_id": client_id,
                    "text": text,
                    "press": press,
                    "at": at.astimezone(dt.timezone.utc),
                    "answers": None,
                    "reply": None,
                },
            )

    async def answer(self, conversation: str, message: Message, reply: Reply, at: dt.datetime) -> Message:
        async with self._writing() as connection:
            return await _append_once(
                connection,
                messages.c.answers == message.number,
                {
                    "conversation": conversation,
                    "author": Author.ASSISTANT.value,
                    "client_id": f"re:{message.number}",
                    "text": reply.text,
                    "press": "",
                    "at": at.astimezone(dt.timezone.utc),
                    "answers": message.number,
                    "reply": _reply_row(reply),
                },
            )

    async def thread(self, conversation: str, after: int = 0) -> Sequence[Message]:
        query = (
            sa.select(messages)
            .where(messages.c.conversation == conversation, messages.c.number > after)
            .order_by(messages.c.number)
        )
        async with self._engine.connect() as connection:
            await _holder(connection, conversation)
            return [_message(row) for row in (await connection.execute(query)).mappings()]

    async def unanswered(self) -> Sequence[tuple[str, Message]]:
        reply = messages.alias("reply")
        query = (
            sa.select(messages)
            .outerjoin(
                reply,
                sa.and_(reply.c.conversation == messages.c.conversation, reply.c.answers == messages.c.number),
            )
            .where(messages.c.author == Author.PARENT.value, reply.c.number.is_(None))
            .order_by(messages.c.at, messages.c.number)
        )
        async with self._engine.connect() as connection:
            return [(row["conversation"], _message(row)) for row in (await connection.execute(query)).mappings()]


async def _holder(connection: AsyncConnection, conversation: str) -> Holder:
    query = sa.select(conversations.c.holder).where(conversations.c.id == conversation)
    value = (await connection.execute(query)).scalar_one_or_none()
    if value is None:
        raise UnknownConversation
    return Holder(value)


async def _append_once(connection: AsyncConnection, seen: Any, row: dict[str, Any]) -> Message:
    """Append a row under the conversation's next number, or return the one that is there already."""
    conversation = row["conversation"]
    # On PostgreSQL the lock on the conversation's row keeps two gateways from taking one number; on SQLite `_writing`.
    await connection.execute(sa.select(conversations.c.id).where(conversations.c.id == conversation).with_for_update())
    query = sa.select(messages).where(messages.c.conversation == conversation, seen)
    found = (await connection.execute(query)).mappings().one_or_none()
    if found is None:
        last = sa.select(sa.func.coalesce(sa.func.max(messages.c.number), 0)).where(
            messages.c.conversation == conversation
        )
        row["number"] = (await connection.execute(last)).scalar_one() + 1
        await connection.execute(sa.insert(messages).values(row))
        found = row
    return _message(found)


def _message(row: Any) -> Message:
    # SQLite gives back times without their zone: every time is stored in UTC.
    at = row["at"] if row["at"].tzinfo else row["at"].replace(tzinfo=dt.timezone.utc)
    return Message(
        number=row["number"],
        author=Author(row["author"]),
        text=row["text"],
        at=at.astimezone(LONDON),
        client_id=row["client_id"],
        press=row["press"],
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


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(connection: sa.engine.Connection) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")
