"""The data map names every column, says truly which are sealed, and promises only the times that are set."""

from __future__ import annotations

import re

from bot.knowledge import Knowledge
from bot.settings import ROOT
from bot.store.sealed import Sealed
from bot.store.tables import metadata

TEXT = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| ((?:`\w+` ?)+) \| .+? \| (yes)? ?\| (.+?) \|$", TEXT, re.MULTILINE)


def test_the_map_has_every_column_once_and_no_other() -> None:
    named = [f"{table}.{column}" for table, columns, *_ in ROWS for column in re.findall(r"`(\w+)`", columns)]
    there = [str(column) for table in metadata.sorted_tables for column in table.columns]
    assert sorted(named) == sorted(there)


def test_the_map_says_which_columns_are_sealed() -> None:
    said = {f"{table}.{column}": bool(yes) for table, columns, yes, _ in ROWS for column in re.findall(r"\w+", columns)}
    assert said == {
        str(column): isinstance(column.type, Sealed) for table in metadata.sorted_tables for column in table.columns
    }


def test_the_map_names_every_time_of_the_service(knowledge: Knowledge) -> None:
    for kind in knowledge.service["retention"]:
        assert f"`{kind}`" in TEXT, kind
