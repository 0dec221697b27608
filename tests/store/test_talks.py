"""A parent who waits for a person is kept in order, taken once and never lost, on SQLite and on PostgreSQL."""

import asyncio
import datetime as dt

import pytest

from bot.conversation import Author, Context, Holder, Reply, Risk, Status
from bot.handover import HandoverCard, Late, NotWaiting, NotYours, TooManyTalks, UnknownTalk, Way
from bot.helpline import UnknownConversation
from bot.moves import IllegalMove
from bot.settings import LONDON
from bot.store.tables import accounts

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
CARD = HandoverCard(want="Can they do that?")


def at(minutes):
    return NOON + dt.timedelta(minutes=minutes)


@pytest.fixture
async def advisers(store):
    """Sam and Alex, with three talks each at most; and the way to have more colleagues."""

    async def hire(*names, most=3):
        rows = [
            {"name": name, "role": "adviser", "password": "", "available": True, "most_talks": most} for name in names
        ]
        async with store._writing() as connection:
            await connection.execute(accounts.insert(), rows)

    await hire("sam", "alex")
    return hire


@pytest.fixture
def a_parent_waits(store):
    async def wait(conversation, since=0, level=None, way=Way.LIVE):
        await store.open(conversation, "web", NOON)
        return await store.hand_over(conversation, CARD, way, level, "asked", at(since))

    return wait


async def holder(store, conversation):
    return (await store.standing(conversation)).holder


# -- into the queue ---------------------------------------------------------------------------------------------------


async def test_a_parent_who_asks_for_a_person_waits_with_their_card(store, a_parent_waits):
    talk = await a_parent_waits("a")
    assert (talk.holder, talk.card, talk.waiting_since, talk.adviser) == (Holder.WAITING, CARD, NOON, "")
    assert await holder(store, "a") is Holder.WAITING
    assert await store.open_talk("a") == talk


async def test_asking_twice_keeps_the_place_and_takes_the_new_card(store, a_parent_waits):
    first = await a_parent_waits("a")
    again = await store.hand_over("a", HandoverCard(want="more"), Way.LIVE, None, "asked", at(9))
    assert (again.number, again.waiting_since, again.card.want) == (first.number, NOON, "more")


async def test_the_gravest_is_first_then_who_has_waited_longest(store, a_parent_waits):
    for name, since, level in [
        ("late", 5, None),
        ("early", 1, None),
        ("concern", 6, Risk.CONCERN),
        ("urgent", 7, Risk.URGENT),
        ("immediate", 8, Risk.IMMEDIATE),
    ]:
        await a_parent_waits(name, since, level)
    order = [talk.conversation for talk in await store.queue()]
    assert order == ["immediate", "urgent", "concern", "early", "late"]
    assert [await store.ahead_of(talk) for talk in await store.queue()] == [0, 1, 2, 3, 4]


async def test_messages_left_out_of_hours_stand_in_nobodys_way(store, a_parent_waits):
    await a_parent_waits("left", 0, way=Way.MESSAGE)
    talk = await a_parent_waits("here", 1)
    assert await store.ahead_of(talk) == 0


async def test_a_concern_found_later_moves_a_parent_up_and_never_down(store, a_parent_waits):
    await a_parent_waits("a")
    await store.raise_level("a", Risk.URGENT, at(1))
    await store.raise_level("a", Risk.CONCERN, at(2))
    assert (await store.open_talk("a")).level is Risk.URGENT
    assert [(event.kind, event.was, event.now) for event in await store.events_of("a")] == [
        ("move", "bot", "waiting"),
        ("level", "", "urgent"),
    ]


async def test_a_parent_can_leave_the_queue_and_come_back(store, a_parent_waits):
    first = await a_parent_waits("a")
    await store.leave_queue("a", Holder.BOT, "stopped waiting", at(1))
    assert await holder(store, "a") is Holder.BOT
    assert await store.open_talk("a") is None
    assert (await store.hand_over("a", CARD, Way.LIVE, None, "asked", at(2))).number != first.number


async def test_a_booked_call_keeps_the_talk_open(store, advisers, a_parent_waits):
    talk = await a_parent_waits("a")
    await store.leave_queue("a", Holder.CALLBACK, "callback", at(1))
    assert await holder(store, "a") is Holder.CALLBACK
    assert (await store.open_talk("a")).way is Way.CALLBACK
    assert await store.take("sam", "…", at(2)) is None
    assert (await store.take("sam", "…", at(3), talk.number)).adviser == "sam"


@pytest.mark.parametrize(("level", "way"), [(None, Way.MESSAGE), (Risk.IMMEDIATE, Way.LIVE), (Risk.URGENT, Way.LIVE)])
async def test_a_message_and_somebody_in_danger_do_not_wait_for_a_booked_call(store, a_parent_waits, level, way):
    talk = await a_parent_waits("a", level=level, way=way)
    await store.leave_queue("a", Holder.CALLBACK, "callback", at(1))
    assert await store.open_talk("a") == talk


async def test_from_two_tabs_at_once_a_parent_is_handed_over_once(store):
    await store.open("a", "web", NOON)
    both = [store.hand_over("a", CARD, Way.LIVE, None, "asked", NOON) for _ in range(2)]
    first, second = await asyncio.gather(*both)
    assert first.number == second.number


async def test_nobody_can_be_handed_over_who_does_not_exist(store):
    with pytest.raises(UnknownConversation):
        await store.hand_over("nobody", CARD, Way.LIVE, None, "asked", NOON)


# -- taken ------------------------------------------------------------------------------------------------------------


async def test_taking_gives_the_next_parent_who_is_told(store, advisers, a_parent_waits):
    await a_parent_waits("a", 1)
    await a_parent_waits("b", 0)
    talk = await store.take("sam", "Sam is here.", at(5))
    assert (talk.conversation, talk.adviser, talk.holder) == ("b", "sam", Holder.ADVISER)
    assert [(line.author, line.text) for line in await store.thread("b")] == [(Author.HELPLINE, "Sam is here.")]
    assert await store.waits(NOON) == [(NOON, 300)]


async def test_with_nobody_waiting_nobody_is_taken(store, advisers):
    assert await store.take("sam", "…", NOON) is None


async def test_a_talk_that_a_colleague_has_cannot_be_taken(store, advisers, a_parent_waits):
    talk = await a_parent_waits("a")
    await store.take("sam", "…", NOON)
    with pytest.raises(NotWaiting):
        await store.take("alex", "…", NOON, talk.number)


async def test_an_adviser_has_only_so_many_talks_at_a_time(store, advisers, a_parent_waits):
    for name in "abcd":
        await a_parent_waits(name)
    for _ in range(3):
        await store.take("sam", "…", NOON)
    with pytest.raises(TooManyTalks):
        await store.take("sam", "…", NOON)
    assert await store.take("alex", "…", NOON) is not None


async def test_fifty_advisers_who_press_at_once_get_a_parent_each_and_each_parent_one(store, advisers, a_parent_waits):
    names = [f"adviser{number}" for number in range(50)]
    await advisers(*names)
    for number in range(40):
        await a_parent_waits(f"parent{number}", number)
    taken = [talk for talk in await asyncio.gather(*(store.take(name, "…", at(60)) for name in names)) if talk]
    assert sorted(talk.conversation for talk in taken) == sorted(f"parent{number}" for number in range(40))
    assert len({talk.adviser for talk in taken}) == 40
    assert await store.queue() == []


async def test_one_adviser_who_presses_ten_times_at_once_gets_three(store, advisers, a_parent_waits):
    for number in range(10):
        await a_parent_waits(f"parent{number}")
    results = await asyncio.gather(*(store.take("sam", "…", NOON) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(result, TooManyTalks) for result in results) == 7
    assert len(await store.talks_of("sam")) == 3


# -- talking ----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def a_talk(store, advisers, a_parent_waits):
    await a_parent_waits("a")
    return (await store.take("sam", "Sam is here.", at(1))).number


async def test_what_an_adviser_says_is_kept_once_however_often_it_is_sent(store, a_talk):
    said = await asyncio.gather(*(store.say(a_talk, "sam", "Hello.", "c1", at(2)) for _ in range(5)))
    assert {line.number for line in said} == {2}
    assert [(line.author, line.by) for line in await store.thread("a", 1)] == [(Author.ADVISER, "sam")]


async def test_nobody_else_speaks_in_a_talk(store, a_talk):
    with pytest.raises(NotYours):
        await store.say(a_talk, "alex", "Hello.", "c1", at(2))
    with pytest.raises(UnknownTalk):
        await store.say(99, "sam", "Hello.", "c1", at(2))


async def test_what_a_parent_writes_to_an_adviser_waits_for_no_reply_of_the_assistant(store, a_talk):
    message = await store.record("a", "c1", "hello Sam", "", at(2))
    assert message.heard_by is Holder.ADVISER
    await store.release(a_talk, "sam", Holder.BOT, "…", at(3))
    assert await store.unanswered() == []


async def test_notes_and_whispers_are_in_the_log_and_in_no_thread(store, a_talk):
    await store.note(a_talk, "sam", "note", "call the school", at(2))
    await store.note(a_talk, "robin", "whisper", "ask about the letter", at(3))
    log = [(event.by, event.kind, event.why) for event in await store.events_of("a")][-2:]
    assert log == [("sam", "note", "call the school"), ("robin", "whisper", "ask about the letter")]
    assert len(await store.thread("a")) == 1


async def test_a_talk_passes_to_a_colleague(store, a_talk):
    await store.ask_second_pair(a_talk, "sam", True, at(2))
    await store.transfer(a_talk, "sam", "alex", "Alex takes over.", at(3))
    assert (await store.talk(a_talk)).adviser == "alex"
    with pytest.raises(NotYours):
        await store.say(a_talk, "sam", "still me", "c1", at(4))
    assert (await store.thread("a"))[-1].text == "Alex takes over."


async def test_a_colleague_who_has_no_room_is_given_nobody(store, advisers, a_talk, a_parent_waits):
    for name in "bcd":
        await a_parent_waits(name)
        await store.take("alex", "…", at(2))
    with pytest.raises(TooManyTalks):
        await store.transfer(a_talk, "sam", "alex", "…", at(3))
    assert (await store.talk(a_talk)).adviser == "sam"


async def test_a_night_before_the_parent_came_back_is_no_wait(store, advisers, a_parent_waits):
    await a_parent_waits("a", 0, way=Way.MESSAGE)
    await store.hand_over("a", CARD, Way.LIVE, None, "asked", at(16 * 60))
    await store.take("sam", "…", at(16 * 60 + 5))
    assert await store.waits(NOON) == [(at(16 * 60), 300)]


async def test_the_talks_a_conversation_had_before_are_known(store, advisers, a_talk, a_parent_waits):
    await store.release(a_talk, "sam", Holder.BOT, "…", at(2), follow_up="send the template")
    again = await store.hand_over("a", CARD, Way.LIVE, None, "asked", at(3))
    assert [talk.follow_up for talk in await store.earlier_talks(again)] == ["send the template"]


async def test_a_number_no_database_counts_to_is_no_talk(store):
    with pytest.raises(UnknownTalk):
        await store.talk(10**20)


# -- letting go -------------------------------------------------------------------------------------------------------


async def test_a_parent_who_is_put_back_has_their_old_place(store, a_talk, a_parent_waits):
    await a_parent_waits("b", 0.5)
    await store.release(a_talk, "sam", Holder.WAITING, "…", at(9), why="adviser gone", by="helpline")
    first = (await store.queue())[0]
    assert (first.conversation, first.waiting_since, first.adviser, first.put_back) == ("a", NOON, "", True)
    assert await store.waits(NOON) == [(NOON, 60)], "only the first wait counts"
    assert (await store.events_of("a"))[-1].by == "helpline"


async def test_a_message_that_is_put_back_says_so_and_its_night_is_no_wait(store, advisers, a_parent_waits):
    left = await a_parent_waits("a", way=Way.MESSAGE)
    await store.take("sam", "…", at(900), left.number)
    await store.release(left.number, "sam", Holder.WAITING, "…", at(903), why="adviser gone", by="helpline")
    assert (await store.talk(left.number)).put_back
    await store.take("alex", "…", at(904))
    assert await store.waits(NOON) == []


async def test_a_closed_talk_has_its_outcome_and_can_be_taken_up_within_a_week(store, a_talk):
    await store.release(
        a_talk, "sam", Holder.CLOSED, "…", at(2), seen=1, outcome="answered", topics=["ehc-process"], follow_up="none"
    )
    talk = await store.talk(a_talk)
    assert (talk.holder, talk.outcome, talk.topics, talk.ended_at) == (
        Holder.CLOSED,
        "answered",
        ("ehc-process",),
        at(2),
    )
    await store.record("a", "c1", "one more thing", "", at(2) + dt.timedelta(days=6))
    with pytest.raises(UnknownConversation):
        await store.record("a", "c2", "much later", "", at(2) + dt.timedelta(days=8))
    with pytest.raises(UnknownConversation):
        await store.reopen("a", at(2) + dt.timedelta(days=8))
    await store.reopen("a", at(3))
    assert await holder(store, "a") is Holder.BOT


async def test_an_adviser_cannot_let_go_over_words_they_have_not_seen(store, a_talk):
    await store.record("a", "c1", "wait, one more thing", "", at(2))
    with pytest.raises(Late):
        await store.release(a_talk, "sam", Holder.CLOSED, "…", at(3), seen=1)
    assert await holder(store, "a") is Holder.ADVISER
    await store.release(a_talk, "sam", Holder.CLOSED, "…", at(3), seen=2)


async def test_a_talk_is_let_go_once(store, a_talk):
    await store.release(a_talk, "sam", Holder.BOT, "…", at(2))
    with pytest.raises(NotYours):
        await store.release(a_talk, "sam", Holder.CLOSED, "…", at(2))


async def test_who_still_waits_at_closing_time_has_left_a_message(store, advisers, a_parent_waits):
    talk = await a_parent_waits("a")
    await store.put_off(talk.number, "We have closed.", "closing time", at(1))
    await store.put_off(talk.number, "We have closed.", "closing time", at(2))
    assert (await store.open_talk("a")).way is Way.MESSAGE
    assert [line.text for line in await store.thread("a")] == ["We have closed."]


async def test_leaving_a_queue_one_is_not_in_changes_nothing(store, a_talk):
    await store.leave_queue("a", Holder.BOT, "stopped waiting", at(2))
    assert await holder(store, "a") is Holder.ADVISER
    assert (await store.open_talk("a")).adviser == "sam"


async def test_a_closed_conversation_is_not_handed_over_before_it_is_taken_up_again(store, a_talk):
    await store.release(a_talk, "sam", Holder.CLOSED, "…", at(2))
    with pytest.raises(IllegalMove):
        await store.hand_over("a", CARD, Way.LIVE, None, "asked", at(3))
    assert await store.open_talk("a") is None


# -- who is owed an answer --------------------------------------------------------------------------------------------


async def test_an_adviser_who_takes_a_talk_owes_the_first_word(store, a_talk):
    assert [held.parent_waits_since for held in await store.held()] == [at(1)]


async def test_an_answered_parent_waits_for_nothing_and_a_new_message_starts_the_wait_again(store, a_talk):
    await store.say(a_talk, "sam", "Hello.", "c1", at(2))
    assert [held.parent_waits_since for held in await store.held()] == [None]
    await store.record("a", "p1", "hello", "", at(3))
    message = await store.record("a", "p2", "are you there", "", at(4))
    await store.answer("a", message, Reply(Status.SAFEGUARDING, "Call 999.", context=Context()), at(4))
    assert [held.parent_waits_since for held in await store.held()] == [at(3)], "a line of a machine is no answer"


async def test_after_a_transfer_the_colleague_owes_the_next_word(store, a_talk):
    await store.say(a_talk, "sam", "Hello.", "c1", at(2))
    await store.transfer(a_talk, "sam", "alex", "…", at(5))
    assert [(held.adviser, held.parent_waits_since) for held in await store.held()] == [("alex", at(5))]


# -- after, and switches ----------------------------------------------------------------------------------------------


async def test_a_parent_can_say_how_it_was_after_a_talk_and_not_without_one(store, a_talk):
    assert not await store.thank("a", 5, "great")
    await store.release(a_talk, "sam", Holder.CLOSED, "…", at(2))
    assert await store.thank("a", 5, "great")


async def test_what_is_switched_off_is_off_for_its_channel_with_its_reason_and_audited(store):
    await store.open("a", "web", NOON)
    await store.switch("web", "bot", "We are checking its answers.", "robin", NOON)
    await store.switch("telegram", "desk", "Training day.", "robin", NOON)
    assert (await store.standing("a")).off == {"bot": "We are checking its answers."}
    assert await store.switched_off() == {
        ("web", "bot"): "We are checking its answers.",
        ("telegram", "desk"): "Training day.",
    }
    await store.switch("web", "bot", "", "robin", NOON)
    assert (await store.standing("a")).off == {}


async def test_lines_a_parent_has_seen_are_counted_up_only(store, a_talk):
    await store.saw("a", 3)
    await store.saw("a", 2)
    assert await store.parent_saw("a") == 3
