"""A parent on Telegram is handed over, waits, talks with an adviser, and says how it was."""

from __future__ import annotations

import datetime as dt

from bot.conversation import Holder
from bot.handover import Way
from tests.channels.telegram.bot_api import BLOCKED, DEACTIVATED, REFUSED
from tests.channels.telegram.stage import ALERTS, ANN, BEN, CEM, OnTelegram
from tests.channels.telegram.test_telegram_asking import CONTENT, QUESTION, member


async def waits(bot: OnTelegram, chat: int) -> None:
    bot.api.writes(chat, "/human")
    await bot.told(chat, "What we would tell the adviser")
    bot.api.presses(chat, bot.say("button_send_live"))
    await bot.told(chat, "with our advisers now")


async def notes(bot: OnTelegram, chat: int) -> list[str]:
    conversation = (await bot.store.chat(chat)).conversation
    return [event.why for event in await bot.store.events_of(conversation) if event.kind == "note"]


async def test_the_handover_card_is_changed_and_sent_by_buttons(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    await bot.hears(ANN)
    bot.api.writes(ANN, "/human")
    await bot.told(ANN, "What we would tell the adviser")
    bot.api.presses(ANN, bot.say("button_change_card"))
    label = bot.say("button_without", label=bot.say("card_want"))
    await bot.until(lambda: label in bot.api.buttons(bot.api.from_bot(ANN)[-1]))
    count = len(bot.api.from_bot(ANN))
    bot.api.presses(ANN, label)
    await bot.hears(ANN, count + 1)
    assert label not in bot.api.buttons(bot.api.from_bot(ANN)[-1])
    bot.api.presses(ANN, bot.say("button_send_live"))
    await bot.told(ANN, "with our advisers now")
    (talk,) = await bot.store.queue()
    assert (talk.channel, talk.card.want, talk.way) == ("telegram", "", Way.LIVE)


async def test_an_adviser_and_a_parent_talk_and_every_line_arrives_once_in_order(bot: OnTelegram) -> None:
    number = await bot.with_adviser(ANN)
    for count in range(5):
        await bot.advising.say(number, "Robin", f"Line <{count}> & more https://example.org/a_b", f"c{count}")
    await bot.told(ANN, "Line <4>")
    said = [text for text in bot.api.texts(ANN) if "Line" in text]
    assert said == [f"Robin, adviser:\nLine <{count}> & more https://example.org/a_b" for count in range(5)]
    heard = len(bot.assistant.heard)
    bot.api.writes(ANN, "Thank you, Robin")
    await bot.settled()
    assert (await bot.thread(ANN))[-1].text == "Thank you, Robin"
    assert len(bot.assistant.heard) == heard
    conversation = (await bot.store.chat(ANN)).conversation
    assert await bot.store.parent_saw(conversation) == max(
        line.number for line in await bot.thread(ANN) if line.text.startswith("Line")
    )


async def test_an_adviser_learns_what_kind_of_thing_a_parent_sent(bot: OnTelegram) -> None:
    await bot.with_adviser(ANN)
    bot.api.writes(ANN, photo=CONTENT["photo"], caption="the letter")
    await bot.told(ANN, "I have told the adviser that you sent a picture")
    bot.api.writes(ANN, "from the school", forward_origin={"type": "hidden_user", "sender_user_name": "x", "date": 1})
    message = bot.api.writes(ANN, "wrnog")["message"]
    bot.api.changes(message, "wrong")
    await bot.settled()
    lines = [line.text for line in await bot.thread(ANN)][-4:]
    assert lines == [
        "[sent a picture] the letter",
        "[passed on from somebody else] from the school",
        "wrnog",
        "[changed a message] wrong",
    ]


async def test_the_place_in_the_queue_is_kept_true_in_one_message(bot: OnTelegram) -> None:
    for chat in (ANN, BEN, CEM):
        await waits(bot, chat)
        bot.now += dt.timedelta(seconds=10)
    place = bot.api.from_bot(CEM)[-1]
    assert "You are number 3" in place["text"]
    count = len(bot.api.from_bot(CEM))
    await bot.adviser()
    await bot.advising.take("Robin")
    await bot.until(lambda: "You are number 2" in place["text"])
    assert bot.say("button_stop_waiting") in bot.api.buttons(place)
    await bot.advising.take("Robin")
    await bot.until(lambda: "You are number 1" in place["text"])
    assert len(bot.api.from_bot(CEM)) == count
    await bot.advising.take("Robin")
    await bot.told(CEM, "Robin")
    await bot.until(lambda: "You are number" not in place["text"])
    assert "with our advisers now" in place["text"]
    assert bot.api.buttons(place) == []


async def test_only_the_newest_message_shows_a_place(bot: OnTelegram) -> None:
    await waits(bot, ANN)
    first = bot.api.from_bot(ANN)[-1]
    bot.api.writes(ANN, "one more thing")
    await bot.told(ANN, bot.say("kept_for_adviser"))
    await bot.until(lambda: "You are number" not in first["text"])
    assert "You are number 1" in bot.api.from_bot(ANN)[-1]["text"]


async def test_a_parent_who_stops_is_out_of_the_queue(bot: OnTelegram) -> None:
    await waits(bot, ANN)
    bot.api.writes(ANN, "/stop")
    await bot.told(ANN, bot.say("stopped_waiting"))
    assert await bot.store.queue() == []


async def test_after_a_talk_a_parent_is_asked_once_how_it_was_and_may_say_more(bot: OnTelegram) -> None:
    number = await bot.with_adviser(ANN)
    await bot.advising.say(number, "Robin", "Hello", "c1")
    await bot.told(ANN, "Hello")
    await bot.advising.close(number, "Robin", 99, "answered")
    asked = await bot.told(ANN, bot.say("page_score"))
    assert len(bot.api.buttons(asked)) == 5
    bot.api.presses(ANN, bot.say("page_score_good"), asked)
    thanks = await bot.told(ANN, bot.say("telegram_thanked"))
    await bot.until(lambda: bot.api.buttons(asked) == ["✓ " + bot.say("page_score_good")])
    bot.api.writes(ANN, "Robin was kind", reply_to_message=thanks)
    await bot.told(ANN, "we have kept that")
    (past,) = await bot.store.past_talks(bot.now - dt.timedelta(days=1))
    assert (past.score, past.said_after) == (4, "Robin was kind")
    standing, _ = await bot.helpline.standing((await bot.store.chat(ANN)).conversation)
    assert standing.holder is Holder.CLOSED


async def test_a_closed_talk_is_taken_up_again_when_the_parent_writes(bot: OnTelegram) -> None:
    number = await bot.with_adviser(ANN)
    await bot.advising.close(number, "Robin", 99, "answered")
    await bot.told(ANN, "This talk has ended")
    bot.api.writes(ANN, QUESTION)
    await bot.told(ANN, "part-time or reduced timetable")


async def test_out_of_hours_a_message_is_left_and_the_answer_comes(bot: OnTelegram) -> None:
    bot.now = bot.now.replace(hour=22)
    bot.api.writes(ANN, "/human")
    await bot.told(ANN, "No adviser can join you just now")
    bot.api.presses(ANN, bot.say("button_send_message"))
    await bot.told(ANN, "We have kept your message")
    (talk,) = await bot.store.queue()
    bot.now += dt.timedelta(hours=12)
    await bot.adviser()
    await bot.advising.take("Robin", talk.number)
    await bot.advising.say(talk.number, "Robin", "Good morning", "c1")
    await bot.told(ANN, "Good morning")


async def test_a_call_is_booked_by_buttons_and_words(bot: OnTelegram) -> None:
    await bot.books_a_call(ANN, "Ann", "yes")


# -- what does not arrive -------------------------------------------------------------------------------------------


async def test_a_parent_who_has_blocked_the_bot_is_not_tried_again_and_the_adviser_knows(bot: OnTelegram) -> None:
    number = await bot.with_adviser(ANN)
    bot.api.closed[ANN] = BLOCKED
    await bot.advising.say(number, "Robin", "Are you there?", "c1")
    await bot.until(lambda: len(bot.api.messages[ANN]) and bot.api.calls[-1].data.get("text", "").endswith("there?"))
    while not await notes(bot, ANN):
        await bot.until(lambda: True)
    assert await notes(bot, ANN) == [bot.say("telegram_undelivered_blocked")]
    tried = len(bot.api.called("sendMessage"))
    await bot.advising.say(number, "Robin", "Hello?", "c2")
    await bot.until(lambda: True)
    assert (await bot.store.chat(ANN)).blocked
    assert len(bot.api.called("sendMessage")) == tried
    # Telegram says it once more by itself.
    bot.api.update(my_chat_member=member({"id": ANN, "type": "private"}, "kicked"))
    await bot.until(lambda: not bot.api.unread)
    assert await notes(bot, ANN) == [bot.say("telegram_undelivered_blocked")]
    # Unblocked, the parent has all of it, in order.
    del bot.api.closed[ANN]
    bot.api.writes(ANN, "Back again")
    await bot.told(ANN, "Hello?")
    assert [text.partition("\n")[2] for text in bot.api.texts(ANN)[-2:]] == ["Are you there?", "Hello?"]


async def test_a_parent_who_blocks_the_bot_in_a_talk_is_seen_by_the_adviser(bot: OnTelegram) -> None:
    await bot.with_adviser(ANN)
    bot.api.update(my_chat_member=member({"id": ANN, "type": "private"}, "kicked"))
    await bot.settled()
    assert (await bot.store.chat(ANN)).blocked
    assert await notes(bot, ANN) == [bot.say("telegram_undelivered_blocked")]


async def test_a_deleted_account_is_like_a_blocked_bot(bot: OnTelegram) -> None:
    bot.api.closed[ANN] = DEACTIVATED
    bot.api.writes(ANN, QUESTION)
    await bot.until(lambda: bot.api.called("sendMessage"))
    while not (await bot.store.chat(ANN)).blocked:
        await bot.until(lambda: True)
    assert len(bot.api.called("sendMessage")) == 1


async def test_a_line_that_telegram_refuses_goes_without_its_marks_and_else_the_adviser_knows(
    bot: OnTelegram,
) -> None:
    number = await bot.with_adviser(ANN)
    bot.api.faults["sendMessage"].append(REFUSED)
    await bot.advising.say(number, "Robin", "plain & simple", "c1")
    message = await bot.told(ANN, "plain & simple")
    assert "<b>" not in message["text"]
    bot.api.faults["sendMessage"].extend([REFUSED, REFUSED])
    await bot.advising.say(number, "Robin", "lost", "c2")
    await bot.advising.say(number, "Robin", "next", "c3")
    await bot.told(ANN, "next")
    assert await notes(bot, ANN) == [bot.say("telegram_undelivered")]
    assert not any("lost" in text for text in bot.api.texts(ANN))


# -- the advisers' group --------------------------------------------------------------------------------------------


async def test_the_advisers_group_is_told_who_waits_long_or_is_in_danger_without_a_word_of_theirs(
    stage: OnTelegram,
) -> None:
    async with stage.running(alerts=ALERTS) as bot:
        await waits(bot, ANN)
        alerts = bot.telegram._alerts
        await alerts.look()
        assert bot.api.texts(ALERTS) == []
        bot.now += dt.timedelta(minutes=3)
        await alerts.look()
        await bot.told(ALERTS, "Someone is waiting: 3 minutes. http://127.0.0.1:8000/desk")
        bot.api.writes(BEN, "She says she wants to kill herself")
        await bot.told(BEN, "999")
        await bot.told(ALERTS, "Someone is waiting (urgent): 0 minutes")
        for minutes, expected in ((5, 2), (4, 2), (1, 4)):
            bot.now += dt.timedelta(minutes=minutes)
            await alerts.look()
            await bot.settled()
            assert len(bot.api.texts(ALERTS)) == expected
        assert not any("kill" in text for text in bot.api.texts(ALERTS))


async def test_the_bot_says_nothing_else_in_the_advisers_group_and_stays(stage: OnTelegram) -> None:
    async with stage.running(alerts=ALERTS) as bot:
        bot.api.writes(ALERTS, "Who takes it?")
        bot.api.writes(ANN, QUESTION)
        await bot.hears(ANN)
        assert bot.api.texts(ALERTS) == []
        assert not bot.api.called("leaveChat")
