"""Phone numbers of the United Kingdom, as parents write and say them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import (
    Leniency,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    PhoneNumberType,
    format_number,
    is_possible_number,
    is_valid_number,
    number_type,
    parse,
)
from phonenumbers.phonenumberutil import NumberParseException

_UNITED_KINGDOM = 44
#: Ringing these costs us, or reaches nobody's home.
_PREMIUM = (
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
)
#: Ringing these reaches an organisation.
_PUBLIC = (PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN, *_PREMIUM)
#: Numbers that belong to nobody: Ofcom keeps them for drama, and demonstrations use them.
_DRAMA = re.compile(r"\+44(?:7700900|1632960)\d{3}")
_DIGITS = {
    digit: str(number)
    for number, names in enumerate(
        ("zero oh o nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for digit in names.split()
}
_SPOKEN = re.compile(rf"\b(?:(?P<times>double|triple|treble) )?(?P<digit>{'|'.join(_DIGITS)}|\d)\b")
_NUMBER = re.compile(r"(?:\+|\b00)?[\d(][\d\s().-]{4,}\d")
_OWN = r"(?:my|our|his|her|their|best|contact|new|home|work|phone|mobile|telephone|cell|whatsapp|\w+['’]s)"
#: What is meant for a phone number: announced as one, a mobile number even with a digit lost, or spelt out.
_MEANT = re.compile(
    r"\b(?:(?:ring|call|text|phone|whatsapp|message) (?:me|us)(?: on)?"
    rf"|(?:{_OWN} (?:number|num|no)|mobile|phone|tel|telephone|cell|whatsapp)\b\.?)(?: is|:| -)?"
    r" (?P<told>(?!0[38])[\d+(][\d\s().-]{6,}\d)"
    r"|(?<![\w£/.-])(?P<mobile>(?:0|44[ -]?)7(?:[ -]?\d){8,9})\b"
    rf"|\b(?P<spelt>(?:(?:(?:double|triple|treble) )?(?:{'|'.join(_DIGITS)})\b[ ,-]*){{9,}})",
    re.IGNORECASE,
)
#: What stands before a number that is rung by nobody.
_REFERENCE = re.compile(
    r"\b(?:reference|ref|case|letter|order|claim|appeal|account|invoice|receipt|complaint|course|form)"
    r"(?: (?:number|num|no)\b)?\W{0,2}(?: is| was)?\W{0,2}$",
    re.IGNORECASE,
)
_LONGEST_REFERENCE = 30
#: With fewer digits, nobody meant it for a number.
_FEWEST_DIGITS = 4


class BadNumber(ValueError):
    """It is no number that we can ring; the message says why: `missing`, `wrong`, `foreign` or `premium`."""


def read_number(text: str) -> str:
    """The number in a text, as `+44…`. Raises `BadNumber`."""
    found = find_number(text)
    if found is None:
        digits = sum(character.isdigit() for character in _in_digits(text))
        raise BadNumber("wrong" if digits >= _FEWEST_DIGITS else "missing")
    try:
        number = parse(found, "GB")
    except NumberParseException:
        raise BadNumber("wrong") from None
    return _checked(number)


def find_number(text: str) -> str | None:
    """What looks like a phone number in a text, in digits."""
    match = _NUMBER.search(_in_digits(text))
    return match[0] if match else None


def private_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where in a text phone numbers of people stand, of any country; those of services and short ones are left out."""
    for start, end in _numbers(text):
        if not _REFERENCE.search(text[max(0, start - _LONGEST_REFERENCE) : start]):
            yield start, end


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span(match.lastgroup or 0) for match in _MEANT.finditer(text))
    if not any(map(str.isdigit, text)):
        return
    for match in PhoneNumberMatcher(text, "GB", leniency=Leniency.POSSIBLE):
        if text[match.start] not in "0+(":
            # A reference, not a number that was written to be rung.
            continue
        number, written = match.number, format_number(match.number, PhoneNumberFormat.E164)
        if _DRAMA.fullmatch(written) or (is_valid_number(number) and number_type(number) not in _PUBLIC):
            yield match.start, match.end


def as_written(phone: str) -> str:
    """A number as people write it here: 07700 900123."""
    return format_number(parse(phone, "GB"), PhoneNumberFormat.NATIONAL)


def _checked(number: PhoneNumber) -> str:
    if number.country_code != _UNITED_KINGDOM:
        raise BadNumber("foreign")
    written = format_number(number, PhoneNumberFormat.E164)
    if _DRAMA.fullmatch(written):
        return written
    if not (is_possible_number(number) and is_valid_number(number)):
        raise BadNumber("wrong")
    if number_type(number) in _PREMIUM:
        raise BadNumber("premium")
    return written


def _in_digits(text: str) -> str:
    """A number that is spelt out, in digits: oh seven double seven."""

    def digits(match: re.Match[str]) -> str:
        times = {"double": 2, "triple": 3, "treble": 3}.get(match["times"] or "", 1)
        return _DIGITS.get(match["digit"], match["digit"]) * times

    return _SPOKEN.sub(digits, text.lower())
