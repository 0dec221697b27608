"""Looking again and again at what may have changed on the desk, until the gateway stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.channels.telegram.ports import Live
from bot.helpline import DESK, Over

log = logging.getLogger(__name__)


async def look_again(live: Live, what: str, look: Callable[[], Awaitable[None]], every: float, pause: float) -> None:
    """Look when the desk has news, and every so many seconds without; after a failure not before a `pause`.

    `what` is looked at, for the log.
    """
    with live.listen(DESK) as desk, contextlib.suppress(Over):
        while True:
            try:
                await look()
            except Exception:
                log.exception("a look at %s failed", what)
                await asyncio.sleep(pause)
            await desk.changed(every)
