"""What the documents say is there: links, files, commands, settings, and every decision in its list."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from bot.__main__ import app
from bot.settings import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
#: Files with comments or messages that may send the reader to a document.
SOURCES = sorted(
    path
    for pattern in ("*.yml", "Makefile", "scripts/*.*", "bot/**/*.py", "actions/**/*.py", "benchmarks/**/*.py")
    for path in ROOT.glob(pattern)
)

#: What exists only once the helpline has been set up or has run.
MADE_LATER = (".venv/", "var/")
#: How the path of something of ours begins.
TOP = r"(?:actions|benchmarks|bot|data|docs|knowledge|scripts|tests)/|\.venv/|var/"

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"\.?[\w/-]+(?:/|\.(?:py|yml|yaml|toml|md|example))")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = _HEADING.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(path: Path, heading: str) -> str:
    """What stands in a document under a heading of the second level."""
    found = re.search(rf"^## {heading}\n(.+?)(?=^## |\Z)", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found, f"{place(path)} has no '{heading}'"
    return found[1]


def map_of_the_tree() -> list[str]:
    """The paths on the README's map: one or several names to a line, what is indented is inside the folder above."""
    paths = []
    folder = ""
    for line in section(ROOT / "README.md", "The map").partition("```\n")[2].partition("```")[0].splitlines():
        inside = line.startswith(" ")
        # Two spaces or more part the names from what is said about them.
        cells = (cell.split() for cell in re.split(r" {2,}", line.strip()))
        names = [name for cell in cells if all(map(_NAME.fullmatch, cell)) for name in cell]
        assert names, f"nothing is named in {line!r}"
        paths += [f"{folder}{name}" if inside else name for name in names]
        if not inside:
            folder = names[0]
    return paths


@pytest.mark.parametrize("document", DOCUMENTS, ids=place)
def test_a_link_leads_somewhere(document):
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    for target in _LINK.findall(text):
        if re.match(r"(?:https?|mailto):", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"it links to {target}"
        assert path.is_relative_to(ROOT), f"it links out of the project: {target}"
        assert not anchor or anchor in anchors(path), f"it links to {target}"


def test_everything_on_the_map_is_there():
    paths = map_of_the_tree()
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert {"bot/helpline.py", "bot/nlu/", "config.yml", "knowledge/"} <= set(paths), "the map has not been read well"


@pytest.mark.parametrize("document", DOCUMENTS, ids=place)
def test_a_file_that_a_document_names_is_there(document):
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    for code in _CODE.findall(text):
        path, _, _ = code.partition(" ")
        if re.match(TOP, path) and "<" not in path and not path.startswith(MADE_LATER):
            assert (ROOT / path).exists() or any(ROOT.glob(path)), f"it names {path}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=place)
def test_a_command_that_a_document_names_can_be_given(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"`make ([a-z]+)`", document.read_text(encoding="utf-8"))
    assert [target for target in named if target not in targets] == []


def test_what_the_runbook_tells_to_do_can_be_done():
    text = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"`\.venv/bin/python -m bot ([a-z-]+)(?: ([a-z]+\b))?", text))
    known = {(command.name or command.callback.__name__.replace("_", "-"), "") for command in app.registered_commands}
    known |= {
        (group.name, command.name or command.callback.__name__)
        for group in app.registered_groups
        for command in group.typer_instance.registered_commands
    }
    assert {("backup", ""), ("adviser", "password")} <= commands, "the runbook has not been read well"
    assert commands <= known
    pages = set(re.findall(r"`(?:GET )?(/(?:desk|readyz|healthz|metrics)[\w/-]*)`", text))
    assert pages <= set(yaml.safe_load((ROOT / "docs/openapi.yml").read_text(encoding="utf-8"))["paths"])


def test_every_library_in_the_lock_is_known_by_its_hash():
    files = re.findall(r"^.*url = \"https.*$", (ROOT / "uv.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(files) > 200
    assert [line for line in files if 'hash = "sha256:' not in line] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=place)
def test_a_setting_that_a_document_names_is_explained(document):
    explained = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"\b(?:HELPLINE_[A-Z_]+|[A-Z]+_URL)\b", document.read_text(encoding="utf-8"))
    assert [setting for setting in named if setting not in explained] == []


def test_the_readme_says_where_the_settings_are_explained():
    assert "(.env.example)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_source_sends_its_readers_to_documents_that_are_there():
    for path in SOURCES:
        for target in re.findall(r"\bdocs/[\w/-]+(?:\.md)?", path.read_text(encoding="utf-8")):
            assert any(ROOT.glob(f"{target}*")), f"{place(path)} names {target}"


# -- decisions -------------------------------------------------------------------------------------------------------


def test_every_decision_is_in_the_list_by_its_title():
    text = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", text, re.MULTILINE)
    titles = [path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for path in DECISIONS]
    assert listed == [(title, path.name) for title, path in zip(titles, DECISIONS)]


def test_decisions_are_numbered_without_a_gap():
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=place)
def test_a_decision_is_told_with_its_reasons_and_what_follows(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} "), "its title begins with its number"
    parts = re.findall(r"^\*\*(Context|Decision|Consequences)\.\*\*", text, re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequences"]
