"""The store keeps every line once, in order, on SQLite and on PostgreSQL."""

import asyncio
import datetime as dt

import pytest
import sqlalchemy as sa

from bot.conversation import Author, Button, Context, Holder, Reply, Risk, Shown, Standing, Status
from bot.helpline import UnknownConversation
from bot.settings import LONDON
from bot.store import SqlStore
from bot.store.tables import messages
from tests.keys import KEYS

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
REPLY = Reply(
    Status.ANSWERED,
    "At most 45 school days.",
    shown=(Shown("suspension-length", "0123456789ab"),),
    buttons=(Button("Yes", "yes"), Button("Who decides?", "card:suspension-who-decides")),
    risk=Risk.CONCERN,
    context=Context(facts={"school": "academy"}, cards=("suspension-length",), runners_up=("a", "b"), noes=1),
)


@pytest.fixture(autouse=True)
async def a_conversation(store):
    await store.open("talk", "web", NOON)


async def together(writes):
    """What all the writes gave. None is cut short because another failed."""
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [result for result in results if isinstance(result, Exception)] == []
    return results


async def test_a_new_conversation_is_held_by_the_bot_and_empty(store):
    assert await store.standing("talk") == Standing(Holder.BOT, "web")
    assert await store.thread("talk") == []


async def test_what_a_parent_wrote_and_its_reply_come_back_as_they_went_in(store):
    question = await store.record("talk", "c1", "how long 🙂 can he be suspended", "", NOON)
    answer = await store.answer("talk", question, REPLY, NOON + dt.timedelta(seconds=1))
    thread = await store.thread("talk")
    assert thread == [question, answer]
    assert (question.number, question.author, question.text) == (1, Author.PARENT, "how long 🙂 can he be suspended")
    assert (answer.number, answer.author, answer.answers) == (2, Author.ASSISTANT, 1)
    assert thread[1].reply == REPLY
    assert thread[0].at == NOON


async def test_a_message_sent_twice_by_a_shaky_phone_is_stored_once(store):
    first = await store.record("talk", "c1", "hello", "", NOON)
    again = await store.record("talk", "c1", "hello", "", NOON + dt.timedelta(minutes=1))
    assert again == first
    assert await store.thread("talk") == [first]


async def test_the_same_message_sent_twice_at_one_moment_is_stored_once(store):
    sent = await together(store.record("talk", "c1", "hello", "", NOON) for _ in range(10))
    assert len({message.number for message in sent}) == 1
    assert len(await store.thread("talk")) == 1


async def test_two_families_may_use_the_same_client_id(store):
    await store.open("other", "web", NOON)
    await store.record("talk", "c1", "hello", "", NOON)
    await store.record("other", "c1", "good morning", "", NOON)
    assert [line.text for line in await store.thread("other")] == ["good morning"]


async def test_a_message_has_one_reply_and_keeps_it(store):
    question = await store.record("talk", "c1", "hello", "", NOON)
    first = await store.answer("talk", question, REPLY, NOON)
    second = await store.answer("talk", question, Reply(Status.ERROR, "Something else"), NOON)
    assert second == first
    assert [line.text for line in await store.thread("talk")] == ["hello", REPLY.text]


async def test_fifty_writers_at_once_get_the_numbers_one_to_fifty(store):
    written = await together(store.record("talk", f"c{n}", f"line {n}", "", NOON) for n in range(50))
    assert sorted(message.number for message in written) == list(range(1, 51))
    thread = await store.thread("talk")
    assert [line.number for line in thread] == list(range(1, 51))
    assert {line.client_id: line.number for line in thread} == {line.client_id: line.number for line in written}


async def test_the_thread_can_be_read_on_from_a_number(store):
    for n in range(5):
        await store.record("talk", f"c{n}", f"line {n}", "", NOON)
    assert [line.number for line in await store.thread("talk", after=3)] == [4, 5]


async def test_what_was_recorded_but_not_answered_is_still_there_after_a_kill(address):
    killed = SqlStore(address, KEYS)
    await killed.upgrade()
    await killed.open("one", "web", NOON)
    await killed.open("two", "web", NOON)
    later = await killed.record("two", "c1", "asked later", "", NOON + dt.timedelta(minutes=5))
    answered = await killed.record("one", "c1", "asked and answered", "", NOON)
    await killed.answer("one", answered, REPLY, NOON)
    earlier = await killed.record("one", "c2", "asked first", "", NOON + dt.timedelta(minutes=1))
    # A killed gateway closes nothing. The next one opens the database anew.
    started_again = SqlStore(address, KEYS)
    await started_again.upgrade()
    assert await started_again.unanswered() == [("one", earlier), ("two", later)]
    await started_again.close()
    await killed.close()


async def test_a_reply_of_ours_is_never_waiting_for_an_answer(store):
    question = await store.record("talk", "c1", "hello", "", NOON)
    await store.answer("talk", question, REPLY, NOON)
    assert await store.unanswered() == []


@pytest.mark.parametrize("ask", ["standing", "thread", "record"])
async def test_an_unknown_conversation_is_named_as_such(store, ask):
    with pytest.raises(UnknownConversation):
        await {
            "standing": lambda: store.standing("nobody"),
            "thread": lambda: store.thread("nobody"),
            "record": lambda: store.record("nobody", "c1", "hello", "", NOON),
        }[ask]()


async def test_the_hour_that_comes_twice_in_october_stays_in_order(store):
    summer = dt.datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=0)
    winter = dt.datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1)
    await store.record("talk", "c1", "before the clocks went back", "", summer)
    await store.record("talk", "c2", "after they did", "", winter)
    first, second = await store.thread("talk")
    assert second.at.astimezone(dt.timezone.utc) - first.at.astimezone(dt.timezone.utc) == dt.timedelta(hours=1)
    assert (first.at.utcoffset(), second.at.utcoffset()) == (dt.timedelta(hours=1), dt.timedelta(0))
    assert [message.client_id for _, message in await store.unanswered()] == ["c1", "c2"]


async def test_the_hour_that_is_skipped_in_march_loses_nothing(store):
    before = dt.datetime(2027, 3, 28, 0, 59, tzinfo=LONDON)
    await store.record("talk", "c1", "before the clocks went forward", "", before)
    await store.record(
        "talk", "c2", "two minutes later", "", (before.astimezone(dt.timezone.utc) + dt.timedelta(minutes=2))
    )
    first, second = await store.thread("talk")
    assert (first.at.hour, second.at.hour) == (0, 2)


async def test_bringing_the_tables_up_to_date_twice_changes_nothing(store):
    question = await store.record("talk", "c1", "hello", "", NOON)
    await store.upgrade()
    assert await store.thread("talk") == [question]


async def test_the_migrations_make_the_tables_that_the_queries_expect(store):
    async with store._engine.connect() as connection:
        columns = await connection.run_sync(lambda sync: sa.inspect(sync).get_columns("messages"))
        unique = await connection.run_sync(lambda sync: sa.inspect(sync).get_unique_constraints("messages"))
    assert {column["name"] for column in columns} == set(messages.columns.keys())
    assert {tuple(constraint["column_names"]) for constraint in unique} == {
        ("conversation", "client_id"),
        ("conversation", "answers"),
    }
