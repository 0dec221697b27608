"""Random updates of Telegram's: those it could send, and those that are hurt."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from bot.channels.telegram.commands import NAMES
from tests.channels.telegram.bot_api import BotApi
from tests.channels.telegram.test_telegram_asking import CONTENT, member

LETTERS = "ab é😀\ud800\x00\x07\u202e<>&*_[]()`/\n"


class Updates:
    """Makes updates of one source of chance. `offered` gives the buttons that a chat has been shown."""

    def __init__(self, chance: random.Random, api: BotApi, offered: Callable[[int], Sequence[str]]) -> None:
        self._random, self._api, self._offered = chance, api, offered
        self._number = 0

    def words(self) -> str:
        choose = self._random
        if choose.random() < 0.2:
            return f"/{choose.choice([*NAMES, 'nonsense'])}{choose.choice(['', ' x', '@helpline_test_bot'])}"
        return "".join(choose.choices(LETTERS, k=choose.choice([1, 5, 40, 4096])))

    def sound(self, chat: int) -> dict[str, Any]:
        """A random update of a private chat that Telegram could send, and that a parent has sent by hand."""
        choose, self._number = self._random, self._number + 1
        kind = choose.choice(["text", "text", "media", "forwarded", "service", "press", "press", "edited"])
        number = {"update_id": self._number}
        if kind == "media":
            name = choose.choice(list(CONTENT))
            caption = {"caption": self.words()} if choose.random() < 0.3 else {}
            return number | {"message": self._api.message(chat, **{name: CONTENT[name]}, **caption)}
        if kind == "forwarded":
            origin = {"type": "hidden_user", "sender_user_name": "school", "date": 1}
            return number | {"message": self._api.message(chat, self.words(), forward_origin=origin)}
        if kind == "service":
            service = choose.choice([{"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}}, {"x": 1}])
            return number | {"message": self._api.message(chat, **service)}
        message = self._api.message(chat, self.words())
        if kind == "press":
            known = [self.words()[:64], *self._offered(chat)[-6:]]
            # Not `choice`, which asks chance for more where there is more: hypothesis could not repeat it.
            data = known[int(choose.random() * len(known))]
            who = {"id": chat, "is_bot": False, "first_name": "Ann"}
            query = {"id": "1", "from": who, "chat_instance": "1", "data": data}
            shown = {"message": choose.choice([message, message | {"date": 0}])} if choose.random() < 0.9 else {}
            return number | {"callback_query": query | shown}
        return number | {"edited_message" if kind == "edited" else "message": message}

    def unsound(self, chat: int) -> Any:
        """An update that is hurt, of a group, or of a kind that we did not ask for."""
        choose = self._random
        update = self.sound(chat)
        kind = choose.choice(["hurt", "hurt", "group", "member", "unknown", "nonsense"])
        if kind == "hurt":
            update = deepcopy(update)
            _hurt(update, choose)
        if kind == "group":
            return {"update_id": update["update_id"], "message": self._api.message(-self._number, self.words())}
        if kind == "member":
            where = {"id": choose.choice([chat, -self._number]), "type": choose.choice(["private", "group", "channel"])}
            status = choose.choice(["kicked", "left", "member", "administrator"])
            return {"update_id": update["update_id"], "my_chat_member": member(where, status)}
        if kind == "unknown":
            return {"update_id": update["update_id"], choose.choice(["poll", "inline_query", "new_thing"]): {"id": "1"}}
        if kind == "nonsense":
            return choose.choice([None, [], "x", 5, {}, {"update_id": "x"}, {"update_id": update["update_id"]}])
        return update


def _hurt(content: dict[str, Any], choose: random.Random) -> None:
    """Take something out of an update, or put something else in its place, somewhere."""
    while True:
        name = choose.choice(list(content))
        inner = content[name]
        if isinstance(inner, dict) and inner and choose.random() < 0.8:
            content = inner
        elif name != "update_id":
            if choose.random() < 0.5:
                del content[name]
            else:
                content[name] = choose.choice([None, 0, -5, "x", [], {}, [1], {"id": 5}, True, 1.5])
            return
