"""Whatever comes from a chat faster than people send it is stopped in one place; danger and caution pass."""

from __future__ import annotations

from bot.conversation import Author
from bot.limits import Buckets, Limits, Rate
from tests.channels.telegram.stage import ANN, BEN, OnTelegram

QUESTION = "Is a part-time timetable allowed?"
DANGER = "I have taken all my tablets and I want to die"


async def said(bot: OnTelegram) -> list[str]:
    return [line.text for line in await bot.thread(ANN) if line.author is Author.PARENT]


async def test_whatever_a_parent_sends_is_counted(stage: OnTelegram) -> None:
    stage.limits = Limits(visitor=Buckets(Rate(0.001, 1)))
    async with stage.running() as bot:
        first = bot.api.writes(ANN, QUESTION)["message"]
        (answer,) = await bot.hears(ANN)
        bot.api.changes(first, "Is my son's timetable allowed?")
        bot.api.writes(ANN, photo=[], caption="Is this letter right?")
        bot.api.writes(ANN, "/human")
        bot.api.presses(ANN, stage.say("button_yes"), answer)
        await bot.told(ANN, stage.say("telegram_too_fast"))
        await bot.until(lambda: bot.api.called("answerCallbackQuery"))
        await bot.settled()
        assert [call.data["text"] for call in bot.api.called("answerCallbackQuery")] == [
            stage.say("telegram_button_too_fast")
        ]
        assert await said(bot) == [QUESTION]
        assert bot.api.texts(ANN)[1:] == [stage.say("telegram_too_fast")]
        bot.api.writes(BEN, QUESTION)
        await bot.hears(BEN)


async def test_danger_passes_in_whatever_it_stands_and_so_does_who_is_watched(stage: OnTelegram) -> None:
    stage.limits = Limits(visitor=Buckets(Rate(0.001, 1)))
    async with stage.running() as bot:
        first = bot.api.writes(ANN, QUESTION)["message"]
        await bot.hears(ANN)
        bot.api.changes(first, DANGER)
        await bot.told(ANN, "Samaritans")
        bot.api.writes(ANN, f"/human {DANGER}")
        await bot.until(lambda: len(bot.api.texts(ANN)) >= 3)
        await bot.settled()
        assert await said(bot) == [QUESTION, DANGER, DANGER]
        bot.api.writes(ANN, "/quick")
        await bot.told(ANN, stage.say("telegram_quick"))
        bot.api.writes(ANN, "/delete")
        await bot.told(ANN, "deleted")
        # A chat that begins anew is still the same chat.
        bot.api.writes(ANN, QUESTION)
        await bot.told(ANN, stage.say("telegram_too_fast"))


async def test_a_place_that_is_shared_live_is_nothing_that_a_parent_does(stage: OnTelegram) -> None:
    stage.limits = Limits(visitor=Buckets(Rate(0.001, 1)))
    async with stage.running() as bot:
        place = bot.api.message(ANN, location={"latitude": 51.5, "longitude": 0.0})
        for _ in range(3):
            bot.api.update(edited_message={**place, "edit_date": place["date"]})
        bot.api.writes(ANN, QUESTION)
        await bot.hears(ANN)
        assert await said(bot) == [QUESTION]
