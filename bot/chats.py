"""Chats of a messenger: which conversation each has, and what is on its way to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chat:
    """One parent's chat. A chat has one conversation at a time."""

    id: int
    conversation: str = ""
    """empty before the first message, and after everything was deleted"""
    line: int = 0
    """the last line of the conversation that was handed to the outbox"""
    blocked: bool = False
    """whether the parent has blocked the bot, or is gone"""
    quiet: bool = False
    """whether the parent wants nothing sent until they write again"""
    place: int = 0
    """the line that shows the parent's place in the queue; 0 where none does"""


@dataclass(frozen=True)
class Parcel:
    """One message on its way to a chat. The same `key` is never taken twice."""

    key: str
    chat: int
    payload: Mapping[str, Any]
    """what is sent; forgotten as soon as it has arrived"""
    conversation: str = ""
    line: int = 0
    """the line of an adviser's that it holds, or a part of; 0 where it is none"""
    number: int = 0
    """its place in the outbox; 0 before it is there"""
    attempts: int = 0
    doubtful: bool = False
    """whether an earlier attempt may have arrived"""
