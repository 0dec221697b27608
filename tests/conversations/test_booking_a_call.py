"""A parent books a call through the real page, Rasa's form and its action server."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence

import pytest

from bot.conversation import Message, Reply, Status
from bot.keyring import keyring
from bot.knowledge import Knowledge
from bot.store import SqlStore
from tests.conversations.at_the_page import Parent, Servers, a_parent

pytestmark = pytest.mark.slow

QUESTION = "How many days altogether can my lad be suspended for in one school year?"


@pytest.fixture(autouse=True)
def as_it_was(servers: Servers) -> Iterator[None]:
    """The next test begins with every piece there."""
    servers.wait_until_ready()
    yield
    servers.wait_until_ready()


class Booker:
    """A parent on the way to a call."""

    def __init__(self, parent: Parent, knowledge: Knowledge) -> None:
        self.parent = parent
        self._knowledge = knowledge

    async def press(self, beginning: str) -> Reply:
        """Press the first button whose meaning begins like this."""
        reply = (await self.parent.thread())[-1].reply
        assert reply is not None
        label = next(button.label for button in reply.buttons if button.press.startswith(beginning))
        return _reply(await self.parent.press(label))

    async def write(self, *texts: str) -> Reply:
        for text in texts:
            message = await self.parent.write(text)
        return _reply(message)

    async def up_to_the_last_question(self) -> None:
        """A listening-ear appointment at the first time of the first day, all filled in but what it is about."""
        await self.write("could you ring me please")
        for beginning in ("callback:kind:listening", "callback:day:", "callback:time:"):
            await self.press(beginning)
        await self.write("Sarah", "07700 900123")
        await self.press("callback:safe:no")


def _reply(message: Message) -> Reply:
    assert message.reply is not None
    return message.reply


@pytest.fixture
def booker(parent: Parent, knowledge: Knowledge) -> Booker:
    return Booker(parent, knowledge)


async def booked(servers: Servers) -> Sequence[tuple[str, str]]:
    """The names and numbers of all booked calls."""
    store = SqlStore(servers.settings.database_url, keyring(servers.settings))
    try:
        calls = await store.taken(servers.settings.clock())
        return [(call.call.name, call.call.phone) for call in calls]
    finally:
        await store.close()


async def test_a_parent_books_a_call_by_buttons_and_cancels_it(booker: Booker, servers: Servers, knowledge: Knowledge):
    await booker.up_to_the_last_question()
    reply = await booker.press("callback:about:skip")
    assert reply.status is Status.FORM
    assert knowledge.say("callback_booked") in reply.text
    assert ("Sarah", "+447700900123") in await booked(servers)
    assert "cancelled" in (await booker.write("please cancel my call")).text
    assert ("Sarah", "+447700900123") not in await booked(servers)


async def test_a_parent_books_a_call_in_words(booker: Booker, servers: Servers, knowledge: Knowledge):
    first = await booker.write("can someone give me a call back, any time next week")
    assert first.status is Status.FORM
    reply = await booker.write("the listening ear one", "thursday", "after lunch", "it's Mo", "oh 113 496 0000", "yes")
    assert reply.context.form["asked"] == "about"
    reply = await booker.write("I am so tired")
    assert knowledge.say("callback_booked") in reply.text
    assert "1pm" in reply.text
    assert ("Mo", "+441134960000") in await booked(servers)
    await booker.press("callback:cancel")


async def test_a_question_in_the_middle_is_answered_and_the_booking_goes_on(booker: Booker):
    await booker.write("book a call")
    await booker.press("callback:kind:call")
    answer = await booker.write(QUESTION)
    assert answer.status in (Status.ANSWERED, Status.CHOICES)
    reply = await booker.press("callback")
    assert reply.context.form["asked"] == "day"
    assert (await booker.write("stop")).context.form == {}


async def test_a_booking_survives_the_death_of_rasa_at_every_question(
    booker: Booker, servers: Servers, knowledge: Knowledge
):
    await booker.write("book a call")
    await booker.press("callback:kind:call")
    servers.send("rasa", signal.SIGKILL)
    # Buttons and plain answers go on without Rasa …
    await booker.press("callback:day:")
    assert (await booker.press("callback:time:")).context.form["asked"] == "name"
    # … and what was filled in without it, Rasa knows when it is back.
    await asyncio.to_thread(servers.wait_until_ready)
    assert (await booker.write(QUESTION)).status in (Status.ANSWERED, Status.CHOICES)
    await booker.press("callback")
    await booker.write("Ash", "07700 900 456")
    servers.send("rasa", signal.SIGKILL)
    await asyncio.to_thread(servers.wait_until_ready)
    await booker.press("callback:safe:yes")
    assert knowledge.say("callback_booked") in (await booker.press("callback:about:skip")).text
    assert ("Ash", "+447700900456") in await booked(servers)
    await booker.press("callback:cancel")


async def test_a_booking_survives_the_death_of_the_action_server(booker: Booker, servers: Servers):
    await booker.write("book a call")
    servers.send("actions", signal.SIGKILL)
    assert (await booker.press("callback:kind:call")).context.form["asked"] == "day"
    await asyncio.to_thread(servers.wait_until_ready)
    assert (await booker.press("callback:day:")).context.form["asked"] == "time"


async def test_of_two_parents_who_want_the_last_call_the_slower_is_offered_another(
    booker: Booker, servers: Servers, knowledge: Knowledge
):
    await booker.up_to_the_last_question()
    async with a_parent(servers) as parent:
        other = Booker(parent, knowledge)
        await other.up_to_the_last_question()
        assert knowledge.say("callback_booked") in (await other.press("callback:about:skip")).text
        reply = await booker.press("callback:about:skip")
        assert knowledge.say("callback_problem_slot_taken") in reply.text
        assert knowledge.say("callback_booked") in (await booker.press("callback:time:")).text
        await other.press("callback:cancel")
    await booker.press("callback:cancel")
