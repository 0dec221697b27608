"""The keys with which words are sealed before they are kept, and what we hand out is signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from itertools import pairwise

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: AES-256 takes so many bytes.
KEY_BYTES = 32
#: As NIST SP 800-38D recommends it; drawn at random, it serves for four thousand million cells under one key.
_NONCE_BYTES = 12
#: Of 32 random bytes, and of the steps between them, fewer differ in one key of 10^13.
_LEAST_DIFFERENT = 16


class WeakKey(Exception):
    """A key that cannot protect anything; the message says why, and never what it is."""


class NotOpened(Exception):
    """What is kept cannot be opened: its key is not there, or it was changed or moved since it was sealed."""


class Keys:
    """Keys by their ids, the one that seals first. A sealed text is `<id of the key>.<nonce, text and tag>`."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Takes keys as `new_key` writes them, at least one. Raises `WeakKey`."""
        raw = [_read(key) for key in keys]
        if not raw:
            raise WeakKey("there is none")
        self._keys = {_id(key): AESGCM(key) for key in raw}
        # Never one key for two ends: what signs is derived from what seals.
        self._signing = [hmac.digest(key, b"helpline signature", "sha256") for key in raw]
        self.newest = _id(raw[0])

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._keys)

    def seal(self, text: str, place: str) -> str:
        """Seal a text for one place, such as a column: it cannot be opened as if it came from another."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._keys[self.newest].encrypt(nonce, text.encode(), place.encode())
        return f"{self.newest}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """What was sealed for this place. Raises `NotOpened`."""
        name, _, rest = sealed.partition(".")
        if name not in self._keys:
            raise NotOpened(f"{place}: no key has the id {name[:8]!r}")
        try:
            raw = base64.urlsafe_b64decode(rest)
            return self._keys[name].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise NotOpened(f"{place}: changed since it was sealed") from None

    def sign(self, value: str, purpose: str) -> str:
        """A value to hand out, such as in a cookie, with its signature for one purpose: `value.signature`."""
        return f"{value}.{self.mark(value, purpose)}"

    def signed(self, token: str, purpose: str) -> str | None:
        """The value, if one of the keys has signed it for this purpose."""
        value, _, signature = token.rpartition(".")
        # Compared as bytes: a cookie may hold any letters.
        marks = [_mark(key, value, purpose) for key in self._signing]
        fits = [hmac.compare_digest(signature.encode("utf-8", "replace"), mark.encode()) for mark in marks]
        return value if any(fits) else None

    def mark(self, value: str, purpose: str) -> str:
        """By which a value is known again, and cannot be guessed from: 32 hexadecimal digits, by the newest key."""
        return _mark(self._signing[0], value, purpose)


def new_key() -> str:
    """A random key, as the settings take it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _read(key: str) -> bytes:
    try:
        raw = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise WeakKey("it is not written as base64") from None
    if len(raw) != KEY_BYTES:
        raise WeakKey(f"it has {len(raw)} bytes and must have {KEY_BYTES}")
    steps = {(after - before) % 256 for before, after in pairwise(raw)}
    # Typed words, repeated or counted-up bytes: nobody draws such a key at random.
    if raw.isascii() or min(len(set(raw)), len(steps)) < _LEAST_DIFFERENT:
        raise WeakKey("it is not random")
    return raw


def _mark(key: bytes, value: str, purpose: str) -> str:
    # The purpose has a length of its own, so that none of it is taken for the value.
    whole = hmac.digest(hmac.digest(key, purpose.encode(), "sha256"), value.encode("utf-8", "replace"), "sha256")
    return whole.hex()[:32]


def _id(key: bytes) -> str:
    return hashlib.sha256(b"helpline key " + key).hexdigest()[:8]
