"""The times of service.yml mean what they say, and the gateway deletes once a day however often it starts."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from bot.knowledge import Knowledge
from bot.retention import KINDS, Deleted, Limits, Retention, before, sentence
from bot.settings import LONDON

NOON = dt.datetime(2027, 3, 31, 12, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("1 day", "2027-03-30"),
        ("30 days", "2027-03-01"),
        ("1 month", "2027-02-28"),
        ("13 months", "2026-02-28"),
        ("7 years", "2020-03-31"),
        ("3 months", "2026-12-31"),
    ],
)
def test_a_period_ends_on_the_day_that_people_would_name(period: str, day: str) -> None:
    assert before(NOON, period).isoformat()[:13] == f"{day}T12"


class Kept:
    """A store that notes what it is told to delete."""

    def __init__(self) -> None:
        self.asked: list[Limits] = []
        self.last: dt.datetime | None = None

    async def delete_older(self, limits: Limits, at: dt.datetime) -> Deleted:
        self.asked.append(limits)
        self.last = at
        return Deleted({"open_talk": 2}, ["talk 7"])

    async def last_deletion(self) -> dt.datetime | None:
        return self.last


async def test_every_kind_has_its_own_limit(knowledge: Knowledge) -> None:
    store = Kept()
    await Retention(store, knowledge.service, lambda: NOON).delete()
    (limits,) = store.asked
    periods = knowledge.service["retention"]
    assert {kind: getattr(limits, kind) for kind in KINDS} == {kind: before(NOON, periods[kind]) for kind in KINDS}
    assert set(periods) == set(KINDS)


async def test_it_happens_once_a_day_however_often_the_gateway_starts(knowledge: Knowledge) -> None:
    store = Kept()
    for hours, times in ((0, 1), (1, 1), (23, 1), (24, 2), (30, 2), (49, 3)):
        now = NOON + dt.timedelta(hours=hours)
        await Retention(store, knowledge.service, partial(dt.datetime.replace, now)).delete_daily()
        assert len(store.asked) == times


def test_what_is_kept_all_the_same_is_said() -> None:
    assert sentence(Deleted({"open_talk": 2}, ["talk 7"])) == "2 open_talk; too old, and kept: talk 7"
