"""Only those who watch over the helpline see how it is doing."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.watchers import for_watchers


async def figures(_: Request) -> Response:
    return PlainTextResponse("7 parents")


APP = Starlette(routes=[Route("/metrics", for_watchers(("127.0.0.1", "10.1.0.0/16", "::1"), figures))])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("::ffff:127.0.0.1", 200),
        ("10.1.2.3", 200),
        ("::1", 200),
        ("10.2.0.1", 404),
        ("203.0.113.9", 404),
        ("2001:db8::1", 404),
        ("unknown", 404),
        ("", 404),
    ],
)
def test_it_is_told_by_the_address(address: str, status: int) -> None:
    answer = TestClient(APP, client=(address, 1)).get("/metrics")
    assert answer.status_code == status
    assert ("7 parents" in answer.text) == (status == 200)
