"""Whatever comes over the wire, HTTP or not, the gateway closes the connection or answers, and lives on."""

from __future__ import annotations

import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.conftest import FUZZED, LONGEST, Fed

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Generating overly large repr")]

LINE = st.sampled_from(
    [
        *(b"GET /chat HTTP/1.1", b"POST /chat HTTP/1.1", b"GET /chat/events HTTP/1.1", b"GET /static/../../x HTTP/1.1"),
        *(b"GET /desk/talks/1 HTTP/1.0", b"GET /static/%00 HTTP/1.1", b"PRI * HTTP/2.0", b"GET  HTTP/1.1", b"CHAT"),
        *(
            b"OPTIONS * HTTP/1.1",
            b"GET http://[ HTTP/1.1",
            b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
            b"GET /%ff%fe HTTP/1.1",
        ),
    ]
)
HEADER = st.one_of(
    st.sampled_from(
        [
            *(b"Host: helpline", b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999"),
            *(
                b"Transfer-Encoding: chunked",
                b"Connection: upgrade",
                b"Upgrade: websocket",
                b"Sec-WebSocket-Version: 13",
            ),
            *(
                b"Expect: 100-continue",
                b"Cookie: helpline_conversation=" + b"a" * 30,
                b"Range: bytes=0-5,1-",
                b": x",
                b" folded",
            ),
            *(
                b"Cookie: helpline_desk=1-x; helpline_device=\xff",
                b"Content-Type: application/x-www-form-urlencoded",
                b"Host: [",
            ),
            *(
                b"Referer: http://[",
                b"Origin: http://[",
                b"Sec-Fetch-Dest: iframe",
                b"If-Modified-Since: x",
                b"Accept-Encoding: gzip",
            ),
        ]
    ),
    st.binary(max_size=40),
)
BODY = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"text=hello", b"5\r\ntext=\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"text=" + b"a" * 30_000]),
)
REQUEST = st.builds(
    lambda line, headers, body: b"\r\n".join([line, *headers, b"", body]), LINE, st.lists(HEADER, max_size=6), BODY
)


def said_to(address: str, sent: bytes) -> bytes:
    """What the server answers to these bytes, after which nothing more comes. Raises `TimeoutError` where it hangs."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), LONGEST) as wire:
        # It may close the connection before it has read everything.
        with suppress(ConnectionError):
            wire.sendall(sent)
        with suppress(OSError):
            wire.shutdown(socket.SHUT_WR)
        said = b""
        with suppress(ConnectionError):
            while piece := wire.recv(65_536):
                said += piece
    return said


@FUZZED
@given(st.one_of(REQUEST, st.binary(max_size=300), st.lists(REQUEST, min_size=2, max_size=3).map(b"".join)))
def test_anything_on_the_wire_is_answered_or_cut_off(gateway: Fed, sent: bytes) -> None:
    gateway.count()
    said = said_to(gateway.address, sent)
    assert not said or said.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 5" not in said
    assert said_to(gateway.address, b"GET /healthz HTTP/1.0\r\n\r\n").endswith(b"ok")
