"""Somebody's own words in a Markdown text of ours: they stay words."""

from __future__ import annotations

import re

#: Markdown wants a backslash before these: what would be a heading, a rule or a point of a list where a line begins,
#: and what would be bold, code, a link or a letter in disguise anywhere.
_MARK = re.compile(r"^(\d*)(?=[-+=#~.)])|(?=[\\`*_\[\]<>&])")


def quoted(words: str) -> str:
    """Words, on one line, that Markdown shows as they are: no link, bold or heading comes of them."""
    return _MARK.sub(r"\1\\", " ".join(words.split()))
