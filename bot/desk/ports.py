"""What the pages of the desk need of the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bot.accounts import Account, Act, Session
from bot.advising import DeskStore
from bot.calling import CallingStore
from bot.figures import PastTalk
from bot.referring import ConcernStore


class AccountStore(Protocol):
    """The people at the desk: how they sign in, and what they have done."""

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

    async def begin_session(
        self, token: str, name: str, at: dt.datetime, ends_at: dt.datetime, *, proven: bool = False, browser: str = ""
    ) -> None:
        """Keep a session by the hash of its token."""

    async def session(self, token: str, at: dt.datetime) -> Session | None:
        """The session of a token; None where it has ended, or never was."""

    async def sessions_of(self, name: str, at: dt.datetime) -> Sequence[Session]:
        """Where somebody is signed in, the latest first."""

    async def prolong_session(self, token: str, ends_at: dt.datetime) -> None:
        """Let a session end later."""

    async def prove_session(self, token: str, ends_at: dt.datetime) -> None:
        """The second step was taken."""

    async def end_session(self, token: str) -> None:
        """Sign somebody out."""

    async def end_sessions(self, name: str, but: str = "") -> None:
        """Sign somebody out everywhere, or everywhere but in the session of one token."""

    async def second_step(self, name: str) -> str | None:
        """What somebody's codes are made from; None without a second step."""

    async def begin_second_step(self, name: str, secret: str, codes: Sequence[str]) -> None:
        """From now on signing in asks for a code; with new recovery codes, hashed."""

    async def end_second_step(self, name: str) -> None:
        """Take the second step off, with its recovery codes."""

    async def use_code(self, name: str, step: int) -> bool:
        """Take the code of a step of time; False where it, or a later one, was taken before."""

    async def recovery_code(self, name: str, place: int) -> str | None:
        """The hash of a recovery code that was not used."""

    async def recovery_codes_left(self, name: str) -> int:
        """How many of them were not used."""

    async def use_recovery_code(self, name: str, hashed: str) -> bool:
        """Take a recovery code; False where somebody was quicker."""

    async def renew_recovery_codes(self, name: str, codes: Sequence[str]) -> None:
        """New ones, hashed; the old ones are worth nothing any more."""

    async def count_try(self, mark: str, at: dt.datetime, limits: Sequence[tuple[int, dt.timedelta]]) -> bool:
        """Count a try under a mark; False where there were so many of them within so long already."""

    async def clear_tries(self, mark: str) -> None:
        """Forget the tries under a mark."""

    async def add_act(self, by: str, what: str, about: str, session: str, at: dt.datetime) -> None:
        """Add a line to the log of acts."""

    async def acts(
        self,
        by: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        *,
        most: int = 100,
        skip: int = 0,
    ) -> Sequence[Act]:
        """The latest lines first: of one person, of a time, from a place in the list on."""

    async def who_acted(self) -> Sequence[str]:
        """Everybody of whom there are lines."""


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


class Store(AccountStore, DeskStore, BoardStore, CallingStore, ConcernStore, Protocol):
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
