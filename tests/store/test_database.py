"""Whoever reads or writes gives the connection back, also when nobody waits for the result any more."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading

import anyio
import pytest
import sqlalchemy as sa

from bot.settings import LONDON
from bot.store import SqlStore
from bot.store.database import MOST_CONNECTIONS

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)


async def test_a_stream_whose_browser_leaves_leaves_no_connection_behind(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    await store.open("talk", "web", NOON)

    async def stream(number: int) -> None:
        await store.thread("talk")
        await store.record("talk", f"c{number}", "sent home", "", NOON)

    threads = threading.active_count()
    for number in range(20):
        async with anyio.create_task_group() as group:
            group.start_soon(stream, number)
            # At another step of its work each time.
            for _ in range(number):
                await asyncio.sleep(0)
            group.cancel_scope.cancel()
    assert threading.active_count() <= threads + 1
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_crowd_finds_the_connections_open_that_the_crowd_before_it_used(store: SqlStore) -> None:
    opened: list[object] = []
    sa.event.listen(store._engine.sync_engine, "connect", lambda connection, _: opened.append(connection))
    await store.open("talk", "web", NOON)
    for _ in range(3):
        await asyncio.gather(*(store.thread("talk") for _ in range(3 * MOST_CONNECTIONS)))
    assert len(opened) <= MOST_CONNECTIONS
