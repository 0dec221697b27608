"""A hundred times a process is killed outright in the middle of talks: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.people import Adviser, Parent
from benchmarks.processes import scratch
from benchmarks.relay import OFFER, PASSWORD, hire
from bot import pieces
from bot.conversation import Author, Holder, Message
from bot.keyring import keyring
from bot.pieces import Piece, dying_with_parent
from bot.settings import ROOT, Settings
from bot.store import SqlStore
from tests.conversations.at_the_page import Servers
from tests.keys import conversation_in

pytestmark = pytest.mark.slow

KILLS = {"gateway": 80, "rasa": 10, "actions": 10}
#: The moment of a kill lies within so many seconds after the piece is there again.
LONGEST_LIFE = 2.0
#: The contract: after a restart no parent is without a line for longer.
LONGEST_SILENCE = dt.timedelta(seconds=10)
FAMILIES = 4
ADVISERS = 2
WORDS = ("first", "second", "third")


class Keeper:
    """Runs one piece, kills it, and starts it again."""

    def __init__(self, piece: Piece, log: Path) -> None:
        self._piece, self._log = piece, log
        self._process: subprocess.Popen[bytes] | None = None
        self.starts: list[dt.datetime] = []

    def start(self) -> None:
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(
                self._piece.command,
                cwd=ROOT,
                env=dict(self._piece.environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dying_with_parent(),  # noqa: PLW1509 - there is no other thread
            )

    def kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    async def is_there(self) -> None:
        """Until the piece listens again; the moment is kept."""
        for _ in range(2400):
            assert self._process is not None
            assert self._process.poll() is None, self._log.read_text(errors="replace")[-2000:]
            try:
                _, writer = await asyncio.open_connection(self._piece.host, self._piece.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                self.starts.append(dt.datetime.now(dt.timezone.utc))
                return
        raise AssertionError(f"{self._piece.name} does not come back")


@pytest.fixture
def always_open(servers: Servers, tmp_path: Path) -> tuple[Settings, dict[str, str]]:
    """A helpline of its own whose advisers are there day and night, with the model that is trained already."""
    knowledge = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", knowledge)
    service = knowledge / "service.yml"
    always = re.sub(r'\["09:30-17:00"\]|(?<=day: )\[\]', '["00:00-24:00"]', service.read_text(encoding="utf-8"))
    always = always.replace("bank_holidays: closed", "bank_holidays: open")
    service.write_text(always, encoding="utf-8")
    shutil.copytree(servers.settings.model.parent, tmp_path / "data" / "models")
    settings, environment = scratch(tmp_path / "data")
    environment["HELPLINE_KNOWLEDGE"] = str(knowledge)
    return dataclasses.replace(settings, knowledge=knowledge), environment


@pytest.fixture
def keepers(always_open: tuple[Settings, dict[str, str]], tmp_path: Path) -> Iterator[dict[str, Keeper]]:
    settings, environment = always_open
    made = [make(settings, environment) for make in (pieces.gateway, pieces.rasa, pieces.actions)]
    keepers = {piece.name: Keeper(piece, tmp_path / f"{piece.name}.log") for piece in made}
    for keeper in keepers.values():
        keeper.start()
    yield keepers
    for keeper in keepers.values():
        keeper.kill()


@dataclasses.dataclass
class Said:
    """What was acknowledged to somebody, by text."""

    by_parents: list[str] = dataclasses.field(default_factory=list)
    by_advisers: set[str] = dataclasses.field(default_factory=set)
    pages: list[tuple[str, list[int]]] = dataclasses.field(default_factory=list)
    """for each talk that was ended: its conversation, and the numbers of the lines its page has shown"""


async def family(name: str, address: str, said: Said, over: asyncio.Event) -> None:
    """One talk after another: a question, a wish for a person, three words and their answers, goodbye."""
    for talk in itertools.count():
        if over.is_set():
            return
        parent = Parent(address)
        try:

            async def says(what: str, press: str = "", parent: Parent = parent, talk: int = talk) -> None:
                text = f"{name} {talk} {what}"
                await parent.send(text, "" if press else text, press)
                if not press:
                    said.by_parents.append(text)

            await says("how many days can he be suspended for in one year")
            await says("person", "human")
            await parent.until("assistant", OFFER)
            await says("send", "handover:send")
            await parent.until("helpline", "is here now")
            for word in WORDS:
                await says(word)
                await parent.until("adviser", f"You said: {name} {talk} {word}")
            await parent.until("helpline", "This talk has ended")
            said.pages.append((conversation_in(parent.http.cookies), [line.number for line in parent.lines]))
        finally:
            await parent.close()


async def adviser(name: str, address: str, said: Said, over: asyncio.Event) -> None:
    """Takes who waits, repeats each of their words once, and ends the talk after the last."""
    here = Adviser(address)
    try:
        await here.sign_in(name, PASSWORD)
        while not over.is_set():
            await here.take_next()
            for talk in await here.talks():
                lines = await here.read(talk)
                words = [line.text for line in lines if line.author == "parent" and line.text.endswith(WORDS)]
                for text in words:
                    answer = f"You said: {text}"
                    if answer not in said.by_advisers and await here.say(talk, answer, text):
                        said.by_advisers.add(answer)
                if any(text.endswith(WORDS[-1]) for text in words):
                    await here.end(talk, max(line.number for line in lines))
            await asyncio.sleep(0.2)
    finally:
        await here.close()


async def test_a_hundred_kills_in_the_middle_of_talks_lose_and_double_nothing(
    always_open: tuple[Settings, dict[str, str]], keepers: dict[str, Keeper]
):
    settings, _ = always_open
    address = f"http://127.0.0.1:{settings.port}"
    for keeper in keepers.values():
        await keeper.is_there()
    names = await hire(settings, ADVISERS)
    said, over, no_more = Said(), asyncio.Event(), asyncio.Event()
    families = [asyncio.create_task(family(f"family{place}", address, said, over)) for place in range(FAMILIES)]
    advisers = [asyncio.create_task(adviser(name, address, said, no_more)) for name in names]

    chance = random.Random(20261122)
    kills = [name for name, count in KILLS.items() for _ in range(count)]
    chance.shuffle(kills)
    for name in kills:
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))
        keepers[name].kill()
        keepers[name].start()
        # While Rasa loads, the next piece may die too.
        if name == "gateway":
            await keepers[name].is_there()
        assert not [task for task in (*families, *advisers) if task.done() and task.exception()]
    over.set()
    try:
        await asyncio.wait_for(asyncio.gather(*families), 240)
    finally:
        no_more.set()
        await asyncio.gather(*advisers)
    await check(SqlStore(settings.database_url, keyring(settings)), said, keepers["gateway"].starts)


async def check(store: SqlStore, said: Said, starts: list[dt.datetime]) -> None:
    """What stands in the database is what was acknowledged, once; and nobody was left without a line."""
    try:
        threads = {conversation: await store.thread(conversation) for conversation, _ in said.pages}
    finally:
        await store.close()
    assert len(said.pages) >= FAMILIES, "talks were ended"
    assert len(starts) > KILLS["gateway"]
    lines = [line for thread in threads.values() for line in thread]
    by_parents = [line.text for line in lines if line.author is Author.PARENT and not line.press]
    by_advisers = [line.text for line in lines if line.author is Author.ADVISER]
    ended = {text for text in said.by_parents if text in set(by_parents)}
    assert sorted(by_parents) == sorted(ended), "each message once"
    assert len(ended) == len(said.by_parents), "and every one that was acknowledged"
    assert sorted(by_advisers) == sorted(set(by_advisers)), "each line of an adviser's once"
    assert {f"You said: {text}" for text in by_parents if text.endswith(WORDS)} == set(by_advisers)
    for conversation, shown in said.pages:
        assert shown == [line.number for line in threads[conversation]], "the page has every line, in order, once"
    for thread in threads.values():
        for line in thread:
            if line.author is Author.PARENT and line.heard_by is not Holder.ADVISER:
                assert silence(line, thread, starts) <= LONGEST_SILENCE, line.text


def silence(line: Message, thread: list[Message], starts: list[dt.datetime]) -> dt.timedelta:
    """How long a parent waited for the reply to a message, counted from the last restart before it came."""
    reply = next(answer for answer in thread if answer.answers == line.number)
    since = [start for start in starts if line.at <= start <= reply.at]
    return reply.at - max([line.at, *since])
