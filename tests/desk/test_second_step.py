"""Whoever has the password alone gets no further; whoever has lost the phone finds a way back."""

from __future__ import annotations

import html
import re

import httpx
import pyotp
import pytest

from bot.desk.second_step import RECOVERY_CODES, STEP_SECONDS, SecondStep, picture
from bot.desk.sessions import COOKIE
from tests.desk.conftest import PASSWORD, SECRET, Adviser, DeskStage, Visitor, code
from tests.everything import found_in_tables
from tests.keys import KEYS

#: A moment in the middle of a step.
NOW = 1_790_000_010
ONLY_THERE = "/desk/account/second-step"


async def sign_in(browser: httpx.AsyncClient, name: str) -> httpx.Response:
    return await browser.post("/desk/sign-in", data={"name": name, "password": PASSWORD})


def offered(page: httpx.Response) -> tuple[str, str]:
    """The offer in the form, and the secret as it stands in letters."""
    offer = re.search(r'name="offer" value="([^"]+)"', page.text)
    letters = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert offer
    assert letters
    return offer[1], letters[1].replace(" ", "")


async def set_up(browser: httpx.AsyncClient, **fields: str) -> list[str]:
    """Begin with a second step; the recovery codes."""
    offer, secret = offered(await browser.get(ONLY_THERE))
    fields = {"password": PASSWORD, "code": pyotp.TOTP(secret).now(), **fields}
    answer = await browser.post(ONLY_THERE, data={"offer": offer, **fields})
    assert answer.status_code == 200
    return re.findall(r"<code>([\w-]+)</code>", answer.text)


# -- the codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("early", "taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
async def test_a_clock_may_be_one_step_off(stage: DeskStage, early: int, taken: bool) -> None:
    step = SecondStep(stage.store, KEYS, lambda: NOW)
    assert await step.fits("Sue", pyotp.TOTP(SECRET).at(NOW + early)) is taken


async def test_a_code_lets_in_once_and_none_before_it_afterwards(stage: DeskStage) -> None:
    now = [NOW]
    step = SecondStep(stage.store, KEYS, lambda: now[0])
    codes = [pyotp.TOTP(SECRET).at(NOW + early) for early in (-STEP_SECONDS, 0, STEP_SECONDS)]
    assert await step.fits("Sue", codes[1])
    assert not await step.fits("Sue", codes[1])
    assert not await step.fits("Sue", codes[0])
    now[0] += STEP_SECONDS
    assert await step.fits("Sue", f"{codes[2][:3]} {codes[2][3:]}")


@pytest.mark.parametrize("wrong", ["", "000000", "é", "1" * 10_000, "a-aaaa-aaaa-aaaa", "99999é"])
async def test_anything_else_is_no_code(stage: DeskStage, wrong: str) -> None:
    assert not await SecondStep(stage.store, KEYS, lambda: NOW).fits("Sue", wrong)


async def test_what_codes_are_made_from_is_sealed_in_the_database(stage: DeskStage) -> None:
    assert await stage.store.second_step("Sue") == SECRET
    assert await found_in_tables(stage.store, SECRET) == []


def test_the_picture_needs_no_style_and_no_script() -> None:
    drawn = picture("otpauth://totp/Helpline:Sue?secret=ABC&issuer=Helpline")
    assert drawn.startswith("<svg")
    assert not re.search(r"style|script|href", drawn)


# -- signing in ------------------------------------------------------------------------------------------------------


async def test_a_password_alone_opens_nothing_to_a_supervisor(stage: DeskStage, visitor: Visitor) -> None:
    browser = visitor()
    assert (await sign_in(browser, "Sue")).headers["location"] == "/desk/sign-in/code?to=/desk"
    for path in ("/desk", "/desk/board", "/desk/account", ONLY_THERE):
        assert (await browser.get(path)).headers["location"] == "/desk/sign-in/code"
    by_script = await browser.get("/desk/queue", headers={"hx-request": "true"})
    assert (by_script.status_code, by_script.headers["hx-redirect"]) == (401, "/desk/sign-in/code")
    offer = SecondStep(stage.store, KEYS).offered("Sue")
    assert (await browser.post(ONLY_THERE, data={"offer": offer, "code": "1"})).status_code == 303
    assert not (await stage.store.account("Sue")).available


async def test_a_supervisor_signs_in_with_password_and_code(stage: DeskStage, visitor: Visitor) -> None:
    browser = visitor()
    await browser.post("/desk/sign-in", data={"name": "Sue", "password": PASSWORD, "to": "/desk/board"})
    page = await browser.get("/desk/sign-in/code?to=/desk/board")
    assert 'name="to" value="/desk/board"' in page.text
    wrong = await browser.post("/desk/sign-in/code", data={"code": "123", "to": "/desk/board"})
    assert (wrong.status_code, 'name="to" value="/desk/board"' in wrong.text) == (403, True)
    answer = await browser.post("/desk/sign-in/code", data={"code": code(), "to": "/desk/board"})
    assert answer.headers["location"] == "/desk/board"
    assert (await browser.get("/desk/board")).status_code == 200
    assert (await stage.store.account("Sue")).available


async def test_a_password_alone_sends_nobody_away(stage: DeskStage, visitor: Visitor, adviser: Adviser) -> None:
    await adviser("Sue")
    browser = visitor()
    await sign_in(browser, "Sue")
    assert (await browser.post("/desk/sign-out")).headers["location"] == "/desk/sign-in"
    assert (await stage.store.account("Sue")).available
    assert (await browser.get("/desk/sign-in/code")).headers["location"] == "/desk/sign-in?to=/desk/sign-in/code"


async def test_who_takes_too_long_for_the_code_begins_again(stage: DeskStage, visitor: Visitor) -> None:
    browser = visitor()
    await sign_in(browser, "Sue")
    stage.later(minutes=9)
    assert (await browser.get("/desk/sign-in/code")).status_code == 200
    stage.later(minutes=1)
    assert (await browser.post("/desk/sign-in/code", data={"code": code()})).headers["location"] == "/desk/sign-in"


async def test_a_new_supervisor_sets_it_up_before_anything_else(stage: DeskStage, visitor: Visitor) -> None:
    await stage.store.end_second_step("Sue")
    browser = visitor()
    await sign_in(browser, "Sue")
    await stage.parent()
    for path in ("/desk", "/desk/switches", "/desk/cards", "/desk/account"):
        assert (await browser.get(path)).headers["location"] == ONLY_THERE
    assert (await browser.post("/desk/next")).headers["location"] == ONLY_THERE
    assert len(await stage.store.queue()) == 1
    assert len(await set_up(browser)) == RECOVERY_CODES
    assert (await browser.get("/desk")).status_code == 200


async def test_a_wrong_first_code_keeps_the_picture_that_the_phone_has_seen(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    offer, secret = offered(await browser.get(ONLY_THERE))
    again = await browser.post(ONLY_THERE, data={"offer": offer, "code": "000000", "password": PASSWORD})
    assert again.status_code == 422
    assert offered(again) == (offer, secret)
    assert not (await stage.store.account("Ann")).two_steps


async def test_an_adviser_chooses_the_second_step_and_takes_it_off_with_the_password(
    stage: DeskStage, adviser: Adviser, visitor: Visitor
) -> None:
    browser = await adviser("Ann")
    await set_up(browser)
    assert (await stage.store.account("Ann")).two_steps
    assert "/desk/sign-in/code" in (await sign_in(visitor(), "Ann")).headers["location"]
    off = "/desk/account/second-step/off"
    assert (await browser.post(off, data={"password": "wrong"})).status_code == 403
    assert (await stage.store.account("Ann")).two_steps
    assert (await browser.post(off, data={"password": PASSWORD})).status_code == 303
    assert (await sign_in(visitor(), "Ann")).headers["location"] == "/desk"


async def test_a_supervisor_cannot_take_it_off(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Sue")
    assert "/second-step/off" not in (await browser.get("/desk/account")).text
    assert (await browser.post("/desk/account/second-step/off", data={"password": PASSWORD})).status_code == 403
    assert (await stage.store.account("Sue")).two_steps


async def test_setting_it_up_signs_every_other_browser_out(adviser: Adviser) -> None:
    here, there = await adviser("Ann"), await adviser("Ann")
    await set_up(here)
    assert (await here.get("/desk")).status_code == 200
    assert (await there.get("/desk")).status_code == 303


@pytest.mark.parametrize("name", ["Sue", "Ann"])
async def test_nobody_puts_another_phone_in_the_place_of_the_owners_or_of_none_without_the_password(
    stage: DeskStage, adviser: Adviser, name: str
) -> None:
    browser = await adviser(name)
    before = await stage.store.second_step(name)
    assert 'id="password"' in (await browser.get(ONLY_THERE)).text
    offer, secret = offered(await browser.get(ONLY_THERE))
    fields = {"offer": offer, "code": pyotp.TOTP(secret).now()}
    for more in ({}, {"password": "wrong"}):
        assert (await browser.post(ONLY_THERE, data={**fields, **more})).status_code == 403
    assert await stage.store.second_step(name) == before
    assert (await browser.post(ONLY_THERE, data={**fields, "password": PASSWORD})).status_code == 200


async def test_an_offer_made_to_one_is_worth_nothing_to_another(adviser: Adviser) -> None:
    offer, secret = offered(await (await adviser("Ann")).get(ONLY_THERE))
    fields = {"offer": offer, "code": pyotp.TOTP(secret).now(), "password": PASSWORD}
    answer = await (await adviser("Bo")).post(ONLY_THERE, data=fields)
    assert answer.status_code == 422


# -- recovery codes --------------------------------------------------------------------------------------------------


async def test_each_recovery_code_lets_in_once(stage: DeskStage, adviser: Adviser, visitor: Visitor) -> None:
    codes = await set_up(await adviser("Ann"))
    assert len(set(codes)) == RECOVERY_CODES
    for attempt, expected in ((codes[3], 303), (codes[3], 403), (codes[4].upper().replace("-", " "), 303)):
        browser = visitor()
        await sign_in(browser, "Ann")
        assert (await browser.post("/desk/sign-in/code", data={"code": attempt})).status_code == expected
    assert await stage.store.recovery_codes_left("Ann") == RECOVERY_CODES - 2


async def test_recovery_codes_are_kept_hashed_and_shown_once(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    codes = await set_up(browser)
    stored = [await stage.store.recovery_code("Ann", place) for place in range(RECOVERY_CODES)]
    assert all(hashed and hashed.startswith("$argon2id$") for hashed in stored)
    account = html.unescape((await browser.get("/desk/account")).text)
    assert f"Recovery codes left: {RECOVERY_CODES}" in account
    assert not any(code in account for code in codes)


async def test_new_recovery_codes_make_the_old_ones_worthless(
    stage: DeskStage, adviser: Adviser, visitor: Visitor
) -> None:
    browser = await adviser("Ann")
    old = await set_up(browser)
    assert (await browser.post("/desk/account/recovery-codes", data={"password": "wrong"})).status_code == 403
    answer = await browser.post("/desk/account/recovery-codes", data={"password": PASSWORD})
    new = re.findall(r"<code>([\w-]+)</code>", answer.text)
    step = SecondStep(stage.store, KEYS)
    assert [await step.fits("Ann", code) for code in (old[0], new[0])] == [False, True]


# -- the lost phone --------------------------------------------------------------------------------------------------


async def test_a_supervisor_takes_off_the_second_step_of_who_has_lost_the_phone(
    stage: DeskStage, adviser: Adviser, visitor: Visitor
) -> None:
    anns = await adviser("Ann")
    await set_up(anns)
    sue = await adviser("Sue")
    assert 'action="/desk/people/Ann/reset"' in (await sue.get("/desk/people")).text
    assert (await sue.post("/desk/people/Ann/reset")).status_code == 303
    assert (await anns.get("/desk")).status_code == 303
    assert (await sign_in(visitor(), "Ann")).headers["location"] == "/desk"
    assert [(act.by, act.what, act.about) for act in await stage.store.acts(most=20)].count(
        ("Sue", "people/reset", "Ann")
    ) == 1


async def test_a_supervisor_does_not_take_off_their_own_nor_a_strangers(stage: DeskStage, adviser: Adviser) -> None:
    sue = await adviser("Sue")
    assert (await sue.post("/desk/people/Sue/reset")).status_code == 403
    assert (await sue.post("/desk/people/Nobody/reset")).status_code == 404
    assert (await (await adviser("Ann")).post("/desk/people/Sue/reset")).status_code == 403
    assert (await stage.store.account("Sue")).two_steps


# -- sessions --------------------------------------------------------------------------------------------------------


async def test_a_new_password_signs_every_other_browser_out(stage: DeskStage, adviser: Adviser) -> None:
    here, there = await adviser("Ann"), await adviser("Ann")
    new = "four odd words here"
    for fields, status in (
        ({"password": "wrong", "new": new, "again": new}, 403),
        ({"password": PASSWORD, "new": "short", "again": "short"}, 422),
        ({"password": PASSWORD, "new": new, "again": new + "!"}, 422),
    ):
        assert (await here.post("/desk/account/password", data=fields)).status_code == status
    assert (await there.get("/desk")).status_code == 200
    answer = await here.post("/desk/account/password", data={"password": PASSWORD, "new": new, "again": new})
    assert "You are signed out everywhere else" in answer.text
    assert (await here.get("/desk")).status_code == 200
    assert (await there.get("/desk")).status_code == 303
    assert (await here.post("/desk/sign-in", data={"name": "Ann", "password": new})).status_code == 303


async def test_an_adviser_sees_where_they_are_signed_in_and_ends_it(stage: DeskStage, visitor: Visitor) -> None:
    here, there = visitor(), visitor()
    there.headers["user-agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for browser in (here, there):
        await sign_in(browser, "Ann")
    page = (await here.get("/desk/account")).text
    assert "Firefox, Windows, since Mon 23 Nov, 12.00pm" in page
    assert page.count("(this one)") == 1
    ends = re.findall(r'action="(/desk/account/sessions/\w+/end)"><', page.replace("\n", ""))
    other = next(session.id for session in await stage.store.sessions_of("Ann", stage.now) if session.browser)
    assert len(ends) == 2
    # Nobody ends somebody else's.
    bo = visitor()
    await sign_in(bo, "Bo")
    await bo.post(f"/desk/account/sessions/{other}/end")
    assert (await there.get("/desk")).status_code == 200
    await here.post(f"/desk/account/sessions/{other}/end")
    assert (await there.get("/desk")).status_code == 303
    assert (await here.get("/desk")).status_code == 200


async def test_an_adviser_signs_out_everywhere(stage: DeskStage, adviser: Adviser) -> None:
    here, there = await adviser("Ann"), await adviser("Ann")
    answer = await here.post("/desk/account/sign-out-everywhere")
    assert answer.headers["location"] == "/desk/sign-in"
    assert f'{COOKIE}=""; HttpOnly; Max-Age=0' in answer.headers["set-cookie"]
    assert (await there.get("/desk")).status_code == 303
    assert not (await stage.store.account("Ann")).available
