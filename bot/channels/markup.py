"""A reply's Markdown as HTML for the page: title, folds, source line, links and phone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

from bot.knowledge import Knowledge

#: An address in a text that is no Markdown; a mark that ends the sentence is not part of it.
_ADDRESS = re.compile(r"https?://[^\s<>\"'“”]*[^\s<>\"'“”.,;:!?)\]}…]", re.IGNORECASE)
_BLANK = re.compile(r"\{\w+\}")
#: A reply's title stands alone in bold.
_TITLE = re.compile(r"\*\*([^*]+)\*\*")
#: Fewer digits than this are a number to call only where the words beside them say so: "call 999", not "Form 111".
_SHORTEST_SURE_NUMBER = 6


class Prose:
    """Renders what we wrote. Knows from the wordings which line is the source and which fold stands open.

    A reply can quote a parent, so no HTML passes, and no link but to the web.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._open_fold = knowledge.say("heading_next")
        self._sources = knowledge.say("heading_source")
        self._source = re.compile(".*?".join(map(re.escape, _BLANK.split(knowledge.wording["source"].strip()))), re.S)
        self._markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
        phones = [signpost.phone for signpost in knowledge.signposts.values()]
        numbers = _numbers([*phones, knowledge.service.get("interpreter_line", "")])
        self._markdown.core.ruler.push("links", lambda state: _link(state, numbers))

    def sentence(self, text: str) -> Markup:
        """One line, without a paragraph around it."""
        return Markup(self._markdown.renderInline(text))  # noqa: S704 - escaped by the renderer

    def reply(self, text: str) -> Markup:
        """A whole reply. A heading begins a fold, which ends at the source line; that is a fold of its own."""
        pieces: list[str] = []
        folded = False
        for block in _blocks(self._markdown.parse(text)):
            kind, content = block[0].type, block[1].content if len(block) > 1 else ""
            # In a fold, words that stand alone in bold are a card's own.
            title = _TITLE.fullmatch(content) if kind == "paragraph_open" and not folded else None
            source = kind == "paragraph_open" and self._source.fullmatch(content)
            if folded and (kind == "heading_open" or source):
                pieces.append("</details>\n")
                folded = False
            if kind == "heading_open":
                folded = True
                state = " open" if content == self._open_fold else ""
                pieces.append(f"<details{state}><summary>{self.sentence(content)}</summary>\n")
            elif title:
                pieces.append(f'<h2 class="title">{escape(title[1])}</h2>\n')
            else:
                words = self._markdown.renderer.render(block, self._markdown.options, {})
                fold = f'<details class="source"><summary>{escape(self._sources)}</summary>\n{words}</details>\n'
                pieces.append(fold if source else words)
        if folded:
            pieces.append("</details>\n")
        return Markup("".join(pieces))  # noqa: S704 - escaped by the renderer


def linked(text: str) -> Markup:
    """What a person wrote: as written, with its web addresses made links."""
    pieces: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = escape(match[0])
        pieces.append(escape(text[end : match.start()]))
        pieces.append(f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>')
        end = match.end()
    return Markup("".join([*pieces, escape(text[end:])]))  # noqa: S704 - escaped piece by piece


def _blocks(tokens: Iterable[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each paragraph, list or heading at the top level."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def _numbers(phones: Iterable[str]) -> re.Pattern[str]:
    """A pattern for the phone numbers we know: long ones anywhere, short ones where they are plainly to be called."""
    known = {number.strip() for phone in phones for number in re.findall(r"\d[\d ]*\d", phone)}
    sure = [number for number in known if len(number.replace(" ", "")) >= _SHORTEST_SURE_NUMBER]
    beside = "|".join(rf"(?<={word})" for word in ("[Cc]all ", "[Rr]ing ", "[Dd]ial ", "[Pp]hone ", ": "))
    return re.compile(rf"(?<![\w£])(?:{_any(sure)}|(?:{beside}){_any(known.difference(sure))})(?!\w|\.\d)")


def _any(numbers: Iterable[str]) -> str:
    longest_first = sorted(numbers, key=lambda number: (-len(number), number))
    return f"(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})"


def _link(state: StateCore, numbers: re.Pattern[str]) -> None:
    """Open links beside the chat, so that it is not lost, and make phone numbers links that call."""
    for block in state.tokens:
        tokens: list[Token] = []
        in_link = False
        for token in block.children or ():
            if token.type == "link_open":
                token.attrSet("target", "_blank")
                token.attrSet("rel", "noopener noreferrer")
            in_link = token.type == "link_open" or (in_link and token.type != "link_close")
            tokens.extend([token] if in_link or token.type != "text" else _called(token.content, numbers))
        if block.children is not None:
            block.children = tokens


def _called(text: str, numbers: re.Pattern[str]) -> Iterator[Token]:
    end = 0
    for match in numbers.finditer(text):
        yield Token("text", "", 0, content=text[end : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": f"tel:{match[0].replace(' ', '')}"})
        yield Token("text", "", 0, content=match[0])
        yield Token("link_close", "a", -1)
        end = match.end()
    yield Token("text", "", 0, content=text[end:])
