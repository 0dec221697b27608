"""Whatever is done at the desk leaves its line, before it is done, without anybody's words."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from starlette.routing import Route

from bot.conversation import Author
from bot.desk.audit import QUIET, SIGNS
from bot.knowledge import Knowledge
from bot.retention import Limits
from bot.store import SqlStore
from tests.desk.conftest import PASSWORD, Adviser, DeskStage, Visitor
from tests.stand_in import NOON

#: Every address of the desk: the line it leaves for each method, empty for a look that leaves none.
LINES = {
    "/desk": {"GET": ""},
    "/desk/sign-in": {"GET": "", "POST": "sign-in"},
    "/desk/sign-in/code": {"GET": "", "POST": "sign-in/code"},
    "/desk/sign-out": {"POST": "sign-out"},
    "/desk/account": {"GET": ""},
    "/desk/account/password": {"POST": "account/password"},
    "/desk/account/second-step": {"GET": "", "POST": "account/second-step"},
    "/desk/account/second-step/off": {"POST": "account/second-step/off"},
    "/desk/account/recovery-codes": {"POST": "account/recovery-codes"},
    "/desk/account/sessions/{id}/end": {"POST": "account/sessions/end"},
    "/desk/account/sign-out-everywhere": {"POST": "account/sign-out-everywhere"},
    "/desk/people": {"GET": ""},
    "/desk/people/{name}/reset": {"POST": "people/reset"},
    "/desk/people/{name}/unlock": {"POST": "people/unlock"},
    "/desk/audit": {"GET": "audit"},
    "/desk/strip": {"GET": ""},
    "/desk/events": {"GET": ""},
    "/desk/queue": {"GET": ""},
    "/desk/next": {"POST": "next"},
    "/desk/talks/{number:int}/take": {"POST": "talks/take"},
    "/desk/talks/{number:int}": {"GET": "talks"},
    "/desk/talks/{number:int}/thread": {"GET": "talks/thread"},
    "/desk/talks/{number:int}/latest": {"GET": "talks/latest"},
    "/desk/talks/{number:int}/find": {"GET": "talks/find"},
    "/desk/talks/{number:int}/say": {"POST": "talks/say"},
    "/desk/talks/{number:int}/note": {"POST": "talks/note"},
    "/desk/talks/{number:int}/whisper": {"POST": "talks/whisper"},
    "/desk/talks/{number:int}/second-pair": {"POST": "talks/second-pair"},
    "/desk/talks/{number:int}/transfer": {"POST": "talks/transfer"},
    "/desk/talks/{number:int}/hand-back": {"POST": "talks/hand-back"},
    "/desk/talks/{number:int}/close": {"POST": "talks/close"},
    "/desk/talks/{number:int}/typing": {"POST": ""},
    "/desk/talks/{number:int}/record": {"GET": "talks/record", "POST": "talks/record"},
    "/desk/talks/{number:int}/record/erase": {"POST": "talks/record/erase"},
    "/desk/talks/{number:int}/concern": {"GET": "talks/concern", "POST": "talks/concern"},
    "/desk/talks/{number:int}/debrief": {"POST": "talks/debrief"},
    "/desk/concerns": {"GET": "concerns"},
    "/desk/concerns/{number:int}": {"GET": "concerns"},
    "/desk/concerns/{number:int}/seen": {"POST": "concerns/seen"},
    "/desk/concerns/{number:int}/decide": {"POST": "concerns/decide"},
    "/desk/concerns/{number:int}/refer": {"POST": "concerns/refer"},
    "/desk/concerns/{number:int}/acknowledge": {"POST": "concerns/acknowledge"},
    "/desk/concerns/{number:int}/close": {"POST": "concerns/close"},
    **{
        f"/desk/{what}/{named}/record{more}": dict.fromkeys(methods, f"{what}/record{more}")
        for what, named in (("calls", "{number:int}"), ("concerns", "{number:int}"), ("chats", "{reference}"))
        for more, methods in (("", ("GET", "POST")), ("/erase", ("POST",)))
    },
    "/desk/chats": {"GET": "chats"},
    "/desk/pause": {"GET": "", "POST": "pause"},
    "/desk/calls": {"GET": "calls"},
    "/desk/calls/{number:int}": {"GET": "calls"},
    "/desk/calls/{number:int}/made": {"POST": "calls/made"},
    "/desk/calls/{number:int}/no-answer": {"POST": "calls/no-answer"},
    "/desk/calls/{number:int}/cancel": {"POST": "calls/cancel"},
    "/desk/cards": {"GET": ""},
    "/desk/cards/{card}": {"GET": ""},
    "/desk/board": {"GET": "board"},
    "/desk/board/now": {"GET": ""},
    "/desk/available": {"POST": "available"},
    "/desk/switches": {"GET": "", "POST": "switches"},
}
FILLED = {
    "{number:int}": "1",
    "{name}": "Ann",
    "{id}": "0" * 12,
    "{card}": "suspension-first-steps",
    "{reference}": "1",
}


def desk_routes(stage: DeskStage) -> Iterator[Route]:
    return (route for route in stage.app.routes if isinstance(route, Route) and route.path.startswith("/desk"))


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", lambda blank: FILLED[blank[0]], path)


def test_every_route_of_the_desk_says_which_line_it_leaves(stage: DeskStage) -> None:
    found: dict[str, set[str]] = {}
    for route in desk_routes(stage):
        found.setdefault(route.path, set()).update(set(route.methods or ()) - {"HEAD"})
    assert found == {path: set(lines) for path, lines in LINES.items()}
    quiet = {path for path, lines in LINES.items() if lines.get("GET") == ""}
    assert quiet == QUIET | {"/desk/sign-in"}


def test_no_act_is_quiet_and_each_has_its_name(knowledge: Knowledge) -> None:
    acts = {line for lines in LINES.values() for line in lines.values() if line}
    assert {path for path, lines in LINES.items() if lines.get("POST") == ""} == SIGNS
    assert [act for act in acts if f"act_{re.sub('[^a-z]', '_', act)}" not in knowledge.wording] == []


@pytest.mark.parametrize("path", [path for path in LINES if path != "/desk/events"])
async def test_each_act_leaves_its_line_with_who_when_what_and_from_which_session(
    stage: DeskStage, adviser: Adviser, path: str
) -> None:
    await stage.parent()
    lines = LINES[path]
    for method in ("HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        expected = lines.get("GET" if method == "HEAD" else method, "")
        if path == "/desk/sign-in/code" and expected:
            # Shown as somebody who still owes the code.
            browser = await halfway(stage, adviser)
        else:
            browser = await adviser("Sue")
        sessions = {session.id for session in await stage.store.sessions_of("Sue", stage.now)}
        before = len(await stage.store.acts())
        fields = {"name": "Sue", "password": PASSWORD} if path == "/desk/sign-in" else {}
        answer = await browser.request(method, filled(path), data=fields or None)
        left = list(reversed(await stage.store.acts()))[before:]
        if not expected:
            assert left == [], f"{method} {path}"
            continue
        line = next(line for line in left if line.what.removeprefix("refused/") == expected)
        assert (line.by, line.at) == ("Sue", stage.now)
        assert line.about == next((FILLED[blank] for blank in FILLED if blank in path), "")
        if path != "/desk/sign-in":
            assert line.session in sessions
        if answer.status_code >= 400:
            assert left[-1].what == f"refused/{expected}", f"{method} {path}: {answer.status_code}"


async def halfway(stage: DeskStage, adviser: Adviser) -> httpx.AsyncClient:
    browser = await adviser("Sue")
    async with stage.store._writing() as connection:
        await connection.execute(sa.text("UPDATE sessions SET proven = false"))
    return browser


async def test_what_is_not_theirs_to_do_is_written_down_too(stage: DeskStage, adviser: Adviser) -> None:
    await (await adviser("Ann")).get("/desk/board")
    assert [(act.by, act.what) for act in await stage.store.acts()] == [("Ann", "refused/board"), ("Ann", "board")]


async def test_an_act_of_which_there_can_be_no_line_is_not_done(
    stage: DeskStage, adviser: Adviser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise OSError("no space left")

    await stage.parent()
    browser = await adviser("Ann")
    monkeypatch.setattr(stage.store, "add_act", full)
    assert (await browser.post("/desk/next")).status_code == 503
    assert len(await stage.store.queue()) == 1


async def test_the_line_says_which_talk_was_next_and_which_switch_was_thrown(
    stage: DeskStage, adviser: Adviser
) -> None:
    talk = await stage.parent()
    await (await adviser("Ann")).post("/desk/next")
    off = {"channel": "web", "what": "bot", "turn": "off", "reason": "We mend it."}
    await (await adviser("Sue")).post("/desk/switches", data=off)
    told = [(act.by, act.what, act.about) for act in reversed(await stage.store.acts())]
    assert told == [
        ("Ann", "next", ""),
        ("Ann", "talks/take", str(talk.number)),
        ("Sue", "switches", ""),
        ("Sue", "switches/turn", "web bot off"),
    ]


async def test_a_page_that_looks_again_by_itself_leaves_one_line(stage: DeskStage, adviser: Adviser) -> None:
    talk = await stage.parent()
    await stage.store.take("Ann", "Ann is here.", stage.now)
    browser = await adviser("Ann")
    for part in ("/thread", "/thread", "", "/thread", "/latest", "/find", ""):
        assert (await browser.get(f"/desk/talks/{talk.number}{part}")).status_code == 200
    assert [act.what for act in reversed(await stage.store.acts())] == ["talks/thread", "talks", "talks"]


async def test_no_words_come_into_the_log(stage: DeskStage, adviser: Adviser, visitor: Visitor) -> None:
    talk = await stage.parent("SECRET-WORDS")
    await stage.store.take("Ann", "Ann is here.", stage.now)
    browser = await adviser("Ann")
    words = {"text": "SECRET-WORDS", "note": "SECRET-WORDS", "client_id": "x", "follow_up": "SECRET-WORDS"}
    for act in ("say", "note", "close", "hand-back"):
        await browser.post(f"/desk/talks/{talk.number}/{act}?q=SECRET-WORDS", data=words)
    await visitor().post("/desk/sign-in", data={"name": "SECRET-WORDS", "password": "SECRET-WORDS"})
    assert any(line.author is Author.ADVISER for line in await stage.store.thread(talk.conversation))
    acts = await stage.store.acts()
    assert len(acts) >= 5
    assert "SECRET" not in repr(acts)


async def test_who_tries_a_wrong_password_is_written_down(stage: DeskStage, visitor: Visitor) -> None:
    await visitor().post("/desk/sign-in", data={"name": "Ann", "password": "wrong"})
    assert [(act.by, act.what) for act in await stage.store.acts()] == [("Ann", "refused/sign-in")]


async def test_names_that_nobody_has_leave_one_line_a_minute_with_their_number(
    stage: DeskStage, visitor: Visitor, adviser: Adviser
) -> None:
    for number in range(6):
        await visitor().post("/desk/sign-in", data={"name": f"name {number}", "password": "wrong"})
    sue = await adviser("Sue")
    await sue.get("/desk/audit")
    stage.later(minutes=1)
    page = await sue.get("/desk/audit")
    assert [[who, what, about] for _, who, what, about, _ in rows(page)] == [
        ["Sue", "Read this log", ""],
        ["not signed in", "Signed in (was not done)", "5 tries"],
        ["Sue", "Read this log", ""],
        ["not signed in", "Signed in (was not done)", ""],
    ]


# -- the page --------------------------------------------------------------------------------------------------------


def rows(page: httpx.Response) -> list[list[str]]:
    table = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<td>(.*?)</td>", row) for row in table.split("<tr>")[1:]]


async def test_a_supervisor_reads_the_log_by_person_and_day_page_by_page(stage: DeskStage, adviser: Adviser) -> None:
    for number in range(60):
        await stage.store.add_act("Bo", "talks/say", str(number), "abc", stage.now)
    stage.later(days=1)
    await stage.store.add_act("Ann", "refused/talks/take", "7", "def", stage.now)
    sue = await adviser("Sue")
    everything = rows(await sue.get("/desk/audit"))
    assert len(everything) == 50
    assert everything[0][1:3] == ["Sue", "Read this log"]
    assert everything[1] == ["24 Nov 2026, 12:00:00", "Ann", "Took a talk (was not done)", "7", "def"]
    bos = await sue.get("/desk/audit?by=Bo&day=2026-11-23")
    assert [row[3] for row in rows(bos)] == [str(number) for number in range(59, 9, -1)]
    older = re.search(r'href="(/desk/audit\?[^"]+page=2)"', bos.text)
    assert older
    assert [row[3] for row in rows(await sue.get(older[1].replace("&amp;", "&")))] == [str(n) for n in range(9, -1, -1)]
    assert rows(await sue.get("/desk/audit?by=Bo&day=2026-11-24")) == []


@pytest.mark.parametrize(
    "query",
    ["day=yesterday", "page=-1", "page=9999999999", "page=é", "by=Nobody&day=2026-13-45", "day=9999-12-31", "by=%00"],
)
async def test_a_strange_question_to_the_log_is_answered_kindly(adviser: Adviser, query: str) -> None:
    assert (await (await adviser("Sue")).get(f"/desk/audit?{query}")).status_code == 200


# -- the table -------------------------------------------------------------------------------------------------------


async def test_no_line_can_be_changed_not_even_past_our_own_code(store: SqlStore) -> None:
    await store.add_act("Ann", "talks/say", "5", "abc", NOON)
    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        async with store._writing() as connection:
            await connection.execute(sa.text("UPDATE audit SET about = '6'"))
    assert [act.about for act in await store.acts()] == ["5"]


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "DELETE FROM audit WHERE about = '5'", "TRUNCATE audit"])
async def test_no_line_is_deleted_unless_a_line_says_up_to_when_lines_were(store: SqlStore, statement: str) -> None:
    if statement.startswith("TRUNCATE") and store._engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no such statement")
    for about in ("5", "6"):
        await store.add_act("Ann", "talks/say", about, "abc", NOON)
    with pytest.raises(sa.exc.DBAPIError, match="by time alone"):
        async with store._writing() as connection:
            await connection.execute(sa.text(statement))
    assert len(await store.acts()) == 2


def test_the_store_has_no_hand_that_changes_or_erases_a_line() -> None:
    names = [name for name in dir(SqlStore) if "act" in name and not name.startswith("_")]
    assert set(itertools.chain(names)) <= {"acts", "add_act", "who_acted"}


async def test_lines_go_when_the_time_for_which_they_are_kept_is_over(store: SqlStore) -> None:
    for days in (0, 2):
        await store.add_act("Ann", "talks/say", str(days), "abc", NOON + dt.timedelta(days=days))
    limit = NOON + dt.timedelta(days=1)
    deleted = await store.delete_older(Limits(**dict.fromkeys(Limits.__dataclass_fields__, limit)), limit)
    assert deleted.counts["audit"] == 1
    assert [(act.by, act.what, act.about) for act in await store.acts()] == [
        ("helpline", "audit/delete", f"{limit.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M:%S.%f}"),
        ("Ann", "talks/say", "2"),
    ]
    with pytest.raises(sa.exc.DBAPIError, match="by time alone"):
        async with store._writing() as connection:
            await connection.execute(sa.text("DELETE FROM audit WHERE what = 'talks/say'"))
