"""The gateway lives without Rasa, tells how it is, and never shows a fault's insides."""

import asyncio
import re
import time
from dataclasses import replace

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.testclient import TestClient

from benchmarks.wire import weigh
from bot.app import build, compose
from bot.channels.web.doorway import COOKIE
from bot.conversation import Understanding
from bot.keyring import keyring
from bot.settings import read
from tests.keys import KEY

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture
def settings(tmp_path):
    # Nothing listens on these ports.
    environment = {"HELPLINE_DATA": str(tmp_path), "HELPLINE_RASA_PORT": "9", "HELPLINE_ACTIONS_PORT": "9"}
    return read({**environment, "HELPLINE_KEYS": KEY, "HELPLINE_PATIENCE": "1"})


@pytest.fixture
def gateway(settings):
    with TestClient(build(settings), raise_server_exceptions=False, client=("127.0.0.1", 1)) as client:
        yield client


def test_the_gateway_lives_without_rasa(gateway):
    answer = gateway.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_the_chat_page_leads_to_telegram_only_where_there_is_a_bot(gateway, settings):
    assert "/chat/telegram" not in gateway.get("/chat").text
    assert gateway.get("/chat/telegram").status_code == 404
    # Nothing listens there either.
    with TestClient(build(replace(settings, telegram_token="1:a", telegram_api="http://127.0.0.1:9"))) as client:
        assert 'href="/chat/telegram"' in client.get("/chat").text
        assert client.get("/chat/telegram").status_code == 503


def test_readiness_is_told_piece_by_piece(gateway, monkeypatch):
    answer = gateway.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ready", "rasa": "not ready", "actions": "not ready"}


def test_a_gateway_with_all_its_pieces_is_ready(gateway, monkeypatch):
    async def ready(_):
        return True

    monkeypatch.setattr("bot.assistant.RasaAssistant.ready", ready)
    monkeypatch.setattr("bot.app.Pages._actions_answer", ready)
    answer = gateway.get("/readyz")
    assert (answer.status_code, set(answer.json().values())) == (200, {"ready"})


def test_a_database_that_is_gone_is_told_and_the_gateway_lives_on(gateway, monkeypatch):
    async def gone(*_):
        raise OSError("disk full of secrets")

    monkeypatch.setattr("bot.store.SqlStore.standing", gone)
    assert gateway.get("/readyz").json()["database"] == "not ready"
    assert gateway.get("/healthz").status_code == 200


def test_replies_are_counted_by_their_status(settings):
    async def ask():
        parts = compose(settings)
        await parts.store.upgrade()
        await parts.helpline.hear(await parts.helpline.open("cli"), "how long can he be suspended for")
        exposition = parts.metrics.exposition().decode()
        await parts.close()
        return exposition

    exposition = asyncio.run(ask())
    assert 'helpline_replies_total{status="error"} 1.0' in exposition
    assert "helpline_reply_seconds_count 1.0" in exposition
    assert "suspended" not in exposition


def test_metrics_are_prometheus_text(gateway):
    answer = gateway.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r"^# TYPE helpline_replies_total counter$", answer.text, re.MULTILINE)


def test_the_chat_page_and_its_files_are_there(gateway):
    page = gateway.get("/chat")
    assert page.status_code == 200
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        assert gateway.get(address).status_code == 200, address


def test_a_page_that_is_not_there_says_so_kindly(gateway):
    for address in ("/nothing", "/static/nothing.css", "/static/../settings.py"):
        answer = gateway.get(address)
        assert answer.status_code == 404
        assert "There is no page here" in answer.text
        assert 'href="/chat"' in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "["},
        {"host": "helpline/../x"},
        {"origin": "http://["},
        {"origin": "null", "host": "null"},
        {"referer": "http://[", "sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"},
    ],
)
def test_addresses_that_cannot_be_read_are_no_fault(gateway, headers):
    for method, address in (("GET", "/chat"), ("POST", "/chat"), ("GET", "/demo"), ("POST", "/desk/next")):
        answer = gateway.request(method, address, headers=headers, follow_redirects=False)
        assert answer.status_code < 500
        assert answer.status_code != 200 or method == "GET"


async def _break(_):
    raise RuntimeError("my son Sam was excluded")


async def _refuse(_):
    raise HTTPException(413)


def test_a_fault_of_ours_shows_a_kind_page_and_nothing_of_its_insides(settings):
    application = build(settings)
    application.router.routes += [Route("/broken", _break), Route("/refused", _refuse)]
    with TestClient(application, raise_server_exceptions=False) as client:
        broken, refused = client.get("/broken"), client.get("/refused")
    assert (broken.status_code, refused.status_code) == (500, 413)
    for answer in (broken, refused):
        assert 'href="/chat"' in answer.text
        assert "Sam" not in answer.text
        assert "Traceback" not in answer.text


def test_what_a_stop_left_unanswered_is_answered_when_rasa_is_there_again(settings, monkeypatch):
    async def leave_unanswered():
        parts = compose(settings)
        await parts.store.upgrade()
        conversation = await parts.helpline.open("web")
        await parts.store.record(conversation, "c1", "how long can he be suspended for", "", settings.clock())
        await parts.close()
        return conversation

    asked = []

    async def ready(_):
        asked.append(1)
        return len(asked) > 2

    async def understand(*_):
        assert len(asked) > 2, "Rasa was asked before it was there"
        return Understanding(wording="thanks")

    monkeypatch.setattr("bot.assistant.RasaAssistant.ready", ready)
    monkeypatch.setattr("bot.assistant.RasaAssistant.understand", understand)
    monkeypatch.setattr("bot.app.RASA_ASKED_EVERY", 0.01)
    conversation = asyncio.run(leave_unanswered())
    with TestClient(build(settings)) as client:
        for _ in range(200):
            page = client.get("/chat", cookies={COOKIE: keyring(settings).sign(conversation, COOKIE)}).text
            if "You are very welcome" in page:
                return
            time.sleep(0.02)
    raise AssertionError("the message stayed unanswered")


# -- on the wire -----------------------------------------------------------------------------------------------------


def test_the_chat_is_light_enough_for_an_old_phone_on_a_bad_line(settings):
    async def weighed():
        gateway = httpx.ASGITransport(build(settings))
        async with httpx.AsyncClient(transport=gateway, base_url="http://helpline") as http:
            return await weigh(http)

    weight = asyncio.run(weighed())
    assert 0 < weight.loader <= 5_000
    assert 10_000 < weight.chat <= 40_000


def test_pages_are_compressed_for_those_who_can_read_that(gateway):
    assert gateway.get("/chat").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in gateway.get("/chat", headers={"accept-encoding": "identity"}).headers
