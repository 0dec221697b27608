"""The number by which a parent and the helpline can speak of a chat."""

from __future__ import annotations

import hashlib


def reference(conversation: str) -> str:
    """Nine digits for the id of a conversation, as they are read out: 123 456 789.

    They say nothing of the id, and open nothing: a supervisor finds the chat by them, and nobody else has a use for
    them. Without a key, so that they stay the same when the keys are changed.
    """
    digits = f"{int(hashlib.sha256(f'reference {conversation}'.encode()).hexdigest(), 16) % 10**9:09}"
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def digits_of(reference: str) -> str:
    """What of it tells one from another, however it was written down."""
    return "".join(letter for letter in reference if letter in "0123456789")
