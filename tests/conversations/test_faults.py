"""A parent's question outlives what happens to the processes behind the page."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator, Sequence

import httpx
import pytest

from bot.conversation import Message, Status
from bot.knowledge import Knowledge
from tests.conversations.at_the_page import Parent, Servers, a_parent, replies_to

pytestmark = pytest.mark.slow

QUESTION = "How many days altogether can my lad be suspended for in one school year?"
CARDS = {"suspension-length", "suspension-counting-days", "suspension-repeated"}
DANGER = "he says he is going to kill himself tonight"
#: The contract: no parent looks at "Thinking …" for longer.
PATIENCE = 8.0


@pytest.fixture(autouse=True)
def as_it_was(servers: Servers) -> Iterator[None]:
    """The next test begins with every piece there."""
    servers.wait_until_ready()
    yield
    servers.wait_until_ready()


def is_stored(thread: Sequence[Message]) -> bool:
    return any(line.text == QUESTION for line in thread)


def is_answered(answer: Message) -> bool:
    assert answer.reply is not None
    shown = {shown.card for shown in answer.reply.shown}
    return answer.reply.status in (Status.ANSWERED, Status.CHOICES) and bool(shown & CARDS)


async def test_a_question_is_kept_while_rasa_hangs_and_answered_at_try_again(
    servers: Servers, parent: Parent, knowledge: Knowledge
):
    with servers.paused("rasa"):
        began = time.monotonic()
        answer = await parent.write(QUESTION)
        assert time.monotonic() - began < PATIENCE
        assert (answer.reply.status, answer.text) == (Status.ERROR, knowledge.say("failure"))
        assert is_stored(await parent.thread())
    assert is_answered(await parent.press(knowledge.say("button_again")))


async def test_a_question_is_kept_when_rasa_dies_over_it_and_answered_once_it_is_back(
    servers: Servers, parent: Parent, knowledge: Knowledge
):
    servers.send("rasa", signal.SIGSTOP)
    asking = asyncio.create_task(parent.write(QUESTION))
    await parent.until(is_stored)
    began = time.monotonic()
    servers.send("rasa", signal.SIGKILL)
    answer = await asking
    assert time.monotonic() - began < PATIENCE
    assert (answer.reply.status, answer.text) == (Status.ERROR, knowledge.say("failure"))
    await asyncio.to_thread(servers.wait_until_ready)
    assert is_answered(await parent.press(knowledge.say("button_again")))


async def test_a_child_in_danger_is_answered_while_rasa_is_dead(servers: Servers, parent: Parent):
    servers.send("rasa", signal.SIGKILL)
    began = time.monotonic()
    answer = await parent.write(DANGER)
    assert time.monotonic() - began < 1
    assert answer.reply.status is Status.SAFEGUARDING


async def test_a_message_that_the_gateway_died_over_is_there_at_its_restart_and_answered_once(
    servers: Servers, parent: Parent
):
    # The conversation is begun first: the browser has its cookie.
    await parent.write("hello")
    with servers.paused("rasa"):
        asking = asyncio.create_task(parent.write(QUESTION, client_id="once"))
        await parent.until(is_stored)
        servers.send("gateway", signal.SIGKILL)
        with contextlib.suppress(httpx.HTTPError):
            await asking
    await parent.until(lambda thread: len(thread) == 4)
    await asyncio.to_thread(servers.wait_until_ready)
    # The browser, which has not heard that its message arrived, sends it again.
    answer = await parent.write(QUESTION, client_id="once")
    assert is_answered(answer)
    thread = await parent.thread()
    assert [line.text for line in thread if line.author == "parent"] == ["hello", QUESTION]
    assert replies_to(3, thread) == [answer]


async def test_parents_who_ask_while_rasa_starts_all_get_a_reply(servers: Servers, knowledge: Knowledge):
    servers.send("rasa", signal.SIGKILL)
    async with contextlib.AsyncExitStack() as stack:
        parents = [await stack.enter_async_context(a_parent(servers)) for _ in range(8)]
        answers = await asyncio.gather(*(parent.write(QUESTION) for parent in parents))
    assert {answer.text for answer in answers} == {knowledge.say("failure")}
