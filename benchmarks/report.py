"""The figures beside their targets, as a table in the terminal and in `docs/benchmarks.md`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

NOT_MEASURED = "not measured"
_HEADINGS = ("Figure", "Measured", "Target", "Met?", "Rasa's default pipeline")


@dataclass(frozen=True)
class Figure:
    """One line of the table. `value` and `baseline` are None where they could not be, or were not, measured."""

    name: str
    value: float | None
    unit: str
    most: float | None = None
    least: float | None = None
    baseline: float | None = None
    compared: bool = False
    """whether the default pipeline has this figure too"""

    def cells(self) -> tuple[str, ...]:
        """The line's cells, under `_HEADINGS`."""
        return (self.name, self._written(self.value), self._target(), self._verdict(), self._beside())

    def _written(self, value: float | None) -> str:
        if value is None:
            return NOT_MEASURED
        return f"{value:,.0f} {self.unit}" if abs(value) >= 100 else f"{value:.1f} {self.unit}"

    def _target(self) -> str:
        if self.most is not None:
            return f"≤ {self.most:,g} {self.unit}"
        return f"≥ {self.least:g} {self.unit}" if self.least is not None else ""

    def _verdict(self) -> str:
        target = self.most if self.most is not None else self.least
        if target is None:
            return ""
        if self.value is None:
            return NOT_MEASURED
        beyond = self.value - target if self.most is not None else target - self.value
        return f"met, by {self._written(-beyond)}" if beyond <= 0 else f"**missed by {self._written(beyond)}**"

    def _beside(self) -> str:
        return self._written(self.baseline) if self.compared else ""


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table whose columns stand under each other in a terminal too."""
    rows = [_HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], _line(["-" * width for width in widths], widths), *lines[1:]])


def commit(document: Path) -> str:
    """Which commit was measured, and whether it had changes; those of the document it is written into do not count."""

    def git(*words: str) -> str:
        command = ["git", *words]
        return subprocess.run(command, cwd=document.parent, capture_output=True, text=True, check=False).stdout.strip()

    changes = git("status", "--porcelain", "--", ":/", f":!{document.name}")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + (" with changes" if changes else "")


def write(path: Path, text: str, mark: str) -> None:
    """Put the text between the marks `<!-- mark -->` of a document and leave the rest of it; make what is missing."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    document = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    before, found, rest = document.partition(begin)
    after = rest.partition(end)[2] if found else ""
    parts = (before.strip(), f"{begin}\n{text}\n{end}", after.strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths))} |"
