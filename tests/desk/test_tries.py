"""Nobody tries out an adviser's password all day, and nobody locks an adviser out by doing so."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from bot.desk import tries
from bot.desk.tries import unknown_browsers
from tests.desk.conftest import PASSWORD, Adviser, DeskStage, Visitor, code
from tests.keys import KEYS

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
