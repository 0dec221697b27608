"""What is checked in the section `retention` of `service.yml`."""

from __future__ import annotations

import datetime as dt

from bot.knowledge_check.page import Page
from bot.knowledge_check.shape import record, text_like
from bot.retention import KINDS, PERIOD, before

_SECTION = "retention"
#: A closed conversation can be taken up again for so long.
_LEAST_CLOSED = "7 days"
#: From a day without odd months before it, to compare what is written in days with what is written in months.
_DAY = dt.datetime(2100, 1, 1)

RETENTION = record(
    **{kind: text_like(PERIOD.pattern, 'Write a time like "30 days", "6 months" or "7 years".') for kind in KINDS}
)


def check_retention(page: Page) -> None:
    """Check the times of a `service.yml` that has the right shape."""
    starts = {kind: before(_DAY, period) for kind, period in page.entries[_SECTION].items()}
    if starts["closed_talk"] > before(_DAY, _LEAST_CLOSED):
        page.report(
            (_SECTION, "closed_talk"),
            "A parent can go on with a closed chat for a week, and it would be gone before.",
            f'Write "{_LEAST_CLOSED}" or longer.',
        )
    longest = min(starts, key=lambda kind: starts[kind] if kind != "concern_record" else _DAY)
    if starts["audit"] > starts[longest]:
        page.report(
            (_SECTION, "audit"),
            f"The log is deleted before what it tells of: '{longest}' is kept for longer.",
            f'Write "{page.entries[_SECTION][longest]}" or longer.',
        )
