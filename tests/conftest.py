"""What many tests share: the real content of `knowledge/`, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge import Knowledge, load
from bot.settings import ROOT


@pytest.fixture(scope="session")
def knowledge_folder() -> Path:
    return ROOT / "knowledge"


@pytest.fixture(scope="session")
def cards_folder(knowledge_folder: Path) -> Path:
    return knowledge_folder / "cards"


@pytest.fixture(scope="session")
def knowledge(knowledge_folder: Path) -> Knowledge:
    return load(knowledge_folder)
