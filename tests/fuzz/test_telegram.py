"""Whatever Telegram sends, the real gateway keeps it, answers each parent, and lives on."""

from __future__ import annotations

import random
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.telegram.bot_api import BotApi
from tests.channels.telegram.test_telegram_asking import member
from tests.channels.telegram.updates import Updates
from tests.fuzz.conftest import FUZZED, INPUTS, Fed

pytestmark = pytest.mark.slow

#: Updates in one chat, on average: sound ones and others.
VISIT = 4


class Chats:
    """The chats of parents, each with a number of its own, and what Telegram tells of them."""

    def __init__(self, gateway: Fed) -> None:
        self.gateway = gateway
        self.begun: list[int] = []
        #: Makes messages only; what the bot sends goes to the gateway's.
        self._made = BotApi()
        self._updates = 1000

    def offered(self, chat: int) -> list[str]:
        """What stands behind the buttons of a chat."""
        shown = self.gateway.portal.call(self.gateway.telegram.from_bot, chat)
        rows = [row for message in shown for row in message.get("reply_markup", {}).get("inline_keyboard", ())]
        return [str(row[0]["callback_data"]) for row in rows if "callback_data" in row[0]]

    def visit(self, chance: random.Random, sound: int, unsound: int) -> None:
        """A parent begins a chat, does things in it, and Telegram sends other things about it."""
        chat = 10_000 + len(self.begun)
        self.begun.append(chat)
        updates = Updates(chance, self._made, self.offered)
        self._send({"update_id": 0, "message": self._made.message(chat, "Can they send him home?")})
        for _ in range(sound):
            self._send(updates.sound(chat))
        for _ in range(unsound):
            self.gateway.unsound_updates.add(self._updates + 1)
            self._send(updates.unsound(chat))
        # Whoever has blocked the bot in between has its answer when they are back.
        self._send({"update_id": 0, "my_chat_member": member({"id": chat, "type": "private"}, "member")})

    def _send(self, update: object) -> None:
        self._updates += 1
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            update = update | {"update_id": self._updates}
        self.gateway.count()
        assert self.gateway.update(update).status_code == httpx.codes.OK, update


@pytest.fixture(scope="module")
def chats(gateway: Fed) -> Iterator[Chats]:
    """In the end each parent has been answered."""
    chats = Chats(gateway)
    yield chats
    gateway.answered_on_telegram(chats.begun)


@settings(FUZZED, max_examples=max(1, INPUTS // VISIT))
@given(st.randoms(use_true_random=False), st.integers(0, VISIT), st.integers(0, VISIT))
def test_a_visit_by_telegram_with_anything_in_it(chats: Chats, chance: random.Random, sound: int, unsound: int) -> None:
    chats.visit(chance, sound, unsound)
