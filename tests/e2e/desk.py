"""The desk on a port of its own, where a test can bring in parents."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bot.helpline import DESK
from bot.knowledge import Knowledge
from tests.desk.conftest import PASSWORD, SECRET, DeskStage, code
from tests.e2e.gateway import Gateway


class Desk(Gateway):
    """Serves a `DeskStage` with its people."""

    stage: DeskStage

    def __init__(self, knowledge: Knowledge, folder: Path) -> None:
        super().__init__(knowledge, folder, DeskStage)

    def start(self) -> None:
        super().start()
        self.do(self.stage.people())

    def make_codes_new(self) -> None:
        """Let Sue sign in again before the next code: each works once."""
        self.do(self.stage.store.begin_second_step("Sue", SECRET, ()))

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Have something done on the server's side; everybody at the desk is told that something has changed."""
        done = super().do(what)
        self._loop.call_soon_threadsafe(self.stage.live.tell, DESK)
        return done


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    if page.url.partition("?")[0].endswith("/sign-in/code"):
        page.get_by_label("Code", exact=True).fill(code())
        page.get_by_role("button", name="Sign in").click()
