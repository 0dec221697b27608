"""What docs/security.md says is proven, is: the tests it names are there."""

from __future__ import annotations

import ast
import re

import pytest

from bot.settings import ROOT

NAMED = re.findall(r"`(tests/[\w/]+\.py)` `(\w+)`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_every_threat_has_a_test() -> None:
    rows = re.findall(r"^\| (?!threat|-)(.+)\|$", (ROOT / "docs/security.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= 10
    assert [row for row in rows if "` `test_" not in row] == []
