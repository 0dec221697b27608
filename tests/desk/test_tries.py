"""Nobody tries out an adviser's password all day."""

from __future__ import annotations

import datetime as dt

from bot.desk import tries
from bot.desk.tries import MOST, WITHIN, Tries
from tests.stand_in import NOON

A_MINUTE = dt.timedelta(minutes=1)


def test_after_five_tries_the_sixth_waits_until_the_first_is_a_quarter_of_an_hour_old() -> None:
    counted = Tries()
    assert all(counted.allow("Ann", NOON + n * A_MINUTE) for n in range(MOST))
    assert not counted.allow("Ann", NOON + WITHIN - A_MINUTE)
    assert counted.allow("Ann", NOON + WITHIN)
    assert not counted.allow("Ann", NOON + WITHIN)


def test_a_colleagues_wrong_tries_are_not_mine() -> None:
    counted = Tries()
    assert [counted.allow("Ann", NOON) for _ in range(MOST + 1)][-1] is False
    assert counted.allow("Bo", NOON)


def test_names_that_nobody_has_do_not_fill_the_memory(monkeypatch) -> None:
    monkeypatch.setattr(tries, "MOST_NAMES", 10)
    counted = Tries()
    for n in range(100):
        counted.allow(f"name {n}", NOON + n * 2 * A_MINUTE)
    assert len(counted._at) <= 10
