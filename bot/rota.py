"""Who is on call, in the order in which they are told."""

from __future__ import annotations

import re
from dataclasses import dataclass

EMAIL, TELEGRAM = "email", "telegram"

#: A name is written into the log of a talk, where there is room for so many characters.
LONGEST_NAME = 40
_PERSON = re.compile(r"(?P<name>[^<>,]+?)\s*<(?:(?P<chat>telegram:-?[1-9]\d{0,17})|(?P<email>[^\s<>,@]+@[^\s<>,@]+))>")


@dataclass(frozen=True)
class Person:
    """Somebody on call."""

    name: str
    way: str
    """`EMAIL` or `TELEGRAM`"""
    address: str
    """an e-mail address, or the number of a chat"""


def read(text: str) -> tuple[Person, ...]:
    """People from `Sue Green <sue@charity.example>, Group <telegram:-1001234567890>`; none from an empty text.

    Raises `ValueError`, whose message says what is wrong.
    """
    people = [_person(entry.strip()) for entry in text.split(",") if entry.strip()]
    names = [person.name for person in people]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"names {twice!r} twice; call one of them something else")
    return tuple(people)


def _person(entry: str) -> Person:
    found = _PERSON.fullmatch(entry)
    if found is None or not found["name"].isprintable() or len(found["name"]) > LONGEST_NAME:
        raise ValueError(f"must be like 'Sue <sue@charity.example>, Group <telegram:-1001234567890>', not {entry!r}")
    if found["email"]:
        return Person(found["name"], EMAIL, found["email"])
    return Person(found["name"], TELEGRAM, found["chat"].removeprefix("telegram:"))
