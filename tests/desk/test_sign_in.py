"""An adviser signs in and out; nobody else does, and nobody stays signed in for ever."""

from __future__ import annotations

import httpx
import pytest
from argon2 import PasswordHasher

from bot.desk.sessions import COOKIE
from bot.sealing import Keys, new_key
from tests.desk.conftest import ADDRESS, PASSWORD, Adviser, DeskStage, Visitor


def form(name: str = "Ann", password: str = PASSWORD, **more: str) -> dict[str, str]:
    return {"name": name, "password": password, **more}


async def test_an_adviser_who_signs_in_sees_the_desk_and_is_there_for_parents(
    stage: DeskStage, visitor: Visitor
) -> None:
    browser = visitor()
    answer = await browser.post("/desk/sign-in", data=form())
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert "Take next" in (await browser.get("/desk")).text
    assert (await stage.store.account("Ann")).available


async def test_an_adviser_comes_back_to_the_page_they_were_going_to(visitor: Visitor) -> None:
    browser = visitor()
    sent_away = await browser.get("/desk/calls")
    assert sent_away.headers["location"] == "/desk/sign-in?to=/desk/calls"
    assert 'value="/desk/calls"' in (await browser.get(sent_away.headers["location"])).text
    answer = await browser.post("/desk/sign-in", data=form(to="/desk/calls"))
    assert answer.headers["location"] == "/desk/calls"


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/desk/../chat", "/desk//evil", "/deskx"])
async def test_an_adviser_is_led_nowhere_but_to_the_desk(visitor: Visitor, to: str) -> None:
    answer = await visitor().post("/desk/sign-in", data=form(to=to))
    assert answer.headers["location"] == "/desk"


@pytest.mark.parametrize(
    ("name", "password"), [("Ann", "wrong"), ("Ann", ""), ("Nobody", PASSWORD), ("", ""), ("Ann", PASSWORD + " ")]
)
async def test_a_wrong_name_or_password_is_told_in_the_same_kind_words(
    visitor: Visitor, name: str, password: str
) -> None:
    browser = visitor()
    answer = await browser.post("/desk/sign-in", data=form(name, password))
    assert answer.status_code == 403
    assert "do not go together" in answer.text
    assert COOKIE not in browser.cookies


async def test_after_five_wrong_tries_even_the_right_password_waits_a_quarter_of_an_hour(
    stage: DeskStage, visitor: Visitor
) -> None:
    browser = visitor()
    for _ in range(5):
        await browser.post("/desk/sign-in", data=form(password="wrong"))
    answer = await browser.post("/desk/sign-in", data=form())
    assert answer.status_code == 429
    assert "wait 15 minutes" in answer.text
    assert (await browser.post("/desk/sign-in", data=form("Bo"))).status_code == 303
    stage.later(minutes=15)
    assert (await browser.post("/desk/sign-in", data=form())).status_code == 303


async def test_a_right_password_makes_the_wrong_ones_before_it_forgotten(visitor: Visitor) -> None:
    browser = visitor()
    for _ in range(3):
        for _ in range(4):
            await browser.post("/desk/sign-in", data=form(password="wrong"))
        assert (await browser.post("/desk/sign-in", data=form())).status_code == 303


async def test_the_cookie_is_for_the_desk_alone_and_out_of_reach_of_scripts(visitor: Visitor) -> None:
    def kept(answer: httpx.Response) -> tuple[str, set[str]]:
        cookie = next(line for line in answer.headers.get_list("set-cookie") if COOKIE in line)
        name, *parts = cookie.split(";")
        return name.partition("=")[0], {part.strip().lower() for part in parts}

    plain = await visitor().post("/desk/sign-in", data=form())
    assert kept(plain) == (COOKIE, {"httponly", "path=/desk", "samesite=strict"})
    secure = await visitor().post(ADDRESS.replace("http:", "https:") + "/desk/sign-in", data=form())
    assert kept(secure) == (f"__Host-{COOKIE}", {"httponly", "path=/", "samesite=strict", "secure"})


async def test_the_database_does_not_know_what_is_in_the_cookie(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    assert await stage.store.session(browser.cookies[COOKIE], stage.now) is None


async def test_an_adviser_who_signs_out_is_away_and_has_to_sign_in_again(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    token = browser.cookies[COOKIE]
    assert (await browser.post("/desk/sign-out")).status_code == 303
    assert not (await stage.store.account("Ann")).available
    assert (await browser.get("/desk")).status_code == 303
    # A copy of the cookie is worth nothing any more.
    assert (await browser.get("/desk", headers={"cookie": f"{COOKIE}={token}"})).status_code == 303


async def test_who_leaves_the_desk_for_an_hour_has_to_sign_in_again(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    stage.later(minutes=59)
    assert (await browser.get("/desk")).status_code == 200
    stage.later(minutes=59)
    assert (await browser.get("/desk")).status_code == 200
    stage.later(minutes=60)
    assert (await browser.get("/desk")).status_code == 303


async def test_a_session_ends_after_twelve_hours_however_busy_it_was(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    for _ in range(23):
        stage.later(minutes=30)
        assert (await browser.get("/desk")).status_code == 200
    stage.later(minutes=30)
    assert (await browser.get("/desk")).status_code == 303


async def test_a_token_that_we_have_not_signed_is_not_even_looked_up(
    stage: DeskStage, adviser: Adviser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await adviser("Ann")
    token, _, _ = browser.cookies[COOKIE].rpartition(".")
    monkeypatch.setattr(stage.store, "session", None)
    for forged in (token, f"{token}.{'0' * 32}", Keys([new_key()]).sign(token, "desk"), "", "é.é"):
        cookie = f"{COOKIE}={forged}".encode()
        browser.cookies.clear()
        assert (await browser.get("/desk", headers={b"cookie": cookie})).status_code == 303


async def test_a_form_on_another_site_signs_nobody_in_or_out(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Ann")
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert (await browser.post("/desk/sign-in", data=form("Bo"), headers=elsewhere)).status_code == 403
    assert (await browser.post("/desk/sign-out", headers=elsewhere)).status_code == 403
    assert (await browser.get("/desk")).status_code == 200


async def test_a_password_hashed_in_an_old_way_is_hashed_anew(stage: DeskStage, visitor: Visitor) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    await stage.store.change_password("Ann", old)
    assert (await visitor().post("/desk/sign-in", data=form())).status_code == 303
    assert await stage.store.password_of("Ann") != old
    assert (await visitor().post("/desk/sign-in", data=form())).status_code == 303
