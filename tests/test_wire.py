"""Clients that are too slow are cut, over real sockets; those who are only slow are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot import wire

#: More than the kernel keeps for a client that does not read.
MUCH = b"x" * 100_000
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    """The protocol over an application that takes bodies, sends much, and notes who has gone away."""

    def __init__(self) -> None:
        self.gone: list[str] = []
        app = Starlette(
            routes=[
                Route("/take", self.take, methods=["POST"]),
                Route("/much", self.much),
                Route("/stream", self.stream),
            ]
        )
        config = uvicorn.Config(app, port=0, http=wire.Impatient, ws="none", lifespan="off", log_level="critical")
        self.server = uvicorn.Server(config)

    async def take(self, request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            self.gone.append("take")
            return Response(status_code=400)
        return PlainTextResponse(str(len(body)))

    async def much(self, _: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                for _ in range(1000):
                    yield MUCH
            finally:
                self.gone.append("much")

        return StreamingResponse(pieces())

    async def stream(self, _: Request) -> Response:
        async def beats() -> AsyncIterator[str]:
            for number in range(6):
                yield f"{number}\n"
                await asyncio.sleep(0.1)

        return StreamingResponse(beats())

    async def connect(self) -> Line:
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return await asyncio.open_connection("127.0.0.1", port)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "READ_SECONDS"):
        monkeypatch.setattr(wire, name, 0.3)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    task = asyncio.create_task(server.server.serve())
    while not server.server.started:
        await asyncio.sleep(0.01)
    yield server
    server.server.should_exit = True
    await task


async def cut(line: Line, seconds: float = 5.0) -> bytes:
    """What came until the server cut the line."""
    reader, writer = line
    try:
        return await asyncio.wait_for(reader.read(), seconds)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def drop_by_drop(line: Line, data: bytes, pause: float = 0.05) -> bytes:
    """Send a byte at a time, until the line is cut."""
    _, writer = line
    answer = asyncio.create_task(cut(line))
    for place in range(len(data)):
        if answer.done():
            break
        writer.write(data[place : place + 1])
        await asyncio.sleep(pause)
    return await answer


async def test_a_connection_that_says_nothing_is_cut(server: Server) -> None:
    assert await cut(await server.connect()) == b""


async def test_the_head_of_a_request_that_comes_drop_by_drop_is_cut(server: Server) -> None:
    line = await server.connect()
    line[1].write(b"GET /take HTTP/1.1\r\nHost: x\r\n")
    assert await drop_by_drop(line, b"X-Slow: 1\r\n" * 100) == b""
    assert server.server.server_state.connections == set()


async def test_a_head_without_an_end_is_cut(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 60.0)
    line = await server.connect()
    line[1].write(b"GET /take HTTP/1.1\r\n" + b"X-Much: 1234567890\r\n" * 5000)
    assert await cut(line) == b""


async def test_a_body_that_comes_drop_by_drop_is_cut_and_nobody_is_left_waiting(server: Server) -> None:
    line = await server.connect()
    line[1].write(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
    assert await drop_by_drop(line, b"text=" * 1000) == b""
    await asyncio.sleep(0.05)
    assert server.gone == ["take"]


async def test_the_second_request_on_a_line_is_hurried_too(server: Server) -> None:
    reader, writer = line = await server.connect()
    writer.write(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
    assert (await reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200")
    assert await drop_by_drop(line, b"POST /take HTTP/1.1\r\nX-Slow: 1\r\n" * 10) == b""


async def test_a_client_that_does_not_read_is_cut(server: Server) -> None:
    _, writer = await server.connect()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
    for _ in range(100):
        if server.gone:
            break
        await asyncio.sleep(0.05)
    assert server.gone == ["much"]
    writer.transport.abort()


async def test_a_stream_that_lasts_and_a_form_that_is_only_slow_are_not_cut(server: Server) -> None:
    reader, writer = await server.connect()
    writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"5\n" in await asyncio.wait_for(reader.read(), 5)
    writer.close()
    reader, writer = await server.connect()
    for piece in (b"POST /take HTTP/1.1\r\n", b"Host: x\r\nContent-Length: 4\r\n\r\n", b"ab", b"cd"):
        writer.write(piece)
        await asyncio.sleep(0.08)
    assert (await reader.readuntil(b"\r\n\r\n4")).startswith(b"HTTP/1.1 200")
    writer.close()
