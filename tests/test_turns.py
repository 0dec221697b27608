"""Messages of one conversation are answered in their order; who does not wait disturbs nobody."""

import asyncio

import pytest

from bot.turns import Turns


async def wait(turns, name, done, work=0.0, conversation="talk"):
    with turns.place(conversation) as turn_comes:
        await turn_comes
        await asyncio.sleep(work)
        done.append(name)


async def test_the_order_is_that_of_the_places_not_that_of_waiting():
    turns, done = Turns(), []
    with turns.place("talk") as first:
        with turns.place("talk") as second:
            assert not asyncio.ensure_future(second).done()
            later = asyncio.create_task(wait(turns, "third", done))
            await asyncio.sleep(0.01)
            await first
        await asyncio.sleep(0.01)
        assert done == [], "the second has gone, but the first is still at it"
    await later
    assert done == ["third"]


async def test_other_conversations_do_not_wait():
    turns, done = Turns(), []
    slow = asyncio.create_task(wait(turns, "slow", done, 0.2, "one"))
    await asyncio.sleep(0.01)
    await wait(turns, "quick", done, conversation="another")
    await slow
    assert done == ["quick", "slow"]


async def test_one_that_is_given_up_lets_the_next_go_on():
    turns, done = Turns(), []
    stuck = asyncio.create_task(wait(turns, "stuck", done, 60))
    waiting = asyncio.create_task(wait(turns, "waiting", done, 60))
    last = asyncio.create_task(wait(turns, "last", done))
    await asyncio.sleep(0.01)
    for task in (waiting, stuck):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await last
    assert done == ["last"]
