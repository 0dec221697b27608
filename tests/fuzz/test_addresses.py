"""Every address of the gateway takes whatever is sent there: no fault, no hang, nothing of its insides."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import settings
from schemathesis.config import SchemathesisConfig

from bot.channels.web import doorway
from bot.desk.sessions import COOKIE
from bot.settings import ROOT
from tests.fuzz.conftest import FUZZED, INPUTS, LONGEST, OWN_PAGE, TALKS, WEBHOOK, Fed

pytestmark = pytest.mark.slow

CONFIG = {
    "generation": {"deterministic": True, "with-security-parameters": False},
    "output": {"sanitization": {"enabled": False}},
}
DOCUMENT = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.yml", config=SchemathesisConfig.from_dict(CONFIG))
# Streams do not end: they have a test of their own.
ADDRESSES = DOCUMENT.exclude(path_regex="/events$")
#: Where nothing can be varied, one is enough.
VARIED = sum(
    bool({"parameters", "requestBody"} & {*found.ok().definition.raw}) for found in ADDRESSES.get_all_operations()
)
EACH = max(1, INPUTS // VARIED)


@pytest.fixture
def session(gateway: Fed) -> requests.Session:
    """The browser of a supervisor, newly signed in, since signing out is among the addresses."""
    browser = requests.Session()
    browser.headers.update(OWN_PAGE)
    browser.cookies.set(COOKIE, gateway.sign_in("Sue"), path="/desk")
    browser.trust_env = False
    return browser


def let_in(case: schemathesis.Case, gateway: Fed, session: requests.Session) -> None:
    """See to it that the case gets further than the door: there is what it asks for, and it is whose it is."""
    if case.path.startswith("/chat"):
        # Some of the addresses end or delete the chat, or change the cookie.
        held = [cookie for cookie in session.cookies if cookie.name == doorway.COOKIE]
        for cookie in held:
            session.cookies.clear(cookie.domain, cookie.path, cookie.name)
        waiting = gateway.waiting((held[0].value or "") if held else "")
        session.cookies.set(doorway.COOKIE, waiting, path="/chat")
    if case.path == "/telegram/{path}":
        case.path_parameters["path"] = WEBHOOK.path
        case.headers["X-Telegram-Bot-Api-Secret-Token"] = WEBHOOK.secret
    number = case.path_parameters.get("number")
    if isinstance(number, int) and abs(number) < 2**31:
        # There are so many talks, and fewer concerns and calls.
        case.path_parameters["number"] = number % (TALKS + 2)


@ADDRESSES.parametrize()
@settings(FUZZED, max_examples=EACH)
def test_an_address_takes_anything(case: schemathesis.Case, gateway: Fed, session: requests.Session) -> None:
    let_in(case, gateway, session)
    answer = case.call(gateway.address, session=session, timeout=LONGEST, allow_redirects=False)
    gateway.count()
    expected = case.operation.definition.raw["responses"]
    assert answer.status_code < 500 or str(answer.status_code) in expected, answer.text
    assert b"Traceback" not in answer.content
