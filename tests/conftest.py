"""What many tests share: the real content of `knowledge/`, read once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, load
from bot.settings import ROOT


def pytest_configure(config: pytest.Config) -> None:
    """Keep TensorFlow out of `make check`: spaCy imports it, for seconds, only to see whether it is there."""
    if config.option.markexpr == "not slow":
        sys.modules.setdefault("tensorflow", None)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def knowledge_folder() -> Path:
    return ROOT / "knowledge"


@pytest.fixture(scope="session")
def cards_folder(knowledge_folder: Path) -> Path:
    return knowledge_folder / "cards"


@pytest.fixture(scope="session")
def knowledge(knowledge_folder: Path) -> Knowledge:
    return load(knowledge_folder)
