"""The check that editors run over `knowledge/`: what is wrong, on which line, and how to mend it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bot.knowledge_check.cards import check_cards
from bot.knowledge_check.lists import check_lists
from bot.knowledge_check.page import Finding

__all__ = ["Finding", "findings"]


def findings(folder: Path, today: dt.date) -> list[Finding]:
    """Everything in the folder `knowledge/` that an editor must mend, in the order of files and lines."""
    paths = sorted((folder / "cards").glob("*/*.md"))
    found = [*check_cards(folder, paths, today), *check_lists(folder, paths, today)]
    return sorted(found, key=lambda finding: (finding.path, finding.line))
