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


class AccountError(Exception):
    """What was asked of an account cannot be done."""


class NameTaken(AccountError):
    """There is an account with this name."""


class UnknownAccount(AccountError):
    """There is no account with this name."""


class HasTalks(AccountError):
    """The adviser holds talks that have not ended."""
