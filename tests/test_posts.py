"""Every way to reach somebody on call behaves alike, and so does the one that the other tests use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.channels.telegram import Timing
from bot.knowledge import Knowledge
from bot.mail import Mail, Server
from bot.on_call import Letter, NotSent, Post
from bot.rota import EMAIL, TELEGRAM, Person
from tests.channels.telegram.bot_api import BLOCKED, RESET, BotApi
from tests.channels.telegram.stage import QUICK, OnTelegram
from tests.mail_server import MailServer
from tests.test_on_call import PostBag

GROUP = -100700


@dataclass
class Place:
    """A post, and what can be done to the other side of it."""

    post: Post
    letter: Letter
    taken: Callable[[], list[str]]
    """the words that have arrived"""
    refuse: Callable[[], Awaitable[None]]
    """take nothing for this address, ever"""
    disturb: Callable[[], Awaitable[None]]
    """take nothing just now"""


def letter(way: str, address: str) -> Letter:
    return Letter("call-7-1", Person("Sue", way, address), "Helpline: Urgent, talk 3", "https://helpline.example/x", 3)


@pytest.fixture
async def bag() -> Place:
    post, one = PostBag(), letter(EMAIL, "sue@charity.example")

    async def fail(failure: NotSent) -> None:
        post.fails[one.to.address] = failure

    return Place(
        post,
        one,
        lambda: [taken.text for taken in post.taken],
        lambda: fail(NotSent("refused", again=False)),
        lambda: fail(NotSent("unreachable", again=True)),
    )


@pytest.fixture
async def mail() -> AsyncIterator[Place]:
    async with MailServer().serving() as server:

        async def say(said: str) -> None:
            server.says["RCPT"] = [said] * 9

        post = Mail(Server("127.0.0.1", server.port, "none"), "helpline@charity.example")
        yield Place(
            post,
            letter(EMAIL, "sue@charity.example"),
            lambda: [server.text(place).strip() for place in range(len(server.messages))],
            lambda: say("550 no such mailbox"),
            lambda: say("450 busy"),
        )


@pytest.fixture
async def telegram(knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with BotApi().serving() as api:
        stage = OnTelegram(knowledge, tmp_path, api)
        stage.timing = replace(QUICK, pager=0.6, pager_look=0.02)
        async with stage.ready(), stage.running(on_call=(GROUP,)) as bot:
            assert bot.telegram is not None
            await bot.until(lambda: bot.telegram._name)

            async def close() -> None:
                api.closed[GROUP] = BLOCKED

            async def cut() -> None:
                api.faults["sendMessage"].extend([RESET] * 200)

            yield Place(
                bot.telegram.pager,
                letter(TELEGRAM, str(GROUP)),
                lambda: [text.rpartition("\n")[2] for text in api.texts(GROUP)],
                close,
                cut,
            )


@pytest.fixture(params=["bag", "mail", pytest.param("telegram", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


async def test_a_letter_has_arrived_when_the_post_comes_back(place: Place) -> None:
    await place.post.send(place.letter)
    assert place.taken() == ["https://helpline.example/x"]


async def test_a_refusal_is_for_good(place: Place) -> None:
    await place.refuse()
    with pytest.raises(NotSent) as error:
        await place.post.send(place.letter)
    assert (error.value.why, error.value.again, place.taken()) == ("refused", False, [])


async def test_a_disturbance_is_not(place: Place) -> None:
    await place.disturb()
    with pytest.raises(NotSent) as error:
        await place.post.send(place.letter)
    assert error.value.again
    assert place.taken() == []


def test_the_real_pauses_leave_an_attempt_its_time() -> None:
    from bot.mail import PATIENCE
    from bot.on_call import ATTEMPT

    assert max(PATIENCE, Timing().pager) < ATTEMPT.total_seconds()
