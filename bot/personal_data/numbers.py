"""Numbers, codes and addresses that point at one person in the United Kingdom, their check digits checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.personal_data.births import Births
from bot.personal_data.presidio import LocalRecognizer, NlpArtifacts, Pattern, PatternRecognizer, RecognizerResult
from bot.phone import private_numbers

#: The letters of a UPN: their places are their values. Department for Education, UPN guide, "check letter".
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN_DIGITS = 12

_FIGURE = re.compile(r"\d")
_AT = re.compile(r"@|\bat\b")
_LINK = r"\W{0,3}(?:(?:is|was|on|the|number|num|no)\b\W{0,3}){0,2}"
#: The areas of postcodes. Royal Mail, Postcode Address File.
_AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY|"
    "G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|"
    "NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|"
    "WD|WF|WN|WR|WS|WV|YO|ZE"
)
#: People group the digits as they like.
_GAP = "[ .-]?"
_DIGIT = rf"(?:{_GAP}\d)"
_PAIRS = rf"(?:{_GAP}\d\d){{3}}"
_DOT = r"(?:\.| ?[\[(]dot[\])] ?| dot )"
_MAILBOXES = "gmail|googlemail|hotmail|outlook|yahoo|icloud|live|msn|aol|btinternet|sky|talktalk|virginmedia"
_MAILBOX = rf"(?<![\w.+-])[\w.+'-]+(?:{_DOT}[\w+'-]+){{0,3}}"
_ENDS = r"(?:com|uk|net|org|info|eu|ie|me|pl|ro|de|fr)\b"
_NUMBER_BEFORE = r"(?<!\b(?:year|yr|section|class|part|stage|form|room|code|unit|grade|week|day|term) )"
#: "12 May", "at 5 in a house"
_NO_STREET = (
    "jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|june|july|august|september|october|"
    "november|december|[a-z]+day|in|on|of|and|or|with|for|to|pounds|minutes|miles"
)
_HOUSE = (
    r"\b(?:(?:flat|apartment|apt)\.? \d+[a-z]?,? )?"
    rf"(?!(?:19|20)\d\d\b)\d{{1,4}}[a-z]?,? (?!(?:{_NO_STREET})\b)"
)
_STREET = (
    "street|st|road|rd|avenue|ave|lane|ln|close|drive|crescent|gardens?|grove|terrace|place|court|way|walk|row|rise|hill|"
    "mews|square|park|view|green|mount|parade|villas|cottages|croft|meadows?|fields?|gate|vale|bank|house|lodge"
)
_LIVES = r"\b(?:(?:live|lives|lived|living|stay|stays|staying) at|address(?: is|:| -)|mov(?:ed|ing) to)"


def upn_fits(upn: str) -> bool:
    """Whether the first letter of a unique pupil number is the one that the rest of it asks for."""
    upn = re.sub(_GAP, "", upn).upper()
    values = [int(sign) if sign.isdigit() else _UPN_LETTERS.find(sign) for sign in upn[1:]]
    if len(values) != _UPN_DIGITS or -1 in values:
        return False
    return _UPN_LETTERS[sum(place * value for place, value in enumerate(values, start=2)) % 23] == upn[0]


def nhs_number_fits(number: str) -> bool:
    """Whether the last digit of an NHS number is the one that the others ask for.

    NHS Data Dictionary, "NHS Number": weights from 10 down to 2, modulus 11; a remainder that asks for 10 is no number.
    """
    digits = [int(sign) for sign in number if sign.isdigit()]
    return len(digits) == 10 and sum(digit * weight for digit, weight in zip(digits, range(10, 0, -1))) % 11 == 0


def _is_capital(address: str) -> bool:
    """Whether its last word has a capital letter: "14 Acacia Avenue", not "3 Leeds close"."""
    return address.rpartition(" ")[2][0].isupper()


class Code(PatternRecognizer):
    """What has a form by which it is known, and perhaps a check digit."""

    def __init__(self, kind: str, pattern: str, fits: Callable[[str], bool] | None = None) -> None:
        self._fits = fits
        self._sign = _AT if kind == "email" else _FIGURE
        super().__init__(supported_entity=kind, patterns=[Pattern(kind, pattern, 1.0)])

    def analyze(self, text: str, *rest: Any, **more: Any) -> list[RecognizerResult]:
        # Most messages have nothing in them that could begin one.
        return super().analyze(text, *rest, **more) if self._sign.search(text) else []

    def validate_result(self, pattern_text: str) -> bool | None:
        return None if self._fits is None else self._fits(pattern_text)


class Phone(LocalRecognizer):
    """Phone numbers of people; those of services, which are free to ring, are nobody's own."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["phone"])

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        return [RecognizerResult("phone", start, end, 0.95) for start, end in private_numbers(text)]


def recognizers() -> list[LocalRecognizer]:
    """A recogniser for each. What fails its check counts where the parent says what it is: it is mistyped."""
    return [
        Code("upn", rf"\b[A-HJ-NP-RT-Z]{_DIGIT}{{11}}{_GAP}[\dA-HJ-NP-RT-Z]\b", upn_fits),
        Code("upn", rf"(?<=\b(?:upn|unique pupil number)\b{_LINK})[A-Z]{_DIGIT}{{10,12}}[A-Z\d]?\b"),
        Code("nhs", rf"(?<![\d£])\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{4}}\b", nhs_number_fits),
        Code("nhs", rf"(?<=\bNHS\b{_LINK})\d{_DIGIT}{{8,9}}\b"),
        Code("ni", rf"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]{_PAIRS}{_GAP}[A-D]\b"),
        Code("ni", rf"(?<=\b(?:NI|NINO|national insurance)\b{_LINK})[A-Z]{{2}}{_PAIRS}{_GAP}[A-Z]?\b"),
        Code("email", rf"{_MAILBOX}@[\w-]+(?:{_DOT}[\w-]+)+"),
        Code("email", rf"{_MAILBOX}(?: ?@ ?| ?[\[(]at[\])] ?)[\w-]+(?:{_DOT}[\w-]+){{0,2}}{_DOT}{_ENDS}"),
        Code("email", rf"{_MAILBOX} at (?:{_MAILBOXES}){_DOT}(?:com|co(?:{_DOT}| )uk|net)\b"),
        Code(
            "postcode",
            rf"\b(?:(?:{_AREAS})\d[A-Z\d]?[ -]{{0,2}}\d(?!(?-i:st|nd|rd|th)\b)[ABD-HJLNP-UW-Z]{{2}}|GIR ?0AA)\b",
        ),
        Code("address", rf"{_NUMBER_BEFORE}{_HOUSE}(?-i:(?:[A-Z][\w'’.-]* ){{1,3}})(?:{_STREET})\b", _is_capital),
        Code("address", rf"(?<={_LIVES} ){_HOUSE}(?:[^\W\d][\w'’-]* ){{1,3}}?(?:{_STREET})\b"),
        Births(),
        Phone(),
    ]
