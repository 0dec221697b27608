"""Those on call are told on Telegram once, and not twice over in the advisers' group."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

import pytest

from bot.conversation import Risk
from bot.handover import HandoverCard, Way
from bot.on_call import Letter, NotSent
from bot.rota import TELEGRAM, Person
from tests.channels.telegram.bot_api import RESET
from tests.channels.telegram.stage import ALERTS, QUICK, OnTelegram

NIGHT = -100700


def letter(chat: int, number: int = 7) -> Letter:
    night = Person("Night", TELEGRAM, str(chat))
    return Letter(f"call-{number}-1", night, "Urgent, talk 1", "https://x.example/on-call/a_b_c", 1)


async def connected(bot: OnTelegram) -> OnTelegram:
    bot.timing = replace(QUICK, pager=0.6, pager_look=0.02)
    await bot.until(lambda: bot.telegram._name)
    return bot


async def test_a_letter_that_a_kill_leaves_unknown_is_not_sent_again_once_it_has_arrived(stage: OnTelegram) -> None:
    async with stage.running(on_call=(NIGHT,)) as bot:
        await connected(bot)
        await bot.telegram.pager.send(letter(NIGHT))
    async with stage.running(on_call=(NIGHT,)) as bot:
        await connected(bot)
        await bot.telegram.pager.send(letter(NIGHT))
        assert bot.api.texts(NIGHT) == ["Urgent, talk 1\n\nhttps://x.example/on-call/a_b_c"]


async def test_a_letter_that_was_late_is_taken_out_and_goes_once_when_it_is_tried_again(stage: OnTelegram) -> None:
    stage.timing = replace(QUICK, pager=0.3, pager_look=0.02)
    async with stage.running(on_call=(NIGHT,)) as bot:
        await bot.until(lambda: bot.telegram._name)
        bot.api.faults["sendMessage"].extend([RESET] * 50)
        with pytest.raises(NotSent):
            await bot.telegram.pager.send(letter(NIGHT))
        bot.api.faults.clear()
        assert await bot.store.chats_with_parcels() == []
        await bot.telegram.pager.send(letter(NIGHT))
        assert len(bot.api.texts(NIGHT)) == 1


async def test_without_a_line_to_telegram_nothing_is_left_waiting(stage: OnTelegram) -> None:
    async with stage.running(api="http://127.0.0.1:9", on_call=(NIGHT,)) as bot:
        with pytest.raises(NotSent) as error:
            await bot.telegram.pager.send(letter(NIGHT))
        assert (error.value.why, error.value.again) == ("unreachable", True)
        assert await bot.store.chats_with_parcels() == []


async def test_the_group_that_is_on_call_is_not_told_of_the_same_talk_as_somebody_who_waits(stage: OnTelegram) -> None:
    async with stage.running(alerts=ALERTS, on_call=(ALERTS,)) as bot:
        await connected(bot)
        await bot.telegram.pager.send(letter(ALERTS))
        await bot.store.open("a", "web", bot.now)
        await bot.store.hand_over("a", HandoverCard(), Way.LIVE, Risk.URGENT, "suicide", bot.now)
        await bot.telegram._alerts.look()
        await bot.settled()
        assert len(bot.api.texts(ALERTS)) == 1
        bot.now += dt.timedelta(minutes=10)
        await bot.telegram._alerts.look()
        await bot.told(ALERTS, "Someone is waiting (urgent): 10 minutes")


async def test_the_bot_stays_in_a_group_that_is_on_call(stage: OnTelegram) -> None:
    async with stage.running(on_call=(NIGHT,)) as bot:
        await connected(bot)
        bot.api.writes(NIGHT, "Who takes it?")
        await bot.settled()
        await asyncio.sleep(0.1)
        assert bot.api.texts(NIGHT) == []
        assert not bot.api.called("leaveChat")
