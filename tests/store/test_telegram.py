"""What comes from Telegram and what goes there is kept once, in order; what a parent deletes is gone."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bot.chats import Chat, Parcel
from bot.conversation import Context, Holder, Reply, Status
from bot.handover import HandoverCard, Way
from bot.helpline import UnknownConversation
from bot.settings import LONDON
from bot.store import SqlStore

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=LONDON)
ANN, BEN = 7_000_000_001, 1002


def parcel(key: str, chat: int = ANN, **more: object) -> Parcel:
    return Parcel(key, chat, {"text": key}, **more)


async def talking(store: SqlStore, conversation: str = "one", chat: int = ANN) -> None:
    """A chat with a question and its answer."""
    await store.open(conversation, "telegram", NOW)
    await store.bind(chat, conversation)
    message = await store.record(conversation, "tg:1:1", "the secret question", "", NOW)
    await store.answer(conversation, message, Reply(Status.ANSWERED, "the secret answer", context=Context()), NOW)


# -- what is received -----------------------------------------------------------------------------------------------


async def test_half_of_a_letter_is_kept_too(store: SqlStore) -> None:
    assert await store.receive(11, ANN, {"message": {"text": "sent home \ud83d"}}, NOW)
    assert await store.next_update(ANN) == (11, {"message": {"text": "sent home \ud83d"}})


async def test_an_update_is_kept_once_and_dealt_with_in_the_order_of_its_number(store: SqlStore) -> None:
    assert await store.receive(12, ANN, {"message": {"text": "second"}}, NOW)
    assert await store.receive(11, ANN, {"message": {"text": "first"}}, NOW)
    assert not await store.receive(12, ANN, {"message": {"text": "again"}}, NOW)
    assert await store.receive(13, BEN, {}, NOW)
    assert sorted(await store.chats_heard()) == [BEN, ANN]
    assert await store.next_update(ANN) == (11, {"message": {"text": "first"}})
    await store.update_done(11)
    assert await store.next_update(ANN) == (12, {"message": {"text": "second"}})
    await store.update_done(12)
    assert await store.next_update(ANN) is None
    assert not await store.receive(11, ANN, {}, NOW)


async def test_old_updates_and_parcels_are_forgotten(store: SqlStore) -> None:
    for number, at in ((1, NOW - dt.timedelta(days=9)), (2, NOW)):
        await store.receive(number, ANN, {}, at)
        await store.post([parcel(f"k{number}")], at)
    await store.tidy(NOW - dt.timedelta(days=8))
    assert (await store.next_update(ANN))[0] == 2
    assert (await store.next_parcel(ANN)).key == "k2"


# -- what is sent ---------------------------------------------------------------------------------------------------


async def test_parcels_of_a_chat_go_one_after_the_other_and_each_key_once(store: SqlStore) -> None:
    await store.post([parcel("a"), parcel("b"), parcel("c", BEN)], NOW)
    await store.post([parcel("a")], NOW)
    assert sorted(await store.chats_with_parcels()) == [BEN, ANN]
    first = await store.next_parcel(ANN)
    assert (first.key, first.attempts, first.doubtful) == ("a", 0, False)
    assert await store.next_parcel(ANN) == first
    assert await store.parcel_goes(first.number)
    again = await store.next_parcel(ANN)
    assert (again.key, again.attempts, again.doubtful) == ("a", 1, True)
    await store.parcel_not_taken(first.number)
    assert not (await store.next_parcel(ANN)).doubtful
    await store.parcel_sent(first.number, 55, NOW)
    assert await store.message_of("a") == 55
    assert (await store.key_of(ANN, 55), await store.key_of(BEN, 55)) == ("a", "")
    second = await store.next_parcel(ANN)
    assert second.key == "b"
    await store.parcel_failed(second.number, "refused")
    assert await store.next_parcel(ANN) is None
    assert await store.last_posted("a") == NOW
    assert await store.last_posted("%") is None


async def test_nothing_goes_to_a_blocked_chat_and_only_harmless_things_to_a_quiet_one(store: SqlStore) -> None:
    await store.post([parcel("line:1"), parcel("quick:1")], NOW)
    await store.mark_chat(ANN, blocked=True)
    assert await store.next_parcel(ANN) is None
    await store.mark_chat(ANN, blocked=False, quiet=True)
    harmless = await store.next_parcel(ANN)
    assert harmless.key == "quick:1"
    assert not await store.parcel_goes(harmless.number - 1)
    assert await store.parcel_goes(harmless.number)
    await store.mark_chat(ANN, quiet=False)
    assert (await store.next_parcel(ANN)).key == "line:1"


async def test_lines_are_handed_over_once_however_many_look_at_the_same_time(store: SqlStore) -> None:
    await talking(store)
    assert [chat.id for chat in await store.chats_behind()] == [ANN]
    shown = Chat(ANN, "one", line=2, place=2)
    await asyncio.gather(*(store.post_lines(shown, [parcel(f"k{number}")], NOW) for number in range(5)))
    assert await store.chats_behind() == []
    first = await store.next_parcel(ANN)
    await store.parcel_sent(first.number, 1, NOW)
    assert await store.next_parcel(ANN) is None
    assert [chat.place for chat in await store.chats_in_queue()] == [2]


async def test_lines_of_a_conversation_that_has_left_the_chat_are_not_handed_over(store: SqlStore) -> None:
    await talking(store)
    await store.open("two", "telegram", NOW)
    await store.bind(ANN, "two")
    await store.post_lines(Chat(ANN, "one", line=2), [parcel("k")], NOW)
    assert await store.next_parcel(ANN) is None


# -- from the website -----------------------------------------------------------------------------------------------


async def test_a_link_works_for_one_chat_until_it_ends(store: SqlStore) -> None:
    await talking(store, chat=BEN)
    await store.offer_link("hash", "one", NOW, NOW + dt.timedelta(minutes=15))
    later = NOW + dt.timedelta(minutes=14)
    assert await store.follow_link("other", ANN, "telegram", later) == ""
    assert await store.follow_link("hash", ANN, "telegram", later) == "one"
    assert await store.follow_link("hash", ANN, "telegram", later) == "one"
    assert await store.follow_link("hash", BEN, "telegram", later) == ""
    assert await store.follow_link("hash", ANN, "telegram", NOW + dt.timedelta(minutes=15)) == ""
    assert (await store.chat(ANN)).conversation == "one"
    assert (await store.chat(BEN)).conversation == ""
    # The last answer is shown again, so that its buttons are at hand.
    assert (await store.chat(ANN)).line == 1


# -- deleting -------------------------------------------------------------------------------------------------------


async def test_a_forgotten_conversation_keeps_no_word_and_takes_none(store: SqlStore) -> None:
    await talking(store)
    card = HandoverCard(want="the secret question", reach="07700 900123")
    talk = await store.hand_over("one", card, Way.LIVE, None, "asked", NOW)
    await store.note(talk.number, "Robin", "note", "a secret", NOW)
    await store.post([parcel("k", conversation="one")], NOW)
    for _ in range(2):
        await store.forget("one", NOW)
    assert await store.thread("one") == []
    assert await store.queue() == []
    left = await store.talk(talk.number)
    assert (left.card, left.outcome, left.holder) == (HandoverCard(), "forgotten", Holder.CLOSED)
    events = await store.events_of("one")
    assert [event.kind for event in events] == ["move", "note", "forgotten"]
    assert "secret" not in str(events)
    assert await store.next_parcel(ANN) is None
    assert await store.chat(ANN) == Chat(ANN)
    for late in (store.record("one", "c", "more", "", NOW), store.hand_over("one", card, Way.LIVE, None, "x", NOW)):
        with pytest.raises(UnknownConversation):
            await late
    with pytest.raises(UnknownConversation):
        await store.forget("nothing", NOW)


async def test_the_next_number_of_a_forgotten_talk_is_its_own(store: SqlStore) -> None:
    """A chat that begins anew has nothing to do with what was forgotten."""
    await talking(store)
    await store.forget("one", NOW)
    await talking(store, "two")
    assert [line.number for line in await store.thread("two")] == [1, 2]
    assert (await store.chat(ANN)).conversation == "two"
