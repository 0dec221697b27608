"""The second step of signing in: a code from a telephone, or a recovery code from a sheet of paper."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable, Sequence

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.desk.ports import AccountStore
from bot.sealing import Keys, NotOpened

#: A code holds for so many seconds (RFC 6238); one that is a step early or late is taken too, for clocks that differ.
STEP_SECONDS = 30
DRIFT = 1
#: So many recovery codes, of so many letters: 60 bits, in letters that are not taken for each other.
RECOVERY_CODES = 10
_LETTERS, _LENGTH, _GROUP = "abcdefghjkmnpqrstuvwxyz23456789", 12, 4
#: Each begins with the letter of its place, so that one look is enough.
_PLACES = _LETTERS[:RECOVERY_CODES]


class SecondStep:
    """Makes codes known, and takes each once. Codes are made by the true time, whatever the helpline's clock says."""

    def __init__(self, store: AccountStore, keys: Keys, seconds: Callable[[], float] = time.time) -> None:
        self._store = store
        self._keys = keys
        self._seconds = seconds
        # What is drawn by chance and this long needs no slow hash.
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)

    def offered(self, name: str) -> str:
        """A new secret for somebody, sealed: it goes to their page and back until they have shown a first code."""
        return self._keys.seal(pyotp.random_base32(), _offered_to(name))

    def secret_offered(self, name: str, offer: str) -> str | None:
        """The secret of an offer; None where it was not made to this person."""
        try:
            return self._keys.open(offer, _offered_to(name))
        except NotOpened:
            return None

    async def begin(self, name: str, offer: str, code: str) -> Sequence[str] | None:
        """Take the offer, and give recovery codes, once; None where the code does not fit."""
        secret = self.secret_offered(name, offer)
        step = self._step(secret, code) if secret else None
        if secret is None or step is None:
            return None
        codes, hashed = await asyncio.to_thread(self._new_codes)
        await self._store.begin_second_step(name, secret, hashed)
        await self._store.use_code(name, step)
        return codes

    async def renew_codes(self, name: str) -> Sequence[str]:
        """New recovery codes instead of the old ones."""
        codes, hashed = await asyncio.to_thread(self._new_codes)
        await self._store.renew_recovery_codes(name, hashed)
        return codes

    async def fits(self, name: str, code: str) -> bool:
        """Whether a code is right and was not used before; it is used now."""
        secret = await self._store.second_step(name)
        step = self._step(secret, code) if secret else None
        if step is not None:
            return await self._store.use_code(name, step)
        return await self._is_recovery_code(name, code)

    def _step(self, secret: str, code: str) -> int | None:
        """The step of time to which a code belongs, now or one beside it."""
        now = int(self._seconds() // STEP_SECONDS)
        written = code.replace(" ", "").encode()
        made = pyotp.TOTP(secret)
        steps = range(now - DRIFT, now + DRIFT + 1)
        return next((at for at in steps if hmac.compare_digest(made.at(at * STEP_SECONDS).encode(), written)), None)

    async def _is_recovery_code(self, name: str, code: str) -> bool:
        letters = "".join(letter for letter in code.casefold() if letter in _LETTERS)
        if len(letters) != _LENGTH + 1 or letters[0] not in _PLACES:
            return False
        stored = await self._store.recovery_code(name, _PLACES.index(letters[0]))
        if stored is None or not await asyncio.to_thread(self._verified, stored, letters[1:]):
            return False
        return await self._store.use_recovery_code(name, stored)

    def _verified(self, stored: str, letters: str) -> bool:
        try:
            return self._hasher.verify(stored, letters)
        except (VerificationError, InvalidHashError):
            return False

    def _new_codes(self) -> tuple[Sequence[str], Sequence[str]]:
        """Codes as people read them, and their hashes."""
        drawn = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
        groups = [[letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)] for letters in drawn]
        codes = ["-".join([place, *parts]) for place, parts in zip(_PLACES, groups)]
        return codes, [self._hasher.hash(letters) for letters in drawn]


def _offered_to(name: str) -> str:
    return f"second step offered to {name}"


def address(secret: str, name: str, service: str) -> str:
    """The address by which an app for codes takes a secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=service)


def picture(text: str) -> str:
    """A QR code as SVG to stand in a page: dark on light for every camera, and no style that our policy forbids."""
    return str(segno.make(text, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True))
