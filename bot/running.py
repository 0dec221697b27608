"""The note that a running helpline leaves in its data folder, so that it runs there once and can be found."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import replace

from bot.settings import Settings


class AlreadyRunning(Exception):
    """A helpline runs on this data folder."""


@contextlib.contextmanager
def noted(settings: Settings) -> Iterator[None]:
    """Hold the data folder for one helpline, and note where its Rasa is. Raises `AlreadyRunning`."""
    settings.data.mkdir(parents=True, exist_ok=True)
    path = settings.data / "running.json"
    # The note holds the token: only the owner may read it. The lock goes with the process, however that ends.
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(settings.data) from None
        note.truncate(0)
        json.dump({"rasa_port": settings.rasa_port, "rasa_token": settings.rasa_token}, note)
        note.flush()
        yield
        note.truncate(0)


def found(settings: Settings) -> Settings | None:
    """The settings with the port and token of the Rasa that runs on this data folder, if one does."""
    try:
        with (settings.data / "running.json").open() as note:
            try:
                fcntl.flock(note, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return replace(settings, **json.load(note))
            return None
    except (FileNotFoundError, ValueError):
        return None
