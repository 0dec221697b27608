"""What is on its way between a parent and the helpline is neither lost nor doubled, whatever happens to Telegram."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import time
from dataclasses import replace

import pytest

from bot.channels.telegram.timing import Timing
from bot.channels.telegram.webhook import Webhook
from bot.chats import Parcel
from bot.conversation import Author
from tests.channels.telegram.bot_api import (
    BAD_GATEWAY,
    NOT_MODIFIED,
    RESET,
    RESET_AFTER,
    SILENCE_AFTER,
    TOKEN,
    UNAUTHORIZED,
    Answer,
    flood,
)
from tests.channels.telegram.stage import ANN, BEN, OnTelegram
from tests.channels.telegram.test_telegram_asking import QUESTION

PUBLIC = "https://helpline.example"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


# -- getting updates ------------------------------------------------------------------------------------------------


async def test_an_update_is_kept_before_it_is_acknowledged(bot: OnTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> bool:
        raise RuntimeError("disk full")

    receive = bot.store.receive
    monkeypatch.setattr(bot.store, "receive", broken)
    bot.api.writes(ANN, QUESTION)
    asked = len(bot.api.called("getUpdates"))
    await bot.until(lambda: len(bot.api.called("getUpdates")) > asked + 2)
    assert bot.api.unread, "it was acknowledged without being kept"
    monkeypatch.setattr(bot.store, "receive", receive)
    await bot.hears(ANN)
    await bot.settled()
    assert len(bot.api.from_bot(ANN)) == 1


@pytest.mark.parametrize(
    "fault", [BAD_GATEWAY, flood(1), UNAUTHORIZED, RESET, RESET_AFTER, SILENCE_AFTER, Answer(raw=b"{")]
)
async def test_updates_are_asked_for_again_when_telegram_fails(bot: OnTelegram, fault: object) -> None:
    bot.api.faults["getUpdates"].append(fault)
    bot.api.writes(ANN, QUESTION)
    await bot.hears(ANN)
    bot.api.writes(ANN, "My son is suspended")
    await bot.hears(ANN, 2)


async def test_an_update_that_comes_twice_is_answered_once_also_after_a_restart(stage: OnTelegram) -> None:
    async with stage.running() as bot:
        update = bot.api.writes(ANN, QUESTION)
        await bot.hears(ANN)
        bot.api.offer(update)
        await bot.settled()
    async with stage.running() as bot:
        bot.api.offer(update)
        bot.api.writes(BEN, QUESTION)
        await bot.hears(BEN)
        await bot.settled()
        assert len(bot.api.from_bot(ANN)) == 1
        assert len(await bot.thread(ANN)) == 2


async def test_updates_that_come_out_of_order_are_all_answered(stage: OnTelegram) -> None:
    async with stage.running(webhook=PUBLIC) as bot:
        await bot.until(lambda: bot.api.webhook)
        for number in (507, 505, 506, 505):
            message = bot.api.message(ANN, f"{QUESTION} {number}")
            await bot.telegram._inbox.take({"update_id": number, "message": message})
        await bot.hears(ANN, 3)
        await bot.settled()
        assert len(bot.api.from_bot(ANN)) == 3


async def test_updates_are_taken_when_telegram_begins_to_count_anew(bot: OnTelegram) -> None:
    bot.api.writes(ANN, QUESTION)
    await bot.hears(ANN)
    await bot.until(lambda: not bot.api.unread)
    await asyncio.sleep(1.2)
    bot.api.offer({"update_id": 3, "message": bot.api.message(ANN, QUESTION)})
    await bot.hears(ANN, 2)


async def test_what_is_no_update_hurts_nobody(bot: OnTelegram) -> None:
    for nonsense in ({"update_id": 900}, {"update_id": 901, "message": {"chat": 5}}, {"update_id": 902, "poll": []}):
        bot.api.offer(nonsense)
    bot.api.writes(ANN, QUESTION)
    await bot.hears(ANN)


# -- the webhook ----------------------------------------------------------------------------------------------------


async def test_with_an_address_of_ours_telegram_sends_to_us(stage: OnTelegram) -> None:
    async with stage.running(webhook=PUBLIC) as bot, bot.browser() as telegram:
        await bot.until(lambda: bot.api.webhook)
        address, secret = bot.api.webhook["url"], bot.api.webhook["secret_token"]
        assert address.startswith(f"{PUBLIC}/telegram/")
        update = {"update_id": 7, "message": bot.api.message(ANN, QUESTION)}
        path = address.removeprefix(PUBLIC)
        for _ in range(2):
            response = await telegram.post(path, json=update, headers={HEADER: secret})
            assert response.status_code == 200
        await bot.hears(ANN)
        await bot.settled()
        assert len(bot.api.from_bot(ANN)) == 1
        assert not bot.api.called("getUpdates")


async def test_what_telegram_sends_before_the_bot_can_answer_is_answered_later(stage: OnTelegram) -> None:
    """After a restart Telegram goes on sending, also while we cannot reach it."""
    stage.api.faults["getMe"].extend([BAD_GATEWAY] * 8)
    async with stage.running(webhook=PUBLIC) as bot, bot.browser() as telegram:
        webhook = bot.telegram._webhook
        update = {"update_id": 7, "message": bot.api.message(ANN, QUESTION)}
        right = {HEADER: webhook.secret}
        assert (await telegram.post(f"/telegram/{webhook.path}", json=update, headers=right)).status_code == 200
        (answer,) = await bot.hears(ANN)
        assert "part-time" in answer["text"]
        await bot.settled()
        assert len(bot.api.from_bot(ANN)) == 1


async def test_only_telegram_is_let_in_at_the_webhook(stage: OnTelegram) -> None:
    async with stage.running(webhook=PUBLIC) as bot, bot.browser() as stranger:
        await bot.until(lambda: bot.api.webhook)
        path, secret = bot.api.webhook["url"].removeprefix(PUBLIC), bot.api.webhook["secret_token"]
        update = json.dumps({"update_id": 7, "message": bot.api.message(ANN, QUESTION)})
        for where, headers in (
            (path, {}),
            (path, {HEADER: "x"}),
            (path, {HEADER: secret[:-1]}),
            ("/telegram/x", {HEADER: secret}),
        ):
            assert (await stranger.post(where, content=update, headers=headers)).status_code == 403
        right = {HEADER: secret}
        assert (await stranger.post(path, content=b"{", headers=right)).status_code == 400
        assert (await stranger.post(path, content=b"x" * 1_100_000, headers=right)).status_code == 413
        assert await bot.store.chats_heard() == []
        assert secret not in path


async def test_an_update_that_could_not_be_kept_is_not_acknowledged_at_the_webhook(
    stage: OnTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> bool:
        raise RuntimeError("disk full")

    async with stage.running(webhook=PUBLIC) as bot, bot.browser() as telegram:
        await bot.until(lambda: bot.api.webhook)
        monkeypatch.setattr(bot.store, "receive", broken)
        path, secret = bot.api.webhook["url"].removeprefix(PUBLIC), bot.api.webhook["secret_token"]
        assert (await telegram.post(path, json={"update_id": 7}, headers={HEADER: secret})).status_code == 503


def test_the_secrets_of_the_webhook_tell_nothing_of_the_token() -> None:
    webhook = Webhook(TOKEN, None)  # type: ignore[arg-type]
    assert webhook.path != webhook.secret[:32]
    assert not any(part in webhook.path + webhook.secret for part in TOKEN.split(":"))


# -- sending --------------------------------------------------------------------------------------------------------


async def test_telegrams_wish_to_wait_is_obeyed_for_all_chats(bot: OnTelegram) -> None:
    bot.api.faults["sendMessage"].append(flood(1))
    bot.api.writes(ANN, QUESTION)
    await bot.until(lambda: bot.api.called("sendMessage"))
    bot.api.writes(BEN, QUESTION)
    await bot.hears(ANN)
    await bot.hears(BEN)
    first, *later = (call.at for call in bot.api.called("sendMessage"))
    assert all(at - first >= 1.0 for at in later)
    assert "may have had this" not in "".join(bot.api.texts(ANN))


async def test_while_telegram_wants_us_to_wait_no_request_of_any_kind_goes_and_none_comes_in_a_heap_after(
    stage: OnTelegram,
) -> None:
    stage.timing = replace(stage.timing, messages_a_second=20.0)
    async with stage.running() as bot:
        bot.api.faults["sendMessage"].append(flood(1))
        await bot.store.post([Parcel(f"k:{chat}", chat, {"text": "Hello"}) for chat in range(1, 31)], bot.now)
        await bot.telegram._sender.resume()
        await bot.until(lambda: bot.api.called("sendMessage"))
        began = bot.api.called("sendMessage")[0].at
        bot.api.writes(ANN, "slow question about home")
        await bot.until(lambda: len(bot.api.called("sendMessage")) >= 31)
        bot.assistant.go.set()
        calls = [*bot.api.called("sendMessage"), *bot.api.called("sendChatAction")]
        # Some may have been on their way already.
        after = sorted(call.at - began for call in calls if call.at - began > 0.4)
        assert after[0] >= 1.0
        assert after[10] - after[0] >= 0.3


async def test_what_stands_in_line_is_not_taken_for_sent(stage: OnTelegram) -> None:
    stage.timing = replace(stage.timing, messages_a_second=4.0)
    async with stage.running() as bot:
        await bot.store.post([Parcel(f"k:{chat}", chat, {"text": "Hello"}) for chat in range(1, 31)], bot.now)
        await bot.telegram._sender.resume()
        await bot.until(lambda: len(bot.api.called("sendMessage")) >= 2)
    # Stopped, or killed, with most of them in line.
    parcels = [await stage.store.next_parcel(chat) for chat in range(1, 31)]
    left = [parcel for parcel in parcels if parcel is not None]
    assert len(left) > 10
    assert sum(parcel.doubtful for parcel in left) <= 1, "but for the one that was on its way"


async def test_what_stands_in_line_stays_here_when_the_parent_asks_for_quiet_or_deletes(stage: OnTelegram) -> None:
    stage.timing = replace(stage.timing, messages_a_second=2.0)
    async with stage.running() as bot:
        conversation = await bot.helpline.open("telegram")
        await bot.store.bind(BEN, conversation)
        first = [Parcel(f"k:{chat}", chat, {"text": "Hello"}) for chat in (1, 2)]
        private = [Parcel("k:ann", ANN, {"text": "private"}), Parcel("k:ben", BEN, {"text": "private"}, conversation)]
        await bot.store.post([*first, *private], bot.now)
        await bot.telegram._sender.resume()
        await bot.store.mark_chat(ANN, quiet=True)
        await bot.store.forget(conversation, bot.now)
        await bot.until(lambda: len(bot.api.called("sendMessage")) == 2)
        await asyncio.sleep(1.5)
        assert bot.api.texts(ANN) == bot.api.texts(BEN) == []
        bot.api.writes(ANN, "/help")
        await bot.told(ANN, "private")
        assert "may have had" not in bot.api.texts(ANN)[0]


@pytest.mark.parametrize("fault", [BAD_GATEWAY, RESET])
async def test_what_telegram_did_not_take_is_sent_again_in_order(bot: OnTelegram, fault: object) -> None:
    bot.api.faults["sendMessage"].extend([fault, fault])
    bot.api.writes(ANN, QUESTION)
    bot.api.writes(ANN, "My son is suspended")
    first, second = await bot.hears(ANN, 2)
    assert "part-time" in first["text"]
    assert "suspen" in second["text"]


@pytest.mark.parametrize("fault", [RESET_AFTER, SILENCE_AFTER])
async def test_what_may_have_arrived_is_sent_again_and_says_so(bot: OnTelegram, fault: object) -> None:
    bot.api.faults["sendMessage"].append(fault)
    bot.api.writes(ANN, QUESTION)
    first, again = await bot.hears(ANN, 2)
    assert again["text"] == f"{first['text']}\n\n{bot.say('telegram_again')}"
    await bot.settled()
    assert len(bot.api.from_bot(ANN)) == 2


async def test_telegram_out_of_reach_at_the_start_holds_nothing_else_up(stage: OnTelegram) -> None:
    stage.api.faults["getMe"].extend([BAD_GATEWAY, RESET, SILENCE_AFTER])
    async with stage.running() as bot:
        bot.api.writes(ANN, QUESTION)
        await bot.hears(ANN)


async def test_a_wrong_token_is_one_clear_line_and_nothing_of_it_is_in_the_log(
    stage: OnTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with stage.running(token="999:wrong-token") as bot:
            await bot.until(lambda: caplog.records)
            await asyncio.sleep(0.2)
            (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
            assert "HELPLINE_TELEGRAM_TOKEN" in record.getMessage()
            assert len(bot.api.calls) == 1
    assert "wrong-token" not in caplog.text


async def test_the_log_holds_neither_the_token_nor_what_a_parent_wrote(
    bot: OnTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        bot.api.faults["sendMessage"].extend([BAD_GATEWAY, RESET, Answer(raw=b'{"ok": true, "result": "sec')])
        bot.api.faults["getUpdates"].append(Answer(raw=b'{"ok": true, "result": "secret words'))
        bot.api.writes(ANN, "secret words about a timetable")
        await bot.hears(ANN)
        await bot.settled()
    assert "secret" not in caplog.text
    assert TOKEN.partition(":")[2] not in caplog.text


async def test_message_is_not_modified_is_no_fault(bot: OnTelegram, caplog: pytest.LogCaptureFixture) -> None:
    bot.api.faults["editMessageReplyMarkup"].append(NOT_MODIFIED)
    bot.api.writes(ANN, QUESTION)
    await bot.hears(ANN)
    bot.api.presses(ANN, bot.say("button_yes"))
    await bot.hears(ANN, 2)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


# -- stops and starts -----------------------------------------------------------------------------------------------


async def test_a_stop_in_the_middle_of_a_talk_loses_nothing_and_doubles_nothing(stage: OnTelegram) -> None:
    async with stage.running() as bot:
        number = await bot.with_adviser(ANN)
        await bot.advising.say(number, "Robin", "before", "c0")
        await bot.told(ANN, "before")
    # The gateway is down; the adviser's desk, in another process, and the parent go on.
    await stage.advising.say(number, "Robin", "meanwhile", "c1")
    stage.api.writes(ANN, "still here")
    stage.api.writes(BEN, QUESTION)
    async with stage.running() as bot:
        await bot.told(ANN, "meanwhile")
        await bot.advising.say(number, "Robin", "after", "c2")
        await bot.told(ANN, "after")
        await bot.hears(BEN)
        await bot.settled()
        said = [text.partition("\n")[2] for text in bot.api.texts(ANN) if text.startswith("Robin, adviser")]
        assert said == ["before", "meanwhile", "after"]
        assert [line.text for line in await bot.thread(ANN)].count("still here") == 1
        assert len(bot.api.from_bot(BEN)) == 1


async def test_what_was_kept_but_not_dealt_with_is_dealt_with_after_the_start(stage: OnTelegram) -> None:
    await stage.store.receive(7, ANN, {"update_id": 7, "message": stage.api.message(ANN, QUESTION)}, stage.now)
    async with stage.running() as bot:
        await bot.hears(ANN)


async def test_a_database_that_cannot_be_read_at_the_start_is_asked_again(
    stage: OnTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failures = stage.store.chats_with_parcels, iter([RuntimeError("no connection")] * 2)

    async def sometimes() -> object:
        for failure in failures:
            raise failure
        return await read()

    monkeypatch.setattr(stage.store, "chats_with_parcels", sometimes)
    async with stage.running() as bot:
        bot.api.writes(ANN, QUESTION)
        await bot.hears(ANN)


async def test_an_answer_that_was_stored_but_not_sent_is_sent_after_the_start(stage: OnTelegram) -> None:
    conversation = await stage.helpline.open("telegram")
    await stage.store.bind(ANN, conversation)
    await stage.helpline.hear(conversation, QUESTION, "tg:1:1")
    async with stage.running() as bot:
        await bot.hears(ANN)
        await bot.settled()
        assert len(bot.api.from_bot(ANN)) == 1


async def test_a_kill_between_sending_and_noting_it_repeats_one_message_that_says_so(stage: OnTelegram) -> None:
    """The one case that can double a message: see docs/adr/0010."""
    await stage.store.post([Parcel("k:0", ANN, {"text": "Hello"}), Parcel("k:1", ANN, {"text": "Bye"})], stage.now)
    parcel = await stage.store.next_parcel(ANN)
    assert parcel.payload == {"text": "Hello"}
    assert await stage.store.parcel_goes(parcel.number)
    async with stage.running() as bot:
        await bot.told(ANN, "Bye")
        assert bot.api.texts(ANN) == [f"Hello\n\n{bot.say('telegram_again')}", "Bye"]


async def test_a_handler_that_breaks_again_and_again_ends_in_a_kind_line(
    bot: OnTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(bot.telegram._hearing, "hear", broken)
    bot.api.writes(ANN, QUESTION)
    await bot.told(ANN, "Something went wrong on our side")
    await bot.settled()
    assert len(bot.api.from_bot(ANN)) == 1


async def test_a_database_that_fails_for_a_moment_is_asked_again(
    bot: OnTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, failures = bot.store.record, iter([RuntimeError("disk full")] * 2)

    async def sometimes(*arguments: object) -> object:
        for failure in failures:
            raise failure
        return await record(*arguments)

    monkeypatch.setattr(bot.store, "record", sometimes)
    bot.api.writes(ANN, QUESTION)
    await bot.told(ANN, "part-time or reduced timetable")


# -- many -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_three_hundred_chats_at_once_stay_within_what_telegram_allows(stage: OnTelegram) -> None:
    """With the times of real life: 360 messages take a dozen seconds."""
    stage.timing = Timing()
    chats = range(2000, 2300)
    async with stage.running() as bot:
        for chat in chats:
            bot.api.writes(chat, "timetable?")
        for chat in chats[:60]:
            bot.api.writes(chat, "suspended?")
        await bot.until(lambda: len(bot.api.called("sendMessage")) >= 360, 120)
        await bot.settled()
        calls = bot.api.called("sendMessage")
        assert len(calls) == 360
        sent = sorted(call.at for call in [*calls, *bot.api.called("sendChatAction")])
        most = max(sum(at <= other < at + 1 for other in sent[place : place + 60]) for place, at in enumerate(sent))
        assert most <= 30
        for chat in chats:
            times = [call.at for call in calls if call.data["chat_id"] == str(chat)]
            assert all(later - earlier >= 0.99 for earlier, later in itertools.pairwise(times))
            assert "part-time" in bot.api.texts(chat)[0]


async def test_one_message_a_second_goes_to_one_chat(stage: OnTelegram) -> None:
    stage.timing = replace(stage.timing, between_messages=1.0)
    async with stage.running() as bot:
        await bot.store.post([Parcel(f"k:{part}", ANN, {"text": "Hello"}) for part in range(3)], bot.now)
        bot.telegram._sender.lanes.go(ANN)
        await bot.hears(ANN, 3)
        times = [call.at for call in bot.api.called("sendMessage")]
        assert all(later - earlier >= 0.99 for earlier, later in itertools.pairwise(times))


async def test_a_stop_ends_soon_while_telegram_says_nothing(stage: OnTelegram) -> None:
    stage.api.faults["sendMessage"].extend([SILENCE_AFTER] * 3)
    async with stage.running() as bot:
        bot.api.writes(ANN, QUESTION)
        await bot.until(lambda: bot.api.called("sendMessage"))
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 5
    assert [line.author for line in await stage.thread(ANN)] == [Author.PARENT, Author.ASSISTANT]


async def test_a_stop_of_the_gateway_is_no_fault_and_what_is_being_heard_is_heard_to_its_end(
    bot: OnTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    bot.api.writes(ANN, f"slow: {QUESTION}")
    await bot.until(lambda: bool(bot.assistant.heard))
    bot.live.end()
    await asyncio.sleep(0.2)
    bot.assistant.go.set()
    for _ in range(100):
        thread = await bot.thread(ANN)
        if thread[-1].author is Author.ASSISTANT:
            break
        await asyncio.sleep(0.05)
    assert [line.author for line in thread] == [Author.PARENT, Author.ASSISTANT]
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []
