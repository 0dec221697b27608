"""A conversation as a document to keep: who said what, when, and on what it rests."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.conversation import Author, Message
from bot.dates import date_words
from bot.knowledge import Knowledge

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

_FONTS = Path(__file__).parent / "fonts"
_FONT = "DejaVu"
#: Stands for a letter that the font does not have.
MISSING = "□"
#: Of what we wrote: a mark that is quoted, a link, bold, a heading.
_MARK = re.compile(
    r"\\(?P<quoted>[!-/:-@\[-`{-~])|\[(?P<words>[^\]]*)\]\((?P<address>[^)\s]*)\)|\*\*|^#+ +", re.MULTILINE
)
#: What joins or colours the picture before it; by itself there is nothing to see of it.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")


def text(thread: Sequence[Message], knowledge: Knowledge, now: dt.datetime) -> str:
    """The conversation as plain text, the answers' Markdown taken out, the addresses of links kept."""
    lines = [f"{_who(message, knowledge)}, {moment(message.at)}\n{_said(message)}" for message in thread]
    return "\n\n".join([*_heading(thread, knowledge, now), *lines]) + "\n"


def pdf(thread: Sequence[Message], knowledge: Knowledge, now: dt.datetime) -> bytes:
    """The same as PDF. Takes seconds for a long conversation."""
    with _document() as document:
        name, *notes = _heading(thread, knowledge, now)
        document.set_title(_printable(name))
        document.set_lang("en-GB")
        document.set_creation_date(now)
        document.add_page()
        _write(document, name, size=16, bold=True)
        for note in notes:
            _write(document, note, size=9)
        for message in thread:
            document.ln(4)
            _write(document, f"{_who(message, knowledge)}, {moment(message.at)}", size=9, bold=True)
            _write(document, _said(message), size=11)
        return bytes(document.output())


def moment(at: dt.datetime) -> str:
    """A time as people write it: 23 November 2026, 14:05."""
    return f"{date_words(at)}, {at:%H:%M}"


def _heading(thread: Sequence[Message], knowledge: Knowledge, now: dt.datetime) -> list[str]:
    name = knowledge.service["name"]
    first, last = (date_words(at) for at in (thread[0].at, thread[-1].at)) if thread else ("", "")
    days = first if first == last else knowledge.say("page_transcript_days", first=first, last=last)
    said = knowledge.say("page_transcript_kept", days=days, moment=moment(now), phone=knowledge.service["phone"])
    return [knowledge.say("page_transcript_title", name=name), said]


def _who(message: Message, knowledge: Knowledge) -> str:
    if message.author is Author.ADVISER and message.by:
        return knowledge.say("page_adviser_named", name=message.by)
    return knowledge.say(f"page_{message.author.value}")


def _said(message: Message) -> str:
    """What people wrote, as they wrote it; what we wrote, as it reads."""
    if message.author in (Author.PARENT, Author.ADVISER):
        return message.text
    return _MARK.sub(_read, message.text)


def _read(mark: re.Match[str]) -> str:
    if mark["address"] is not None:
        return f"{mark['words']} ({mark['address']})"
    return mark["quoted"] or ""


# -- PDF --------------------------------------------------------------------------------------------------------------


@contextmanager
def _document() -> Iterator[FPDF]:
    # Imported here, since it costs a third of a second and 20 MB that most days nobody needs.
    from fpdf import FPDF

    document = FPDF()
    document.set_margin(20)
    document.set_auto_page_break(True, 20)
    for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        document.add_font(_FONT, style, _FONTS / file)
    try:
        yield document
    finally:
        for font in _fonts(document):
            font.ttfont.close()


def _fonts(document: FPDF) -> list[TTFFont]:
    from fpdf.fonts import TTFFont

    return [font for font in document.fonts.values() if isinstance(font, TTFFont)]


def _write(document: FPDF, words: str, size: int, bold: bool = False) -> None:
    document.set_font(_FONT, "B" if bold else "", size)
    room = document.epw - 2 * document.c_margin
    # Not `multi_cell`, which measures each line anew with every letter: ten times as slow.
    for line in _wrapped(_printable(words), cache(document.get_string_width), room):
        document.cell(0, size * 0.55, line, new_x="LMARGIN", new_y="NEXT")


def _wrapped(words: str, width: Callable[[str], float], room: float) -> Iterator[str]:
    """The text in lines that fit into `room`; a word that fits into none is cut."""
    for paragraph in words.split("\n"):
        line, used = "", 0.0
        for word in paragraph.split(" "):
            step = width(" " + word) if line else width(word)
            if line and used + step > room:
                yield line
                line, used, step = "", 0.0, width(word)
            if step <= room:
                line, used = f"{line} {word}" if line else word, used + step
                continue
            for letter in word:
                if used + width(letter) > room:
                    yield line
                    line, used = "", 0.0
                line, used = line + letter, used + width(letter)
        yield line


@cache
def _letters() -> frozenset[int]:
    """The letters that both fonts have."""
    with _document() as document:
        return frozenset.intersection(*(frozenset(font.cmap) for font in _fonts(document)))


def _printable(words: str) -> str:
    letters = _letters()
    seen = _UNSEEN.sub("", words.replace("\t", "    ").replace("\r\n", "\n"))
    return "".join(letter if letter == "\n" or ord(letter) in letters else MISSING for letter in seen)
