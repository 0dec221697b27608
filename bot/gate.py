"""Whether the assistant is sure enough to answer, and what it does when it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.conversation import Ranking, Status

#: A message of so few words says little: it is answered at once only where the card is as probable as this.
FEW_WORDS, SURE = 2, 0.6


@dataclass(frozen=True)
class Thresholds:
    """The numbers of the gate, chosen on our own test set by `make eval` (see docs/adr/0004)."""

    answer: float
    """the least probability of a card that is shown at once"""
    margin: float
    """the least lead over the runner-up of a card that is shown at once"""
    choices: float
    """the least probability, of the best two together, at which the two are offered"""
    floors: Mapping[str, float]
    """per card, a higher `answer`, for cards that would do harm where they do not belong"""


@dataclass(frozen=True)
class Verdict:
    """What to do with one question: `ANSWERED`, `CHOICES`, `CLARIFY` or `NOT_KNOWN`, and the cards for it."""

    status: Status
    cards: tuple[str, ...] = ()


def judge(ranking: Ranking, words: int, thresholds: Thresholds) -> Verdict:
    """Judge the ranking of the cards for one question of so many words.

    A message of one or two words that could mean several things gets one question back, with the likeliest cards.
    """
    if not ranking:
        return Verdict(Status.NOT_KNOWN)
    best, confidence = ranking[0]
    runner_up, second = ranking[1] if len(ranking) > 1 else ("", 0.0)
    least = max(thresholds.answer, thresholds.floors.get(best, 0.0), SURE if words <= FEW_WORDS else 0.0)
    if confidence >= least and confidence - second >= thresholds.margin:
        return Verdict(Status.ANSWERED, (best,))
    if words <= FEW_WORDS:
        return Verdict(Status.CLARIFY, tuple(card for card, _ in ranking[:3]))
    if runner_up and confidence + second >= thresholds.choices:
        return Verdict(Status.CHOICES, (best, runner_up))
    return Verdict(Status.NOT_KNOWN)
