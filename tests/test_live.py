"""Those who listen to a conversation learn of every change, and are forgotten when they go."""

import asyncio

import pytest

from bot.helpline import Over
from bot.live import Live


async def test_a_change_wakes_those_who_listen_to_that_conversation_only():
    live = Live()
    with live.listen("a") as here, live.listen("b") as there:
        live.tell("a")
        assert await here.changed(1)
        assert not await there.changed(0.01)


async def test_a_change_before_the_first_wait_is_not_missed():
    live = Live()
    with live.listen("a") as listener:
        live.tell("a")
        live.tell("a")
        assert await listener.changed(0.01), "one look shows both"
        assert not await listener.changed(0.01)


async def test_one_listener_can_follow_several_topics():
    live = Live()
    with live.listen("a", "desk") as listener:
        for topic in ("a", "desk"):
            live.tell(topic)
            assert await listener.changed(1) == {topic}


async def test_a_listener_that_waits_is_woken_at_once():
    live = Live()
    with live.listen("a") as listener:
        waiting = asyncio.create_task(listener.changed(5))
        await asyncio.sleep(0)
        live.tell("a")
        assert await asyncio.wait_for(waiting, 0.5)


async def test_five_hundred_idle_listeners_leave_nothing_behind():
    live = Live()
    for number in range(500):
        with live.listen(f"c{number}", "desk"):
            pass
    assert live._listeners == {}


async def test_when_the_gateway_stops_everybody_who_listens_goes_home_at_once():
    live = Live()
    with live.listen("a") as listener:
        waiting = asyncio.create_task(listener.changed(60))
        await asyncio.sleep(0)
        live.end()
        with pytest.raises(Over):
            await asyncio.wait_for(waiting, 0.5)
    with live.listen("a") as late, pytest.raises(Over):
        await late.changed(60)
