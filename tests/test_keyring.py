"""A helpline that others can reach does not start without a good key; a demonstration makes its own."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.app import build
from bot.keyring import keyring
from bot.sealing import new_key
from bot.settings import ROOT, Settings, SettingsError, read


def settings(folder: Path, **more: str) -> Settings:
    return read({"HELPLINE_DATA": str(folder), **more})


def test_a_demonstration_makes_one_key_that_only_its_owner_reads_and_keeps_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as together:
        made = list(together.map(lambda _: keyring(settings(tmp_path)).newest, range(8)))
    assert len({*made, keyring(settings(tmp_path)).newest}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["demonstration.key"]
    assert stat.S_IMODE((tmp_path / "demonstration.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "way",
    [
        {"HELPLINE_HOST": "0.0.0.0"},
        {"HELPLINE_HOST": "helpline.charity.org"},
        {"HELPLINE_TELEGRAM_TOKEN": "123:abc"},
        {"HELPLINE_WIDGET_SITES": "https://www.charity.org"},
        {"HELPLINE_PROXIES": "10.0.0.0/8"},
        {"HELPLINE_HSTS": "600"},
        {"HELPLINE_SMTP_URL": "smtp://mail.charity.org"},
        {"HELPLINE_SMTP_URL": "smtp://127.0.0.1", "HELPLINE_ON_CALL": "Sue <sue@charity.org>"},
        {"DATABASE_URL": "postgresql://helpline@db/helpline"},
        {"DATABASE_URL": "postgresql://helpline@/helpline?host=db.charity.org"},
        {"HELPLINE_WIDGET_SITES": "https://charity.example https://127.0.0.1.charity.org"},
        {
            "HELPLINE_TELEGRAM_TOKEN": "1:a",
            "HELPLINE_TELEGRAM_API": "http://127.0.0.1:1",
            "HELPLINE_TELEGRAM_WEBHOOK": "https://helpline.charity.org",
        },
    ],
)
def test_whoever_lets_others_in_needs_a_key(tmp_path: Path, way: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="HELPLINE_KEYS must hold a key"):
        keyring(settings(tmp_path, **way))
    assert list(tmp_path.iterdir()) == []
    key = new_key()
    assert keyring(settings(tmp_path, HELPLINE_KEYS=key, **way)).ids
    assert not settings(tmp_path, HELPLINE_KEYS=key, **way).demonstration
    assert key not in repr(settings(tmp_path, HELPLINE_KEYS=key, **way))


@pytest.mark.parametrize(
    "way",
    [
        {"HELPLINE_HOST": "localhost"},
        {"HELPLINE_HOST": "::1"},
        {"HELPLINE_TELEGRAM_TOKEN": "1:a", "HELPLINE_TELEGRAM_API": "http://127.0.0.1:8081"},
        {"HELPLINE_WIDGET_SITES": "http://127.0.0.1:9000 https://charity.example"},
        {"DATABASE_URL": "postgresql://helpline@127.0.0.1/helpline"},
        {"DATABASE_URL": "postgresql://helpline@/helpline?host=/var/run/postgresql"},
        {"HELPLINE_PROXIES": "127.0.0.1 ::1", "HELPLINE_HSTS": "0"},
    ],
)
def test_what_stays_on_this_machine_is_a_demonstration(tmp_path: Path, way: dict[str, str]) -> None:
    assert settings(tmp_path, **way).demonstration
    assert keyring(settings(tmp_path, **way)).ids


def test_a_weak_key_is_refused_on_this_machine_too_and_in_a_demonstration(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HELPLINE_KEYS cannot be used"):
        keyring(settings(tmp_path, HELPLINE_KEYS="changeme"))
    (tmp_path / "demonstration.key").write_text("")
    with pytest.raises(SettingsError, match=r"demonstration\.key cannot be used"):
        keyring(settings(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "gateway"])
@pytest.mark.parametrize("key", ["", "c2VjcmV0"])
def test_the_helpline_does_not_start_and_says_what_is_missing(tmp_path: Path, command: str, key: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HELPLINE_DATA": str(tmp_path), "HELPLINE_HOST": "0.0.0.0"}
    result = subprocess.run(
        [sys.executable, "-m", "bot", command],
        cwd=ROOT,
        env={**environment, "HELPLINE_KEYS": key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode in (1, 2)
    assert "HELPLINE_KEYS" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.glob("*.sqlite"))


@pytest.fixture
def gateway(tmp_path: Path, read_once: None) -> Callable[[str], Starlette]:
    return lambda key: build(settings(tmp_path, HELPLINE_KEYS=key, HELPLINE_RASA_PORT="9"))


@pytest.mark.parametrize(("key", "said"), [("", True), (new_key(), False)], ids=["demonstration", "helpline"])
def test_the_page_of_a_demonstration_says_that_it_is_one(gateway, key: str, said: bool) -> None:
    with TestClient(gateway(key), base_url="http://127.0.0.1:8000") as browser:
        assert ("This is a demonstration" in browser.get("/chat").text) is said


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({"host": "helpline.charity.org"}, "127.0.0.1"),
        ({"host": "helpline.charity.org:8000"}, "127.0.0.1"),
        ({"host": "192.168.1.20:8000"}, "127.0.0.1"),
        ({"host": "[2001:db8::1]:8000"}, "127.0.0.1"),
        ({"host": "127.0.0.1.charity.org"}, "127.0.0.1"),
        ({"host": "127.0.0.1:8000", "x-forwarded-host": "helpline.charity.org"}, "127.0.0.1"),
        ({"host": "127.0.0.1:8000"}, "203.0.113.9"),
    ],
)
def test_whoever_reaches_a_demonstration_from_elsewhere_is_told_where_the_helpline_is(
    gateway, knowledge, tmp_path: Path, headers: dict[str, str], client: str
) -> None:
    with TestClient(gateway(""), client=(client, 1)) as browser:
        for answer in (
            browser.get("/chat", headers=headers),
            browser.post("/chat", headers=headers, data={"text": "x"}),
        ):
            assert answer.status_code == 403
            assert knowledge.signposts["helpline"].phone in answer.text
            assert "set-cookie" not in answer.headers
    own = (tmp_path / "demonstration.key").read_text()
    with TestClient(gateway(own), client=(client, 1)) as browser:
        assert browser.get("/chat", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "demo.localhost", "helpline.test"])
def test_this_machine_reaches_its_demonstration(gateway, host: str) -> None:
    with TestClient(gateway(""), client=("127.0.0.1", 1)) as browser:
        assert browser.get("/chat", headers={"host": host}).status_code == 200
