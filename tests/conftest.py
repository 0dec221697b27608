"""What many tests share: the real content of `knowledge/`, and a real database, SQLite or PostgreSQL."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, load
from bot.settings import ROOT
from bot.store import SqlStore
from tests.keys import KEYS
from tests.stand_in import safeguard


def pytest_configure(config: pytest.Config) -> None:
    """Keep TensorFlow out of `make check`: spaCy imports it, for seconds, only to see whether it is there."""
    if config.option.markexpr == "not slow":
        sys.modules.setdefault("tensorflow", None)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def knowledge_folder() -> Path:
    return ROOT / "knowledge"


@pytest.fixture(scope="session")
def cards_folder(knowledge_folder: Path) -> Path:
    return knowledge_folder / "cards"


@pytest.fixture(scope="session")
def knowledge(knowledge_folder: Path) -> Knowledge:
    return load(knowledge_folder)


@pytest.fixture
def read_once(monkeypatch, knowledge):
    """Reading the content and its patterns takes a second, which each test of the whole gateway would pay for."""
    monkeypatch.setattr("bot.app.load", lambda _: knowledge)
    monkeypatch.setattr("bot.app.Safeguard", lambda *_: safeguard())


def _program(name):
    """Debian keeps PostgreSQL's programs out of PATH, one folder for each version."""
    found = shutil.which(name) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default=None)
    if found is None:
        pytest.skip("PostgreSQL is not installed here (Debian's package 'postgresql')")
    return found


@pytest.fixture(scope="session")
def new_database():
    """Makes empty databases on a throw-away PostgreSQL that listens on a socket in a temporary folder only."""
    initdb, pg_ctl, createdb = (_program(name) for name in ("initdb", "pg_ctl", "createdb"))
    # PostgreSQL refuses to run as root, and the path of a socket may only be short.
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder = Path(tempfile.mkdtemp(prefix="helpline-pg-"))
    os.chown(folder, account.pw_uid, account.pw_gid)

    def run(*command):
        as_whom = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if os.geteuid() == 0 else {}
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_whom)

    data = str(folder / "data")
    try:
        run(initdb, "-D", data, "-U", "helpline", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        run(pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")

        def new_database():
            name = f"t{secrets.token_hex(4)}"
            run(createdb, "-h", str(folder), "-U", "helpline", name)
            return f"postgresql://helpline@/{name}?host={folder}"

        yield new_database
        run(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def address(request, tmp_path):
    """The address of an empty database, a new one for every test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'helpline.sqlite'}"
    return request.getfixturevalue("new_database")()


@pytest.fixture
async def store(address):
    store = SqlStore(address, KEYS)
    await store.upgrade()
    yield store
    await store.close()
