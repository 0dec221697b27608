"""Rasa's action server takes calls from Rasa alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from benchmarks.processes import free_ports
from bot.settings import ROOT

CALL = {"next_action": "validate_callback_form", "sender_id": "a-parent", "tracker": {}, "domain": {}}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a real one, whose token is 'right'."""
    (port,) = free_ports(1)
    environment = {**os.environ, "HELPLINE_ACTIONS_PORT": str(port), "HELPLINE_RASA_TOKEN": "right"}
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen((sys.executable, "-m", "bot.action_server"), cwd=ROOT, env=environment) as process:
        try:
            _wait_for(address, process)
            yield address
        finally:
            process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            assert httpx.get(f"{address}/health", trust_env=False).status_code == httpx.codes.OK
            return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the action server does not answer")


@pytest.mark.parametrize(("method", "path"), [("POST", "/webhook"), ("GET", "/actions"), ("GET", "/nothing")])
@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic cmlnaHQ6"}])
def test_a_stranger_is_refused(server: str, method: str, path: str, header: dict[str, str]) -> None:
    answer = httpx.request(method, f"{server}{path}", headers=header, json=CALL, trust_env=False)
    assert (answer.status_code, answer.json()) == (401, {"error": "wrong token"})


def test_with_the_token_it_is_rasas_action_server(server: str) -> None:
    rasas = {"authorization": "Bearer right"}
    names = httpx.get(f"{server}/actions", headers=rasas, trust_env=False).json()
    assert {"name": "validate_callback_form"} in names


def test_no_page_of_another_site_may_read_what_it_says(server: str) -> None:
    answer = httpx.get(f"{server}/health", headers={"origin": "https://elsewhere.example"}, trust_env=False)
    assert "access-control-allow-origin" not in answer.headers
