"""What is counted for Prometheus; nothing in it points at a person."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

from bot.conversation import Message
from bot.helpline import Helpline

_SECONDS = (0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 8.0)


class Metrics:
    """The counters of one gateway."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.replies = Counter("helpline_replies", "Replies by status.", ["status"], registry=self._registry)
        self.seconds = Histogram(
            "helpline_reply_seconds", "From message to reply.", buckets=_SECONDS, registry=self._registry
        )

    def exposition(self) -> bytes:
        """The numbers as Prometheus text."""
        return generate_latest(self._registry)


class MeasuredHelpline(Helpline):
    """A helpline whose replies are counted by status and timed."""

    def __init__(self, metrics: Metrics, *parts: Any) -> None:
        super().__init__(*parts)
        self._metrics = metrics

    async def hear(self, conversation: str, text: str, client_id: str = "", press: str = "") -> Message:
        started = time.perf_counter()
        message = await super().hear(conversation, text, client_id, press)
        self._metrics.seconds.observe(time.perf_counter() - started)
        if message.reply is not None:
            self._metrics.replies.labels(message.reply.status.value).inc()
        return message
