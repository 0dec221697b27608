"""The pieces leave each other room on a small machine, and know no more than each needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import pieces
from bot.settings import ROOT, read
from tests.keys import KEY


@pytest.mark.parametrize("make", [pieces.gateway, pieces.rasa, pieces.actions])
def test_no_piece_keeps_more_than_one_core_busy_with_its_sums(make, tmp_path: Path) -> None:
    environment = {"HELPLINE_DATA": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    its_own = make(read(environment), environment).environment
    assert its_own["OMP_NUM_THREADS"] == "1"
    assert "PYTHONDONTWRITEBYTECODE" not in its_own


SECRET = {
    "DATABASE_URL": "postgresql://helpline:zweigelt@db.example/helpline",
    "HELPLINE_KEYS": KEY,
    "HELPLINE_ON_CALL": "Sue <sue.zweigelt@charity.example>",
    "HELPLINE_PASSWORD": "zweigelt",
    "HELPLINE_SMTP_URL": "smtp://sue:zweigelt@mail.example:587",
    "HELPLINE_TELEGRAM_TOKEN": "1:zweigelt",
}


@pytest.mark.parametrize("make", [pieces.rasa, pieces.actions])
def test_what_rasa_does_not_need_it_does_not_know(make, tmp_path: Path) -> None:
    environment = {"HELPLINE_DATA": str(tmp_path), **SECRET}
    settings = read(environment)
    its_own = make(settings, environment).environment
    assert "zweigelt" not in str(its_own)
    assert KEY not in str(its_own)
    assert its_own["HELPLINE_RASA_TOKEN"] == settings.rasa_token
    assert pieces.gateway(settings, environment).environment.items() >= SECRET.items()
    # It reads the settings that are left, also where the file `.env` holds the others.
    assert read({**SECRET, **its_own}).rasa_port == settings.rasa_port


def test_every_setting_that_is_kept_from_logs_is_kept_from_rasa() -> None:
    hidden = re.findall(r"^    (\w+): .* = field\(repr=False\)", (ROOT / "bot/settings.py").read_text(), re.MULTILINE)
    named = {name if name == "database_url" else f"helpline_{name}" for name in hidden}
    # By its own token it is let in.
    assert {name.upper() for name in named} - {"HELPLINE_RASA_TOKEN"} == set(pieces.SECRETS) - {"HELPLINE_PASSWORD"}
