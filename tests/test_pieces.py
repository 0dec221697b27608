"""The pieces leave each other room on a small machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import pieces
from bot.settings import read


@pytest.mark.parametrize("make", [pieces.gateway, pieces.rasa, pieces.actions])
def test_no_piece_keeps_more_than_one_core_busy_with_its_sums(make, tmp_path: Path) -> None:
    environment = {"HELPLINE_DATA": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    its_own = make(read(environment), environment).environment
    assert its_own["OMP_NUM_THREADS"] == "1"
    assert "PYTHONDONTWRITEBYTECODE" not in its_own
