"""What a restore has still to delete again: a note in the data folder from before it begins until it is complete."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.settings import Settings


@dataclass(frozen=True)
class Unfinished:
    """What the database that is replaced has told."""

    forgotten: Sequence[str]
    """the conversations that it had forgotten"""
    known: bool
    """whether it could tell; where it could not, there may be others"""


def found(settings: Settings) -> Unfinished | None:
    """What is left to do of a restore that was cut short; None where there was none."""
    try:
        return Unfinished(**json.loads(_note(settings).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def keep(settings: Settings, unfinished: Unfinished) -> None:
    """Write it down, for its owner alone and as a whole or not at all."""
    note = _note(settings)
    draft = note.with_name(f"{note.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(unfinished), file)
    draft.replace(note)


def done(settings: Settings) -> None:
    """The restore is complete."""
    _note(settings).unlink(missing_ok=True)


def _note(settings: Settings) -> Path:
    return settings.data / "forget-again"
