"""A password is compared slowly, a few at a time, and as slowly where there is none."""

from __future__ import annotations

import asyncio

from bot.desk import passwords
from bot.desk.passwords import Passwords
from tests.desk.conftest import HASHED, PASSWORD


async def test_a_password_fits_its_own_hash_and_no_other_does() -> None:
    assert await Passwords().fits(PASSWORD, HASHED)
    assert not await Passwords().fits(PASSWORD.upper(), HASHED)
    assert not await Passwords().fits(PASSWORD, "what is not a hash")


async def test_nobody_learns_from_the_time_it_takes_whether_an_adviser_exists(monkeypatch) -> None:
    hashed = []
    compares = Passwords()
    monkeypatch.setattr(compares, "hashed", hashed.append)
    assert not await compares.fits(PASSWORD, None)
    assert hashed == [PASSWORD]


async def test_only_a_few_passwords_are_looked_at_in_the_same_moment(monkeypatch) -> None:
    now, most = 0, 0
    compares = Passwords()

    async def in_thread(*_: object) -> bool:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return False

    monkeypatch.setattr(passwords.asyncio, "to_thread", in_thread)
    await asyncio.gather(*(compares.fits(PASSWORD, HASHED) for _ in range(10)))
    assert most == passwords.AT_A_TIME


async def test_a_hash_of_today_is_left_as_it_is() -> None:
    assert await Passwords().renewed(PASSWORD, HASHED) is None
