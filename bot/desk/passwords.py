"""Passwords, hashed with argon2."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: A password has at least so many characters; nothing else is asked of it.
SHORTEST = 12
#: Each look at a password takes 64 MiB for some 50 ms: so many at a time, the others wait in line.
AT_A_TIME = 2
#: So long is the line that strangers may stand in; those we know never wait behind more of them.
LONGEST_LINE = 10


class Passwords:
    """Hashes and compares."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turn = asyncio.Semaphore(AT_A_TIME)
        self._in_line = 0

    def hashed(self, password: str) -> str:
        return self._hasher.hash(password)

    async def hashed_aside(self, password: str) -> str:
        """The same, while others are served."""
        async with self._turn:
            return await asyncio.to_thread(self.hashed, password)

    @contextmanager
    def line(self) -> Iterator[int]:
        """Stand in line for as long as the block lasts; how many others stand there already."""
        self._in_line += 1
        try:
            yield self._in_line - 1
        finally:
            self._in_line -= 1

    async def fits(self, password: str, stored: str | None) -> bool:
        """Whether it is the password of this hash; without one it is not, and that takes as long to find out."""
        async with self._turn:
            return await asyncio.to_thread(self._fits, password, stored)

    async def renewed(self, password: str, stored: str) -> str | None:
        """A new hash, where the old one was made with other parameters than we use now."""
        if not self._hasher.check_needs_rehash(stored):
            return None
        return await self.hashed_aside(password)

    def _fits(self, password: str, stored: str | None) -> bool:
        if stored is None:
            self.hashed(password)
            return False
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
