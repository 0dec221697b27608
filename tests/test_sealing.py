"""What is sealed can be opened with its key, in its place, unchanged; a key that protects nothing is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sealing import Keys, NotOpened, WeakKey, new_key

OLD, NEW = new_key(), new_key()


@given(st.text(max_size=200))
def test_what_a_parent_wrote_is_read_again_and_cannot_be_seen(text: str) -> None:
    keys = Keys([OLD])
    sealed = keys.seal(text, "messages.text")
    assert keys.open(sealed, "messages.text") == text
    assert len(text) < 4 or text not in sealed


def test_the_same_sentence_never_looks_the_same() -> None:
    keys = Keys([OLD])
    assert keys.seal("he hit me", "messages.text") != keys.seal("he hit me", "messages.text")


def test_a_key_that_was_replaced_still_opens_and_the_newest_seals() -> None:
    sealed = Keys([OLD]).seal("before", "messages.text")
    both = Keys([NEW, OLD])
    assert both.open(sealed, "messages.text") == "before"
    assert Keys([NEW]).open(both.seal("after", "messages.text"), "messages.text") == "after"


def test_without_its_key_in_another_column_or_changed_it_stays_shut() -> None:
    keys = Keys([OLD])
    sealed = keys.seal("he hit me", "events.why")
    name, _, rest = sealed.partition(".")
    raw = bytearray(base64.urlsafe_b64decode(rest))
    raw[-1] ^= 1
    changed = f"{name}.{base64.urlsafe_b64encode(bytes(raw)).decode()}"
    for keyring, kept, place in (
        (Keys([NEW]), sealed, "events.why"),
        (keys, sealed, "messages.text"),
        (keys, changed, "events.why"),
        (keys, f"{name}.", "events.why"),
        (keys, f"{name}.not base64 é", "events.why"),
        (keys, "plain words", "events.why"),
    ):
        with pytest.raises(NotOpened) as refusal:
            keyring.open(kept, place)
        assert "he hit" not in str(refusal.value)
        assert "plain words" not in str(refusal.value)


def test_a_thousand_keys_made_here_are_all_good() -> None:
    assert len(Keys([new_key() for _ in range(1000)]).ids) == 1000


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"too short",
        bytes(32),
        b"0123456789abcdef" * 2,
        b"correct horse battery staple, 32",
        bytes(range(200, 232)),
        bytes([129, 7, 250, 3] * 8),
        bytes(range(128, 161)),
    ],
)
def test_a_weak_key_is_refused_and_not_repeated(raw: bytes) -> None:
    key = base64.urlsafe_b64encode(raw).decode()
    with pytest.raises(WeakKey) as refusal:
        Keys([key])
    assert not key or key not in str(refusal.value)


@pytest.mark.parametrize(
    "key",
    ["secret", "not base64 at all, but long enough to be", OLD[:-1], f"{OLD}!"],
    ids=["a word", "a sentence", "cut", "longer"],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(WeakKey):
        Keys([NEW, key])


def test_none_is_not_enough() -> None:
    with pytest.raises(WeakKey):
        Keys([])


# -- signatures ------------------------------------------------------------------------------------------------------


def test_what_we_have_signed_is_known_again_also_after_the_key_was_changed():
    old, new = new_key(), new_key()
    token = Keys([old]).sign("value.with.dots", "cookie")
    assert Keys([old]).signed(token, "cookie") == "value.with.dots"
    assert Keys([new, old]).signed(token, "cookie") == "value.with.dots"
    assert Keys([new]).signed(token, "cookie") is None


@pytest.mark.parametrize(
    "token", ["", "value", "value.", "value." + "0" * 32, ".", "é.é", "\0", "\ud800.x", "x" * 99_999]
)
def test_what_we_have_not_signed_is_nobodys(token):
    assert Keys([new_key()]).signed(token, "cookie") is None


def test_a_signature_is_for_one_purpose_and_one_value():
    keys = Keys([new_key()])
    token = keys.sign("value", "cookie")
    assert keys.signed(token, "another") is None
    assert keys.signed(f"other{token}", "cookie") is None
    assert keys.mark("value", "cookie") == token.removeprefix("value.")
    assert keys.mark("value", "another") != keys.mark("value", "cookie")
