"""A supervisor lets people in at the desk from the terminal, and is told plainly what cannot be."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from bot.accounts import Role
from bot.conversation import Holder
from bot.desk.passwords import Passwords
from bot.desk.tries import unknown_browsers
from bot.handover import HandoverCard, Way
from bot.keyring import keyring
from bot.settings import LONDON, Settings, read
from bot.staff import Staff, StaffError
from bot.store import SqlStore

PASSWORD = "correct horse battery"
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read({"HELPLINE_DATA": str(tmp_path)})


@pytest.fixture
def staff(settings: Settings) -> Staff:
    staff = Staff(settings, {"HELPLINE_PASSWORD": PASSWORD})
    staff.add("Ann", Role.ADVISER, None)
    return staff


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is typed where a password is asked for, the first first."""
    answers: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda _: answers.pop(0))
    return answers


def test_a_new_adviser_has_as_many_talks_as_the_service_says_or_as_they_are_given(staff: Staff) -> None:
    staff.add("Bo", Role.SUPERVISOR, 5)
    assert [(who.name, who.role, who.most_talks) for who in staff.everybody()] == [
        ("Ann", Role.ADVISER, 3),
        ("Bo", Role.SUPERVISOR, 5),
    ]


async def test_the_password_is_kept_hashed(settings: Settings, typed: list[str]) -> None:
    typed += [PASSWORD, PASSWORD]
    await asyncio.to_thread(Staff(settings, {}).add, "Cy", Role.EDITOR, None)
    store = SqlStore(settings.database_url, keyring(settings))
    stored = await store.password_of("Cy")
    await store.close()
    assert stored is not None
    assert PASSWORD not in stored
    assert await Passwords().fits(PASSWORD, stored)


@pytest.mark.parametrize("name", ["", " Ann", "x" * 41, "A\nnn", "Parent", "helpline"])
def test_a_name_that_would_confuse_is_refused(staff: Staff, name: str) -> None:
    with pytest.raises(StaffError):
        staff.add(name, Role.ADVISER, None)
    assert len(staff.everybody()) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["short"], "at least 12 characters"), ([PASSWORD, PASSWORD + "!"], "not the same")],
)
def test_a_password_that_is_short_or_mistyped_changes_nothing(
    settings: Settings, typed: list[str], words: list[str], sentence: str
) -> None:
    typed += words
    with pytest.raises(StaffError, match=sentence):
        Staff(settings, {}).add("Ann", Role.ADVISER, None)
    assert Staff(settings, {}).everybody() == []


def test_a_name_that_is_there_and_one_that_is_not_are_told(staff: Staff) -> None:
    with pytest.raises(StaffError, match="There is a 'Ann' already"):
        staff.add("Ann", Role.EDITOR, None)
    for change in (staff.password, staff.remove):
        with pytest.raises(StaffError, match="There is no 'Bo'"):
            change("Bo")


async def test_a_new_password_signs_out_whoever_had_the_old_one(settings: Settings, staff: Staff) -> None:
    store = SqlStore(settings.database_url, keyring(settings))
    old = await store.password_of("Ann")
    await store.begin_session("token", "Ann", NOON, NOON + dt.timedelta(hours=1))
    await asyncio.to_thread(staff.password, "Ann")
    assert await store.password_of("Ann") != old
    assert await store.session("token", NOON) is None
    await store.close()


async def test_an_adviser_is_removed_once_their_talks_have_ended(settings: Settings, staff: Staff) -> None:
    store = SqlStore(settings.database_url, keyring(settings))
    await store.open("talk", "web", NOON)
    talk = await store.hand_over("talk", HandoverCard(), Way.LIVE, None, "asked", NOON)
    await store.take("Ann", "Ann is here.", NOON)
    with pytest.raises(StaffError, match="has open talks"):
        await asyncio.to_thread(staff.remove, "Ann")
    await store.release(talk.number, "Ann", Holder.CLOSED, "Goodbye.", NOON)
    await asyncio.to_thread(staff.remove, "Ann")
    assert await store.accounts() == []
    await store.close()


async def test_a_lost_phone_and_a_lock_are_mended_from_the_terminal_and_written_down(
    settings: Settings, staff: Staff
) -> None:
    store = SqlStore(settings.database_url, keyring(settings))
    await store.begin_second_step("Ann", "encrypted", ["hashed"])
    await store.begin_session("token", "Ann", NOON, NOON + dt.timedelta(hours=1))
    mark = unknown_browsers(keyring(settings), "Ann")
    await store.count_try(mark, NOON, [(1, dt.timedelta(days=1))])
    await asyncio.to_thread(staff.reset, "Ann")
    assert not (await store.account("Ann")).two_steps
    assert await store.recovery_codes_left("Ann") == 0
    assert await store.session("token", NOON) is None
    await asyncio.to_thread(staff.unlock, "Ann")
    assert await store.count_try(mark, NOON, [(1, dt.timedelta(days=1))])
    told = [(act.by, act.what, act.about) for act in await store.acts()]
    assert told[:2] == [("command line", "people/unlock", "Ann"), ("command line", "people/reset", "Ann")]
    for change in (staff.reset, staff.unlock):
        with pytest.raises(StaffError, match="There is no 'Bo'"):
            await asyncio.to_thread(change, "Bo")
    await store.close()
