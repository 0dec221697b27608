"""The lines of a conversation as parcels for a chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.channels.telegram import markup
from bot.channels.telegram.buttons import Seals, rows
from bot.chats import Chat, Parcel
from bot.conversation import Author, Button, Holder, Message
from bot.helpline import Helpline
from bot.knowledge import Knowledge

#: What a parent can say of a talk, the best first; the words are those of the page.
SCORES = (
    (5, "page_score_best"),
    (4, "page_score_good"),
    (3, "page_score_middling"),
    (2, "page_score_poor"),
    (1, "page_score_worst"),
)
Rows = Sequence[tuple[str, str]]


class Letters:
    """Writes parcels. Knows the content; keeps nothing."""

    def __init__(self, helpline: Helpline, knowledge: Knowledge, seals: Seals) -> None:
        self._helpline = helpline
        self._knowledge = knowledge
        self._seals = seals
        phone = knowledge.signposts["helpline"]
        self.contact = {
            "name": knowledge.service["name"],
            "phone": phone.phone,
            "hours": phone.hours,
            **knowledge.service["retention"],
        }
        """what fills the blanks that are the same everywhere"""

    def say(self, wording: str, **values: object) -> str:
        """A sentence of `wording.yml`."""
        return self._knowledge.say(wording, **values)

    def note(self, key: str, chat: Chat, text: str, *buttons: Button, answers: int | None = None) -> list[Parcel]:
        """Something that is no line of the conversation; `press` of its buttons is what they mean.

        `answers` is Telegram's number of the message that it stands under.
        """
        sealed = [(button.label, self._seals.seal(button.press, chat.conversation)) for button in buttons]
        return _parcels(key, chat, 0, markup.reply(text), sealed, answers)

    def human(self) -> Button:
        return Button(self.say("button_human"), "human")

    async def newer(self, chat: Chat) -> tuple[Chat, list[Parcel]]:
        """The chat with its newest line, and parcels for what is new; what the parent wrote is not echoed."""
        thread = await self._helpline.thread(chat.conversation)
        if not thread:
            return chat, []
        new = [line for line in thread if line.number > chat.line and line.author is not Author.PARENT]
        holder, place = Holder.BOT, chat.place
        if any(line.author is Author.HELPLINE or self.shows_place(line) for line in new):
            standing, waits = await self._helpline.standing(chat.conversation)
            holder = standing.holder
            if waits is not None:
                place = max((line.number for line in new if self.shows_place(line)), default=place)
        parcels = [parcel for line in new for parcel in self._written(chat, line, thread, holder)]
        return replace(chat, line=thread[-1].number, place=place), parcels

    def shows_place(self, line: Message) -> bool:
        """Whether a line says where the parent stands in the queue."""
        return line.reply is not None and any(button.press.startswith("waiting:") for button in line.reply.buttons)

    def rows(self, chat: Chat, line: Message) -> Rows:
        """The buttons of a line's own reply."""
        return rows(line.number, line.reply.buttons if line.reply else (), self._seals, chat.conversation)

    # -- one line ------------------------------------------------------------------------------------------------------

    def _written(self, chat: Chat, line: Message, thread: Sequence[Message], holder: Holder) -> list[Parcel]:
        if line.author is Author.ADVISER:
            texts = markup.said(self.say("page_adviser_named", name=line.by), line.text)
            buttons: Rows = ()
        else:
            closed = holder is Holder.CLOSED and _ends_talk(line, thread)
            texts = markup.reply("\n\n".join([line.text, *([self.say("page_score")] if closed else [])]))
            buttons = self._scores(chat, line) if closed else self._choices(chat, line, thread, holder)
        said = line.number if line.author is Author.ADVISER else 0
        return _parcels(line_key(chat, line.number), chat, said, texts, buttons, _question(line, thread))

    def _choices(self, chat: Chat, line: Message, thread: Sequence[Message], holder: Holder) -> Rows:
        if line.reply is None and line is thread[-1] and holder is Holder.WAITING:
            # Back in the queue: what could be chosen there before can be chosen again.
            return next((self.rows(chat, earlier) for earlier in reversed(thread) if self.shows_place(earlier)), ())
        return self.rows(chat, line)

    def _scores(self, chat: Chat, line: Message) -> Rows:
        return [
            (self.say(wording), self._seals.seal(f"score:{line.number}:{score}", chat.conversation))
            for score, wording in SCORES
        ]


def line_key(chat: Chat, line: int) -> str:
    """The beginning of the keys of the parcels that hold a line."""
    return f"line:{chat.id}:{chat.conversation}:{line}"


def client_id(update: int, message: int) -> str:
    """How a parent's message is known in its conversation: by Telegram's numbers."""
    return f"tg:{update}:{message}"


def message_id(line: Message) -> int | None:
    """Telegram's number of a parent's message; None where it was not written there, or is no message."""
    kind, _, rest = line.client_id.partition(":")
    number = rest.rpartition(":")[2]
    return int(number) if kind == "tg" and number.isdecimal() and not line.press else None


def _parcels(
    key: str, chat: Chat, line: int, texts: Sequence[str], buttons: Rows, answers: int | None = None
) -> list[Parcel]:
    """A parcel for each part of a text; the buttons stand under the last."""
    parcels = []
    for part, text in enumerate(texts):
        payload = {
            "text": text,
            "buttons": [list(row) for row in buttons] if part == len(texts) - 1 else [],
            "answers": answers if part == 0 else None,
        }
        parcels.append(Parcel(f"{key}:{part}", chat.id, payload, chat.conversation, line))
    return parcels


def _question(line: Message, thread: Sequence[Message]) -> int | None:
    """Telegram's number of the message that an answer belongs to, where another line stands between."""
    if line.answers is None or line.number == line.answers + 1:
        return None
    return next((message_id(other) for other in thread if other.number == line.answers), None)


def _ends_talk(line: Message, thread: Sequence[Message]) -> bool:
    """Whether a line of the helpline is the last, after a talk with an adviser."""
    last = line is thread[-1] and line.author is Author.HELPLINE
    return last and any(other.author is Author.ADVISER for other in thread)
