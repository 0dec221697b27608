"""After a talk a parent is asked one question, once, and may leave it."""

from __future__ import annotations

import httpx
import pytest

from bot.knowledge import Knowledge
from bot.limits import Limits
from tests.channels.web.conftest import Sam
from tests.stand_in import Stage


@pytest.fixture
async def closed(browser: httpx.AsyncClient, waiting: str, sam: Sam) -> str:
    """The conversation of a parent whose talk an adviser has ended."""
    await sam.take()
    await sam.say("Hello")
    await sam.close()
    return waiting


def asks(page: httpx.Response) -> bool:
    return 'id="after"' in page.text


@pytest.fixture
def thanked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """What was kept."""
    kept: list[tuple[int, str]] = []
    thank = stage.store.thank

    async def noted(conversation: str, score: int, said: str) -> bool:
        kept.append((score, said))
        return await thank(conversation, score, said)

    monkeypatch.setattr(stage.store, "thank", noted)
    return kept


async def test_a_parent_says_how_it_was_and_is_thanked_once(
    browser: httpx.AsyncClient, closed: str, knowledge: Knowledge, thanked: list[tuple[int, str]]
) -> None:
    assert asks(await browser.get("/chat"))
    page = await browser.post("/chat/after", data={"score": "5", "said": " Sam was kind\r\n"})
    assert knowledge.say("page_thanked") in page.text
    assert not asks(page)
    assert not asks(await browser.get("/chat"))
    assert thanked == [(5, "Sam was kind")]


async def test_a_parent_who_would_rather_not_is_not_asked_again(
    browser: httpx.AsyncClient, closed: str, thanked: list[tuple[int, str]]
) -> None:
    assert not asks(await browser.post("/chat/after", data={"no": "1"}))
    assert not asks(await browser.get("/chat"))
    assert not thanked


@pytest.mark.parametrize(("score", "said"), [("", "kind"), ("6", "kind"), ("x", "kind"), ("5", "k" * 1001)])
async def test_what_cannot_be_kept_is_said_beside_the_question_and_nothing_is_lost(
    browser: httpx.AsyncClient, closed: str, thanked: list[tuple[int, str]], score: str, said: str
) -> None:
    page = await browser.post("/chat/after", data={"score": score, "said": said})
    assert page.status_code == 422
    assert 'id="not-taken"' in page.text
    assert f"{said}</textarea>" in page.text
    assert not thanked


@pytest.mark.parametrize("form", [{"score": ""}, {"score": "5"}, {"no": "1"}], ids=["no score", "too long", "no"])
async def test_words_of_danger_after_a_talk_are_heard_whatever_is_wrong_with_the_form(
    browser: httpx.AsyncClient, closed: str, stage: Stage, form: dict[str, str]
) -> None:
    said = "Kind. " * (200 if form == {"score": "5"} else 1) + "My son has just run away from school."
    for _ in range(2):
        page = await browser.post("/chat/after", data={**form, "said": said})
    assert page.status_code == 200
    heard = [line for line in await stage.helpline.thread(closed) if line.text == said]
    assert len(heard) == 1
    assert await stage.store.open_concern(closed) is not None


async def test_words_of_danger_after_a_talk_are_heard_however_fast_they_come(
    browser: httpx.AsyncClient, closed: str, stage: Stage, limits: Limits
) -> None:
    while not limits.visitor.take(closed):
        pass
    page = await browser.post("/chat/after", data={"score": "5", "said": "Sam was kind"})
    assert page.status_code == 429
    assert "Sam was kind" in page.text
    await browser.post("/chat/after", data={"score": "5", "said": "My son has just run away from school."})
    assert await stage.store.open_concern(closed) is not None


async def test_a_parent_who_writes_on_is_not_asked_any_more(
    browser: httpx.AsyncClient, closed: str, thanked: list[tuple[int, str]]
) -> None:
    assert not asks(await browser.post("/chat", data={"text": "Is a part-time timetable allowed?"}))
    await browser.post("/chat/after", data={"score": "1"})
    assert not thanked


async def test_a_second_talk_is_asked_about_again(
    browser: httpx.AsyncClient, closed: str, sam: Sam, thanked: list[tuple[int, str]]
) -> None:
    await browser.post("/chat/after", data={"score": "4"})
    await browser.post("/chat", data={"press": "human"})
    await browser.post("/chat", data={"press": "handover:send"})
    await sam.take()
    await sam.say("Hello again")
    await sam.close()
    assert asks(await browser.get("/chat"))


async def test_nobody_is_asked_who_talked_with_nobody(
    browser: httpx.AsyncClient, waiting: str, thanked: list[tuple[int, str]]
) -> None:
    assert not asks(await browser.post("/chat", data={"press": "waiting:stop"}))
    await browser.post("/chat/after", data={"score": "1"})
    assert not thanked
