"""A helpline over a stand-in for the assistant: what the tests of a channel talk to."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from bot.advising import Advising
from bot.answers import Answers
from bot.booking import Booking
from bot.callback_form import Form, FormTurn, fill
from bot.channels import web
from bot.channels.web.outside import ALONE, Outside
from bot.channels.web.static import Static
from bot.conversation import Context, Question, Understanding
from bot.helpline import AssistantError, Helpline
from bot.knowledge import Knowledge, load, read_yaml
from bot.limits import Limits
from bot.live import Live
from bot.personal_data import PersonalData
from bot.reception import Reception
from bot.safeguarding import Safeguard
from bot.settings import LONDON, ROOT
from bot.store import SqlStore
from tests.keys import KEYS

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
#: The word in a question, and the card that answers it.
CARDS = {"timetable": "part-time-timetable-rules", "suspended": "suspension-first-steps", "home": "informal-sent-home"}


@functools.cache
def safeguard() -> Safeguard:
    """The real check, built once: its thousand rows take a second."""
    return Safeguard(read_yaml(ROOT / "knowledge" / "safeguarding.yml"))


@functools.cache
def personal_data() -> PersonalData:
    """The real check, built once: it reads all our words."""
    return PersonalData(load(ROOT / "knowledge"))


class StandIn:
    """Understands the words of `CARDS`; two of them in one question leave a choice. "slow" waits for `go`."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.heard: list[str] = []
        self.down = False

    async def understand(
        self, conversation: str, text: str, context: Context, before: Sequence[str] = ()
    ) -> Understanding:
        self.heard.append(text)
        if "slow" in text:
            while not self.go.is_set():
                await asyncio.sleep(0.01)
        if self.down or "broken" in text:
            raise AssistantError("broken")
        if "ring me" in text:
            return Understanding(wants_call=True)
        cards = [card for word, card in CARDS.items() if word in text]
        others = [card for card in CARDS.values() if card not in cards]
        sure, unsure = (0.9, 0.02) if len(cards) == 1 else (0.3, 0.28)
        ranking = tuple((card, sure if place == 0 else unsure) for place, card in enumerate([*cards, *others]))
        return Understanding((Question(text, ranking if cards else ()),))

    async def fill_in(self, conversation: str, text: str, form: Form, before: Sequence[str] = ()) -> FormTurn | None:
        return None if text.endswith("?") else fill(form, text)

    async def ready(self) -> bool:
        return True


class Stage:
    """The page over a stand-in, as an application of its own on a scratch database."""

    def __init__(
        self, knowledge: Knowledge, folder: Path, outside: Outside = ALONE, limits: Limits | None = None
    ) -> None:
        self.assistant = StandIn()
        self.store = SqlStore(f"sqlite:///{folder / 'helpline.sqlite'}", KEYS)
        self.now = NOON
        self.live = Live()
        reception = Reception(knowledge)
        self.helpline = Helpline(
            self.store,
            self.assistant,
            safeguard(),
            Answers(knowledge),
            reception,
            self.live,
            lambda: self.now,
            Booking(self.store, self.assistant, knowledge),
            personal_data(),
        )
        self.advising = Advising(self.store, self.live, knowledge, reception, lambda: self.now)
        self.app = Starlette(
            routes=[
                *web.routes(self.helpline, KEYS, knowledge, reception, self.live, lambda: self.now, outside, limits),
                Mount("/static", Static()),
            ],
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.ready():
            yield

    @contextlib.asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """The time between the start and the stop of the gateway."""
        await self.store.upgrade()
        try:
            yield
        finally:
            await self.store.close()
