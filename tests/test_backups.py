"""A backup is everything at one moment, also while parents write; put back, it is all there, and nothing else is."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import stat
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import __main__ as main
from bot import housekeeping, unfinished
from bot.accounts import Role
from bot.callbacks import Call
from bot.handover import HandoverCard, Way
from bot.knowledge import read_yaml
from bot.running import noted
from bot.sealing import new_key
from bot.settings import LONDON, Settings, read
from bot.store import CopyError, KeyMissing, SqlStore
from bot.store.database import Database
from bot.store.tables import metadata
from tests.earlier import migrated_to
from tests.keys import KEY, KEYS
from tests.test_main import bot

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
SAID = "They sent Oluwaseun home again"


def settings_of(address: str, folder: Path, key: str = KEY) -> Settings:
    return read({"HELPLINE_DATA": str(folder), "DATABASE_URL": address, "HELPLINE_KEYS": key})


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Settings:
    return settings_of(address, tmp_path / "here")


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, address: str, tmp_path: Path) -> Settings:
    """Another machine, with an empty database."""
    folder = tmp_path / "elsewhere"
    sqlite = address.startswith("sqlite")
    return settings_of(
        f"sqlite:///{folder / 'new.sqlite'}" if sqlite else request.getfixturevalue("new_database")(), folder
    )


def replace_key(settings: Settings) -> Settings:
    """The same with another key."""
    return replace(settings, keys=(new_key(),))


async def rows_of(settings: Settings) -> dict[str, list[Any]]:
    """Every row of every table, as it lies there."""
    store = SqlStore(settings.database_url, KEYS)
    async with store._reading() as connection:
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        rows = {
            table: sorted(map(repr, (await connection.execute(sa.text(f'SELECT * FROM "{table}"'))).all()))
            for table in tables
        }
    await store.close()
    return rows


def but_the_restore(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The rows without those in which a restore shows: nobody is signed in, and the log has one line more."""
    return {table: there for table, there in rows.items() if table not in ("sessions", "audit")}


async def a_helpline(store: SqlStore) -> None:
    """Something in the tables that matter."""
    await store.add_account("Sue", Role.SUPERVISOR, "hash", 3)
    await store.begin_session("token", "Sue", NOON, NOON)
    for name in ("talk", "other"):
        await store.open(name, "web", NOON)
        await store.record(name, "c1", SAID, "", NOON)
    await store.hand_over("talk", HandoverCard(want=SAID), Way.LIVE, None, "asked", NOON)
    await store.book("other", Call("call", NOON, 30, "Jo", "+447911123456", True, SAID), 1, NOON)
    await store.switch("web", "bot", "Back soon.", "Sue", NOON)


async def copied(store: SqlStore, settings: Settings, folder: Path) -> Path:
    """A copy of a helpline with something in it."""
    await a_helpline(store)
    await housekeeping.backup(settings, folder / "copy")
    return folder / "copy"


async def test_what_is_put_back_is_what_was_there_row_by_row(
    store: SqlStore, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = await copied(store, settings, tmp_path)
    await housekeeping.restore(elsewhere, file, replace=False)
    there = await rows_of(elsewhere)
    assert but_the_restore(there) == but_the_restore(await rows_of(settings))
    assert set(there) >= {table.name for table in metadata.sorted_tables}
    assert all(there[name] for name in ("messages", "talks", "bookings", "accounts", "events", "switches"))


async def test_who_was_signed_in_when_the_copy_was_made_signs_in_anew(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    await a_helpline(store)
    await housekeeping.backup(settings, tmp_path / "copy")
    await store.end_sessions("Sue")
    await store.close()
    await housekeeping.restore(settings, tmp_path / "copy", replace=True)
    assert (await rows_of(settings))["sessions"] == []


async def test_what_is_done_with_everything_stands_in_the_log(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    await a_helpline(store)
    file = tmp_path / ("copy" * 20)
    await housekeeping.rotate(settings, print)
    await housekeeping.held(settings, "talks", "1", private=False)
    await housekeeping.backup(settings, file)
    with pytest.raises(CopyError):
        await housekeeping.backup(settings, file)
    await store.close()
    await housekeeping.restore(settings, file, replace=True)
    await housekeeping.retain(settings)
    acts = [(act.by, act.what, act.about) for act in await store.acts()]
    await store.close()
    names = {"rotate-key": "", "export": "talk-1", "backup": file.name[:60], "restore": file.name[:60], "retain": ""}
    assert acts[::-1] == [("command line", f"data/{act}", about) for act, about in names.items()]
    wording = read_yaml(settings.knowledge / "wording.yml")
    assert [act for act in names if f"act_data_{act.replace('-', '_')}" not in wording] == []


async def test_a_copy_made_while_parents_write_is_of_one_moment(
    store: SqlStore, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    await a_helpline(store)
    written: list[int] = []

    async def write() -> None:
        while True:
            # A message and its event belong together: each is one transaction.
            number = len(written)
            await store.record("talk", f"w{number}", f"line {number}", "", NOON)
            await store.record("other", f"w{number}", f"line {number}", "", NOON)
            written.append(number)

    writing = asyncio.create_task(write())
    while len(written) < 5:
        await asyncio.sleep(0.01)
    for attempt in range(20):
        file, before = tmp_path / f"copy{attempt}", len(written)
        await housekeeping.backup(settings, file)
        # On a busy machine the copy may be made before the next line is written; then nothing is proved yet.
        if went_on := len(written) > before:
            break
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await housekeeping.restore(elsewhere, file, replace=False)
    copied = SqlStore(elsewhere.database_url, KEYS)
    first, second = [line.client_id for line in await copied.thread("talk")], await copied.thread("other")
    await copied.close()
    assert went_on, "nobody could write meanwhile"
    assert len(first) >= before
    assert 0 <= len(first) - len(second) <= 1, "two moments are mixed"
    assert first == [line.client_id for line in await store.thread("talk")][: len(first)]


async def test_a_copy_shows_no_sentence_and_holds_no_key(
    store: SqlStore, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = await copied(store, settings, tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await housekeeping.restore(elsewhere, file, replace=False)
    plain = file.read_bytes() + repr(await rows_of(elsewhere)).encode()
    assert b"Oluwaseun" not in plain
    assert KEY.encode() not in plain
    with pytest.raises(KeyMissing):
        await housekeeping.restore(settings_of(elsewhere.database_url, tmp_path / "b", new_key()), file, replace=True)


async def test_what_there_is_is_replaced_only_after_a_clear_yes(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    await store.open("old", "web", NOON)
    file = tmp_path / "copy"
    await housekeeping.backup(settings, file)
    was = but_the_restore(await rows_of(settings))
    await store.open("new", "web", NOON)
    await store.close()
    with pytest.raises(CopyError, match="add --replace"):
        await housekeeping.restore(settings, file, replace=False)
    assert but_the_restore(await rows_of(settings)) != was
    await housekeeping.restore(settings, file, replace=True)
    assert but_the_restore(await rows_of(settings)) == was


async def test_what_was_deleted_since_the_copy_is_deleted_again(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    await a_helpline(store)
    await store.open("gone before", "web", NOON)
    await store.forget("gone before", NOON)
    file = tmp_path / "copy"
    await housekeeping.backup(settings, file)
    await store.forget("other", NOON)
    await store.open("begun since", "web", NOON)
    await store.forget("begun since", NOON)
    await store.close()
    assert await housekeeping.restore(settings, file, replace=True) == 1
    assert await store.thread("other") == []
    assert [line.text for line in await store.thread("talk")] != []
    (event,) = [event for event in await store.events_of("other") if event.kind == "forgotten"]
    assert (event.by, event.why) == ("command line", "1 lines, 1 calls")
    assert unfinished.found(settings) is None


async def test_a_restore_that_is_cut_short_forgets_all_the_same_when_it_is_done_again(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    file = await copied(store, settings, tmp_path)
    await store.forget("other", NOON)
    await store.close()
    with pytest.raises(KeyMissing):
        await housekeeping.restore(replace_key(settings), file, replace=True)
    assert await housekeeping.restore(settings, file, replace=True) == 1
    assert await store.thread("other") == []


async def test_what_could_not_be_told_before_a_restore_was_cut_short_is_not_told_after_it(
    store: SqlStore, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = await copied(store, settings, tmp_path)
    for _ in range(2):
        with pytest.raises(KeyMissing):
            await housekeeping.restore(replace_key(elsewhere), file, replace=True)
    assert await housekeeping.restore(elsewhere, file, replace=True) is None
    assert await housekeeping.restore(elsewhere, file, replace=True) == 0


async def test_until_a_restore_is_complete_nothing_starts(
    store: SqlStore, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_helpline(store)
    await store.close()
    file = tmp_path / "copy"
    await housekeeping.backup(settings, file)
    with pytest.raises(KeyMissing):
        await housekeeping.restore(replace_key(settings), file, replace=True)
    said: list[str] = []
    monkeypatch.setattr(main, "_settings", lambda: (settings, {}))
    monkeypatch.setattr(main, "_tell", said.append)
    with pytest.raises(SystemExit):
        main.serve()
    assert [sentence.partition(":")[0] for sentence in said] == [
        "A restore was cut short, and what was deleted may be there again"
    ]


async def test_where_nothing_tells_what_was_deleted_it_says_so(
    store: SqlStore, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    file = await copied(store, settings, tmp_path)
    assert await housekeeping.restore(elsewhere, file, replace=False) is None


async def test_a_database_that_is_damaged_is_replaced_all_the_same(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    file = await copied(store, settings, tmp_path)
    async with store._writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE conversations RENAME COLUMN forgotten_at TO something")
    await store.close()
    assert await housekeeping.restore(settings, file, replace=True) is None
    assert await store.thread("other")


async def test_nothing_is_put_back_under_a_helpline_that_runs(
    store: SqlStore, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "copy"
    await housekeeping.backup(settings, file)
    with noted(settings), pytest.raises(CopyError, match="A helpline runs"):
        await housekeeping.restore(settings, file, replace=True)
    if settings.database_url.startswith("postgres"):
        with pytest.raises(CopyError, match="in use"):
            await housekeeping.restore(settings, file, replace=True)


async def test_a_database_older_than_the_log_is_copied_all_the_same(
    address: str, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    database = Database(address, KEYS)
    async with database._engine.begin() as connection:
        conversations = (await connection.run_sync(partial(migrated_to, "0005"))).tables["conversations"]
        at = NOON.replace(tzinfo=None) if connection.dialect.name == "sqlite" else NOON
        old = {"id": "old", "channel": "web", "holder": "bot", "opened_at": at}
        await connection.execute(sa.insert(conversations).values(old))
    await database.close()
    await housekeeping.backup(settings, tmp_path / "copy")
    await housekeeping.restore(elsewhere, tmp_path / "copy", replace=False)
    assert len((await rows_of(elsewhere))["conversations"]) == 1
    assert "audit" not in await rows_of(settings)


async def test_a_damaged_or_foreign_file_changes_nothing(store: SqlStore, settings: Settings, tmp_path: Path) -> None:
    await store.open("old", "web", NOON)
    await store.close()
    file = tmp_path / "copy"
    await housekeeping.backup(settings, file)
    was = await rows_of(settings)
    whole = file.read_bytes()
    for content in (b"no copy at all", whole[: len(whole) // 2], whole[:100] + b"\xff" * (len(whole) - 100)):
        file.write_bytes(content)
        with pytest.raises(CopyError):
            await housekeeping.restore(settings, file, replace=True)
        assert await rows_of(settings) == was
        assert unfinished.found(settings) is None


async def test_a_copy_overwrites_no_other(store: SqlStore, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    file.write_text("last week's")
    with pytest.raises(CopyError, match="there already"):
        await housekeeping.backup(settings, file)
    assert file.read_text() == "last week's"


@pytest.mark.slow
def test_the_commands_say_what_they_did_and_what_they_could_not(tmp_path: Path) -> None:
    environment = {"HELPLINE_DATA": str(tmp_path / "data"), "DATABASE_URL": "", "HELPLINE_KEYS": KEY}
    file = str(tmp_path / "copy")
    done = bot("backup", file, **environment)
    assert (done.returncode, done.stderr) == (1, f"There is no database at {tmp_path}/data/helpline.sqlite.\n")
    (tmp_path / "data").mkdir()
    asyncio.run(_made(environment))
    done = bot("backup", file, **environment)
    assert done.stdout.startswith(f"{file}: ")
    done = bot("restore", file, **environment)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"Everything is as it was in {file}.",
        "Chats that were deleted since then, and are deleted again: 0.",
    ]
    assert bot("restore", f"{file}x", **environment).stderr == f"There is no file {file}x.\n"
    with sqlite3.connect(file) as copy:
        assert copy.execute("SELECT count(*) FROM conversations").fetchone() == (0,)


async def _made(environment: dict[str, str]) -> None:
    store = SqlStore(read(environment).database_url, KEYS)
    await store.upgrade()
    await store.close()
