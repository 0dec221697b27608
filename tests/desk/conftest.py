"""A desk over a scratch database, with people at it and parents in front of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import httpx
import pyotp
import pytest

from bot.accounts import TWO_STEPS_NEEDED, Role
from bot.conversation import Risk
from bot.desk import routes
from bot.desk.passwords import Passwords
from bot.desk.sessions import COOKIE
from bot.handover import HandoverCard, Talk, Way
from bot.knowledge import Knowledge
from bot.limits import Limits
from bot.on_call import OnCall
from bot.reception import Reception
from bot.rota import Person
from tests.keys import KEYS, signed_in
from tests.stand_in import Stage

ON_CALL = (Person("Sue", "email", "sue@charity.example"), Person("Omar", "email", "omar@charity.example"))
PASSWORD = "correct horse battery"
HASHED = Passwords().hashed(PASSWORD)
#: What the telephone of each supervisor makes its codes from.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADDRESS = "http://testserver"
#: What a parent says who is in danger now, and what an adviser should see.
DANGER = "my husband is hitting me right now"
CONCERN = "he tried to kill himself two years ago"
#: What browsers say of a form on one of our own pages.
OWN_PAGE = {"sec-fetch-site": "same-origin"}


class DeskStage(Stage):
    """A `Stage` with the routes of the desk. Ann and Bo are advisers, Sue is a supervisor, Ed an editor."""

    PEOPLE = {"Ann": Role.ADVISER, "Bo": Role.ADVISER, "Sue": Role.SUPERVISOR, "Ed": Role.EDITOR}

    def __init__(self, knowledge: Knowledge, folder: Path, limits: Limits | None = None) -> None:
        super().__init__(knowledge, folder, limits=limits)
        reception = Reception(knowledge)
        clock = lambda: self.now  # noqa: E731 - the time on the stage
        self.on_call = OnCall(ON_CALL, {}, self.store, knowledge, reception, self.live, clock, ADDRESS)
        self.app.router.routes.extend(
            routes.routes(
                *(self.advising, self.store, self.assistant, knowledge, self.live, reception, self.on_call, clock),
                *(KEYS, Limits()),
            )
        )

    async def people(self) -> None:
        for name, role in self.PEOPLE.items():
            await self.store.add_account(name, role, HASHED, 3)
            if role in TWO_STEPS_NEEDED:
                await self.store.begin_second_step(name, SECRET, ())

    async def parent(self, want: str = "Sent home early", level: Risk | None = None, way: Way = Way.LIVE) -> Talk:
        """A parent comes into the queue."""
        conversation = await self.helpline.open("web")
        return await self.store.hand_over(conversation, HandoverCard(want=want), way, level, "asked", self.now)

    async def danger(self, said: str = DANGER) -> str:
        """A parent says something for concern to the assistant; the conversation."""
        conversation = await self.helpline.open("web")
        await self.helpline.hear(conversation, said)
        return conversation

    def later(self, **times: float) -> None:
        self.now += dt.timedelta(**times)


def code() -> str:
    """The code that a supervisor's telephone shows now."""
    return pyotp.TOTP(SECRET).now()


class Visitor(Protocol):
    """Makes browsers that have not signed in."""

    def __call__(self, address: str = "127.0.0.1") -> httpx.AsyncClient: ...


Adviser = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def stage(knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[DeskStage]:
    stage = DeskStage(knowledge, tmp_path)
    async with stage.ready():
        await stage.people()
        yield stage


@pytest.fixture
async def visitor(stage: DeskStage) -> AsyncIterator[Visitor]:
    """Browsers that have not signed in."""
    browsers: list[httpx.AsyncClient] = []

    def visit(address: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(stage.app, client=(address, 1))
        browsers.append(httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=OWN_PAGE))
        return browsers[-1]

    yield visit
    for browser in browsers:
        await browser.aclose()


@pytest.fixture
def adviser(stage: DeskStage, visitor: Visitor) -> Adviser:
    """The browser of somebody who has signed in."""

    async def sign_in(name: str) -> httpx.AsyncClient:
        browser = visitor()
        # A session without the look at the password, which takes as long as all the rest of a test.
        browser.cookies.set(COOKIE, await signed_in(stage.store, name, stage.now))
        await stage.store.available(name, True)
        return browser

    return sign_in
