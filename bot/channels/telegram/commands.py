"""What a parent can ask for by a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from telegram import BotCommand, Message, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.channels.telegram import markup
from bot.channels.telegram.carry import hashed
from bot.channels.telegram.courier import Courier
from bot.channels.telegram.hearing import CHANNEL, Hearing, words_in
from bot.channels.telegram.letters import Letters, client_id
from bot.channels.telegram.ports import Store
from bot.chats import Chat, Parcel
from bot.conversation import Holder
from bot.helpline import Clock, Helpline
from bot.quoting import quoted
from bot.reception import Reception
from bot.reference import reference

#: In the order in which Telegram shows them; each has a wording, `telegram_command_<name>`.
NAMES = ("topics", "human", "hours", "callback", "help", "privacy", "stop", "quick", "delete", "start")
#: Commands that are buttons: the key of the label, and what the button means.
BUTTONS = {
    "topics": ("button_topics", "topics"),
    "human": ("button_human", "human"),
    "callback": ("button_book", "callback"),
}
#: An adviser is there, or will be, who should know that the parent has gone quiet.
_WITH_PEOPLE = (Holder.WAITING, Holder.ADVISER)

Answer = Callable[[Update, Message, Chat], Awaitable[None]]


class Commands:
    """One method for each command; each may be called again for the same update."""

    def __init__(
        self,
        store: Store,
        helpline: Helpline,
        reception: Reception,
        letters: Letters,
        courier: Courier,
        hearing: Hearing,
        clock: Clock,
    ) -> None:
        self._store = store
        self._helpline = helpline
        self._reception = reception
        self._letters = letters
        self._courier = courier
        self._hearing = hearing
        self._clock = clock

    def handlers(self) -> Iterable[BaseHandler[Any, Any, Any]]:
        """The handlers for the library's application."""
        answers: dict[str, Answer] = {
            "start": self.start,
            "hours": self.hours,
            "delete": self.delete,
            "stop": self.stop,
            "quick": self.quick,
            **{name: self._pressing(name) for name in BUTTONS},
            "help": self.help,
            "privacy": self.privacy,
        }
        # One that was mistyped and changed counts too.
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGES
        return [CommandHandler(name, self._called(answers[name]), private) for name in NAMES]

    def listed(self) -> list[BotCommand]:
        """The commands with what they do, for Telegram's menu."""
        return [BotCommand(name, self._letters.say(f"telegram_command_{name}")) for name in NAMES]

    def _called(self, answer: Answer) -> Callable[[Update, Any], Coroutine[Any, Any, None]]:
        async def called(update: Update, _: object) -> None:
            message = update.effective_message
            assert message is not None, "the filter lets messages through only"
            chat = await self._hearing.chat(message.chat.id, wakes=answer != self.quick)
            words = "".join(words_in(message).split(maxsplit=1)[1:])
            danger = words and await self._hearing.is_alarming(chat, words)
            if not danger or answer == self.quick:
                await answer(update, message, chat)
            if danger:
                # Help comes before the topics or the hours; where somebody looks on, it waits until the parent writes.
                await self._hearing.hear(chat, words, client_id(update.update_id, message.message_id))

        return called

    def _pressing(self, name: str) -> Answer:
        label, press = BUTTONS[name]

        async def answer(update: Update, message: Message, chat: Chat) -> None:
            said = client_id(update.update_id, message.message_id)
            await self._hearing.hear(chat, self._letters.say(label), said, press)

        return answer

    async def start(self, update: Update, message: Message, chat: Chat) -> None:
        """The welcome; with the token of a link from the website, the conversation that was begun there."""
        token = (message.text or "").partition(" ")[2].strip()
        if token and await self._carry(update, chat, token):
            return
        await self._tell(update, chat, self._letters.say("telegram_start", **self._letters.contact))
        said = client_id(update.update_id, message.message_id)
        await self._hearing.hear(chat, self._letters.say("button_topics"), said, "topics")

    async def help(self, update: Update, _: Message, chat: Chat) -> None:
        """What can be asked for."""
        await self._tell(update, chat, self._letters.say("telegram_help", **self._letters.contact))

    async def privacy(self, update: Update, _: Message, chat: Chat) -> None:
        """What is kept, and the number of the chat by which the helpline finds it."""
        said = self._letters.say("telegram_privacy", **self._letters.contact)
        number = {"reference": reference(chat.conversation)}
        numbered = self._letters.say("telegram_reference", **self._letters.contact, **number)
        await self._tell(update, chat, f"{said.rstrip()}\n\n{numbered}")

    async def hours(self, update: Update, _: Message, chat: Chat) -> None:
        """When advisers are here."""
        standing, _place = await self._helpline.standing(chat.conversation)
        now = quoted(self._reception.hours_now(standing, self._clock()))
        await self._tell(update, chat, f"{now}\n\n{self._letters.say('telegram_hours', **self._letters.contact)}")

    async def delete(self, update: Update, _: Message, chat: Chat) -> None:
        """Erase the conversation, and say what that means."""
        # What waits behind this command was written after it: it begins anew, and is heard.
        await self._helpline.forget(chat.conversation, unheard=False)
        await self._tell(update, Chat(chat.id), self._letters.say("telegram_deleted"))

    async def stop(self, update: Update, message: Message, chat: Chat) -> None:
        """Leave the queue; an adviser who is there learns that the parent wants to stop."""
        standing, _ = await self._helpline.standing(chat.conversation)
        said = client_id(update.update_id, message.message_id)
        if standing.holder is Holder.WAITING:
            await self._hearing.hear(chat, self._letters.say("button_stop_waiting"), said, "waiting:stop")
            return
        if standing.holder is Holder.ADVISER:
            await self._hearing.hear(chat, self._letters.say("telegram_told_stop"), said)
        await self._tell(update, chat, self._letters.say("telegram_stopped"))

    async def quick(self, update: Update, _: Message, chat: Chat) -> None:
        """Somebody is looking: one harmless message without a sound, and nothing more until the parent writes."""
        await self._store.mark_chat(chat.id, quiet=True)
        text = markup.reply(self._letters.say("telegram_quick"))[0]
        await self._hearing.post([Parcel(f"quick:{update.update_id}", chat.id, {"text": text, "silent": True})])
        standing, _place = await self._helpline.standing(chat.conversation)
        if standing.holder in _WITH_PEOPLE:
            told = self._letters.say("telegram_told_quiet")
            await self._store.remark(chat.conversation, "Telegram", told, self._clock())

    async def _carry(self, update: Update, chat: Chat, token: str) -> bool:
        """Go on here with what was begun on the website; False where the link has ended."""
        if await self._store.open_talk(chat.conversation) or await self._helpline.booked_call(chat.conversation):
            # Its adviser would write to nobody, or ring somebody who can no longer change the call.
            await self._tell(update, chat, self._letters.say("telegram_carry_later"))
            return True
        conversation = await self._store.follow_link(hashed(token), chat.id, CHANNEL, self._clock())
        if not conversation:
            await self._hearing.tell(f"link:{update.update_id}", chat, self._letters.say("telegram_link_old"))
            return False
        await self._tell(update, Chat(chat.id, conversation), self._letters.say("telegram_carried"))
        await self._courier.deliver(chat.id)
        return True

    async def _tell(self, update: Update, chat: Chat, text: str) -> None:
        await self._hearing.tell(f"update:{update.update_id}", chat, text)
