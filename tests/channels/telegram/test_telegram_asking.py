"""A parent on Telegram asks in words and by buttons, and everything they can send has an answer."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.telegram.messages import KINDS
from bot.conversation import Author, Status
from bot.limits import Buckets, Limits, Rate
from tests.channels.telegram.stage import ANN, BEN, OnTelegram

QUESTION = "Is a part-time timetable allowed?"


async def test_a_parent_who_asks_gets_the_card_with_its_buttons_and_no_preview(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    (answer,) = await bot.hears(ANN)
    assert "part-time or reduced timetable" in answer["text"]
    assert bot.api.buttons(answer)[:2] == [bot.say("button_yes"), bot.say("button_no")]
    sent = bot.api.called("sendMessage")[0].data
    assert '"is_disabled": true' in sent["link_preview_options"].replace("True", "true")
    assert sent["parse_mode"] == "HTML"
    assert "<b>" in sent["text"]
    assert (await bot.thread(ANN))[-1].reply.status is Status.ANSWERED


async def test_two_parents_have_two_conversations(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    bot.api.writes(BEN, "My son is suspended")
    await bot.hears(ANN)
    await bot.hears(BEN)
    assert (await bot.store.chat(ANN)).conversation != (await bot.store.chat(BEN)).conversation


async def test_start_welcomes_says_what_it_is_and_warns_of_other_eyes(bot: OnTelegram) -> None:
    bot.api.writes(ANN, "/start")
    welcome, topics = await bot.hears(ANN, 2)
    for words in ("automated assistant", "999", "Turn off notices", "/quick", "0808"):
        assert words in welcome["text"]
    assert bot.say("button_human") in bot.api.buttons(topics)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/help", "I read words only"),
        ("/topics", "questions that parents often begin with"),
        ("/human", "What we would tell the adviser"),
        ("/hours", "We are open until"),
        ("/callback", "What kind of call"),
        ("/privacy", "/delete deletes"),
        ("/stop", "I write to you only if"),
        ("/nonsense timetable", "part-time or reduced timetable"),
    ],
)
async def test_every_command_has_its_answer(bot: OnTelegram, command: str, words: str) -> None:
    bot.api.writes(ANN, command)
    await bot.told(ANN, words)


async def test_the_commands_are_in_telegrams_menu_with_what_they_do(bot: OnTelegram) -> None:
    await bot.until(lambda: bot.api.called("deleteWebhook"))
    menu = bot.api.called("setMyCommands")[0].data["commands"]
    for name in ("start", "help", "topics", "human", "hours", "callback", "privacy", "delete", "stop", "quick"):
        assert f'"{name}"' in menu


# -- buttons --------------------------------------------------------------------------------------------------------


async def test_a_pressed_button_is_answered_at_once_marked_and_what_is_over_goes(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    (answer,) = await bot.hears(ANN)
    bot.api.presses(ANN, bot.say("button_yes"))
    await bot.told(ANN, bot.say("said_yes"))
    assert bot.api.called("answerCallbackQuery")
    marked = "✓ " + bot.say("button_yes")
    await bot.until(lambda: marked in bot.api.buttons(answer))
    assert bot.say("button_no") not in bot.api.buttons(answer)
    assert bot.say("button_human") in bot.api.buttons(answer)


async def test_a_button_that_is_pressed_twice_is_answered_once_and_says_so(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    (answer,) = await bot.hears(ANN)
    data = answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    bot.api.gives_back(ANN, data, answer)
    bot.api.gives_back(ANN, data, answer)
    await bot.hears(ANN, 2)
    await bot.until(lambda: len(bot.api.called("answerCallbackQuery")) == 2)
    assert bot.api.called("answerCallbackQuery")[1].data["text"] == bot.say("telegram_button_again")
    await bot.settled()
    assert len(bot.api.from_bot(ANN)) == 2


async def test_a_button_that_leads_somewhere_by_itself_works_again_later(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    (answer,) = await bot.hears(ANN)
    for count in (1, 2):
        data = next(row[0] for row in answer["reply_markup"]["inline_keyboard"] if "person" in row[0]["text"])
        bot.api.gives_back(ANN, data["callback_data"], answer)
        await bot.until(lambda count=count: sum("What we would tell" in text for text in bot.api.texts(ANN)) == count)
        bot.api.presses(ANN, bot.say("button_not_now"))
        await bot.until(lambda count=count: bot.api.texts(ANN).count(bot.say("person_not_now")) == count)


async def test_a_button_of_an_older_message_that_no_longer_fits_says_so_kindly(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    (old,) = await bot.hears(ANN)
    bot.api.writes(ANN, "My son is suspended")
    await bot.hears(ANN, 2)
    bot.api.presses(ANN, bot.say("button_no"), old)
    await bot.told(ANN, bot.say("telegram_button_gone"))
    # One that leads to an answer by itself still works.
    bot.api.presses(ANN, bot.say("button_human"), old)
    await bot.told(ANN, "What we would tell the adviser")


async def test_what_telegram_gives_back_fits_is_signed_and_belongs_to_one_conversation(bot: OnTelegram) -> None:
    for chat in (ANN, BEN):
        bot.api.writes(chat, QUESTION)
        await bot.hears(chat)
    (mine,), (theirs,) = bot.api.from_bot(ANN), bot.api.from_bot(BEN)
    given = [row[0]["callback_data"] for row in mine["reply_markup"]["inline_keyboard"]]
    assert all(len(data.encode()) <= 64 for data in given)
    foreign = theirs["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    meaning, _, signature = given[0].rpartition(":")
    forged = [foreign, f"b:2:1:{signature}", meaning, f"{meaning}:", "", "b:x:y:z", "score:1:5:aaaaaaaaaaaa", "é:é"]
    for count, data in enumerate(forged, 1):
        bot.api.gives_back(ANN, data, mine)
        await bot.until(lambda count=count: bot.api.texts(ANN).count(bot.say("telegram_button_gone")) == count)
    assert len(await bot.thread(ANN)) == 2, "nothing of it was heard"


# -- what is no plain message ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*KINDS, "gift"])
async def test_what_we_cannot_read_gets_a_kind_line_and_a_way_to_a_person(bot: OnTelegram, kind: str) -> None:
    bot.api.writes(ANN, **{kind: CONTENT.get(kind, {"file_id": "f", "file_unique_id": "u"})})
    (answer,) = await bot.hears(ANN)
    name = bot.say(f"telegram_kind_{kind}") if kind in KINDS else bot.say("telegram_kind_other")
    assert answer["text"] == bot.say("telegram_unreadable", kind=name)
    bot.api.presses(ANN, bot.say("button_human"))
    await bot.told(ANN, "What we would tell the adviser")


async def test_the_words_under_a_picture_are_answered(bot: OnTelegram) -> None:
    bot.api.writes(ANN, photo=CONTENT["photo"], caption=QUESTION)
    await bot.told(ANN, "I cannot read a picture")
    await bot.told(ANN, "part-time or reduced timetable")


async def test_pictures_that_are_sent_together_get_one_line(bot: OnTelegram) -> None:
    for _ in range(3):
        bot.api.writes(ANN, photo=CONTENT["photo"], media_group_id="7")
    await bot.hears(ANN)
    await bot.settled()
    assert len(bot.api.from_bot(ANN)) == 1


async def test_a_forwarded_message_is_answered_like_any_other(bot: OnTelegram) -> None:
    origin = {"type": "hidden_user", "sender_user_name": "school", "date": 1}
    bot.api.writes(ANN, QUESTION, forward_origin=origin)
    await bot.told(ANN, "part-time or reduced timetable")


async def test_a_changed_message_that_was_answered_is_answered_anew_only_if_the_parent_wants(
    bot: OnTelegram,
) -> None:
    message = bot.api.writes(ANN, QUESTION)["message"]
    await bot.hears(ANN)
    bot.api.changes(message, "My son is suspended")
    asked = await bot.told(ANN, bot.say("telegram_changed"))
    assert asked["reply_to_message"]["message_id"] == message["message_id"]
    assert len(await bot.thread(ANN)) == 2
    bot.api.presses(ANN, bot.say("telegram_button_changed"))
    await bot.until(lambda: len(bot.api.from_bot(ANN)) == 3)
    assert "My son is suspended" in [line.text for line in await bot.thread(ANN)]


async def test_the_changed_words_under_a_picture_are_answered_anew_if_the_parent_wants(bot: OnTelegram) -> None:
    message = bot.api.writes(ANN, photo=CONTENT["photo"], caption=QUESTION)["message"]
    await bot.told(ANN, "part-time or reduced timetable")
    changed = {**message, "caption": "My son is suspended\x07", "edit_date": 5}
    bot.api.messages[ANN][message["message_id"]] = changed
    bot.api.update(edited_message=changed)
    await bot.told(ANN, bot.say("telegram_changed"))
    bot.api.presses(ANN, bot.say("telegram_button_changed"))
    await bot.told(ANN, "suspen")
    assert "My son is suspended" in [line.text for line in await bot.thread(ANN)]


async def test_a_changed_message_with_danger_in_it_is_answered_at_once(bot: OnTelegram) -> None:
    message = bot.api.writes(ANN, QUESTION)["message"]
    await bot.hears(ANN)
    bot.api.changes(message, "My son has just run away from school")
    await bot.told(ANN, "999")
    assert bot.say("telegram_changed") not in bot.api.texts(ANN)
    assert len(await bot.store.queue()) == 1


@pytest.mark.parametrize("command", ["/human", "/topics", "/hours", "/help", "/start", "/delete", "/stop"])
async def test_danger_behind_a_command_is_answered_before_anything_else(bot: OnTelegram, command: str) -> None:
    bot.api.writes(ANN, f"{command} my son has just run away from school")
    (answer,) = await bot.hears(ANN)
    assert "999" in answer["text"]
    assert len(await bot.store.queue()) == 1


@pytest.mark.parametrize("between", ["\n", "  ", "\n\n", "\u00a0"])
async def test_words_behind_a_command_are_read_whatever_stands_between(bot: OnTelegram, between: str) -> None:
    bot.api.writes(ANN, f"/help{between}suicidal thoughts, I want to die")
    await bot.told(ANN, "999")
    heard = [line.text for line in await bot.thread(ANN) if line.author is Author.PARENT and not line.press]
    assert heard[-1].endswith("suicidal thoughts, I want to die")


async def test_danger_behind_a_wish_for_quiet_is_heard_without_a_sound(bot: OnTelegram) -> None:
    bot.api.writes(ANN, "/quick my son has just run away from school")
    (answer,) = await bot.hears(ANN)
    await asyncio.sleep(0.5)
    assert len(await bot.store.queue()) == 1
    assert bot.api.from_bot(ANN) == [answer]
    assert answer["text"] == bot.say("telegram_quick")


async def test_a_mistyped_command_that_is_put_right_is_obeyed(bot: OnTelegram) -> None:
    message = bot.api.writes(ANN, "/quik")["message"]
    await bot.hears(ANN)
    bot.api.changes({**message, "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}, "/quick")
    await bot.told(ANN, bot.say("telegram_quick"))


async def test_a_changed_message_that_was_not_answered_is_a_new_question(bot: OnTelegram) -> None:
    message = bot.api.writes(ANN, "slow question about home")["message"]
    await bot.until(lambda: bot.assistant.heard)
    bot.api.changes(message, QUESTION)
    await asyncio.sleep(0.3)
    bot.assistant.go.set()
    await bot.told(ANN, "part-time or reduced timetable")
    assert bot.say("telegram_changed") not in bot.api.texts(ANN)


async def test_when_two_answers_cross_each_stands_under_its_question(bot: OnTelegram) -> None:
    first = bot.api.writes(ANN, "slow question about home")["message"]
    await bot.until(lambda: bot.assistant.heard)
    second = bot.api.writes(ANN, QUESTION)["message"]
    await bot.until(lambda: bot.api.called("sendChatAction"))
    bot.assistant.go.set()
    answers = await bot.hears(ANN, 2)
    asked = [answer["reply_to_message"]["message_id"] for answer in answers]
    assert asked == [first["message_id"], second["message_id"]]


async def test_a_parent_who_waits_for_an_answer_sees_that_we_write(bot: OnTelegram) -> None:
    bot.api.writes(ANN, "slow question about home")
    await bot.until(lambda: bot.api.called("sendChatAction"))
    assert bot.api.called("sendChatAction")[0].data["action"] == "typing"
    bot.assistant.go.set()
    await bot.hears(ANN)


async def test_an_assistant_that_fails_is_no_silence(bot: OnTelegram) -> None:
    bot.api.writes(ANN, "broken question")
    await bot.told(ANN, bot.say("failure"))


async def test_a_group_is_left_with_a_polite_line_and_nothing_is_heard_there(bot: OnTelegram) -> None:
    bot.api.writes(-77, QUESTION)
    await bot.told(-77, "I only talk in chats with one person")
    await bot.until(lambda: bot.api.called("leaveChat"))
    assert not bot.assistant.heard


async def test_a_bot_that_is_put_into_a_channel_leaves_it(bot: OnTelegram) -> None:
    channel = {"id": -88, "type": "channel", "title": "News"}
    bot.api.update(my_chat_member=member(channel, "administrator"))
    await bot.until(lambda: [call for call in bot.api.called("leaveChat") if call.data["chat_id"] == "-88"])


async def test_a_conversation_that_was_closed_long_ago_begins_anew(bot: OnTelegram) -> None:
    number = await bot.with_adviser(ANN)
    thread = await bot.thread(ANN)
    before = (await bot.store.chat(ANN)).conversation
    await bot.advising.close(number, "Robin", thread[-1].number, "answered")
    await bot.told(ANN, "This talk has ended")
    bot.now = bot.now.replace(day=bot.now.day + 2, month=12)
    bot.api.writes(ANN, QUESTION)
    await bot.told(ANN, "part-time or reduced timetable")
    assert (await bot.store.chat(ANN)).conversation != before
    assert [line.author for line in await bot.thread(ANN)] == [Author.PARENT, Author.ASSISTANT]


def member(chat, status):
    who = {"id": 123456, "is_bot": True, "first_name": "Helpline"}
    rights = ("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats")
    more = ("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories")
    last = ("can_edit_stories", "can_delete_stories")
    new = {"user": who, "status": status}
    if status == "administrator":
        new |= dict.fromkeys((*rights, *more, *last), False)
    if status == "kicked":
        new["until_date"] = 0
    old = {"user": who, "status": "left"}
    person = {"id": abs(chat["id"]), "is_bot": False, "first_name": "Ann"}
    return {"chat": chat, "from": person, "date": 1, "old_chat_member": old, "new_chat_member": new}


FILE = {"file_id": "f", "file_unique_id": "u"}
CONTENT = {
    "photo": [{**FILE, "width": 1, "height": 1}],
    "voice": {**FILE, "duration": 1},
    "video_note": {**FILE, "length": 1, "duration": 1},
    "video": {**FILE, "width": 1, "height": 1, "duration": 1},
    "audio": {**FILE, "duration": 1},
    "animation": {**FILE, "width": 1, "height": 1, "duration": 1},
    "sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False},
    "venue": {"location": {"longitude": 0.0, "latitude": 51.0}, "title": "School", "address": "Road"},
    "location": {"longitude": 0.0, "latitude": 51.0},
    "contact": {"phone_number": "1", "first_name": "Ann"},
    "poll": {
        "id": "1",
        "question": "?",
        "options": [],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    },
    "dice": {"emoji": "x", "value": 1},
    "story": {"chat": {"id": 5, "type": "private"}, "id": 1},
    "gift": {},
}


async def test_a_parent_who_is_too_fast_is_told_once_and_heard_in_danger(stage: OnTelegram) -> None:
    stage.limits = Limits(visitor=Buckets(Rate(0.001, 2)))
    async with stage.running() as bot:
        for number in range(5):
            bot.api.writes(ANN, f"{QUESTION} {number}")
        await bot.told(ANN, stage.say("telegram_too_fast"))
        await bot.settled()
        assert [line.text for line in await bot.thread(ANN) if line.author is Author.PARENT] == [
            f"{QUESTION} {number}" for number in range(2)
        ]
        bot.api.writes(ANN, "I have taken all my tablets and I want to die")
        await bot.told(ANN, "Samaritans")
        assert bot.api.texts(ANN).count(stage.say("telegram_too_fast")) == 1
