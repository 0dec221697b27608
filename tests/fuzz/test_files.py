"""Whatever an editor does to a file of `knowledge/`, the check names the file, the line and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge_check import findings
from tests.fuzz.conftest import FUZZED
from tests.test_knowledge_check import LENGTH, LETTER, LISTS, TODAY, a_folder

FILES = [LENGTH, LETTER, *LISTS]
VALUE = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                "x",
                "0",
                "-1",
                "1e999",
                ".nan",
                ".inf",
                "null",
                "~",
                "[]",
                "{}",
                "[[]]",
                "- x",
                "{a: {b: c}}",
                "!!python/x y",
            ),
            *(
                "&a [*a]",
                "*a",
                "? x",
                "<<: x",
                "2026-02-30",
                "0000-00-00",
                "2026-01-01",
                "12:30:45",
                "'",
                '"',
                "|",
                ">-",
                "%",
                "@",
            ),
            *(
                "\t",
                "---",
                "...",
                "{",
                "}",
                "{0}",
                "{a.b}",
                "{!r}",
                "{a[",
                "yes",
                "0x1F",
                "1_000",
                "2026-01-01T00:00:00Z",
                "!!binary x",
            ),
            *("\ufeff", "\x85", "\u2028", "é" * 70, "9" * 5000, "[" * 2000, "((((", "A(", "[a-", "*", "+", "\\"),
        ]
    ),
    st.text(max_size=12),
)
#: What is done to a line: what, where, with what.
SLIP = st.tuples(
    st.sampled_from(["replace", "delete", "double", "value", "indent", "insert", "cut", "bytes"]),
    st.integers(0, 60),
    VALUE,
)


def hurt(text: str, slips: list[tuple[str, int, str]]) -> bytes:
    """A file's text after some slips."""
    lines = text.split("\n")
    for what, where, value in slips:
        here = where % len(lines)
        line = lines[here]
        if what == "cut":
            lines = [*lines[:here], line[: len(line) // 2]]
        elif what == "bytes":
            return "\n".join(lines).encode("utf-8", "replace") + b"\xff\xfe\x00"
        else:
            key, colon, _ = line.partition(": ")
            lines[here : here + 1] = {
                "replace": [value],
                "delete": [],
                "double": [line, line],
                "value": [f"{key}{colon or '- '}{value}"],
                "indent": [f"  {line}"],
                "insert": [line, value],
            }[what]
            lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_folder(tmp_path_factory.mktemp("files") / "knowledge")


@FUZZED
@given(st.sampled_from(FILES), st.lists(SLIP, min_size=1, max_size=3))
def test_a_slip_of_any_kind_is_told_and_is_no_fault(folder: Path, file: str, slips: list[tuple[str, int, str]]) -> None:
    path = folder / file
    sound = path.read_bytes()
    try:
        path.write_bytes(hurt(sound.decode(), slips))
        lines = len(path.read_bytes().decode("utf-8", "replace").splitlines())
        for finding in findings(folder, TODAY):
            assert finding.problem
            assert finding.remedy
            assert finding.path != path or 1 <= finding.line <= lines + 1
    finally:
        path.write_bytes(sound)
