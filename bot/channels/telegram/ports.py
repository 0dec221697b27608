"""What Telegram needs from the rest of the helpline, beside the use cases themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from bot.chats import Chat, Parcel
from bot.handover import Talk


class Store(Protocol):
    """Where chats, updates and the outbox are kept; the store itself says what each method promises."""

    async def receive(self, number: int, chat: int, payload: Mapping[str, Any], at: dt.datetime) -> bool: ...

    async def chats_heard(self) -> Sequence[int]: ...

    async def next_update(self, chat: int) -> tuple[int, Mapping[str, Any]] | None: ...

    async def update_done(self, number: int) -> None: ...

    async def chat(self, chat: int) -> Chat: ...

    async def bind(self, chat: int, conversation: str) -> None: ...

    async def mark_chat(self, chat: int, **values: Any) -> None: ...

    async def chats_behind(self) -> Sequence[Chat]: ...

    async def chats_in_queue(self) -> Sequence[Chat]: ...

    async def remark(self, conversation: str, by: str, text: str, at: dt.datetime) -> None: ...

    async def offer_link(self, token: str, conversation: str, at: dt.datetime, ends_at: dt.datetime) -> None: ...

    async def follow_link(self, token: str, chat: int, channel: str, at: dt.datetime) -> str: ...

    async def post(self, parcels: Sequence[Parcel], at: dt.datetime) -> None: ...

    async def post_lines(self, chat: Chat, parcels: Sequence[Parcel], at: dt.datetime) -> None: ...

    async def chats_with_parcels(self) -> Sequence[int]: ...

    async def next_parcel(self, chat: int) -> Parcel | None: ...

    async def parcel_not_taken(self, number: int) -> None: ...

    async def parcel_sent(self, number: int, message: int | None, at: dt.datetime) -> None: ...

    async def parcel_failed(self, number: int, why: str) -> None: ...

    async def message_of(self, key: str) -> int | None: ...

    async def fate(self, key: str) -> str: ...

    async def withdraw(self, key: str) -> None: ...

    async def key_of(self, chat: int, message: int) -> str: ...

    async def last_posted(self, beginning: str) -> dt.datetime | None: ...

    async def tidy(self, before: dt.datetime) -> None: ...

    async def open_talk(self, conversation: str) -> Talk | None:
        """The talk with a person that has not ended."""

    async def queue(self) -> Sequence[Talk]:
        """Talks that nobody has, in the order in which they are taken."""


class Listener(Protocol):
    """Somebody who wants to know when to look again."""

    async def changed(self, timeout: float) -> Collection[str]:
        """Wait for a change, at most so many seconds; the topics that changed."""


class Live(Protocol):
    """Where changes are told."""

    def listen(self, *topics: str) -> AbstractContextManager[Listener]:
        """Listen until the end of the block."""
