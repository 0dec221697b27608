"""A parent on Telegram can delete, go quiet, and come over from the website; nobody else can."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import pytest
import sqlalchemy as sa

from bot.channels.web.doorway import COOKIE
from bot.conversation import Holder
from bot.helpline import UnknownConversation
from bot.reference import reference
from bot.store.tables import metadata
from tests.channels.telegram.bot_api import BAD_GATEWAY
from tests.channels.telegram.stage import ANN, BEN, OnTelegram
from tests.channels.telegram.test_telegram_asking import QUESTION
from tests.keys import KEYS

SENTENCE = "Our xylophone teacher says the timetable is off"


async def holds(bot: OnTelegram, words: str) -> list[str]:
    """The tables in which these words stand, for whoever has the key."""
    async with bot.store._reading() as connection:
        rows = {table.name: (await connection.execute(sa.select(table))).all() for table in metadata.sorted_tables}
    return [name for name, content in rows.items() if words in str(content)]


# -- deleting -------------------------------------------------------------------------------------------------------


async def test_what_a_parent_wrote_is_gone_from_the_whole_database(bot: OnTelegram) -> None:
    bot.api.writes(ANN, SENTENCE)
    await bot.hears(ANN)
    bot.api.writes(ANN, "/human")
    await bot.told(ANN, SENTENCE)
    bot.api.presses(ANN, bot.say("button_send_live"))
    await bot.told(ANN, "with our advisers now")
    (talk,) = await bot.store.queue()
    await bot.store.note(talk.number, "Robin", "note", "the xylophone family", bot.now)
    await bot.settled()
    assert {"messages", "talks", "events"} <= set(await holds(bot, "xylophone"))
    bot.api.writes(ANN, "/delete")
    said = await bot.told(ANN, "We have deleted")
    assert "Telegram still has this chat" in said["text"]
    await bot.settled()
    assert await holds(bot, "xylophone") == []
    assert await bot.store.queue() == []
    (left,) = await bot.store.past_talks(bot.now - dt.timedelta(days=1))
    assert left.outcome == "forgotten"
    assert [event.kind for event in await bot.store.events_of(talk.conversation)][-1] == "forgotten"


async def test_a_booked_call_is_off_and_its_number_gone(bot: OnTelegram) -> None:
    await bot.books_a_call(ANN, "Zebedee", "no")
    assert len(await bot.store.taken(bot.now)) == 1
    bot.api.writes(ANN, "/delete")
    await bot.told(ANN, "We have deleted")
    await bot.settled()
    assert await bot.store.taken(bot.now) == []
    assert await holds(bot, "Zebedee") == await holds(bot, "900123") == []


async def test_after_deleting_a_parent_begins_anew_and_old_buttons_are_dead(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    (old,) = await bot.hears(ANN)
    before = (await bot.store.chat(ANN)).conversation
    bot.api.writes(ANN, "/delete")
    await bot.told(ANN, "We have deleted")
    bot.api.presses(ANN, bot.say("button_yes"), old)
    await bot.told(ANN, bot.say("telegram_button_gone"))
    bot.api.writes(ANN, QUESTION)
    await bot.until(lambda: sum("part-time" in text for text in bot.api.texts(ANN)) == 2)
    assert (await bot.store.chat(ANN)).conversation != before
    with pytest.raises(UnknownConversation):
        await bot.helpline.hear(before, "anything")


async def test_deleting_twice_or_with_nothing_to_delete_is_no_fault(bot: OnTelegram) -> None:
    for count in (1, 2):
        bot.api.writes(ANN, "/delete")
        await bot.until(lambda count=count: sum("We have deleted" in text for text in bot.api.texts(ANN)) == count)


async def test_what_is_written_behind_the_wish_to_delete_is_heard(bot: OnTelegram) -> None:
    bot.api.writes(ANN, SENTENCE)
    await bot.hears(ANN)
    bot.api.writes(ANN, "/delete")
    bot.api.writes(ANN, QUESTION)
    await bot.told(ANN, "We have deleted")
    await bot.told(ANN, "part-time")


async def test_an_answer_on_its_way_does_not_bring_back_what_was_deleted(bot: OnTelegram) -> None:
    bot.api.writes(ANN, f"slow {SENTENCE}")
    await bot.until(lambda: bot.assistant.heard)
    bot.api.writes(ANN, "/delete")
    await bot.told(ANN, "We have deleted")
    bot.assistant.go.set()
    await asyncio.sleep(0.5)
    await bot.settled()
    assert await holds(bot, "xylophone") == []
    assert len(bot.api.from_bot(ANN)) == 1


async def test_what_was_received_and_sent_is_not_kept_beside_the_conversation(bot: OnTelegram) -> None:
    bot.api.writes(ANN, SENTENCE)
    await bot.hears(ANN)
    await bot.settled()
    async with bot.store._reading() as connection:
        for table in ("telegram_updates", "telegram_outbox"):
            rows = (await connection.exec_driver_sql(f"SELECT payload FROM {table}")).all()
            assert rows
            assert not any(payload for (payload,) in rows)


async def test_the_way_to_what_we_keep_stands_in_the_welcome_and_tells_the_number_of_the_chat(bot: OnTelegram) -> None:
    bot.api.writes(ANN, "/start")
    assert "/privacy" in (await bot.told(ANN, "automated assistant"))["text"]
    bot.api.writes(ANN, "/privacy")
    told = await bot.told(ANN, "/delete deletes")
    conversation = (await bot.store.chat(ANN)).conversation
    assert reference(conversation) in told["text"]
    assert await bot.store.conversation_of("chats", reference(conversation)) == conversation


# -- being quiet ----------------------------------------------------------------------------------------------------


async def test_quick_sends_one_harmless_message_without_a_sound_and_then_nothing(bot: OnTelegram) -> None:
    number = await bot.with_adviser(ANN)
    count = len(bot.api.from_bot(ANN))
    for again in (1, 2):
        bot.api.writes(ANN, "/quick")
        await bot.hears(ANN, count + again)
        await bot.advising.say(number, "Robin", f"Are you safe? {again}", f"c{again}")
        await asyncio.sleep(0.5)
    harmless = bot.api.from_bot(ANN)[count:]
    assert [message["text"] for message in harmless] == [bot.say("telegram_quick")] * 2
    assert bot.api.called("sendMessage")[-1].data["disable_notification"] == "true"
    conversation = (await bot.store.chat(ANN)).conversation
    notes = [event.why for event in await bot.store.events_of(conversation) if event.kind == "note"]
    assert bot.say("telegram_told_quiet") in notes
    # When the parent writes, what was held back comes, in order.
    bot.api.writes(ANN, "I am alone again")
    await bot.told(ANN, "Are you safe? 2")
    said = [text.partition("\n")[2] for text in bot.api.texts(ANN)[-2:]]
    assert said == ["Are you safe? 1", "Are you safe? 2"]


# -- from the website -----------------------------------------------------------------------------------------------


async def link(bot: OnTelegram, conversation: str) -> str:
    """Where the page that the chat page leads to leads to."""
    await bot.until(lambda: bot.telegram._name)
    async with bot.browser() as browser:
        browser.cookies[COOKIE] = KEYS.sign(conversation, COOKIE)
        response = await browser.get("/chat/telegram")
        assert response.status_code == 200
        (address,) = re.findall(r'href="(https://t\.me/[^"]*)"', response.text)
        return str(address)


async def test_a_chat_from_the_website_goes_on_here(bot: OnTelegram) -> None:
    conversation = await bot.helpline.open("web")
    await bot.helpline.hear(conversation, QUESTION)
    where = await link(bot, conversation)
    assert where.startswith("https://t.me/helpline_test_bot?start=")
    token = where.partition("start=")[2]
    bot.api.writes(ANN, f"/start {token}")
    await bot.told(ANN, "go on with your chat from the website")
    answer = await bot.told(ANN, "part-time or reduced timetable")
    bot.api.presses(ANN, bot.say("button_yes"), answer)
    await bot.told(ANN, bot.say("said_yes"))
    assert len(await bot.store.thread(conversation)) == 4
    assert (await bot.store.standing(conversation)).channel == "telegram"
    # Another phone with the same link gets nothing of it.
    bot.api.writes(BEN, f"/start {token}")
    await bot.told(BEN, "That link no longer works")
    assert (await bot.store.chat(BEN)).conversation != conversation


async def test_the_link_ends_after_fifteen_minutes(bot: OnTelegram) -> None:
    conversation = await bot.helpline.open("web")
    await bot.helpline.hear(conversation, QUESTION)
    token = (await link(bot, conversation)).partition("start=")[2]
    bot.now += dt.timedelta(minutes=15)
    bot.api.writes(ANN, f"/start {token}")
    await bot.told(ANN, "That link no longer works")
    await bot.told(ANN, "automated assistant")


async def test_a_parent_in_the_queue_of_the_website_keeps_their_place_and_gets_the_adviser_here(
    bot: OnTelegram,
) -> None:
    conversation = await bot.helpline.open("web")
    await bot.helpline.hear(conversation, QUESTION)
    await bot.helpline.hand_over(conversation, await bot.helpline.handover_card(conversation))
    token = (await link(bot, conversation)).partition("start=")[2]
    bot.api.writes(ANN, f"/start {token}")
    await bot.told(ANN, "go on with your chat from the website")
    talk = await bot.advising.take(await bot.adviser())
    await bot.advising.say(talk.number, "Robin", "Hello from the desk", "c1")
    await bot.told(ANN, "Hello from the desk")


async def test_a_parent_with_a_talk_here_is_not_taken_away_from_it_by_a_link(bot: OnTelegram) -> None:
    await bot.with_adviser(ANN)
    conversation = await bot.helpline.open("web")
    await bot.helpline.hear(conversation, QUESTION)
    token = (await link(bot, conversation)).partition("start=")[2]
    bot.api.writes(ANN, f"/start {token}")
    await bot.told(ANN, bot.say("telegram_carry_later"))
    standing, _ = await bot.helpline.standing((await bot.store.chat(ANN)).conversation)
    assert standing.holder is Holder.ADVISER


async def test_a_parent_with_a_booked_call_here_does_not_lose_it_by_a_link(bot: OnTelegram) -> None:
    await bot.books_a_call(ANN, "Ann", "yes")
    conversation = await bot.helpline.open("web")
    await bot.helpline.hear(conversation, QUESTION)
    token = (await link(bot, conversation)).partition("start=")[2]
    bot.api.writes(ANN, f"/start {token}")
    await bot.told(ANN, bot.say("telegram_carry_later"))
    assert await bot.helpline.booked_call((await bot.store.chat(ANN)).conversation)


async def test_without_a_chat_the_link_leads_to_the_bot_by_itself(bot: OnTelegram) -> None:
    assert await link(bot, "a-conversation-nobody-knows") == "https://t.me/helpline_test_bot"
    empty = await bot.helpline.open("web")
    assert await link(bot, empty) == "https://t.me/helpline_test_bot"


async def test_while_telegram_is_out_of_reach_the_page_says_so_and_leads_back(stage: OnTelegram) -> None:
    stage.api.faults["getMe"].extend([BAD_GATEWAY] * 10)
    async with stage.running() as bot, bot.browser() as browser:
        response = await browser.get("/chat/telegram")
        assert response.status_code == 503
        assert bot.say("page_telegram_away") in response.text
        assert "t.me" not in response.text
        await bot.until(lambda: bot.telegram._name)


async def test_the_token_of_a_link_is_not_kept(bot: OnTelegram) -> None:
    conversation = await bot.helpline.open("web")
    await bot.helpline.hear(conversation, QUESTION)
    token = (await link(bot, conversation)).partition("start=")[2]
    assert await holds(bot, token) == []
