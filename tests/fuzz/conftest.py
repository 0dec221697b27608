"""The gateway in a process of its own, with people at its desk, watched while it is fed."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio.from_thread
import httpx
import hypothesis
import pytest

from benchmarks.processes import Started, resident, scratch, started
from bot.accounts import Role
from bot.callbacks import Call
from bot.channels.telegram.webhook import Webhook
from bot.channels.web import doorway
from bot.conversation import Holder, Risk
from bot.desk.sessions import COOKIE
from bot.handover import HandoverCard, Way
from bot.settings import LONDON
from bot.store import SqlStore
from tests.channels.telegram.bot_api import TOKEN, BotApi
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
#: Of the talks, so many have a concern, and so many parents a call.
CONCERNS = CALLS = 10
#: Where Telegram sends to, as the gateway makes it from the token.
WEBHOOK = Webhook(TOKEN, None)  # type: ignore[arg-type]
#: How lines of the log may begin after all that.
EXPECTED = (
    "INFO bot.",
    "WARNING bot.",
    "INFO presidio-analyzer: Loaded recognizer",
    "WARNING uvicorn.error: Invalid HTTP request received.",
)

#: An update that cannot be dealt with is tried again, with the fault in the log, and then given up.
TRIED_AGAIN = re.compile(r"^ERROR bot\.channels\.telegram\.lanes: .*\nTraceback .*\n(?: .*\n)*\S.*\n", re.MULTILINE)
GIVEN_UP = re.compile(r"ERROR bot\.channels\.telegram\.inbox: update (\d+) is given up")

FUZZED = hypothesis.settings(
    max_examples=INPUTS,
    deadline=None,
    # The same inputs at every run, so that a fault that is found can be found again.
    derandomize=True,
    database=None,
    suppress_health_check=[*hypothesis.HealthCheck],
)

#: The real command; Rasa's place is taken, by the stand-in of the other tests, and nobody is too fast for a page.
GATEWAY = """
import bot.__main__, bot.app
from collections import deque
from bot.limits import Buckets, Limits, Rate
from tests.stand_in import StandIn

class Assistant(StandIn):
    def __init__(self, *_):
        super().__init__()
        self.go.set()
        self.heard = deque(maxlen=1)

    async def close(self):
        pass

bot.app.RasaAssistant = Assistant
fast = lambda: Buckets(Rate(1000, 1000))
bot.app.Limits = lambda: Limits(requests=fast(), newcomers=fast(), channel=fast(), desk=fast())
bot.__main__.app(["gateway"])
"""


@dataclass
class Fed:
    """The gateway that is fed."""

    process: Started
    address: str
    store: SqlStore
    portal: anyio.from_thread.BlockingPortal
    """where the store and the stand-in for Telegram are at home"""
    telegram: BotApi
    inputs: int = 0
    unsound_updates: set[int] = field(default_factory=set)
    """their numbers: these may be given up"""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1000))

    def count(self) -> None:
        """It has been given one more."""
        self.inputs += 1

    def memory(self) -> int:
        """What it holds, in bytes."""
        return resident([self.process.process.pid])

    def complaints(self) -> list[str]:
        """Lines of its log that tell of a fault, or that a library has written, about whatever it had in its hands."""
        log = TRIED_AGAIN.sub("", self.process.log.read_text(encoding="utf-8", errors="replace"))
        return [
            line
            for line in log.splitlines()
            if not line.startswith(EXPECTED)
            and not ((match := GIVEN_UP.match(line)) and int(match[1]) in self.unsound_updates)
        ]

    def sign_in(self, name: str) -> str:
        """The cookie of a new session."""

        return self.portal.call(signed_in, self.store, name, dt.datetime.now(LONDON))

    def waiting(self, cookie: str = "") -> str:
        """The cookie of a parent who waits and has a call booked: the same for as long as they do."""

        async def wait() -> str:
            conversation = KEYS.signed(cookie, doorway.COOKIE)
            if conversation and (await self.store.standing(conversation)).holder is Holder.WAITING:
                return cookie
            conversation = await _parent(self.store, next(self._numbers), call=True)
            return KEYS.sign(conversation, doorway.COOKIE)

        return self.portal.call(wait)

    def answered_on_telegram(self, chats: Sequence[int]) -> None:
        """Wait until somebody has said something in each of these chats."""
        silent, end = {*chats}, time.monotonic() + LONGEST + len(chats)
        while silent:
            silent = {chat for chat in silent if not self.portal.call(self.telegram.from_bot, chat)}
            assert time.monotonic() < end, f"{len(silent)} parents are left in silence: {[*silent][:5]}"
            time.sleep(0.05)

    def update(self, update: object) -> httpx.Response:
        """Telegram sends an update."""
        secret = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK.secret}
        address = f"{self.address}/telegram/{WEBHOOK.path}"
        # As Telegram writes JSON: with halves of letters, which are no UTF-8, in escapes.
        return httpx.post(address, content=json.dumps(update), headers=secret, timeout=LONGEST, trust_env=False)


@pytest.fixture(scope="session", params=DATABASES)
def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    """The gateway. Whatever it was fed with, it has no fault in its log, and has not grown, in the end."""
    folder: Path = tmp_path_factory.mktemp("fed")
    settings, environment = scratch(folder)
    database = settings.database_url
    if request.param == "postgresql":
        database = request.getfixturevalue("new_database")()
    command = (sys.executable, "-c", GATEWAY)
    with contextlib.ExitStack() as stack:
        portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
        telegram = stack.enter_context(portal.wrap_async_context_manager(BotApi().serving()))
        store = SqlStore(database, KEYS)
        stack.callback(portal.call, store.close)
        portal.call(_people, store)
        environment |= {
            **{"DATABASE_URL": database, "HELPLINE_KEYS": KEY, "NO_PROXY": "127.0.0.1"},
            **{"HELPLINE_TELEGRAM_TOKEN": TOKEN, "HELPLINE_TELEGRAM_API": telegram.address},
            "HELPLINE_TELEGRAM_WEBHOOK": "https://helpline.example",
        }
        process = stack.enter_context(started(command, environment, folder / "gateway.log"))
        fed = Fed(process, f"http://{settings.host}:{settings.port}", store, portal, telegram)
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
    for number, text in enumerate(
        ["/start", "He was sent home. " * 200, "a person please", "ring me on 07700 900123"], 1
    ):
        update = {"update_id": number, "message": fed.telegram.message(number, text)}
        assert fed.update(update).status_code == httpx.codes.OK
    fed.answered_on_telegram(range(1, 5))


async def _people(store: SqlStore) -> None:
    """Sue, a supervisor, with talks of her own, and parents who wait."""
    await store.upgrade()
    for name, role in (("Sue", Role.SUPERVISOR), ("Bo", Role.ADVISER)):
        await store.add_account(name, role, "", TALKS * 10)
        await store.available(name, True)
    await store.begin_second_step("Sue", "JBSWY3DPEHPK3PXP", ())
    for number in range(TALKS):
        await _parent(store, number, call=number < CALLS)
        now = dt.datetime.now(LONDON)
        if number % 2:
            await store.take("Sue", "Sue is here.", now)
        if number < CONCERNS:
            await store.raise_concern(number + 1, "Bo", Risk.CONCERN, "She is very tired.", now)


async def _parent(store: SqlStore, number: int, *, call: bool) -> str:
    """A parent who waits for an adviser; the conversation."""
    conversation, now = secrets.token_urlsafe(24), dt.datetime.now(LONDON)
    await store.open(conversation, "web", now)
    await store.record(conversation, "c1", f"They have sent him home, {number}", "", now)
    if call:
        # No two at the same time.
        begin = now.replace(second=0, microsecond=0) + dt.timedelta(days=1, minutes=number)
        await store.book(conversation, Call("call", begin, 30, "Jo", "+447911123456", True), 1, now)
    await store.hand_over(conversation, HandoverCard(want=f"Sent home, {number}"), Way.LIVE, None, "asked", now)
    return conversation
