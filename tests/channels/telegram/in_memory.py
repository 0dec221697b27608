"""A store and a helpline that keep everything in memory: for tests that send thousands of updates."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from bot.chats import Chat, Parcel
from bot.conversation import Author, Button, Holder, Message, Reply, Standing, Status
from bot.live import Live
from tests.stand_in import NOON


class MemoryHelpline:
    """Answers everything at once with two buttons. A conversation is with an adviser while it is in `with_adviser`."""

    def __init__(self, store: MemoryStore, live: Live) -> None:
        self._store = store
        self._live = live
        self.threads: dict[str, list[Message]] = {}
        self.with_adviser: set[str] = set()

    async def open(self, _channel: str) -> str:
        conversation = f"c{len(self.threads)}"
        self.threads[conversation] = []
        return conversation

    async def hear(self, conversation: str, text: str, client_id: str, press: str = "") -> None:
        assert text == text.encode().decode().strip() != ""
        thread = self.threads[conversation]
        if any(line.client_id == client_id for line in thread):
            return
        number = len(thread) + 1
        thread.append(Message(number, Author.PARENT, text, NOON, client_id, press=press))
        if conversation not in self.with_adviser:
            buttons = (Button("Yes", "yes"), Button("Show me the topics", "topics"))
            reply = Reply(Status.ANSWERED, text[:100] or "?", buttons=buttons)
            thread.append(
                Message(number + 1, Author.ASSISTANT, reply.text, NOON, f"re:{number}", answers=number, reply=reply)
            )
        self._live.tell(conversation)

    async def thread(self, conversation: str, after: int = 0) -> list[Message]:
        return self.threads[conversation][after:]

    def is_alarming(self, _text: str, _earlier: list[Message]) -> bool:
        return False

    async def standing(self, conversation: str) -> tuple[Standing, None]:
        return Standing(Holder.ADVISER if conversation in self.with_adviser else Holder.BOT, "telegram"), None

    async def forget(self, conversation: str, *, unheard: bool = True) -> None:
        self.threads[conversation].clear()
        for chat in self._store.chats.values():
            if chat.conversation == conversation:
                self._store.chats[chat.id] = Chat(chat.id)
                return

    async def booked_call(self, _: str) -> None:
        return None

    async def thank(self, *_: object) -> bool:
        return False

    async def saw(self, *_: object) -> None:
        pass


class MemoryStore:
    """What of `SqlStore` a chat needs."""

    def __init__(self) -> None:
        self.updates: dict[int, tuple[int, dict]] = {}
        self.seen: set[int] = set()
        self.chats: dict[int, Chat] = {}
        self.parcels: defaultdict[int, dict[str, Parcel]] = defaultdict(dict)

    async def receive(self, number: int, chat: int, payload: dict, _at: dt.datetime) -> bool:
        if number in self.seen:
            return False
        self.seen.add(number)
        self.updates[number] = (chat, payload)
        return True

    async def next_update(self, chat: int) -> tuple[int, dict] | None:
        found = min((number for number, (where, _) in self.updates.items() if where == chat), default=None)
        return None if found is None else (found, self.updates[found][1])

    async def update_done(self, number: int) -> None:
        del self.updates[number]

    async def chat(self, chat: int) -> Chat:
        return self.chats.get(chat, Chat(chat))

    async def bind(self, chat: int, conversation: str) -> None:
        self.chats[chat] = replace(await self.chat(chat), conversation=conversation, line=0)

    async def mark_chat(self, chat: int, **values: object) -> None:
        self.chats[chat] = replace(await self.chat(chat), **values)

    async def block(self, chat: int) -> str:
        self.chats[chat] = replace(await self.chat(chat), blocked=True)
        return self.chats[chat].conversation

    async def post(self, parcels: list[Parcel], _at: dt.datetime) -> None:
        for parcel in parcels:
            assert len(parcel.key) <= 80
            self.parcels[parcel.chat].setdefault(parcel.key, parcel)

    async def post_lines(self, chat: Chat, parcels: list[Parcel], at: dt.datetime) -> None:
        self.chats[chat.id] = chat
        await self.post(parcels, at)

    async def key_of(self, *_: object) -> str:
        return ""

    async def remark(self, *_: object) -> None:
        pass

    async def open_talk(self, _: str) -> None:
        return None

    async def follow_link(self, *_: object) -> str:
        return ""
