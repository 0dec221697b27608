"""The environment, read once into a frozen `Settings`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting cannot be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """All settings; each comes from `HELPLINE_<NAME>`, save `DATABASE_URL`. `.env.example` explains them."""

    port: int
    data: Path
    knowledge: Path
    database_url: str
    now: dt.datetime | None
    rasa_port: int
    actions_port: int
    patience: float

    @property
    def model(self) -> Path:
        """Where the trained model lies."""
        return self.data / "models"

    def clock(self) -> dt.datetime:
        """Now, in London; from the moment of `HELPLINE_NOW` on where that is set."""
        now = dt.datetime.now(LONDON)
        return now if self.now is None else self.now + (now - _STARTED)


_STARTED = dt.datetime.now(LONDON)


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from an environment. Raises `SettingsError` naming the setting that is wrong."""

    def number(name: str, default: int) -> int:
        try:
            return int(environment.get(name) or default)
        except ValueError:
            raise SettingsError(f"{name} must be a whole number, not {environment[name]!r}.") from None

    port = number("HELPLINE_PORT", 8000)
    if not 0 < port < 65534:
        raise SettingsError(f"HELPLINE_PORT must lie between 1 and 65533, not {port}.")
    data = Path(environment.get("HELPLINE_DATA") or ROOT / "var").resolve()
    try:
        now = environment.get("HELPLINE_NOW")
        moment = dt.datetime.fromisoformat(now) if now else None
    except ValueError:
        raise SettingsError(f"HELPLINE_NOW must be like 2026-11-23T10:00, not {now!r}.") from None
    return Settings(
        port=port,
        data=data,
        knowledge=Path(environment.get("HELPLINE_KNOWLEDGE") or ROOT / "knowledge").resolve(),
        database_url=environment.get("DATABASE_URL") or f"sqlite:///{data / 'helpline.sqlite'}",
        now=moment.replace(tzinfo=moment.tzinfo or LONDON) if moment else None,
        rasa_port=number("HELPLINE_RASA_PORT", port + 1),
        actions_port=number("HELPLINE_ACTIONS_PORT", port + 2),
        patience=float(number("HELPLINE_PATIENCE", 6)),
    )
