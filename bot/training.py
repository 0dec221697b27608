"""Trains the model when what it learns from has changed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bot.pieces import dying_with_parent, rasa_environment
from bot.settings import ROOT, Settings

#: What the model is made from: a change in any of these files makes it out of date.
_LEARNT_FROM = (
    "config.yml",
    "domain.yml",
    "data/**/*.yml",
    "bot/nlu/*.py",
    "bot/encoder.py",
    "bot/minilm/*",
    "bot/knowledge.py",
    "bot/facts.py",
)
_KNOWLEDGE_LEARNT_FROM = ("cards/*/*.md", "glossary.yml", "facts.yml", "councils.csv")
#: Rasa's own lines about the steps of the training.
_STEP = re.compile(r"Starting to train component '(?:\w+\.)*(?P<step>\w+)'")
_LINES_OF_A_FAILURE = 20
#: In a long step, a sign of life every so many seconds.
_SIGN_OF_LIFE = 15.0


class TrainingFailed(Exception):
    """Rasa could not train; the message tells why."""


def train(settings: Settings, environment: Mapping[str, str], say: Callable[[str], None] = print) -> bool:
    """Train if needed; whether it was. The model that was there stays until the new one is whole.

    Raises `TrainingFailed`.
    """
    folder = settings.model.parent
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lock", say):
        wanted = fingerprint(settings.knowledge)
        stamp = folder / "stamp"
        if settings.model.exists() and stamp.exists() and stamp.read_text() == wanted:
            return False
        started = time.monotonic()
        say("Training the model: this takes a minute or two.")
        new = folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        _run_rasa(settings, environment, new, say)
        stamp.unlink(missing_ok=True)
        (new / settings.model.name).replace(settings.model)
        stamp.write_text(wanted)
        new.rmdir()
        say(f"The model is trained, in {time.monotonic() - started:.0f} s.")
        return True


def fingerprint(knowledge: Path) -> str:
    """A hash over the names and the content of everything that the model learns from."""
    digest = hashlib.sha256()
    for root, patterns in ((ROOT, _LEARNT_FROM), (knowledge, _KNOWLEDGE_LEARNT_FROM)):
        for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _run_rasa(settings: Settings, environment: Mapping[str, str], new: Path, say: Callable[[str], None]) -> None:
    files = {"--config": "config.yml", "--domain": "domain.yml", "--data": "data", "--out": str(new)}
    name = settings.model.name.removesuffix(".tar.gz")
    command = [sys.executable, "-m", "rasa", "train", "--fixed-model-name", name]
    command += [word for option in files.items() for word in option]
    started = time.monotonic()
    last = deque[str](maxlen=_LINES_OF_A_FAILURE)
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (
        (settings.logs / "training.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=rasa_environment(settings, environment),
            preexec_fn=dying_with_parent(),  # noqa: PLW1509 - there is no other thread yet
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        ended = threading.Event()
        threading.Thread(target=_show_life, args=(ended, started, say), daemon=True).start()
        try:
            for line in process.stdout:
                log.write(line)
                last.append(line.rstrip())
                if step := _STEP.search(line):
                    say(f"{time.monotonic() - started:4.0f} s  {step['step']}")
        except BaseException:
            process.kill()
            raise
        finally:
            ended.set()
    # Rasa reports some failures with the exit code 0 and no model.
    if process.returncode != 0 or not (new / settings.model.name).exists():
        raise TrainingFailed("\n".join(["Rasa could not train the model. Its last lines:", *last]))


def _show_life(ended: threading.Event, started: float, say: Callable[[str], None]) -> None:
    while not ended.wait(_SIGN_OF_LIFE):
        say(f"{time.monotonic() - started:4.0f} s  …")


@contextlib.contextmanager
def _alone(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """One training at a time in a data folder; a second one waits for the first."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another program is training this model: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
