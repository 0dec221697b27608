"""One file of `knowledge/` while it is being checked: its entries, their lines, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.knowledge import KnowledgeError, read_yaml, split_front_matter
from bot.knowledge_check.shape import Rule

#: Where an entry stands: the keys and positions that lead to it, like ("sources", 0, "address").
Place = tuple[object, ...]

#: Nothing in our files has so many entries around it.
DEEPEST = 12


@dataclass(frozen=True)
class Finding:
    """Something wrong in a file, and what an editor does about it."""

    path: Path
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem} {self.remedy}"


@dataclass
class Page:
    """A file that could be read. Without entries it could not: `found` says why."""

    path: Path
    entries: dict[str, Any] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    lines: dict[Place, int] = field(default_factory=dict)

    def report(self, place: Place, problem: str, remedy: str) -> None:
        """Note a finding on the line of an entry; where it has none, on that of the entry around it."""
        while place not in self.lines and place:
            place = place[:-1]
        self.found.append(Finding(self.path, self.lines.get(place, 1), problem, remedy))

    def check(self, rule: Rule) -> None:
        """Compare all the entries with the shape they must have."""
        self._check((), self.entries, rule)

    def _check(self, place: Place, value: Any, rule: Rule) -> None:
        if not rule.fits(value):
            name = f"'{place[-1]}'" if place and isinstance(place[-1], str) else "This entry"
            self.report(place, f"{name} cannot be {value!r:.60}.", rule.remedy)
        elif rule.keys is not None:
            self._check_keys(place, value, rule.keys)
        elif rule.each is not None:
            for position, item in value.items() if isinstance(value, Mapping) else enumerate(value):
                self._check((*place, position), item, rule.each)

    def _check_keys(self, place: Place, value: Mapping[str, Any], keys: Mapping[str, Rule]) -> None:
        for name in value:
            if name not in keys:
                self.report((*place, name), f"The key '{name}' is not known.", f"Use only: {', '.join(keys)}.")
        for name, rule in keys.items():
            if value.get(name) not in (None, "", []):
                self._check((*place, name), value[name], rule)
            elif rule.required:
                self.report((*place, name), f"'{name}' is missing.", rule.remedy)


def open_card(path: Path) -> Page:
    """The front matter of a card."""
    page = Page(path)
    with _reporting(page):
        page.entries, _, _ = split_front_matter(path)
        _mark(page, path.read_text(encoding="utf-8").split("---\n", 2)[1], first_line=2)
    return page


def open_list(path: Path) -> Page:
    """A YAML file."""
    page = Page(path)
    with _reporting(page):
        page.entries = read_yaml(path)
        _mark(page, path.read_text(encoding="utf-8"), first_line=1)
    return page


@contextmanager
def _reporting(page: Page) -> Iterator[None]:
    """Turn what reading a file can raise into a finding."""
    try:
        yield
    except KnowledgeError as error:
        page.entries = {}
        page.found.append(Finding(error.path, error.line, error.problem, error.remedy))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        remedy = "Type it again, and save the file as UTF-8."
        page.found.append(Finding(page.path, line, "A character is not UTF-8.", remedy))
    except ValueError as error:
        remedy = "Write a day that is in the calendar, like 2026-11-21."
        page.found.append(
            Finding(page.path, _line_without_value(page.path), f"There is no such day ({error}).", remedy)
        )


def _line_without_value(path: Path) -> int:
    """The first line with something that looks like a day or a number to YAML and is none."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yaml.load(line, Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            continue
        except ValueError:
            return number
    return 1


def _mark(page: Page, text: str, first_line: int) -> None:
    """Note the line of every entry, and report a key that is written twice: YAML would keep only the last."""
    for place, node in _places((), yaml.compose(text, Loader=yaml.CSafeLoader)):
        line = node.start_mark.line + first_line
        if len(place) > DEEPEST:
            # An entry may even stand inside itself (&a [*a]), and then has no end.
            problem = f"Entries stand inside each other more than {DEEPEST} deep."
            raise KnowledgeError(page.path, line, problem, "Put texts with '[', '{' or '*' in double quotes.")
        if place in page.lines:
            problem = f"'{place[-1]}' is written twice; the first is on line {page.lines[place]}."
            page.found.append(Finding(page.path, line, problem, "Keep one of them."))
        page.lines[place] = line


def _places(place: Place, node: yaml.Node | None) -> Iterator[tuple[Place, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, key.value), key
            yield from _places((*place, key.value), value)
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield (*place, position), item
            yield from _places((*place, position), item)
