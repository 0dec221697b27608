"""What the page shows of a thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.channels.markup import linked
from bot.channels.web.whereabouts import Where
from bot.conversation import Author, Button, Holder, Message


@dataclass(frozen=True)
class Line:
    """One message as the page shows it: `html` for what we wrote, `text` for what a parent or an adviser did."""

    number: int
    author: Author
    by: str
    text: str | Markup
    html: Markup
    concern: bool
    at: dt.datetime
    when: str
    """the same in words"""
    buttons: Sequence[Button]
    spent: Sequence[tuple[Button, bool]]
    """the choices one of which was made, each with whether it was that one"""


@dataclass(frozen=True)
class View:
    """A page, or the fragment of it that is new."""

    lines: Sequence[Line]
    number: int
    """of the last message there is"""
    newest: int
    """of the last line that is not the parent's; 0 without one"""
    thinking: bool
    where: Where | None
    closed: int | None
    """the line with which an adviser ended the talk, where it is the last"""


def view(
    thread: Sequence[Message],
    after: int,
    where: Where | None,
    html: Callable[[str], Markup],
    when: Callable[[dt.datetime], str],
) -> View:
    """The lines numbered above `after`, and the state of the whole thread.

    `html` is how a text of ours looks; `when` says a time in words.
    """
    answered = {line.answers for line in thread}
    lines = [_line(message, thread, where, html, when) for message in thread if message.number > after]
    return View(
        lines=lines,
        number=thread[-1].number if thread else 0,
        newest=next((line.number for line in reversed(lines) if line.author is not Author.PARENT), 0),
        thinking=any(
            line.author is Author.PARENT and line.heard_by is not Holder.ADVISER and line.number not in answered
            for line in thread
        ),
        where=where,
        closed=_closed(thread, where),
    )


def _line(
    message: Message,
    thread: Sequence[Message],
    where: Where | None,
    html: Callable[[str], Markup],
    when: Callable[[dt.datetime], str],
) -> Line:
    """Only the last line's buttons can still be pressed; of those before it, what was chosen stays readable."""
    reply = message.reply
    ours = message.author in (Author.ASSISTANT, Author.HELPLINE)
    return Line(
        number=message.number,
        author=message.author,
        by=message.by if message.author is Author.ADVISER else "",
        text=linked(message.text) if message.author is Author.ADVISER else message.text,
        html=html(message.text) if ours else Markup(),
        concern=reply is not None and reply.risk is not None,
        at=message.at,
        when=when(message.at),
        buttons=_choices(message, thread, where) if message is thread[-1] else (),
        spent=_spent(message, thread),
    )


def _choices(last: Message, thread: Sequence[Message], where: Where | None) -> Sequence[Button]:
    if last.reply is not None:
        return last.reply.buttons
    if last.author is Author.HELPLINE and where is not None and where.holder is Holder.WAITING:
        # Back in the queue: what could be chosen there before can be chosen again.
        replies = [line.reply for line in reversed(thread) if line.reply is not None]
        return next((r.buttons for r in replies if any(b.press.startswith("waiting:") for b in r.buttons)), ())
    return ()


def _spent(message: Message, thread: Sequence[Message]) -> Sequence[tuple[Button, bool]]:
    buttons = message.reply.buttons if message.reply is not None else ()
    later = (line for line in thread if line.number > message.number and line.author is Author.PARENT)
    press = next((line.press for line in later), "")
    chosen = [button.press == press for button in buttons]
    return tuple(zip(buttons, chosen)) if any(chosen) else ()


def _closed(thread: Sequence[Message], where: Where | None) -> int | None:
    if where is None or where.holder is not Holder.CLOSED or thread[-1].author is not Author.HELPLINE:
        return None
    return thread[-1].number if any(line.author is Author.ADVISER for line in thread) else None
