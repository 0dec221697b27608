"""How fast requests go to Telegram: the library's limits, and Telegram's own wish to wait."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter, BaseRateLimiter

log = logging.getLogger(__name__)

Request = Callable[..., Coroutine[Any, Any, Any]]
#: What is to be done right before a request goes out.
Before = Callable[[], Awaitable[None]]


class _Held(Exception):
    """Telegram has asked us to wait while a request stood in line."""


class Pace(BaseRateLimiter[Before]):
    """Lets requests out as the library's limiter does, and none while Telegram wants us to wait.

    A request may stand in line for long; its `rate_limit_args` are called when it really goes out, and so may arrive.
    """

    def __init__(self, requests_a_second: float) -> None:
        # Not in bursts: Telegram counts any second, and not ours.
        self._library = AIORateLimiter(overall_max_rate=1, overall_time_period=1 / requests_a_second)
        self._held_until = 0.0

    async def initialize(self) -> None:
        await self._library.initialize()

    async def shutdown(self) -> None:
        await self._library.shutdown()

    async def process_request(
        self,
        callback: Request,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Before | None,
    ) -> Any:
        """Send a request in its turn. Raises what the request raises, `RetryAfter` too."""

        async def go(*args: Any, **kwargs: Any) -> Any:
            if self._held_for() > 0:
                raise _Held
            if rate_limit_args is not None:
                await rate_limit_args()
            return await callback(*args, **kwargs)

        while True:
            await asyncio.sleep(self._held_for())
            try:
                return await self._library.process_request(go, args, kwargs, endpoint, data, None)
            except _Held:
                continue
            except RetryAfter as error:
                self._hold(error)
                raise

    def _held_for(self) -> float:
        """Seconds that are left of Telegram's wish."""
        return max(0.0, self._held_until - asyncio.get_running_loop().time())

    def _hold(self, error: RetryAfter) -> None:
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait)
        log.warning("Telegram asks us to wait %s seconds", seconds)
        self._held_until = max(self._held_until, asyncio.get_running_loop().time() + seconds)
