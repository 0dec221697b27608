"""A conversation that leaves something in every place where words are kept, and a search for them."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from bot.accounts import Role
from bot.callbacks import Call
from bot.chats import Parcel
from bot.concerns import Draft, Finding, Step
from bot.conversation import Button, Context, Holder, Reply, Risk, Status
from bot.handover import HandoverCard, Way
from bot.sealing import Keys, NotOpened
from bot.settings import LONDON
from bot.store import SqlStore
from bot.store.sealed import Sealed
from bot.store.tables import metadata
from tests.keys import KEYS

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
#: Every sentence that is said below holds this word, which stands nowhere else.
WORD = "zweigelt"
#: Too long for a quick look: one that a page of SQLite's holds, and one that it does not.
LONG, LONGER = (f"a letter of {WORD}" + " and so on" * (length // 10) for length in (1500, 6000))
#: The columns that hold words.
SEALED = {str(column) for table in metadata.sorted_tables for column in table.c if isinstance(column.type, Sealed)}


def words(of: str) -> str:
    return f"what {of} said of {WORD}"


async def say_everything(store: SqlStore, conversation: str = "talk", chat: int = 1001, at: dt.datetime = NOON) -> int:
    """A parent asks, books a call, talks with an adviser, has it closed and thanks; the number of the talk."""
    if "Sam" not in {account.name for account in await store.accounts()}:
        await store.add_account("Sam", Role.ADVISER, "", 3)
    await store.open(conversation, "telegram", at)
    await store.bind(chat, conversation)
    await store.receive(chat, chat, {"message": {"text": words("an update")}}, at)
    question = await store.record(conversation, "c1", words("a parent"), "", at)
    await store.record(conversation, "c2", LONG, "", at)
    await store.record(conversation, "c3", LONGER, "", at)
    context = Context(facts={"school": words("a fact")}, form={"name": words("a form")})
    reply = Reply(Status.ANSWERED, words("a reply"), buttons=(Button(words("a button"), "yes"),), context=context)
    await store.answer(conversation, question, reply, at)
    # Of what is on its way to Telegram, one thing has arrived and one has not.
    parcels = [Parcel(f"{conversation}:{n}", chat, {"text": words("a parcel")}, conversation, n) for n in (1, 2)]
    await store.post(parcels, at)
    sent = await store.next_parcel(chat)
    assert sent is not None
    await store.parcel_sent(sent.number, 7, at)
    call = Call("call", at + dt.timedelta(days=1), 30, words("a name"), words("a number"), True, words("about"))
    booked = await store.book(conversation, call, 9, at)
    await store.cancel(booked.number, "parent", at)
    card = HandoverCard(want=words("a card"), reach=words("a way"), facts={"school": words("a fact")})
    talk = await store.hand_over(conversation, card, Way.LIVE, None, "asked", at)
    await store.take("Sam", words("the helpline"), at, talk.number)
    await store.say(talk.number, "Sam", words("an adviser"), "a1", at)
    await store.note(talk.number, "Sam", "note", words("a note"), at)
    await store.note(talk.number, "Sam", "whisper", words("a whisper"), at)
    ending = {"outcome": "answered", "topics": ["exclusion"], "follow_up": words("a follow-up")}
    await store.release(talk.number, "Sam", Holder.CLOSED, words("goodbye"), at, **ending)
    assert await store.thank(conversation, 5, words("thanks"))
    return talk.number


def _files(paths: Iterable[Path]) -> list[Path]:
    return [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]


async def say_danger(store: SqlStore, conversation: str = "talk", at: dt.datetime = NOON) -> None:
    """The check finds danger in what was said, and somebody at the desk writes into its record; it stays open."""
    finding = Finding("suicide", Risk.URGENT, 2, words("danger"), ((1, words("before")),))
    await store.find_concern(conversation, finding, at)
    concern = await store.open_concern(conversation)
    assert concern is not None
    for draft in (
        Draft(Step.DECIDED, "Sam", "refer", words("a decision")),
        Draft(Step.REFERRED, "Sam", "police", words("a referral"), words("an officer")),
    ):
        await store.add_to_concern(concern.number, draft, at)


def found_in_files(paths: Iterable[Path], word: str = WORD) -> list[str]:
    """The files of these folders, or these files, that hold a word, in whatever state they are."""
    codings = ("utf-8", "utf-16-le", "utf-16-be")
    needles = [word.encode(coding) for coding in codings]
    return [str(file) for file in _files(paths) if any(needle in _content(file) for needle in needles)]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        # A database that runs makes files and takes them away.
        return b""


async def found_in_tables(store: SqlStore, word: str = WORD) -> list[str]:
    """The tables of the database, known to us or not, with a row that holds a word as it lies there."""
    found = []
    async with store._engine.connect() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        for name in names:
            rows = (await connection.exec_driver_sql(f'SELECT * FROM "{name}"')).all()
            if any(word in str(tuple(row)) for row in rows):
                found.append(name)
    return found


def opened_in_files(paths: Iterable[Path], keys: Keys = KEYS) -> set[str]:
    """What can be opened of all that lies sealed and in one piece in these files, in whatever state they are."""
    begins = re.compile("|".join(keys.ids).encode() + rb"\.")
    # In a row of SQLite's nothing stands between one value and the next: a value may end earlier than its letters.
    found = {
        (begin[0].decode(), re.match(rb"[A-Za-z0-9_-]*={0,2}", content[begin.end() :])[0].decode())
        for content in map(_content, _files(paths))
        for begin in begins.finditer(content)
    }
    return {text for begin, rest in found if (text := _opened(begin, rest, keys)) is not None}


def _opened(begin: str, rest: str, keys: Keys) -> str | None:
    for length, place in itertools.product(range(len(rest) // 4 * 4, 36, -4), SEALED):
        with contextlib.suppress(NotOpened):
            return keys.open(begin + rest[:length], place)
    return None


def sealed_in(database: Path, keys: Keys = KEYS) -> set[str]:
    """All sealed values in the tables of a SQLite database, as they lie there."""
    begins = tuple(f"{name}." for name in keys.ids)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
    return {value for row in rows for value in row if isinstance(value, str) and value.startswith(begins)}


def left_in_files(paths: Iterable[Path], values: Iterable[str]) -> set[str]:
    """Those sealed values of which these files hold a piece, torn apart on pages that nothing points to or not."""
    contents = [_content(file) for file in _files(paths)]
    # A value that is too long for its page lies there in pieces of some hundred letters and more.
    pieces = {value: [value[at : at + 24].encode() for at in range(9, len(value) - 24, 24)] for value in values}
    return {value for value, parts in pieces.items() if any(part in content for part in parts for content in contents)}


async def read_with_keys(store: SqlStore) -> str:
    """All that the store can read, table by table."""
    async with store._engine.connect() as connection:
        return str([(await connection.execute(sa.select(table))).all() for table in metadata.sorted_tables])
