"""What an adviser can put into the box of a talk with one press, to change it before it is sent."""

from __future__ import annotations

from bot.handover import HandoverCard
from bot.knowledge import Knowledge


class Inserts:
    """Canned replies by `canned:ID`, and short answers with their source by `card:ID`."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._canned = {reply.id: reply.text for reply in knowledge.canned}

    def text(self, key: str, about: HandoverCard) -> str:
        """What goes into the box, for the family that a handover card tells of; empty for an unknown key."""
        kind, _, name = key.partition(":")
        if kind == "canned":
            return self._canned.get(name, "")
        if kind == "card" and name in self._knowledge.cards:
            return self._short_answer(name, about)
        return ""

    def _short_answer(self, name: str, about: HandoverCard) -> str:
        card = self._knowledge.cards[name]
        source = card.sources[0]
        line = self._knowledge.say("talk_source", title=source.title, section=source.section, address=source.address)
        short = card.short_for({**about.facts, "nation": about.nation})
        return "\n\n".join(text for text in (short, card.caveat, line) if text)


def added(text: str, more: str) -> str:
    """What is in the box, with something put after it."""
    return "\n\n".join(part for part in (text.rstrip(), more) if part)
