"""A reply's Markdown as Telegram's HTML, in parts that Telegram takes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: Telegram takes 4,096; the rest is room for a word on a message that is sent again.
MOST_UNITS = 3900

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_MARKS = {"strong_open": "b", "em_open": "i"}
_LINKED = re.compile(r"(?:https?://|mailto:)[^\s\"<>]+", re.IGNORECASE)
_WORDS = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Piece:
    """Some text with the tags around it, the outermost first: `b`, `i`, `code`, `a href="…"`."""

    text: str
    tags: tuple[str, ...] = ()

    def html(self) -> str:
        opened = "".join(f"<{tag}>" for tag in self.tags)
        closed = "".join(f"</{tag.partition(' ')[0]}>" for tag in reversed(self.tags))
        return f"{opened}{html.escape(self.text, quote=False)}{closed}"

    def words(self) -> Iterator[Piece]:
        """The smallest pieces that a message may end after. A link is not parted."""
        if any(tag.startswith("a ") for tag in self.tags):
            yield self
        else:
            yield from (Piece(word, self.tags) for word in _WORDS.findall(self.text))


@dataclass(frozen=True)
class Block:
    """A paragraph, a heading or a point of a list, and what stands between it and the block before."""

    pieces: Sequence[Piece]
    gap: str = "\n\n"


def units(text: str) -> int:
    """The length of a text as Telegram counts: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def reply(text: str) -> list[str]:
    """What we wrote, in parts; as it stands where it holds nothing but marks."""
    return _parts(_blocks(_MARKDOWN.parse(text))) or _parts([Block([Piece(text)])])


def said(by: str, text: str) -> list[str]:
    """What a person wrote, as written, with their name in front; Telegram finds the links in it by itself."""
    lines = [Block([Piece(paragraph)]) for paragraph in text.strip().split("\n\n")]
    return _parts([Block([Piece(f"{by}:", ("b",))]), Block(lines[0].pieces, "\n"), *lines[1:]])


def plain(part: str) -> str:
    """A part without its marks."""
    return html.unescape(re.sub(r"<[^>]+>", "", part))


# -- reading Markdown -------------------------------------------------------------------------------------------------


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    """The blocks of a text; the points of a list follow each other without an empty line."""
    lists: list[int | None] = []
    mark, gap = "", "\n\n"
    heading = False
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrGet("start") or 1) if token.type.startswith("ordered") else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            gap = "\n\n"
        elif token.type == "list_item_open":
            number = lists[-1]
            mark = "  " * (len(lists) - 1) + ("• " if number is None else f"{number}. ")
            lists[-1] = None if number is None else number + 1
        elif token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type in ("inline", "fence", "code_block"):
            tags = ("b",) if heading else ()
            inner = _pieces(token.children or (), tags) if token.type == "inline" else [Piece(token.content, ("code",))]
            yield Block([*([Piece(mark)] if mark else []), *inner], gap)
            mark, gap = "", "\n" if lists else "\n\n"


def _pieces(tokens: Iterable[Token], tags: tuple[str, ...]) -> list[Piece]:
    pieces = []
    for token in tokens:
        if token.type in _MARKS:
            tags = (*tags, _MARKS[token.type])
        elif token.type == "link_open":
            address = str(token.attrGet("href"))
            # What leads nowhere from here is text.
            tags = (*tags, f'a href="{html.escape(address)}"' if _LINKED.fullmatch(address) else "")
        elif token.type in ("strong_close", "em_close", "link_close"):
            tags = tags[:-1]
        elif token.type in ("softbreak", "hardbreak"):
            pieces.append(Piece(" " if token.type == "softbreak" else "\n"))
        elif token.content:
            # Bold within bold, as in a heading, is bold once.
            around = tuple(dict.fromkeys(tag for tag in tags if tag))
            pieces.append(Piece(token.content, (*around, "code") if token.type == "code_inline" else around))
    return pieces


# -- parting ----------------------------------------------------------------------------------------------------------


def _parts(blocks: Iterable[Block]) -> list[str]:
    """The blocks in as few parts as can be, parted between blocks where that can be done."""
    parts = [""]
    for block in blocks:
        written = _html(block.pieces)
        if not plain(written).strip():
            continue
        if parts[-1] and units(parts[-1] + block.gap + written) <= MOST_UNITS:
            parts[-1] += block.gap + written
        else:
            parts += _cut(block.pieces)
    return [part for part in parts if part]


def _cut(pieces: Sequence[Piece]) -> list[str]:
    """One block, in several parts where it is too long for one."""
    parts: list[list[Piece]] = [[]]
    length = 0
    for bit in (bit for piece in pieces for word in piece.words() for bit in _bits(word)):
        # With the tags of the piece before, a piece needs none of its own.
        joins = bool(parts[-1]) and parts[-1][-1].tags == bit.tags
        more = units(Piece(bit.text).html() if joins else bit.html())
        if length + more > MOST_UNITS:
            parts.append([])
            length, more = 0, units(bit.html())
        parts[-1].append(bit)
        length += more
    return [part for part in (_html(part).strip() for part in parts) if plain(part).strip()]


def _bits(word: Piece) -> list[Piece]:
    """A word, or a link, in bits where it is too long by itself; a link is then text."""
    if units(word.html()) <= MOST_UNITS:
        return [word]
    tags = tuple(tag for tag in word.tags if not tag.startswith("a "))
    # Escaped, a letter has at most five characters.
    step = MOST_UNITS // 8
    return [Piece(word.text[start : start + step], tags) for start in range(0, len(word.text), step)]


def _html(pieces: Sequence[Piece]) -> str:
    """Neighbours with the same tags share them."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].tags == piece.tags:
            joined[-1] = Piece(joined[-1].text + piece.text, piece.tags)
        else:
            joined.append(piece)
    return "".join(piece.html() for piece in joined if piece.text)
