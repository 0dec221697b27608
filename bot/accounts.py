"""The people at the desk, as their accounts describe them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum


class Role(str, Enum):
    """What somebody does here."""

    ADVISER = "adviser"
    """talks with parents"""
    SUPERVISOR = "supervisor"
    """an adviser who sees the whole desk, may pick from the queue and may switch things off"""
    EDITOR = "editor"
    """looks after the answers; reads no talks"""


#: As the log of acts calls whoever gives a command.
COMMAND = "command line"
#: Those who sign in in two steps, with a code beside the password, whether they like it or not.
TWO_STEPS_NEEDED = (Role.SUPERVISOR,)


@dataclass(frozen=True)
class Account:
    """One person at the desk."""

    name: str
    """what they sign in with, and what parents read"""
    role: Role
    available: bool = False
    """False: away, and takes nobody new"""
    most_talks: int = 3
    """open talks at a time"""
    seen_at: dt.datetime | None = None
    """when a page of the desk was last open with them"""
    two_steps: bool = False
    """whether signing in asks for a code too"""


@dataclass(frozen=True)
class Session:
    """One browser in which somebody has given their password."""

    token: str
    """the hash by which it is stored"""
    account: Account
    began_at: dt.datetime
    ends_at: dt.datetime
    proven: bool = False
    """whether the second step was taken too"""
    browser: str = ""
    """what it is, roughly, so that its owner knows it again"""

    @property
    def id(self) -> str:
        """What it is called in the log and in lists; nobody can sign in with it."""
        return self.token[:12]

    @property
    def wants_code(self) -> bool:
        """Whether the second step is still to be taken."""
        return self.account.two_steps and not self.proven

    @property
    def wants_two_steps(self) -> bool:
        """Whether somebody who needs a second step has none yet."""
        return self.account.role in TWO_STEPS_NEEDED and not self.account.two_steps

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do before the desk is open."""
        return not (self.wants_code or self.wants_two_steps)


@dataclass(frozen=True)
class Act:
    """One line of the log of what was done at the desk. It holds no words of anybody's."""

    number: int
    at: dt.datetime
    by: str
    """who; empty for somebody who has not signed in"""
    what: str
    """as the address of the desk has it: `talks/say`"""
    about: str
    """the number or the name of what it was done to"""
    session: str
    """the `id` of the session"""


class AccountError(Exception):
    """What was asked of an account cannot be done."""


class NameTaken(AccountError):
    """There is an account with this name."""


class UnknownAccount(AccountError):
    """There is no account with this name."""


class HasTalks(AccountError):
    """The adviser holds talks that have not ended."""
