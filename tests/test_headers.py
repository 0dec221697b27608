"""No answer leaves without its safety headers: pages, files, errors and redirects alike."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.app import build
from bot.settings import SettingsError, read
from tests.keys import KEY

pytestmark = pytest.mark.usefixtures("read_once")

ADDRESSES = (
    *("/", "/chat", "/chat/handover", "/accessibility", "/demo", "/widget.js", "/static/icon.svg", "/desk", "/nothing"),
    *("/desk/sign-in", "/desk/nothing", "/healthz", "/readyz", "/static/nothing.css", "/broken"),
)


async def _break(_: object) -> None:
    raise RuntimeError


def client(tmp_path, address: str, **more: str) -> TestClient:
    application = build(read({"HELPLINE_DATA": str(tmp_path), "HELPLINE_KEYS": KEY, **more}))
    application.router.routes.append(Route("/broken", _break))
    return TestClient(application, base_url=address, raise_server_exceptions=False, follow_redirects=False)


def test_every_answer_forbids_what_it_does_not_need(tmp_path):
    with client(tmp_path, "http://helpline.example") as browser:
        for address in ADDRESSES:
            for method in ("GET", "PUT"):
                answer = browser.request(method, address)
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy, address
                assert "unsafe" not in policy, address
                assert answer.headers["x-content-type-options"] == "nosniff", address
                inline = re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", answer.text)
                assert inline is None or "html" not in answer.headers["content-type"], address
                assert "strict-transport-security" not in answer.headers


def test_behind_tls_browsers_are_told_to_use_nothing_else_where_that_is_set(tmp_path):
    with client(tmp_path, "https://helpline.example", HELPLINE_HSTS="600") as browser:
        for address in ("/chat", "/desk/sign-in", "/nothing", "/static/icon.svg", "/broken"):
            assert browser.get(address).headers["strict-transport-security"] == "max-age=600"


@pytest.mark.parametrize("setting", ["HELPLINE_ADDRESS", "HELPLINE_TELEGRAM_WEBHOOK"])
def test_where_our_address_is_https_a_proxy_that_says_nothing_of_it_weakens_nothing(tmp_path, caplog, setting):
    with client(tmp_path, "http://helpline.charity.org", **{setting: "https://helpline.charity.org"}) as browser:
        answer = browser.post("/chat", data={"press": "human"})
        assert answer.headers["strict-transport-security"] == f"max-age={365 * 24 * 3600}"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-helpline_conversation=")
        assert "; Secure" in cookie
        browser.get("/broken")
    warnings = [record for record in caplog.records if "came by http" in record.message]
    assert len(warnings) == 1


def test_this_machine_itself_may_come_by_http(tmp_path, caplog):
    application = client(tmp_path, "http://127.0.0.1", HELPLINE_ADDRESS="https://helpline.charity.org").app
    with TestClient(application, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as browser:
        assert browser.get("/healthz").text == "ok"
    assert "came by http" not in caplog.text


@pytest.mark.parametrize(
    ("address", "setting", "seconds"),
    [
        ("https://helpline.charity.org", "", 365 * 24 * 3600),
        ("https://helpline.charity.org", "0", 0),
        ("http://helpline.charity.org", "", 0),
        ("https://helpline.example", "", 0),
    ],
)
def test_https_is_for_a_year_unless_it_is_switched_off(address, setting, seconds):
    assert read({"HELPLINE_ADDRESS": address, "HELPLINE_HSTS": setting}).hsts == seconds


def test_a_time_that_is_none_is_refused():
    with pytest.raises(SettingsError, match="HELPLINE_HSTS"):
        read({"HELPLINE_HSTS": "a year"})


@pytest.mark.parametrize("address", ["/chat", "/desk/sign-in"])
def test_a_file_is_refused_kindly(tmp_path, address):
    with client(tmp_path, "http://helpline.example") as browser:
        answer = browser.post(address, files={"text": ("letter.pdf", b"%PDF")})
        assert answer.status_code == 415
        assert "We cannot take files here" in answer.text
