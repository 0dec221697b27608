"""Which keys a helpline has: those of its settings, or in a demonstration one of its own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bot.sealing import Keys, WeakKey, new_key
from bot.settings import Settings, SettingsError


def keyring(settings: Settings) -> Keys:
    """The keys of a helpline; a demonstration makes its own at its first start, and keeps it in its data folder.

    Raises `SettingsError` where a key is weak, or missing and others can reach this helpline.
    """
    if not settings.keys and not settings.demonstration:
        raise SettingsError(
            "HELPLINE_KEYS must hold a key, since more than this machine can reach this helpline: what families write "
            "is kept sealed with it. `python -m bot new-key` makes one."
        )
    try:
        return Keys(settings.keys or (_own(settings),))
    except WeakKey as error:
        where = "HELPLINE_KEYS" if settings.keys else str(_path(settings))
        raise SettingsError(
            f"A key in {where} cannot be used: {error}. `python -m bot new-key` makes a good one."
        ) from None


def _own(settings: Settings) -> str:
    path = _path(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    # Two that start at once make one key: whoever links theirs first wins, and the file is never half-written.
    if not path.exists():
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(new_key())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def _path(settings: Settings) -> Path:
    return settings.data / "demonstration.key"
