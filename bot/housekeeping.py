"""What is done with all that a helpline keeps."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bot import unfinished
from bot.accounts import COMMAND
from bot.advising import Advising
from bot.keyring import keyring
from bot.knowledge import load, read_yaml
from bot.live import Live
from bot.reception import Reception
from bot.reference import digits_of
from bot.retention import Deleted, Retention
from bot.running import AlreadyRunning, noted
from bot.settings import Settings
from bot.store import SqlStore
from bot.store.copies import Copies, CopyError, copies
from bot.unfinished import Unfinished

#: So many characters of what an act was about are written down: the width of the column.
MOST_ABOUT = 60


async def rotate(settings: Settings, say: Callable[[str], None]) -> int:
    """Seal everything with the newest key; how many rows that were. Raises `SettingsError`, `KeyMissing`."""
    async with _store(settings) as store:
        await _note(store, settings, "rotate-key")
        return await store.rotate(say)


async def retain(settings: Settings) -> Deleted:
    """Delete what is older than it may be. Raises `SettingsError`, `KeyMissing`."""
    service = read_yaml(settings.knowledge / "service.yml")
    async with _store(settings) as store:
        await _note(store, settings, "retain")
        return await Retention(store, service, settings.clock).delete()


async def held(settings: Settings, what: str, which: str, private: bool) -> Mapping[str, str]:
    """What is held on a conversation, as files to read and as JSON, by their names.

    It is that of one of the `talks`, `calls`, `concerns` or `chats`. Raises `UnknownChat`, `SettingsError`,
    `KeyMissing`.
    """
    knowledge = load(settings.knowledge)
    name = f"{what.removesuffix('s')}-{digits_of(which)}"
    async with _store(settings) as store:
        await _note(store, settings, "export", name)
        desk = Advising(store, Live(), knowledge, Reception(knowledge), settings.clock)
        disclosure = await desk.export(await store.conversation_of(what, which), COMMAND, private)
    return {f"{name}.txt": disclosure.as_text(knowledge), f"{name}.json": disclosure.as_json()}


def write(files: Mapping[str, str], folder: Path) -> Iterator[Path]:
    """Write files that only their owner can read, and name them. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(content)
        yield path


async def backup(settings: Settings, file: Path) -> None:
    """Write everything into one file, while the helpline runs on; what is sealed stays sealed.

    Raises `CopyError`, `SettingsError`.
    """
    database = copies(settings.database_url)
    # A database is copied before it is brought up to date; and where nothing is, there is no log.
    if await asyncio.to_thread(database.holds_anything):
        async with _store(settings, as_it_is=True) as store:
            if await store.has_log():
                await _note(store, settings, "backup", file.name)
    await asyncio.to_thread(lambda: database.save(file.resolve()))


async def restore(settings: Settings, file: Path, *, replace: bool) -> int | None:
    """Put a copy back, in place of what there is only where `replace` says so. Raises `CopyError`, `KeyMissing`.

    What was deleted since the copy was made is deleted again: how many conversations that were; None where what is
    replaced could not tell. Cut short, it is done as a whole by the next restore, and nothing starts before. Sessions
    that were ended meanwhile would be back too: everybody signs in anew.
    """
    left = await asyncio.to_thread(_put_back, settings, file, replace)
    # A copy of an older helpline is brought up to date, and the keys it needs are looked for.
    async with _store(settings) as store:
        # Not before, as every other act: the log has been put back with the rest.
        await _note(store, settings, "restore", file.name)
        await store.end_all_sessions()
        again = await store.forget_again(left.forgotten, settings.clock(), COMMAND)
    unfinished.done(settings)
    return again if left.known else None


def _told(database: Copies, before: Unfinished | None) -> Unfinished:
    """What a database tells of what it has forgotten, with what is left `before` of a restore that was cut short."""
    try:
        forgotten = database.forgotten()
    except CopyError:
        # It is damaged, or so old that it forgot nothing: that is no reason to keep it.
        forgotten = None
    # After a restore that was cut short this is the copy: it does not make up for a database that could not tell.
    left = before or Unfinished((), known=True)
    return Unfinished(sorted({*left.forgotten, *(forgotten or ())}), left.known and forgotten is not None)


def _put_back(settings: Settings, file: Path, replace: bool) -> Unfinished:
    """Put the copy in place of what there is; what has to be deleted again."""
    if not file.is_file():
        raise CopyError(f"There is no file {file}.")
    database = copies(settings.database_url)
    try:
        with noted(settings):
            if database.in_use():
                raise CopyError("The database is in use: stop every gateway first. Nothing was changed.")
            if not replace and database.holds_anything():
                raise CopyError(
                    "There are conversations or accounts in the database, which the copy would replace. "
                    "If that is what you want, add --replace. Nothing was changed."
                )
            before = unfinished.found(settings)
            left = _told(database, before)
            unfinished.keep(settings, left)
            try:
                database.put_back(file)
            except (CopyError, OSError):
                # Everything is as it was.
                if before is None:
                    unfinished.done(settings)
                raise
            return left
    except AlreadyRunning:
        raise CopyError(f"A helpline runs on {settings.data}: stop it first. Nothing was changed.") from None


async def _note(store: SqlStore, settings: Settings, act: str, about: str = "") -> None:
    """Write down what is about to be done."""
    await store.add_act(COMMAND, f"data/{act}", about[:MOST_ABOUT], "", settings.clock())


@asynccontextmanager
async def _store(settings: Settings, *, as_it_is: bool = False) -> AsyncIterator[SqlStore]:
    settings.data.mkdir(parents=True, exist_ok=True)
    store = SqlStore(settings.database_url, keyring(settings))
    try:
        if not as_it_is:
            await store.upgrade()
        yield store
    finally:
        await store.close()
