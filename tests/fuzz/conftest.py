"""The gateway in a process of its own, with people at its desk, watched while it is fed."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import hypothesis
import pytest

from benchmarks.processes import Started, resident, scratch, started
from bot.accounts import Role
from bot.desk.sessions import COOKIE
from bot.handover import HandoverCard, Way
from bot.settings import LONDON
from bot.store import SqlStore
from tests.keys import KEY, KEYS, signed_in

#: How many inputs of each kind; `make fuzz` asks for 10,000.
INPUTS = int(os.environ.get("FUZZ_INPUTS", "100"))
#: The second database takes as long again.
DATABASES = ["sqlite", "postgresql"] if INPUTS > 1000 else ["sqlite"]
#: Seconds after which an answer counts as one that never comes, on a machine that does other things too.
LONGEST = 20.0
#: So much more memory, in bytes, may the gateway hold after all inputs than after the first of each kind.
MOST_GROWTH = 64 * 2**20
#: What browsers say of a form on one of our own pages.
OWN_PAGE = {"sec-fetch-site": "same-origin"}
TALKS = 40
#: How lines of the log may begin after all that.
EXPECTED = (
    "INFO bot.",
    "WARNING bot.",
    "INFO presidio-analyzer: Loaded recognizer",
    "WARNING uvicorn.error: Invalid HTTP request received.",
)

FUZZED = hypothesis.settings(
    max_examples=INPUTS,
    deadline=None,
    # The same inputs at every run, so that a fault that is found can be found again.
    derandomize=True,
    database=None,
    suppress_health_check=[*hypothesis.HealthCheck],
)

#: The real command; only Rasa's place is taken, by the stand-in of the other tests.
GATEWAY = """
import bot.__main__, bot.app
from collections import deque
from tests.stand_in import StandIn

class Assistant(StandIn):
    def __init__(self, *_):
        super().__init__()
        self.go.set()
        self.heard = deque(maxlen=1)

    async def close(self):
        pass

bot.app.RasaAssistant = Assistant
bot.__main__.app(["gateway"])
"""


@dataclass
class Fed:
    """The gateway that is fed."""

    process: Started
    address: str
    database: str
    inputs: int = 0

    def count(self) -> None:
        """It has been given one more."""
        self.inputs += 1

    def memory(self) -> int:
        """What it holds, in bytes."""
        return resident([self.process.process.pid])

    def complaints(self) -> list[str]:
        """Lines of its log that tell of a fault, or that a library has written, about whatever it had in its hands."""
        lines = self.process.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if not line.startswith(EXPECTED)]

    def sign_in(self, name: str) -> str:
        """The cookie of a new session."""

        async def begin() -> str:
            store = SqlStore(self.database, KEYS)
            cookie = await signed_in(store, name, dt.datetime.now(LONDON))
            await store.close()
            return cookie

        return asyncio.run(begin())


@pytest.fixture(scope="session", params=DATABASES)
def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    """The gateway. Whatever it was fed with, it has no fault in its log, and has not grown, in the end."""
    folder: Path = tmp_path_factory.mktemp("fed")
    settings, environment = scratch(folder)
    database = settings.database_url
    if request.param == "postgresql":
        database = request.getfixturevalue("new_database")()
    asyncio.run(_people(SqlStore(database, KEYS)))
    command = (sys.executable, "-c", GATEWAY)
    environment |= {"DATABASE_URL": database, "HELPLINE_KEYS": KEY}
    with started(command, environment, folder / "gateway.log") as process:
        fed = Fed(process, f"http://{settings.host}:{settings.port}", database)
        process.wait_for(f"{fed.address}/healthz", 60)
        _warm(fed)
        before = fed.memory()
        yield fed
        grown = fed.memory() - before
        print(f"{fed.inputs} inputs; memory {before / 2**20:.0f} MiB before, {grown / 2**20:+.0f} MiB after")
        assert process.process.poll() is None, "it has died"
        assert fed.complaints() == []
        assert grown < MOST_GROWTH


def _warm(fed: Fed) -> None:
    """What is loaded at the first use is no growth: use everything once."""
    with httpx.Client(base_url=fed.address, headers=OWN_PAGE, trust_env=False, timeout=LONGEST) as browser:
        for text in ("Can they put him on a part-time timetable?", "he was suspended", "a person please", "ring me"):
            browser.post("/chat", data={"text": text})
        for page in ("/chat", "/chat/handover", "/chat/transcript.pdf", "/metrics", "/accessibility", "/widget.js"):
            assert browser.get(page).status_code == httpx.codes.OK, page
        browser.cookies.set(COOKIE, fed.sign_in("Sue"))
        for page in ("/desk", "/desk/talks/2", "/desk/calls", "/desk/board", "/desk/switches", "/desk/cards?q=school"):
            assert browser.get(page).status_code == httpx.codes.OK, page


async def _people(store: SqlStore) -> None:
    """Sue, a supervisor, with talks of her own, and parents who wait."""
    await store.upgrade()
    for name, role in (("Sue", Role.SUPERVISOR), ("Bo", Role.ADVISER)):
        await store.add_account(name, role, "", TALKS * 10)
        await store.available(name, True)
    await store.begin_second_step("Sue", "JBSWY3DPEHPK3PXP", ())
    for number in range(TALKS):
        conversation, now = secrets.token_urlsafe(24), dt.datetime.now(LONDON)
        await store.open(conversation, "web", now)
        await store.hand_over(conversation, HandoverCard(want=f"Sent home, {number}"), Way.LIVE, None, "asked", now)
        if number % 2:
            await store.take("Sue", "Sue is here.", now)
    await store.close()
