"""Copies of a whole database in one file: made while it is written to, put back in one step or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

#: A database in which one of these has a row is somebody's.
_TELLING = ("conversations", "accounts")
_FORGOTTEN = "SELECT id FROM conversations WHERE forgotten_at IS NOT NULL"


class CopyError(Exception):
    """It cannot be done; the message is a sentence for whoever gave the command."""


class Copies(Protocol):
    """What can be done with the copies of one database. Each method raises `CopyError`."""

    def save(self, file: Path) -> None:
        """Write a copy of the database as it is at one moment."""

    def holds_anything(self) -> bool:
        """Whether there is anything that a copy would replace."""

    def forgotten(self) -> Sequence[str] | None:
        """The conversations whose words were deleted, by their ids; None where there is no database of ours to tell."""

    def in_use(self) -> bool:
        """Whether somebody is connected, as far as the database knows."""

    def put_back(self, file: Path) -> None:
        """Replace everything by what is in a copy; where that fails, everything is as it was."""


def copies(database_url: str) -> Copies:
    """The copies of the database at an address."""
    scheme, _, path = database_url.partition(":///")
    return _Sqlite(Path(path)) if scheme == "sqlite" else _Postgres(database_url)


class _Sqlite:
    """By SQLite's online backup: it reads one state of the write-ahead log, and writes in one transaction."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def save(self, file: Path) -> None:
        if not self._database.exists():
            raise CopyError(f"There is no database at {self._database}.")
        with _draft(file) as draft, _open(self._database) as database, _open(draft) as copy:
            database.backup(copy)
            # The copy is one file, without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")

    def holds_anything(self) -> bool:
        if not self._database.exists():
            return False
        with _open(self._database) as database:
            there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            tables = (table for table in _TELLING if table in there)
            return any(database.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)  # noqa: S608

    def forgotten(self) -> Sequence[str] | None:
        if not self._database.exists():
            return None
        with _open(self._database) as database:
            there = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").fetchone()
            return [name for (name,) in database.execute(_FORGOTTEN)] if there else None

    def in_use(self) -> bool:
        # SQLite does not know who has opened its file; the note in the data folder does.
        return False

    def put_back(self, file: Path) -> None:
        with file.open("rb") as copy:
            if not copy.read(16).startswith(b"SQLite format 3"):
                raise CopyError(f"{file} is no copy of a SQLite database, which DATABASE_URL names.")
        self._database.parent.mkdir(parents=True, exist_ok=True)
        with _open(file) as copy, _open(self._database) as database:
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise CopyError(f"{file} is damaged: choose another copy. Nothing was changed.")
            copy.backup(database)


class _Postgres:
    """By PostgreSQL's own programs, which see one state of everything."""

    def __init__(self, database_url: str) -> None:
        parts = urlsplit(database_url)
        query = dict(parse_qsl(parts.query))
        # In the environment, since everybody on a machine can read the words of a command.
        named = {
            "PGHOST": query.get("host") or parts.hostname,
            "PGPORT": query.get("port") or (str(parts.port) if parts.port else None),
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": unquote(parts.password or ""),
            "PGDATABASE": unquote(parts.path.lstrip("/")),
            "PGSSLMODE": query.get("sslmode"),
        }
        self._environment = {**os.environ, **{name: value for name, value in named.items() if value}}

    def save(self, file: Path) -> None:
        with _draft(file) as draft:
            self._run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")

    def holds_anything(self) -> bool:
        there = (table for table in _TELLING if self._ask(f"SELECT to_regclass('{table}')"))
        return any(self._ask(f"SELECT 1 FROM {table} LIMIT 1") for table in there)  # noqa: S608

    def forgotten(self) -> Sequence[str] | None:
        return self._ask(_FORGOTTEN).split() if self._ask("SELECT to_regclass('conversations')") else None

    def in_use(self) -> bool:
        others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        return self._ask(f"SELECT count(*) FROM pg_stat_activity WHERE {others}") != "0"  # noqa: S608

    def put_back(self, file: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "copy.sql"
            self._run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file))
            anew = ("--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public")
            self._run("psql", *_QUIET, "--single-transaction", *anew, f"--file={script}")

    def _ask(self, query: str) -> str:
        return self._run("psql", *_QUIET, "--tuples-only", "--no-align", f"--command={query}").strip()

    def _run(self, name: str, *words: str) -> str:
        command = (_program(name), *words)
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CopyError(f"{name}: {done.stderr.strip()}")
        return done.stdout


_QUIET = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")


def _program(name: str) -> str:
    """Debian keeps PostgreSQL's programs out of PATH, one folder for each version."""
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    found = shutil.which(name) or max(map(str, installed), default=None)
    if found is None:
        raise CopyError(f"{name} is not installed (Debian: apt-get install postgresql-client).")
    return found


@contextlib.contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """A file that only its owner reads, and that has its name once it is whole. Never one that is there already."""
    if file.exists():
        raise CopyError(f"{file} is there already: choose another name.")
    draft = file.with_name(f"{file.name}.part")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        yield draft
        draft.replace(file)
    except OSError as error:
        raise CopyError(f"The copy cannot be written: {error.strerror} ({draft}).") from error
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _open(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=30)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise CopyError(f"{file}: {error}.") from error
