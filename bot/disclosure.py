"""What is held on a conversation, as a file to read and as JSON, for the person it is about."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.knowledge import Knowledge

Rows = Sequence[Mapping[str, Any]]

#: What people at the desk wrote for each other: it may tell of other people, so that a supervisor reads it first.
PRIVATE_EVENTS = ("note", "whisper")
PRIVATE_TABLES = ("concerns", "concern_entries")


@dataclass(frozen=True)
class Disclosure:
    """What is handed out, and how much is not."""

    tables: Mapping[str, Rows]
    left_out: int
    """rows of private notes and concern records"""
    at: dt.datetime

    def as_json(self) -> str:
        content = {"held_at": self.at, "left_out": self.left_out, "tables": self.tables}
        return json.dumps(content, ensure_ascii=False, indent=2, default=dt.datetime.isoformat)

    def as_text(self, knowledge: Knowledge) -> str:
        """The same to read."""
        say = knowledge.say
        parts = [say("desk_held_title", moment=_written(self.at)), say("desk_held_left_out", count=self.left_out)]
        for table, rows in self.tables.items():
            parts.append(knowledge.wording.get(f"desk_held_{table}", table).upper())
            parts += ["\n".join(_lines(row)) for row in rows]
        return "\n\n".join(parts) + "\n"


def disclose(tables: Mapping[str, Rows], at: dt.datetime, private: bool) -> Disclosure:
    """What may be handed out of these tables; with `private`, all of it."""
    if private:
        return Disclosure(tables, 0, at)
    open_rows = {
        table: [row for row in rows if table != "events" or row["kind"] not in PRIVATE_EVENTS]
        for table, rows in tables.items()
        if table not in PRIVATE_TABLES
    }
    left_out = sum(map(len, tables.values())) - sum(map(len, open_rows.values()))
    return Disclosure({table: rows for table, rows in open_rows.items() if rows}, left_out, at)


def _lines(row: Mapping[str, Any]) -> list[str]:
    return [f"{name.replace('_', ' ')}: {_written(value)}" for name, value in row.items() if value not in (None, "")]


def _written(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%d %B %Y, %H:%M}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)
