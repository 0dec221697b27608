"""Telling the helpline which lines of an adviser a parent's page has shown."""

from __future__ import annotations

from collections import OrderedDict

from bot.helpline import Helpline

#: Of so many conversations we know what was told; of any other it is told once more, which does no harm.
MOST_KEPT = 1000


class Receipts:
    """Tells each number once, since each is written to the database."""

    def __init__(self, helpline: Helpline) -> None:
        self._helpline = helpline
        self._told: OrderedDict[str, int] = OrderedDict()

    async def shown(self, conversation: str, number: int) -> None:
        """The page has shown the lines up to this one."""
        if number <= self._told.get(conversation, 0):
            return
        self._told[conversation] = number
        self._told.move_to_end(conversation)
        if len(self._told) > MOST_KEPT:
            self._told.popitem(last=False)
        await self._helpline.saw(conversation, number)
