"""Nobody tries out an adviser's password all day, and nobody locks an adviser out by doing so."""

from __future__ import annotations

import asyncio
import datetime as dt

import httpx
import pytest

from bot.desk import tries
from bot.desk.passwords import LONGEST_LINE, Passwords
from bot.desk.tries import unknown_browsers
from tests.desk.conftest import PASSWORD, Adviser, DeskStage, Visitor, code
from tests.keys import KEYS

ADDRESS = "203.0.113.7"
A_MINUTE = dt.timedelta(minutes=1)
RIGHT = {"name": "Ann", "password": PASSWORD}
WRONG = {"name": "Ann", "password": "wrong"}


async def sign_in(browser: httpx.AsyncClient, fields: dict[str, str]) -> int:
    return (await browser.post("/desk/sign-in", data=fields)).status_code


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many wrong passwords, each looked at without the effort that makes looking slow."""

    async def fits(_: object, password: str, stored: str | None) -> bool:
        return password == PASSWORD and stored is not None

    monkeypatch.setattr("bot.desk.passwords.Passwords.fits", fits)


async def test_after_five_tries_the_sixth_waits_until_the_first_is_a_quarter_of_an_hour_old(stage: DeskStage) -> None:
    async def allowed(minutes: int) -> bool:
        return await stage.store.count_try("mark", stage.now + minutes * A_MINUTE, tries.LIMITS)

    assert [await allowed(minutes) for minutes in range(5)] == [True] * 5
    assert not await allowed(14)
    assert await allowed(15)
    assert not await allowed(15)


async def test_who_goes_on_trying_waits_for_a_day(stage: DeskStage) -> None:
    async def allowed(hours: float) -> bool:
        return await stage.store.count_try("mark", stage.now + dt.timedelta(hours=hours), tries.LIMITS)

    assert [await allowed(hours / 4) for hours in range(20)] == [True] * 20
    assert not await allowed(23.9)
    assert await allowed(24)


async def test_tries_outlive_a_restart_and_do_not_tell_the_name(stage: DeskStage, visitor: Visitor) -> None:
    for _ in range(5):
        await sign_in(visitor(), WRONG)
    mark = unknown_browsers(KEYS, "Ann")
    assert not await stage.store.count_try(mark, stage.now, tries.LIMITS)
    assert "Ann" not in mark


@pytest.mark.usefixtures("quick")
async def test_an_outsider_cannot_lock_an_adviser_out_of_the_browser_they_always_use(
    stage: DeskStage, visitor: Visitor
) -> None:
    hers = visitor()
    assert await sign_in(hers, RIGHT) == 303
    await hers.post("/desk/sign-out")
    outsider = visitor()
    for _ in range(6):
        last = await sign_in(outsider, WRONG)
    assert last == 429
    assert await sign_in(visitor(), RIGHT) == 429
    assert await sign_in(hers, RIGHT) == 303
    # What knows Ann's browser does not know Bo's name, and cannot be made by anybody else.
    for _ in range(6):
        last = await sign_in(hers, {"name": "Bo", "password": "wrong"})
    assert last == 429
    name, value = next((cookie.name, cookie.value or "") for cookie in hers.cookies.jar if tries.COOKIE in cookie.name)
    outsider.cookies.set(name, value.partition(".")[0] + "." + "0" * 32)
    assert await sign_in(outsider, RIGHT) == 429


@pytest.mark.usefixtures("quick")
async def test_a_stolen_browser_waits_as_all_others_do(visitor: Visitor) -> None:
    browser = visitor()
    await sign_in(browser, RIGHT)
    assert [await sign_in(browser, WRONG) for _ in range(6)] == [403] * 5 + [429]


@pytest.mark.usefixtures("quick")
async def test_a_supervisor_lifts_the_lock(stage: DeskStage, visitor: Visitor, adviser: Adviser) -> None:
    for _ in range(6):
        last = await sign_in(visitor(), WRONG)
    assert last == 429
    answer = await (await adviser("Sue")).post("/desk/people/Ann/unlock")
    assert answer.headers["location"] == "/desk/people"
    assert await sign_in(visitor(), RIGHT) == 303


@pytest.mark.usefixtures("quick")
async def test_wrong_codes_count_as_wrong_passwords_do(visitor: Visitor) -> None:
    browser = visitor()
    assert await sign_in(browser, {"name": "Sue", "password": PASSWORD}) == 303
    wrong = {"code": "000000"}
    answers = [(await browser.post("/desk/sign-in/code", data=wrong)).status_code for _ in range(5)]
    assert answers == [403] * 4 + [429]
    assert (await browser.post("/desk/sign-in/code", data={"code": code()})).status_code == 429


def stranger(number: int) -> dict[str, str]:
    """A name that nobody has, and a password."""
    return {"name": f"name {number}", "password": PASSWORD}


@pytest.mark.usefixtures("quick")
async def test_made_up_names_from_one_address_are_soon_not_even_looked_at(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    fits = Passwords.fits
    monkeypatch.setattr(
        Passwords, "fits", lambda self, password, stored: looked.append(stored) or fits(self, password, stored)
    )
    hers = visitor(ADDRESS)
    assert await sign_in(hers, RIGHT) == 303
    outsider = visitor(ADDRESS)
    answers = [await outsider.post("/desk/sign-in", data=stranger(number)) for number in range(150)]
    assert [answer.status_code for answer in answers] == [403] * 19 + [429] * 131
    assert len(looked) == 20
    assert "wait a few seconds" in answers[-1].text
    assert 1 < int(answers[-1].headers["retry-after"]) <= 5
    # Who has been here before does not pay for the others, nor does anybody elsewhere.
    assert await sign_in(hers, RIGHT) == 303
    assert await sign_in(visitor("203.0.113.8"), {**RIGHT, "name": "Bo"}) == 303


@pytest.mark.usefixtures("quick")
async def test_codes_are_counted_by_address_too(visitor: Visitor) -> None:
    browser = visitor(ADDRESS)
    assert await sign_in(browser, {"name": "Sue", "password": PASSWORD}) == 303
    for number in range(19):
        await sign_in(visitor(ADDRESS), stranger(number))
    answer = await browser.post("/desk/sign-in/code", data={"code": code()})
    assert answer.status_code == 429
    assert "retry-after" in answer.headers


async def test_no_line_of_strangers_is_too_long_for_an_adviser(
    stage: DeskStage, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, waiting = asyncio.Event(), []

    async def slow(_: Passwords, password: str, stored: str | None) -> bool:
        waiting.append(stored)
        await go.wait()
        return password == PASSWORD and stored is not None

    hers = visitor()
    assert await sign_in(hers, RIGHT) == 303
    monkeypatch.setattr(Passwords, "fits", slow)
    crowd = [asyncio.create_task(sign_in(visitor(), stranger(number))) for number in range(LONGEST_LINE)]
    while len(waiting) < LONGEST_LINE:
        await asyncio.sleep(0.01)
    # Such a refusal is no try: whoever is refused for others' sake is not locked out as well.
    refused = [await visitor().post("/desk/sign-in", data={**RIGHT, "name": "Bo"}) for _ in range(6)]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(429, "5")}
    known = asyncio.create_task(sign_in(hers, RIGHT))
    while len(waiting) < LONGEST_LINE + 1:
        await asyncio.sleep(0.01)
    go.set()
    assert await known == 303
    assert [await task for task in crowd] == [403] * LONGEST_LINE
    assert await sign_in(visitor(), {**RIGHT, "name": "Bo"}) == 303
