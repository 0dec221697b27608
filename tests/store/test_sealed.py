"""A copy of the database shows no sentence, the key can be changed meanwhile, and what was kept before is sealed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.sealing import Keys, NotOpened, new_key
from bot.store import KeyMissing, SqlStore
from bot.store.sealed import Sealed
from bot.store.tables import metadata
from tests.conftest import _program
from tests.earlier import migrated_to, upgraded
from tests.everything import NOON, SEALED, WORD, found_in_files, found_in_tables, say_danger, say_everything, words
from tests.keys import KEYS

OLD, NEW = new_key(), new_key()


async def columns_with_words(store: SqlStore) -> set[str]:
    """The sealed columns in which something was said, read with the keys."""
    async with store._engine.connect() as connection:
        return {
            str(column)
            for table in metadata.sorted_tables
            for column in table.c
            if str(column) in SEALED and WORD in str((await connection.execute(sa.select(column))).all())
        }


async def test_a_copy_of_the_database_shows_no_sentence(store: SqlStore, address: str, tmp_path: Path) -> None:
    number = await say_everything(store)
    await say_danger(store)
    await store.switch("web", "bot", words("a reason"), "Sam", NOON)
    await store.begin_second_step("Sam", words("a phone"), ())
    assert await columns_with_words(store) == {column for column in SEALED if column != "bookings.outcome"}
    assert await found_in_tables(store) == []
    # The writer is still there, and with it the write-ahead log.
    assert address.startswith("postgresql") or (tmp_path / "helpline.sqlite-wal").stat().st_size
    assert found_in_files([tmp_path]) == []
    assert (await store.talk(number)).card.want == words("a card")


@pytest.mark.slow
async def test_a_dump_of_postgresql_and_its_files_show_no_sentence(new_database, tmp_path: Path) -> None:
    address = new_database()
    store = SqlStore(address, KEYS)
    await store.upgrade()
    await say_everything(store)
    await store.close()
    dump = tmp_path / "dump.sql"
    await asyncio.to_thread(subprocess.run, [_program("pg_dump"), address, "-f", str(dump)], check=True)
    assert "CREATE TABLE" in dump.read_text()
    assert found_in_files([dump, Path(address.partition("host=")[2])]) == []


def test_every_column_names_its_own_place() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                assert column.type.place == f"{table.name}.{column.name}"
            else:
                assert not isinstance(column.type, sa.JSON) or column.name == "topics"
                assert not isinstance(column.type, sa.Text), "where there is room for words, they are sealed"


async def test_a_sentence_that_was_moved_to_another_column_is_refused(store: SqlStore) -> None:
    await say_everything(store)
    async with store._engine.begin() as connection:
        await connection.execute(sa.text("UPDATE messages SET text = (SELECT MIN(why) FROM events)"))
    with pytest.raises(NotOpened):
        await store.thread("talk")


# -- the key is changed ---------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def started(address: str, *keys: str) -> AsyncIterator[SqlStore]:
    """A store with these keys, as a gateway or a command starts it."""
    store = SqlStore(address, Keys(keys))
    try:
        await store.upgrade()
        yield store
    finally:
        await store.close()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.rotating.AT_ONCE", 4)


async def thread_of(address: str, *keys: str) -> list[str]:
    async with started(address, *keys) as store:
        assert [event.why for event in await store.events_of("talk")].count(words("a note")) == 1
        return [line.text for line in await store.thread("talk")]


@pytest.mark.usefixtures("small_steps")
async def test_a_key_is_changed_step_by_step_beside_a_running_gateway(address: str) -> None:
    async with started(address, OLD) as gateway:
        await say_everything(gateway)
    before = await thread_of(address, OLD)
    said: list[str] = []
    # The gateway is started with both keys, writes with the new one, and goes on while the command runs.
    async with started(address, NEW, OLD) as gateway, started(address, NEW, OLD) as command:
        with pytest.raises(KeyMissing, match="HELPLINE_KEYS does not hold"):
            async with started(address, NEW):
                pass

        async def write() -> list[str]:
            return [(await gateway.record("talk", f"c{n}m", words("a parent"), "", NOON)).text for n in range(20)]

        rows, meanwhile = await asyncio.gather(command.rotate(said.append), write())
        assert rows >= len(before)
        assert any(line.startswith("messages: ") for line in said)
        assert WORD not in str(said)
        assert await command.rotate(said.append) == 0
    # The old key is not needed any more.
    assert await thread_of(address, NEW) == before + meanwhile


@pytest.mark.usefixtures("small_steps")
async def test_a_change_of_keys_that_is_cut_short_loses_nothing_and_goes_on(address: str) -> None:
    async with started(address, OLD) as gateway:
        await say_everything(gateway)
    before = await thread_of(address, OLD)

    def power_cut(line: str) -> None:
        if line.startswith("messages"):
            raise KeyboardInterrupt

    async with started(address, NEW, OLD) as command:
        with pytest.raises(KeyboardInterrupt):
            await command.rotate(power_cut)
    assert await thread_of(address, NEW, OLD) == before
    # Halfway, the old key cannot be left out.
    with pytest.raises(KeyMissing):
        await thread_of(address, NEW)
    async with started(address, NEW, OLD) as command:
        assert await command.rotate(lambda _: None) > 0
    assert await thread_of(address, NEW) == before


async def test_a_gateway_that_still_seals_with_the_old_key_is_noticed(address: str) -> None:
    async with started(address, OLD, NEW) as gateway:
        async with started(address, NEW, OLD) as command:
            await command.rotate(lambda _: None)
        # The gateway looks every few seconds.
        await gateway.claim_keys()
    with pytest.raises(KeyMissing):
        async with started(address, NEW):
            pass


# -- what was kept before -------------------------------------------------------------------------------------------


def as_it_was_before(connection: sa.engine.Connection) -> None:
    before = migrated_to("0003", connection)
    at = NOON.replace(tzinfo=None) if connection.dialect.name == "sqlite" else NOON
    tables = before.tables
    talk = {"id": "talk", "channel": "web", "holder": "bot", "opened_at": at}
    connection.execute(sa.insert(tables["conversations"]).values(talk))
    event = {"at": at, "by": "Sam", "kind": "note", "was": "", "now": "", "conversation": "talk"}
    connection.execute(sa.insert(tables["events"]).values({**event, "why": words("a note")}))
    reply = {"status": "answered", "shown": [], "buttons": [], "risk": None, "context": {"facts": {"a": WORD}}}
    lines = [
        {
            **{"conversation": "talk", "number": number, "author": "assistant" if number % 2 else "parent"},
            **{"client_id": f"c{number}", "text": f"{words('a parent')} {number}", "press": "", "at": at},
            "reply": reply if number % 2 else None,
        }
        for number in range(1200)
    ]
    connection.execute(sa.insert(tables["messages"]), lines)


async def test_what_was_kept_in_plain_words_is_sealed_by_the_migration(address: str, tmp_path: Path) -> None:
    store = await upgraded(address, as_it_was_before)
    assert await found_in_tables(store) == []
    assert found_in_files([tmp_path]) == []
    thread = await store.thread("talk", after=-1)
    assert [line.text for line in thread] == [f"{words('a parent')} {number}" for number in range(1200)]
    assert (thread[0].reply, thread[1].reply.context.facts) == (None, {"a": WORD})
    assert [event.why for event in await store.events_of("talk")] == [words("a note")]
    await store.close()


def test_the_search_of_these_tests_finds_what_is_there(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "plain.sqlite") as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (?)", [json.dumps({"a": words("a parent")})])
    connection.close()
    assert found_in_files([tmp_path]) == [str(tmp_path / "plain.sqlite")]
