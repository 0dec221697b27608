"""Whatever parents write and press, and however their browsers ask for news, they get an answer."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import MOST_CHARACTERS
from bot.desk.sessions import COOKIE
from tests.fuzz.conftest import FUZZED, INPUTS, LONGEST, OWN_PAGE, Fed
from tests.stand_in import CARDS

pytestmark = pytest.mark.slow

#: How many messages a visit has, on average.
VISIT = 4
#: What has hurt chats before: markup, templates, commands, other directions, letters upon letters, broken numbers.
NASTY = [
    *(
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{7*7}}",
        "{name}",
        "%s%n",
        "**[x](javascript:x)**",
    ),
    *(
        "/restart",
        '/inform{"card": "x"}',
        "/",
        "\u202eevil",
        "e\u0301\u0302\u0303" * 200,
        "👩‍👩‍👧‍👦" * 100,
        "\ud800",
        "\x00\x07",
    ),
    *("9" * 400, "+44 " + "0" * 60, "31/02/2026", "99:99", "a" * (MOST_CHARACTERS + 1), "\u2028\r\n\t \u00a0"),
]
REAL = [
    *CARDS,
    "he",
    "was",
    "school",
    "999",
    "she wants to die",
    "ring me",
    "a person",
    "yes",
    "no",
    "tomorrow at ten",
    "?",
]
TEXT = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.characters(), min_size=500, max_size=2500),
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(REAL + NASTY), max_size=8).map(" ".join),
)
#: A number stands for the button of this place on the page.
PRESS = st.one_of(
    st.integers(0, 9), st.sampled_from(["human", "card:", "handover:change", "waiting:stop", "again", "\x00"])
)
STEP = st.one_of(
    TEXT.map(lambda text: ("text", text)),
    PRESS.map(lambda press: ("press", press)),
    st.sampled_from(["/chat", "/chat/handover", "/chat/transcript.txt", "/chat/transcript.pdf"]).map(
        lambda page: ("look", page)
    ),
)
#: What a header can carry on the wire, and a little more.
HEADER = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60),
    st.integers().map(str),
    st.sampled_from(["9" * 5000, "-1", "1e9", "0x1", "NaN", "", "null"]),
)


def browser(gateway: Fed) -> httpx.Client:
    # Reading the certificates of the world, for a browser that needs none, would take most of the time.
    return httpx.Client(base_url=gateway.address, headers=OWN_PAGE, timeout=LONGEST, trust_env=False, verify=False)


def form(fields: dict[str, str]) -> dict[str, object]:
    """The fields as a form, halves of letters and all."""
    content = urlencode(fields, errors="surrogatepass")
    return {"content": content, "headers": {"content-type": "application/x-www-form-urlencoded"}}


@settings(FUZZED, max_examples=max(1, INPUTS // VISIT))
@given(st.lists(STEP, min_size=1, max_size=2 * VISIT), TEXT)
def test_a_visit_with_anything_in_it(gateway: Fed, steps: list[tuple[str, object]], client_id: str) -> None:
    with browser(gateway) as parent:
        page = ""
        for kind, what in steps:
            gateway.count()
            if kind == "look":
                answer = parent.get(str(what))
            elif kind == "press":
                offered = re.findall(r'name="press" value="([^"]*)"', page)
                press = html.unescape(offered[what % len(offered)]) if isinstance(what, int) and offered else str(what)
                answer = parent.post("/chat", **form({"press": press}))
            else:
                answer = parent.post("/chat", **form({"text": str(what), "client_id": client_id}))
            assert answer.status_code < 500, answer.text
            page = parent.get("/chat").text
            assert "<script>alert" not in page
            lines = re.findall(r'<li id="m\d+" class="line (\w+)', page)
            assert not lines or lines[-1] != "parent" or "assistant thinking" in page, "a parent is left in silence"


@FUZZED
@given(HEADER, HEADER, st.booleans())
def test_a_stream_of_events_from_anywhere(gateway: Fed, last: str, after: str, waits: bool) -> None:
    with browser(gateway) as parent:
        parent.post("/chat", data={"text": "a person please"})
        if waits:
            parent.post("/chat/handover", data={"want": "I want a person"})
        gateway.count()
        headers = {"last-event-id": last.strip().encode("latin-1")}
        with parent.stream("GET", "/chat/events", params={"after": after}, headers=headers) as stream:
            assert stream.status_code == (httpx.codes.OK if waits else httpx.codes.NO_CONTENT)
            assert not waits or next(stream.iter_lines()).startswith("retry:")


@FUZZED
@given(TEXT, HEADER, st.booleans())
def test_a_stream_of_the_desk_with_anything_in_its_address(
    gateway: Fed, session: str, talk: str, cookie: str, signed_in: bool
) -> None:
    gateway.count()
    token = session if signed_in else cookie.replace(";", "").strip()
    address = "/desk/events?" + urlencode({"talk": talk}, errors="surrogatepass")
    with (
        browser(gateway) as visitor,
        visitor.stream("GET", address, headers={"cookie": f"{COOKIE}={token}".encode("latin-1")}) as stream,
    ):
        assert stream.status_code in ((200, 404) if signed_in else (303,))
        assert stream.status_code != httpx.codes.OK or next(stream.iter_lines()).startswith("retry:")


@pytest.fixture(scope="module")
def session(gateway: Fed) -> str:
    return gateway.sign_in("Sue")
