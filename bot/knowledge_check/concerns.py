"""What is checked in the section `concerns` of `service.yml`."""

from __future__ import annotations

from itertools import pairwise

from bot.conversation import Risk
from bot.knowledge_check.page import Page
from bot.knowledge_check.shape import record, whole

_SECTION = "concerns"
#: Four weeks: nothing about somebody's safety may wait for longer.
_MOST_DAYS = 28

CONCERNS = record(
    decide_minutes=record(**{risk.value: whole(1, _MOST_DAYS * 24 * 60) for risk in Risk}),
    acknowledge_hours=whole(1, _MOST_DAYS * 24),
    close_days=whole(1, _MOST_DAYS),
)


def check_concerns(page: Page) -> None:
    """Check the times of a `service.yml` that has the right shape: the graver, the sooner."""
    minutes = page.entries[_SECTION]["decide_minutes"]
    for graver, milder in pairwise(risk.value for risk in Risk):
        if minutes[graver] > minutes[milder]:
            page.report(
                (_SECTION, "decide_minutes", graver),
                f"'{graver}' has more time than '{milder}', which is less grave.",
                f"Write a number no higher than {minutes[milder]}.",
            )
    if minutes[Risk.CONCERN.value] > page.entries[_SECTION]["close_days"] * 24 * 60:
        page.report(
            (_SECTION, "close_days"),
            "A concern would be due to be closed before it is due to be decided.",
            "Write more days, or fewer minutes for 'concern'.",
        )
