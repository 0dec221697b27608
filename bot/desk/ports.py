"""What the pages of the desk need of the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bot.accounts import Account
from bot.advising import DeskStore
from bot.calling import CallingStore
from bot.figures import PastTalk


class AccountStore(Protocol):
    """The people at the desk, and their sessions."""

    async def accounts(self) -> Sequence[Account]:
        """All of them, by name."""

    async def password_of(self, name: str) -> str | None:
        """The hash of a password; None where there is no such account."""

    async def change_password(self, name: str, password: str) -> None:
        """Keep another hash. Raises `UnknownAccount`."""

    async def available(self, name: str, here: bool) -> None:
        """Whether they take parents from the queue."""

    async def seen(self, name: str, at: dt.datetime) -> None:
        """A page of the desk is open with them."""

    async def begin_session(self, token: str, name: str, at: dt.datetime, ends_at: dt.datetime) -> None:
        """Keep a session by the hash of its token."""

    async def session(self, token: str, at: dt.datetime) -> tuple[Account, dt.datetime] | None:
        """Whose session it is and when it ends; None where it has ended, or never was."""

    async def prolong_session(self, token: str, ends_at: dt.datetime) -> None:
        """Let a session end later."""

    async def end_session(self, token: str) -> None:
        """Sign somebody out."""


class BoardStore(Protocol):
    """What the board counts."""

    async def past_talks(self, since: dt.datetime) -> Sequence[PastTalk]:
        """The handovers since then, the oldest first."""

    async def conversations_begun(self, since: dt.datetime) -> Sequence[tuple[dt.datetime, str]]:
        """When conversations began since then, and on which channel."""

    async def calls_due(self, until: dt.datetime) -> Sequence[dt.datetime]:
        """When the booked calls begin that nobody has made yet, up to this moment."""


class Assistant(Protocol):
    """The assistant, as the board sees it."""

    async def ready(self) -> bool:
        """Whether it would answer now."""


class Store(AccountStore, DeskStore, BoardStore, CallingStore, Protocol):
    """The store, as the pages see it."""

    async def switched_off(self) -> Mapping[tuple[str, str], str]:
        """What is off, (channel, `bot` or `desk`), each with the reason that parents read."""


class Listener(Protocol):
    """Somebody who wants to know when to look again."""

    async def changed(self, timeout: float) -> Collection[str]:
        """Wait for a change, at most `timeout` seconds; the topics that changed."""


class Live(Protocol):
    """Those who listen."""

    def tell(self, *topics: str) -> None:
        """Something has changed in these."""

    def listen(self, *topics: str) -> AbstractContextManager[Listener]:
        """Listen until the end of the block."""
