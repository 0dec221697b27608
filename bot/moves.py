"""Who may hold a conversation after whom."""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation import Holder

LEGAL: Mapping[Holder, frozenset[Holder]] = {
    Holder.BOT: frozenset({Holder.WAITING}),
    Holder.WAITING: frozenset({Holder.ADVISER, Holder.CALLBACK, Holder.BOT, Holder.CLOSED}),
    Holder.CALLBACK: frozenset({Holder.ADVISER, Holder.WAITING, Holder.BOT, Holder.CLOSED}),
    # Back to waiting: transferred, or the adviser's connection is gone.
    Holder.ADVISER: frozenset({Holder.BOT, Holder.WAITING, Holder.CLOSED}),
    Holder.CLOSED: frozenset({Holder.BOT}),
}


class IllegalMove(Exception):
    """A conversation cannot go from the one holder to the other."""

    def __init__(self, was: Holder, now: Holder) -> None:
        super().__init__(f"{was.value} → {now.value}")
        self.was, self.now = was, now


def check(was: Holder, now: Holder) -> None:
    """Raises `IllegalMove` where the conversation may not go from `was` to `now`."""
    if now not in LEGAL[was]:
        raise IllegalMove(was, now)
