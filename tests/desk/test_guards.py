"""Nobody sees anything of the desk who has not signed in, or whose role it is not."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from bot import settings
from bot.app import build
from bot.desk.guards import HEADERS
from tests.desk.conftest import ADDRESS, OWN_PAGE, Adviser, DeskStage, Visitor
from tests.keys import KEY

FREE = "/desk/sign-in"
ANYTHING_IN_BRACES = re.compile(r"\{\w+(:\w+)?\}")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    """The application as it is put together to be run."""
    return build(settings.read({"HELPLINE_DATA": str(tmp_path_factory.mktemp("data")), "HELPLINE_KEYS": KEY}))


def routes_below(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Route]]:
    """Every route with its whole path, those inside mounts too."""
    for route in routes:
        path = prefix + getattr(route, "path", "")
        if isinstance(route, Route):
            yield path, route
        else:
            yield from routes_below(getattr(route, "routes", []), path)


async def test_every_page_of_the_desk_but_the_sign_in_refuses_a_visitor(gateway: Starlette) -> None:
    desk = [(path, route) for path, route in routes_below(gateway.routes) if path.startswith("/desk")]
    assert {path for path, _ in desk} > {"/desk", "/desk/events", "/desk/next", FREE}
    async with gateway.router.lifespan_context(gateway):
        transport = httpx.ASGITransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=OWN_PAGE) as visitor:
            for path, route in desk:
                if path == FREE:
                    continue
                for method, script in itertools.product(sorted(route.methods or {"GET", "POST"}), (False, True)):
                    where = ANYTHING_IN_BRACES.sub("1", path)
                    answer = await visitor.request(method, where, headers={"hx-request": "true"} if script else {})
                    if script:
                        assert (answer.status_code, answer.headers.get("hx-redirect")) == (401, FREE), where
                    else:
                        assert answer.status_code == 303, f"{method} {where}"
                        assert answer.headers["location"].startswith(FREE)
                    assert answer.content == b""


@pytest.mark.parametrize("digits", ["9" * 10, "9" * 30, "9" * 5000])
async def test_a_number_that_no_page_of_ours_names_is_a_page_that_is_not_there(
    stage: DeskStage, adviser: Adviser, digits: str
) -> None:
    browser = await adviser("Sue")
    numbered = [(path, route) for path, route in routes_below(stage.app.routes) if ":int}" in path]
    assert numbered
    for path, route in numbered:
        for method in route.methods or ():
            answer = await browser.request(method, ANYTHING_IN_BRACES.sub(digits, path))
            assert answer.status_code == 404, f"{method} {path}"


async def test_a_stream_of_a_talk_that_cannot_be_is_a_stream_of_the_desk(stage: DeskStage, adviser: Adviser) -> None:
    browser = await adviser("Sue")
    stage.live.end()
    answer = await browser.get("/desk/events", params={"talk": "9" * 30})
    assert (answer.status_code, answer.text) == (200, "retry: 2000\n\n")


async def test_a_stream_without_a_session_ends_at_once(visitor: Visitor) -> None:
    answer = await visitor().get("/desk/events", headers={"accept": "text/event-stream"})
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["Ann", "Ed"])
async def test_what_is_for_supervisors_is_kindly_refused_to_others(
    stage: DeskStage, adviser: Adviser, name: str
) -> None:
    browser = await adviser(name)
    answer = await browser.get("/desk/switches")
    assert answer.status_code == 403
    assert "not for your role" in answer.text
    answer = await browser.post("/desk/switches", data={"channel": "web", "what": "bot", "turn": "off", "reason": "x"})
    assert answer.status_code == 403
    assert await stage.store.switched_off() == {}


async def test_an_editor_sees_nothing_of_what_parents_say(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent("My son was sent home")
    browser = await adviser("Ed")
    page = await browser.get("/desk")
    assert "only shown to advisers" in page.text
    assert "sent home" not in page.text
    assert "Waiting in the queue" not in page.text
    assert (await browser.get("/desk/queue")).status_code == 403
    assert (await browser.post("/desk/next")).status_code == 403


async def test_a_form_that_another_site_sends_does_nothing(stage: DeskStage, adviser: Adviser) -> None:
    await stage.parent()
    browser = await adviser("Ann")
    for elsewhere in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "", "origin": "https://evil.example"}):
        answer = await browser.post("/desk/next", headers=elsewhere)
        assert answer.status_code == 403
        assert "did not come from a page of the desk" in answer.text
    assert len(await stage.store.queue()) == 1


@pytest.mark.parametrize("path", ["/desk", "/desk/sign-in", "/desk/strip", "/desk/switches", "/desk/talks/7/take"])
async def test_every_answer_has_its_safety_headers(adviser: Adviser, visitor: Visitor, path: str) -> None:
    for browser in (visitor(), await adviser("Ann")):
        answer = await browser.get(path) if not path.endswith("take") else await browser.post(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_a_fault_of_ours_is_told_kindly_and_without_its_insides(
    stage: DeskStage, adviser: Adviser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError("a parent's words")

    browser = await adviser("Ann")
    monkeypatch.setattr(stage.store, "queue", broken)
    answer = await browser.get("/desk")
    assert answer.status_code == 503
    assert "Something went wrong on our side" in answer.text
    assert "words of a parent are lost" in answer.text
    assert "RuntimeError" not in answer.text
    by_script = await browser.get("/desk/queue", headers={"hx-request": "true"})
    assert (by_script.status_code, by_script.headers["content-type"]) == (503, "text/plain; charset=utf-8")


async def test_a_talk_that_is_not_there_is_told_kindly(adviser: Adviser) -> None:
    answer = await (await adviser("Ann")).post("/desk/talks/99/take")
    assert answer.status_code == 404
    assert "There is no talk here" in answer.text


async def test_the_pages_need_neither_inline_scripts_nor_styles(adviser: Adviser) -> None:
    for path in ("/desk", "/desk/switches"):
        page = (await (await adviser("Sue")).get(path)).text
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|hx-on|javascript:", page)


def test_the_templates_mark_nothing_of_a_parent_as_safe() -> None:
    for template in (Path(settings.ROOT) / "bot/templates/desk").glob("*.html"):
        for marked in re.findall(r"\{\{([^}]*)\| safe", template.read_text(encoding="utf-8")):
            assert not re.search(r"talk|card|text|name|reason(?!')", marked), f"{template.name}: {marked}"
