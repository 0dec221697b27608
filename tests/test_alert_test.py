"""Whoever sets up the list finds out by a command whether each person can be reached."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.alert_test import NobodyToTest, try_out
from bot.app import build
from bot.knowledge import Knowledge
from bot.settings import Settings, read
from tests.keys import KEY
from tests.mail_server import MailServer

NAMES = ("Omar", "Sue")


class Background:
    """A mail server in a thread of its own, since the command has a loop of its own."""

    def __init__(self) -> None:
        self.server = MailServer()
        self._over: asyncio.Event
        self._there = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with self.server.serving():
            self._there.set()
            await self._over.wait()

    def __enter__(self) -> MailServer:
        self._thread.start()
        assert self._there.wait(10)
        return self.server

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with Background() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, mail: MailServer) -> Settings:
    return read(
        {
            "HELPLINE_DATA": str(tmp_path),
            "HELPLINE_KEYS": KEY,
            "HELPLINE_RASA_PORT": "9",
            "HELPLINE_ACTIONS_PORT": "9",
            "HELPLINE_ADDRESS": "https://helpline.example",
            "HELPLINE_SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            "HELPLINE_ON_CALL": "Sue <sue@charity.example>, Omar <omar@charity.example>",
        }
    )


@pytest.fixture
def running(settings: Settings, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The gateway, as it is put together to be run."""
    monkeypatch.setattr("bot.app.load", lambda _: knowledge)
    monkeypatch.setattr("bot.app.WATCH_EVERY", 0.1)
    with TestClient(build(settings), headers={"sec-fetch-site": "same-origin"}) as client:
        yield client


@pytest.mark.slow
def test_everybody_is_told_by_the_helpline_that_runs(
    running: TestClient, settings: Settings, mail: MailServer, knowledge: Knowledge
) -> None:
    mail.says["RCPT"] = ["550 no such mailbox"]
    said: list[str] = []
    assert not try_out(settings, "Sue", said.append)
    assert said == ["Sue (email): not sent. It was refused."]
    assert try_out(settings, None, said.append)
    assert sorted(said[1:]) == [f"{name} (email): sent. Open the link in it, and press the button." for name in NAMES]
    link = re.search(r"https://helpline\.example(/on-call/[\w.]+)", mail.text())
    assert link is not None
    assert knowledge.say("seen_test_thanks") in running.post(link[1]).text


def test_without_a_helpline_that_runs_the_command_says_so_and_leaves_nothing_behind(
    settings: Settings, mail: MailServer, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    assert not try_out(settings, "Sue", said.append, 0.6)
    assert said[0].startswith("Sue (email): not sent: no helpline has taken it up.")
    monkeypatch.setattr("bot.app.load", lambda _: knowledge)
    with TestClient(build(settings)) as client:
        assert client.get("/healthz").status_code == 200
    assert mail.messages == []


def test_nobody_to_test_is_said(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NobodyToTest, match="HELPLINE_ON_CALL is not set"):
        try_out(read({"HELPLINE_DATA": str(tmp_path)}), None, print)
    with pytest.raises(NobodyToTest, match=r"no 'Bo' on the list\. On it are: Sue, Omar"):
        try_out(settings, "Bo", print)
