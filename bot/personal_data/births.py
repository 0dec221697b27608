"""Dates of birth: dates beside words that say so, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.personal_data.presidio import LocalRecognizer, NlpArtifacts, RecognizerResult

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
_TO_NINTH = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_NINETEEN = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_DAY = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|(?:{_TO_NINTH})\b|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth"
    rf"|twentieth|thirtieth|twenty[ -](?:{_TO_NINTH})|thirty[ -]first)"
)
_YEAR = (
    rf"(?:(?:19|20)\d\d|['’]?\d\d|two thousand(?: and)? (?:\w+teen|\w+)|twenty (?:{_NINETEEN}|twenty(?:[ -]\w+)?))\b"
)
_BETWEEN = r"[ ,./-]{0,2}"
_DATE = (
    rf"(?:\d{{1,2}}(?P<sign> ?[/.\-–] ?| )\d{{1,2}}(?P=sign){_YEAR}|(?:19|20)\d\d[-/.]\d{{1,2}}[-/.]\d{{1,2}}"
    rf"|{_DAY}{_BETWEEN}(?:of )?{_MONTH}{_BETWEEN}{_YEAR}|{_MONTH}{_BETWEEN}(?:the )?{_DAY}{_BETWEEN}{_YEAR})\b"
)
#: Without signs between them, figures are a date only where a date of birth is announced.
_FIGURES = r"(?:(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:(?:19|20)\d\d|\d\d)|(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d)\b"
_BIRTH = r"\b(?:born|d\.?o\.?b\.?|d o b|dates? of birth|birth ?date|birth ?day|b['’-]?day)(?!\w)"
_SIGNS = r"[^\w.!?\n]{0,3}"
_WHOSE = r"(?:(?:for|of|in|at) )(?:[^\W\d]+(?:['’]\w+)?\W){1,3}?"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
#: "dob is", "dob for my son:", "born in Leeds on Thursday the"
_LINK = (
    rf"{_SIGNS}(?:{_WHOSE}{_SIGNS})?"
    rf"(?:(?:(?<=born )[^\W\d]+ on|is|was|on|the|number|num|no|{_WEEKDAY})\b{_SIGNS}){{0,4}}"
)
_CUE = re.compile(_BIRTH, re.IGNORECASE)
_ANNOUNCED = re.compile(rf"{_BIRTH}{_LINK}(?P<date>{_DATE}|{_FIGURES})", re.IGNORECASE)
_OWNER = r"(?:(?:his|her|their|our|my|the|when|s?he|they|[^\W\d]+['’]s?|was|were)\W){0,3}"
#: "12/03/2015 is his date of birth", "12/03/2015 (dob)"; "on 12/03/2026, his birthday is next week" says another thing.
_EXPLAINED = re.compile(
    rf"(?<![\w/.-])(?P<date>{_DATE})[^\w.!?\n]{{1,3}}(?:(?:is|was) {_OWNER}{_BIRTH}|{_OWNER}{_BIRTH}(?![ :=-]*\w))",
    re.IGNORECASE,
)


class Births(LocalRecognizer):
    """Finds dates of birth; the date of a meeting is nobody's own."""

    def __init__(self) -> None:
        super().__init__(supported_entities=["birth"])

    def load(self) -> None:
        """There is nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        return [RecognizerResult("birth", start, end, 1.0) for start, end in _found(text)]


def _found(text: str) -> Iterator[tuple[int, int]]:
    if not _CUE.search(text):
        return
    for announced_or_explained in (_ANNOUNCED, _EXPLAINED):
        for match in announced_or_explained.finditer(text):
            yield match.span("date")
