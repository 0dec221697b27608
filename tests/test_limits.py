"""A bucket gives what its rate says, forgets nobody too early, and does not grow without end."""

from __future__ import annotations

from collections import Counter

import pytest

from bot import limits
from bot.limits import Buckets, Rate, counted, neighbourhood, whole_seconds


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_are_taken_at_once_and_then_as_many_as_time_brings():
    time = Time()
    buckets = Buckets(Rate(a_second=0.5, at_once=3), time)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2.0]
    time.now += 1
    assert buckets.take("a") == 1.0
    time.now += 1
    assert [buckets.take("a") for _ in range(2)] == [0, 2.0]
    time.now += 1000
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2.0]


def test_one_visitor_takes_nothing_from_another():
    buckets = Buckets(Rate(1, 1), Time())
    assert [buckets.take(key) for key in "aabb"] == [0, 1.0, 0, 1.0]


def test_whoever_is_over_the_limit_is_not_forgotten_for_a_crowd(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEYS", 100)
    time = Time()
    buckets = Buckets(Rate(1, 2), time)
    buckets.take("gone")
    time.now += 5
    assert [buckets.take("flood") for _ in range(3)] == [0, 0, 1.0]
    for number in range(1000):
        buckets.take(f"other {number}")
        buckets.take("flood")
    assert len(buckets._left) <= 101
    assert "gone" not in buckets._left


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_household_is_one_address_and_this_machine_is_none(address, counted_as):
    assert neighbourhood(address) == counted_as


def test_a_browser_is_never_told_to_come_back_at_once():
    assert [whole_seconds(seconds) for seconds in (0.01, 1.0, 1.2)] == [1, 1, 2]


def test_who_waits_is_counted_until_they_have_gone():
    waiting: Counter[str] = Counter()
    with counted(waiting, "a"), counted(waiting, "a"), counted(waiting, "b"):
        assert waiting == {"a": 2, "b": 1}
    assert not waiting
