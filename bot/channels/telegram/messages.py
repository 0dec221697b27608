"""What a parent can send that is no command of ours and no button: words, changed words, pictures and the rest."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import Any

from telegram import ChatMember, ChatMemberUpdated, Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, ChatMemberHandler, MessageHandler, filters

from bot.channels.telegram.hearing import Hearing, words_in
from bot.channels.telegram.letters import Letters, client_id, message_id
from bot.channels.telegram.ports import Store
from bot.chats import Chat
from bot.conversation import Author, Button, Holder
from bot.helpline import Clock, Helpline

log = logging.getLogger(__name__)

#: What we cannot read, as Telegram names it; each has a wording, `telegram_kind_<name>`. The first that fits counts.
KINDS = (
    *("photo", "voice", "video_note", "video", "audio", "animation", "document", "sticker"),
    *("venue", "location", "contact", "poll", "dice", "story"),
)


class Messages:
    """The handlers for all that is no command and no button."""

    def __init__(
        self,
        store: Store,
        helpline: Helpline,
        letters: Letters,
        hearing: Hearing,
        ours: Collection[int | None],
        clock: Clock,
    ) -> None:
        self._store = store
        self._helpline = helpline
        self._letters = letters
        self._hearing = hearing
        self._ours = ours
        self._clock = clock

    def handlers(self) -> Iterable[BaseHandler[Any, Any, Any]]:
        """The handlers for the library's application, in the order in which they are asked."""
        private, new = filters.ChatType.PRIVATE, filters.UpdateType.MESSAGE
        return [
            ChatMemberHandler(self.member, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(~private, self.elsewhere),
            MessageHandler(private & filters.UpdateType.EDITED_MESSAGE, self.changed),
            MessageHandler(private & new & filters.TEXT, self.words),
            MessageHandler(private & new, self.unreadable),
        ]

    # -- words ---------------------------------------------------------------------------------------------------------

    async def words(self, update: Update, _: object) -> None:
        """A parent has written something."""
        message = _message(update)
        chat = await self._hearing.chat(message.chat.id)
        text = words_in(message)
        if not text:
            await self._tell(update, chat, "unreadable")
        elif not await self._is_about_a_talk(message, chat, text):
            if message.forward_origin is not None and await self._holder(chat) is Holder.ADVISER:
                text = self._letters.say("telegram_told_forwarded", text=text)
            await self._hearing.hear(chat, text, client_id(update.update_id, message.message_id))

    async def changed(self, update: Update, _: object) -> None:
        """A parent has changed a message: a new question, unless it was answered; then we ask, save in danger."""
        message = _message(update)
        text = words_in(message)
        if not (message.text or message.caption):
            # A place that is shared live is sent again and again, without the parent doing anything.
            return
        chat = await self._hearing.chat(message.chat.id)
        said = client_id(update.update_id, message.message_id)
        if not text:
            await self._tell(update, chat, "unreadable")
        elif await self._holder(chat) is Holder.ADVISER:
            await self._hearing.hear(chat, self._letters.say("telegram_told_changed", text=text), said)
        elif await self._was_answered(chat, message) and not await self._hearing.is_alarming(chat, text):
            button = Button(self._letters.say("telegram_button_changed"), "edited")
            key, text = f"update:{update.update_id}", self._letters.say("telegram_changed")
            await self._hearing.post(self._letters.note(key, chat, text, button, answers=message.message_id))
        else:
            await self._hearing.hear(chat, text, said)

    # -- what is no words ----------------------------------------------------------------------------------------------

    async def unreadable(self, update: Update, _: object) -> None:
        """A picture, a voice message or the like: what stands under it is read; who is there is told what came."""
        message = _message(update)
        chat = await self._hearing.chat(message.chat.id)
        kind = self._letters.say(f"telegram_kind_{_kind(message)}")
        said, caption = client_id(update.update_id, message.message_id), words_in(message)
        holder = await self._holder(chat)
        if holder is Holder.ADVISER:
            told = self._letters.say("telegram_told_sent", kind=kind)
            await self._hearing.hear(chat, f"{told} {caption}".strip(), said)
        if holder is Holder.WAITING:
            told = self._letters.say("telegram_told_sent", kind=kind)
            await self._store.remark(chat.conversation, "Telegram", told, self._clock())
        wording = "telegram_adviser_told" if holder is Holder.ADVISER else "telegram_unreadable"
        # Pictures that are sent together are one message to the parent.
        key = f"album:{chat.id}:{message.media_group_id}" if message.media_group_id else f"update:{update.update_id}"
        buttons = () if holder is Holder.ADVISER else (self._letters.human(),)
        await self._hearing.tell(key, chat, self._letters.say(wording, kind=kind), *buttons)
        if caption and holder is not Holder.ADVISER:
            await self._hearing.hear(chat, caption, said)

    # -- places that are no parent's chat ------------------------------------------------------------------------------

    async def elsewhere(self, update: Update, _: object) -> None:
        """A group or a channel: what parents say is not for others' eyes."""
        if update.effective_chat is not None and update.effective_chat.id not in self._ours:
            await self._leave(update)

    async def member(self, update: Update, _: object) -> None:
        """Somebody has blocked the bot, unblocked it, or put it into a group."""
        change: ChatMemberUpdated | None = update.my_chat_member
        assert change is not None, "the handler is for these only"
        out = change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
        if change.chat.type != "private":
            if not out and change.chat.id not in self._ours:
                await self._leave(update)
        elif out:
            if conversation := await self._store.block(change.chat.id):
                said = self._letters.say("telegram_undelivered_blocked")
                await self._store.remark(conversation, "Telegram", said, self._clock())
        else:
            await self._hearing.chat(change.chat.id)

    async def _leave(self, update: Update) -> None:
        chat = update.effective_chat
        assert chat is not None, "what comes from nowhere cannot be left"
        try:
            await chat.send_message(self._letters.say("telegram_group"))
        except TelegramError as error:
            # In a channel we may not write.
            log.info("nothing said in group %s: %s", chat.id, type(error).__name__)
        try:
            await chat.leave()
        except TelegramError as error:
            log.info("group %s is not left: %s", chat.id, type(error).__name__)

    # -- what is known of a chat ---------------------------------------------------------------------------------------

    async def _is_about_a_talk(self, message: Message, chat: Chat, text: str) -> bool:
        """Whether this is what a parent wants to add to their score: a reply to our thanks for it."""
        if message.reply_to_message is None:
            return False
        key = await self._store.key_of(chat.id, message.reply_to_message.message_id)
        if not key.startswith(f"score:{chat.id}:"):
            return False
        score, key = int(key.split(":")[3]), f"said:{chat.id}:{message.message_id}"
        if await self._helpline.thank(chat.conversation, score, text, key):
            await self._hearing.tell(key, chat, self._letters.say("telegram_thanked_said"))
            return True
        return False

    async def _was_answered(self, chat: Chat, message: Message) -> bool:
        thread = await self._helpline.thread(chat.conversation)
        versions = [line.number for line in thread if message_id(line) == message.message_id]
        answered = {line.answers for line in thread if line.author is Author.ASSISTANT}
        return bool(versions) and versions[-1] in answered

    async def _holder(self, chat: Chat) -> Holder:
        standing, _ = await self._helpline.standing(chat.conversation)
        return standing.holder

    async def _tell(self, update: Update, chat: Chat, wording: str) -> None:
        await self._hearing.tell(f"update:{update.update_id}", chat, self._letters.say(wording), self._letters.human())


def _message(update: Update) -> Message:
    message = update.effective_message
    assert message is not None, "the filters let messages through only"
    return message


def _kind(message: Message) -> str:
    return next((kind for kind in KINDS if getattr(message, kind, None)), "other")
