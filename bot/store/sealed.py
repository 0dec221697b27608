"""Columns whose content is sealed on its way into the database, and opened on its way out."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from bot.sealing import Keys


class Sealed(sa.types.TypeDecorator):  # type: ignore[misc]
    """A text that only the keys of the store can read. In SQL it equals nothing, not even itself: it can't be sought.

    `place` is `table.column`: what was sealed for one column is refused in another.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else _keys(dialect).seal(self.written(value), self.place)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else self.read(_keys(dialect).open(value, self.place))

    def written(self, value: Any) -> str:
        return str(value)

    def read(self, text: str) -> Any:
        return text


class SealedJSON(Sealed):
    """The same for what can be written as JSON."""

    cache_ok = True

    def written(self, value: Any) -> str:
        # In ASCII: the half of a letter, which a text of Telegram's can hold, is no UTF-8.
        return json.dumps(value, separators=(",", ":"))

    def read(self, text: str) -> Any:
        return json.loads(text)


def give_keys(engine: Any, keys: Keys) -> None:
    """Let an engine seal and open. Types are shared by all engines; the dialect is what each has for itself."""
    engine.dialect.helpline_keys = keys


def _keys(dialect: Any) -> Keys:
    keys: Keys = dialect.helpline_keys
    return keys
