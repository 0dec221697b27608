"""Every address of the whole application, asked for by everybody there is: nobody gets further than they may."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot.accounts import Role
from bot.app import build
from bot.channels.web import doorway
from bot.desk import sessions
from bot.desk.record import LED_BY
from bot.handover import HandoverCard, Way
from bot.limits import Buckets, Limits, Rate
from bot.settings import LONDON, read
from bot.store import SqlStore
from tests.keys import KEY, KEYS, signed_in

WORDS = "Theo has been sent home again at noon"
#: What browsers say of a form on one of our own pages.
OWN_PAGE = {"sec-fetch-site": "same-origin"}

STRANGERS = ("nobody", "parent", "other parent", "who knows the id")
STAFF = ("editor", "adviser", "supervisor")
HALFWAY = ("password alone",)
EVERYBODY = (*STRANGERS, *STAFF, *HALFWAY)
TALKERS = ("adviser", "supervisor")

#: Who gets through, by method and path. A route that is missing here fails the test, and so does one that is gone.
MAY = {
    EVERYBODY: (
        *("GET /", "GET /chat", "POST /chat", "GET /chat/messages", "POST /chat/messages", "GET /chat/events"),
        *("POST /chat/seen", "GET /chat/handover", "POST /chat/handover", "POST /chat/after", "GET /chat/call.ics"),
        *("POST /chat/leave", "POST /chat/end", "POST /chat/delete", "POST /chat/device", "GET /chat/telegram"),
        *("GET /chat/transcript.txt", "GET /chat/transcript.pdf", "GET /widget.js", "GET /accessibility"),
        *("GET /privacy", "GET /chat/privacy", "GET /demo", "GET /static/{file}", "GET /healthz"),
        *("GET /desk/sign-in", "POST /desk/sign-in", "GET /on-call/{token}", "POST /on-call/{token}"),
    ),
    (): ("POST /telegram/{path}", "GET /readyz", "GET /metrics"),
    (*STAFF, *HALFWAY): ("GET /desk/sign-in/code", "POST /desk/sign-in/code", "POST /desk/sign-out"),
    STAFF: (
        *("GET /desk", "GET /desk/strip", "GET /desk/events", "GET /desk/cards", "GET /desk/cards/{card}"),
        *("GET /desk/account", "POST /desk/account/password", "GET /desk/account/second-step"),
        *("POST /desk/account/second-step", "POST /desk/account/second-step/off", "POST /desk/account/recovery-codes"),
        *("POST /desk/account/sessions/{id}/end", "POST /desk/account/sign-out-everywhere"),
    ),
    TALKERS: (
        *("GET /desk/queue", "POST /desk/next", "GET /desk/pause", "POST /desk/pause", "POST /desk/available"),
        *(f"GET /desk/talks/{{number:int}}{page}" for page in ("", "/thread", "/latest", "/find", "/concern")),
        *(f"POST /desk/talks/{{number:int}}/{act}" for act in ("take", "say", "typing", "note", "second-pair")),
        *(f"POST /desk/talks/{{number:int}}/{act}" for act in ("transfer", "hand-back", "close", "concern", "debrief")),
        "GET /desk/concerns/{number:int}",
        *(f"POST /desk/concerns/{{number:int}}/{act}" for act in ("seen", "decide", "refer", "acknowledge")),
        *("GET /desk/calls", "GET /desk/calls/{number:int}"),
        *(f"POST /desk/calls/{{number:int}}/{act}" for act in ("made", "no-answer", "cancel")),
    ),
    ("supervisor",): (
        *("GET /desk/people", "POST /desk/people/{name}/reset", "POST /desk/people/{name}/unlock", "GET /desk/audit"),
        *("GET /desk/board", "GET /desk/board/now", "GET /desk/switches", "POST /desk/switches", "GET /desk/concerns"),
        *("POST /desk/concerns/{number:int}/close", "POST /desk/talks/{number:int}/whisper"),
        "GET /desk/chats",
        *(
            f"{act} /desk/{what}/{named}/record{more}"
            for what, named in LED_BY.items()
            for act, more in (("GET", ""), ("POST", ""), ("POST", "/erase"))
        ),
    ),
}
ROUTES = {route: who for who, routes in MAY.items() for route in routes}
#: What stands in braces; the talk, the concern and the call of the parent have the number 1.
FILLED_IN = {"number": "1", "name": "Ann", "card": "suspension-first-steps", "file": "icon.svg"}
#: Written down of every asking, granted or not.
NOTES = {"audit", "sessions", "accounts"}


class World:
    """The application as it is run, with a family in it, and people at its desk."""

    def __init__(self, gateway: Starlette, store: SqlStore, database: Path) -> None:
        self.gateway = gateway
        self.store = store
        self._database = database
        self.conversation = ""
        self._cookies: dict[str, str] = {}

    async def live_in(self) -> None:
        """A parent whose talk an adviser has, with a concern; another parent; everybody at the desk."""
        now = dt.datetime.now(LONDON)
        for name, role in (("Ed", Role.EDITOR), ("Ann", Role.ADVISER), ("Sue", Role.SUPERVISOR)):
            await self.store.add_account(name, role, "", 3)
            await self.store.available(name, True)
        await self.store.begin_second_step("Sue", "JBSWY3DPEHPK3PXP", ())
        for who, words in (("parent", f"{WORDS} and he wants to die"), ("other parent", "Is that lawful?")):
            async with self._browser() as browser:
                await browser.post("/chat", data={"text": words})
                self._cookies[who] = browser.cookies[doorway.COOKIE]
        self.conversation = self._cookies["parent"].rpartition(".")[0]
        await self.store.hand_over(self.conversation, HandoverCard(want=WORDS), Way.LIVE, None, "asked", now)
        await self.store.take("Ann", "Ann is here.", now)

    def _browser(self, **cookies: str) -> httpx.AsyncClient:
        """One of somebody who is elsewhere."""
        transport = httpx.ASGITransport(self.gateway, client=("203.0.113.9", 1))
        return httpx.AsyncClient(transport=transport, base_url="http://helpline", headers=OWN_PAGE, cookies=cookies)

    async def _browser_of(self, who: str) -> httpx.AsyncClient:
        """Signed in anew, since some addresses sign them out."""
        name = {"editor": "Ed", "adviser": "Ann", "supervisor": "Sue", "password alone": "Sue"}.get(who)
        if name is None:
            cookie = self.conversation if who == "who knows the id" else self._cookies.get(who)
            return self._browser(**({doorway.COOKIE: cookie} if cookie else {}))
        now = dt.datetime.now(LONDON)
        proven = who != "password alone"
        return self._browser(**{sessions.COOKIE: await signed_in(self.store, name, now, proven=proven)})

    async def ask(self, who: str, method: str, path: str) -> httpx.Response:
        """What one of them is answered."""
        async with await self._browser_of(who) as browser:
            return await browser.request(method, filled_in(path), data={"text": "x"} if method == "POST" else None)

    def kept(self) -> Mapping[str, list[object]]:
        """All that is kept, but for the notes of who asked for what."""
        with sqlite3.connect(self._database) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            ours = {*tables} - NOTES
            return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in ours}


@pytest.fixture
async def world(read_once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    # Each of them asks for more than a person does.
    many = {name: Buckets(Rate(1000, 10_000)) for name in ("requests", "crowd", "desk", "visitor")}
    monkeypatch.setattr("bot.app.Limits", lambda: Limits(**many))
    environment = {"HELPLINE_DATA": str(tmp_path), "HELPLINE_KEYS": KEY, "HELPLINE_RASA_PORT": "9"}
    # Nothing listens there, and nothing has to.
    telegram = {"HELPLINE_TELEGRAM_TOKEN": "1:token", "HELPLINE_TELEGRAM_API": "http://127.0.0.1:9"}
    settings = read({**environment, **telegram, "HELPLINE_TELEGRAM_WEBHOOK": "https://helpline.example"})
    gateway, store = build(settings), SqlStore(settings.database_url, KEYS)
    async with gateway.router.lifespan_context(gateway):
        world = World(gateway, store, tmp_path / "helpline.sqlite")
        await world.live_in()
        # Streams say that they are over, at once.
        gateway.state.live.end()
        yield world
        await store.close()


def routes_of(gateway: Starlette) -> Iterator[tuple[str, str]]:
    for route in gateway.routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/{{file}}"
            continue
        assert isinstance(route, Route), f"nobody has said who may reach {route}"
        for method in (route.methods or set()) - {"HEAD"}:
            yield method, route.path


def filled_in(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda name: FILLED_IN.get(name[1], "x" * 43), path)


async def test_somebody_has_said_who_may_reach_each_route(world: World) -> None:
    there = {f"{method} {path}" for method, path in routes_of(world.gateway)}
    assert (sorted(there - set(ROUTES)), sorted(set(ROUTES) - there)) == ([], [])


@pytest.mark.parametrize("who", EVERYBODY)
async def test_who_may_not_gets_nothing_and_changes_nothing(world: World, who: str) -> None:
    closed = [route for route, may in ROUTES.items() if who not in may]
    assert closed
    before = world.kept()
    for route in closed:
        method, _, path = route.partition(" ")
        answer = await world.ask(who, method, path)
        assert is_refused(answer), f"{who}: {route} gave {answer.status_code}"
        assert WORDS not in answer.text, route
    assert world.kept() == before


def is_refused(answer: httpx.Response) -> bool:
    """Told that it is not for them, or not there, or led to where they have to show who they are."""
    led = answer.status_code == 303 and answer.headers["location"].partition("?")[0]
    return answer.status_code in (401, 403, 404) or led in ("/desk/sign-in", "/desk/sign-in/code")


@pytest.mark.parametrize("who", ["nobody", "other parent", "who knows the id", *STAFF])
async def test_a_parents_words_reach_no_other_visitor_of_the_chat(world: World, who: str) -> None:
    before = await world.store.thread(world.conversation)
    for route in ROUTES:
        method, _, path = route.partition(" ")
        if path.startswith("/chat"):
            answer = await world.ask(who, method, path)
            assert answer.status_code < 500 or path == "/chat/telegram", route
            assert WORDS not in answer.text, route
    assert await world.store.thread(world.conversation) == before


@pytest.mark.parametrize("who", STAFF)
async def test_who_may_gets_through(world: World, who: str) -> None:
    for route, may in ROUTES.items():
        method, _, path = route.partition(" ")
        # What an adviser ends or erases is gone for the next; the page for the code is for who has none yet.
        if who in may and path.startswith("/desk") and "sign-" not in path and "erase" not in path:
            answer = await world.ask(who, method, path)
            assert answer.status_code < 500, route
            assert not answer.headers.get("location", "").startswith("/desk/sign-in"), f"{who}: {route}"
            assert "not for your role" not in answer.text, f"{who}: {route}"


async def test_no_address_takes_another_method_than_its_own(world: World) -> None:
    methods: dict[str, set[str]] = {}
    for method, path in routes_of(world.gateway):
        methods.setdefault(path, set()).add(method)
    for path, own in methods.items():
        for method in {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - own:
            answer = await world.ask("supervisor", method, path)
            assert answer.status_code in (404, 405), f"{method} {path}"
