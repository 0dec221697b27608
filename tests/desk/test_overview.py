"""Many open pages look at the desk at once, and each sees what is true when it looks."""

from __future__ import annotations

import asyncio

from bot.desk.overview import Lookout
from tests.desk.conftest import DeskStage


async def test_eighty_pages_that_look_at_once_cost_two_readings(stage: DeskStage, monkeypatch) -> None:
    readings = []
    queue = stage.store.queue

    async def counted():
        readings.append(1)
        return await queue()

    monkeypatch.setattr(stage.store, "queue", counted)
    lookout = Lookout(stage.store)
    await asyncio.gather(*(lookout.look() for _ in range(80)))
    assert len(readings) == 2


async def test_a_page_that_looks_after_a_parent_has_come_sees_them(stage: DeskStage) -> None:
    lookout = Lookout(stage.store)
    for count in range(1, 4):
        looking = asyncio.create_task(lookout.look())
        await asyncio.sleep(0)
        await stage.parent()
        assert len((await lookout.look()).queue) == count
        await looking


async def test_a_reading_that_failed_is_not_kept(stage: DeskStage, monkeypatch) -> None:
    lookout = Lookout(stage.store)
    await stage.parent()
    with monkeypatch.context() as broken:
        broken.setattr(stage.store, "held", None)
        assert isinstance((await asyncio.gather(lookout.look(), return_exceptions=True))[0], TypeError)
    assert len((await lookout.look()).queue) == 1
