"""Somebody's own words in a Markdown text of ours: they stay words."""

from __future__ import annotations

import re

#: Markdown wants a backslash before these: what would be a heading, a rule or a point of a list where a line begins,
#: and what would be bold, code, a link or a letter in disguise anywhere.
_MARK = re.compile(r"^(\d*)(?=[-+=#~.)])|(?=[\\`*_\[\]<>&])")


def quoted(words: str) -> str:
    """Words, on one line, that Markdown shows as they are: no link, bold or heading comes of them."""
    return _MARK.sub(r"\1\\", " ".join(words.split()))


def quoted_lines(words: str) -> str:
    """The same of a box of several lines: each stays apart from the next, as a paragraph, and empty ones go."""
    return "\n\n".join(filter(None, map(quoted, words.splitlines())))
