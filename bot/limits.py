"""How much we take from whom in a while: from a visitor, from an address, on a channel."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: So many visitors and addresses are remembered; of more, those go that have taken nothing for a while.
MOST_KEYS = 20_000


@dataclass(frozen=True)
class Rate:
    """So many in a second for as long as it lasts, and so many at once after a pause."""

    a_second: float
    at_once: int


class Buckets:
    """A bucket of permits for each key; it fills by itself."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Take a permit: 0.0, or the seconds until there is one."""
        now = self._clock()
        left, at = self._left.get(key, (float(self._rate.at_once), now))
        left = min(self._rate.at_once, left + (now - at) * self._rate.a_second)
        if left < 1:
            return (1 - left) / self._rate.a_second
        if len(self._left) >= MOST_KEYS:
            self._forget(now)
        self._left[key] = (left - 1, now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again; where none is, the oldest."""
        full = self._rate.at_once / self._rate.a_second
        kept = {key: (left, at) for key, (left, at) in self._left.items() if now - at < full}
        self._left = dict(list(kept.items())[-MOST_KEYS // 2 :])


@dataclass(frozen=True)
class Limits:
    """The limits of one gateway. Far above what people do, and far below what hurts others."""

    visitor: Buckets = field(default_factory=lambda: Buckets(Rate(1, 20)))
    """messages of one conversation"""
    newcomers: Buckets = field(default_factory=lambda: Buckets(Rate(20, 300)))
    """first messages from one address"""
    address: Buckets = field(default_factory=lambda: Buckets(Rate(20, 400)))
    """messages from one address: a school or a mobile network has one for all who are there"""
    channel: Buckets = field(default_factory=lambda: Buckets(Rate(100, 1000)))
    """messages on one channel"""
    requests: Buckets = field(default_factory=lambda: Buckets(Rate(5, 60)))
    """requests of one visitor, for pages and whatever else"""
    desk: Buckets = field(default_factory=lambda: Buckets(Rate(30, 300)))
    """requests of one browser at the desk, whose open pages look again at every change"""
    crowd: Buckets = field(default_factory=lambda: Buckets(Rate(30, 400)))
    """requests from one address, those of the desk apart: a first look at the page takes eight"""
    sign_in: Buckets = field(default_factory=lambda: Buckets(Rate(0.2, 20)))
    """tries to sign in from one address; apart from it, in a browser where the owner of the name was before"""


def neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 the network, since every household has billions of addresses in one.

    Empty for this machine itself: a proxy that does not say who is behind it would be one visitor.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.is_loopback:
        return ""
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def whole_seconds(seconds: float) -> int:
    """For `Retry-After`."""
    return max(1, math.ceil(seconds))


@contextmanager
def counted(counter: Counter[str], key: str) -> Iterator[None]:
    """Count one more for as long as the block lasts."""
    counter[key] += 1
    try:
        yield
    finally:
        counter[key] -= 1
        if not counter[key]:
            del counter[key]
