"""Whoever asks faster than people do waits for a kind refusal; nobody else notices."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels import turnstile
from bot.channels.turnstile import Turnstile
from bot.channels.web.doorway import COOKIE, conversation_of
from bot.desk.sessions import COOKIE as DESK_COOKIE
from bot.desk.sessions import token_of
from bot.limits import Buckets, Limits, Rate
from tests.keys import KEYS

FEW = Rate(0.001, 3)
Endpoint = Callable[[Request], Awaitable[Response]]


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "HELD_SECONDS", 0.05)


async def page(_: Request) -> Response:
    return PlainTextResponse("here")


def refusal(_: HTTPConnection, seconds: int) -> Response:
    return PlainTextResponse("wait", 429, {"Retry-After": str(seconds)})


def visitor(
    endpoint: Endpoint = page, address: str = "203.0.113.7", cookie: str = "", **limits: Buckets
) -> httpx.AsyncClient:
    routes = [Route("/chat", endpoint, methods=["GET", "POST"])]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(
                Turnstile,
                limits=Limits(**limits),
                visitor=partial(conversation_of, keys=KEYS),
                adviser=partial(token_of, keys=KEYS),
                refusal=refusal,
            )
        ],
    )
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(
        transport=transport, base_url="http://helpline", cookies={COOKIE: KEYS.sign(cookie, COOKIE)} if cookie else {}
    )


def invented(name: str) -> dict[str, str]:
    """The header with a cookie that we have not signed."""
    return {"cookie": f"{COOKIE}={name}.{'0' * 32}"}


async def asked(http: httpx.AsyncClient, times: int) -> list[int]:
    return [(await http.get("/chat")).status_code for _ in range(times)]


async def test_a_visitor_who_is_too_fast_waits_for_a_refusal_that_says_when_to_come_back() -> None:
    async with visitor(cookie="ann", requests=Buckets(FEW)) as http:
        assert await asked(http, 3) == [200, 200, 200]
        began = time.monotonic()
        answer = await http.get("/chat")
        assert time.monotonic() - began >= 0.05
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 1
        http.cookies.set(COOKIE, KEYS.sign("ben", COOKIE))
        assert await asked(http, 3) == [200, 200, 200]


async def test_another_cookie_each_time_is_still_one_address() -> None:
    async with visitor(crowd=Buckets(FEW)) as http:
        for name, expected in (("a", 200), ("b", 200), ("c", 200), ("d", 429)):
            assert (await http.get("/chat", headers=invented(name))).status_code == expected


async def test_messages_with_another_invented_cookie_each_are_one_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "MOST_AT_ONCE", 5)
    go = asyncio.Event()
    inside = 0

    async def slow(_: Request) -> Response:
        nonlocal inside
        inside += 1
        await go.wait()
        return PlainTextResponse("heard")

    async with visitor(slow) as http:
        crowd = [asyncio.create_task(http.post("/chat", headers=invented(f"{number}"))) for number in range(60)]
        await asyncio.wait(crowd, timeout=0.5)
        assert inside == 5
        # Whoever has a chat with us is not one of them.
        known = asyncio.create_task(http.post("/chat", headers={"cookie": f"{COOKIE}={KEYS.sign('ann', COOKIE)}"}))
        while inside < 6:
            await asyncio.sleep(0.01)
        go.set()
        assert (await known).status_code == 200
        assert sorted([(await task).status_code for task in crowd]) == [200] * 5 + [429] * 55


async def test_what_browsers_send_as_a_cookie_is_not_kept() -> None:
    limits = {"requests": Buckets(FEW), "crowd": Buckets(FEW)}
    async with visitor(**limits) as http:
        await http.get("/chat", headers=invented("x" * 30_000))
    assert (list(limits["requests"]._left), list(limits["crowd"]._left)) == ([], ["203.0.113.7"])


async def test_a_proxy_that_does_not_say_who_is_behind_it_is_not_one_visitor() -> None:
    async with visitor(address="127.0.0.1", crowd=Buckets(FEW)) as http:
        assert await asked(http, 8) == [200] * 8


async def test_a_flood_from_the_advisers_own_address_leaves_the_desk_as_it_is() -> None:
    async with visitor(crowd=Buckets(FEW), desk=Buckets(Rate(0.001, 5))) as http:
        assert await asked(http, 4) == [200] * 3 + [429]
        http.cookies.set(DESK_COOKIE, f"invented.{'0' * 32}")
        assert await asked(http, 1) == [429]
        http.cookies.set(DESK_COOKIE, KEYS.sign("token", "desk"))
        assert await asked(http, 6) == [200] * 5 + [429]


async def test_messages_are_not_refused_here_unless_so_many_come_at_once_that_nobody_has_written_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turnstile, "MOST_AT_ONCE", 5)
    go = asyncio.Event()

    async def slow(_: Request) -> Response:
        await go.wait()
        return PlainTextResponse("heard")

    async with visitor(slow, cookie="ann", requests=Buckets(FEW), crowd=Buckets(FEW)) as http:
        crowd = [asyncio.create_task(http.post("/chat")) for _ in range(8)]
        await asyncio.sleep(0.3)
        go.set()
        assert sorted([(await task).status_code for task in crowd]) == [200] * 5 + [429] * 3
        assert (await http.post("/chat")).status_code == 200


@pytest.mark.parametrize("path", ["/chat", "/chat/messages", "/chat/handover", "/chat/after"])
async def test_where_words_arrive_none_are_refused_unread_for_what_was_asked_before(path: str) -> None:
    async with visitor(cookie="ann", requests=Buckets(FEW)) as http:
        assert (await asked(http, 4))[-1] == 429
        assert (await http.post(path, data={"text": "He has run away."})).status_code != 429


async def test_refusals_beyond_what_can_be_held_are_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "MOST_HELD", 2)
    monkeypatch.setattr(turnstile, "HELD_SECONDS", 0.3)
    async with visitor(cookie="ann", requests=Buckets(Rate(0.001, 1))) as http:
        await http.get("/chat")
        began = time.monotonic()
        tasks = [asyncio.create_task(http.get("/chat")) for _ in range(3)]
        done, waiting = await asyncio.wait(tasks, timeout=0.15)
        assert (len(done), len(waiting)) == (1, 2)
        await asyncio.gather(*waiting)
        assert time.monotonic() - began >= 0.3
