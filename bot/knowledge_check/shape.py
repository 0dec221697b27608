"""The shapes that entries of `knowledge/` can have."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What an entry must be, and what to tell the editor when it is not."""

    fits: Callable[[Any], bool]
    remedy: str
    required: bool = True
    each: Rule | None = None
    """the rule for every item of a list, or every value of a mapping"""
    keys: Mapping[str, Rule] | None = None
    """the rules for the keys of a mapping; no other key is allowed"""


def text() -> Rule:
    return Rule(lambda value: isinstance(value, str) and value.strip() != "", "Write a text in double quotes.")


def text_like(pattern: str, remedy: str) -> Rule:
    """A text that the whole of a pattern fits."""
    return Rule(lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None, remedy)


def address() -> Rule:
    return text_like(r"https://\S+", "Write the full address, beginning with https://.")


def day() -> Rule:
    return Rule(lambda value: type(value) is dt.date, "Write a day like 2026-11-21, without quotes.")


def yes_or_no() -> Rule:
    return Rule(lambda value: isinstance(value, bool), "Write true or false.")


def share() -> Rule:
    """A probability."""
    return Rule(
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1,
        "Write a number from 0 to 1.",
    )


def whole(low: int, high: int) -> Rule:
    return Rule(
        lambda value: type(value) is int and low <= value <= high, f"Write a whole number from {low} to {high}."
    )


def one_of(choices: Iterable[str]) -> Rule:
    known = tuple(choices)
    return Rule(lambda value: value in known, f"Write one of: {', '.join(known)}.")


def list_of(rule: Rule) -> Rule:
    return Rule(
        lambda value: isinstance(value, list) and value != [], "Write a list with one entry or more.", each=rule
    )


def mapping_of(rule: Rule) -> Rule:
    """A mapping whose keys are not fixed."""
    return Rule(lambda value: isinstance(value, dict), "Write lines of 'key: value'.", each=rule)


def record(**keys: Rule) -> Rule:
    """A mapping whose keys are fixed."""
    return Rule(lambda value: isinstance(value, dict), f"Write the keys: {', '.join(keys)}.", keys=keys)


def optional(rule: Rule) -> Rule:
    return replace(rule, required=False)
