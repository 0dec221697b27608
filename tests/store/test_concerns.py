"""A concern is written down once, in order, and outlives the words of its conversation; on SQLite and PostgreSQL."""

from __future__ import annotations

import ast
import asyncio
import datetime as dt

import pytest
import sqlalchemy as sa

from bot.accounts import Role
from bot.concerns import CHECK, Draft, Finding, Step, Undecided, UnknownConcern
from bot.conversation import Holder, Risk
from bot.handover import HandoverCard, UnknownTalk, Way
from bot.helpline import UnknownConversation
from bot.retention import Limits
from bot.settings import LONDON, ROOT
from bot.store import SqlStore
from bot.store.tables import concern_entries, concerns

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
SAID = Finding("suicide", Risk.URGENT, 3, "I cannot go on", before=((1, "It is all too much"),))


@pytest.fixture
async def said(store: SqlStore) -> str:
    """A conversation in which a parent has said something."""
    await store.open("a", "web", NOON)
    await store.find_concern("a", SAID, NOON)
    return "a"


def decided(by: str = "Mina") -> Draft:
    return Draft(Step.DECIDED, by, "refer", "She has a plan")


async def test_a_record_holds_the_words_by_number_and_what_was_done_in_order(store: SqlStore, said: str) -> None:
    (record,) = await store.open_concerns()
    later = NOON + dt.timedelta(minutes=5)
    drafts = [
        Draft(Step.SEEN, "Mina"),
        decided(),
        Draft(Step.REFERRED, "Mina", "childrens_services", "All of it", "Kent"),
        Draft(Step.ACKNOWLEDGED, "Mina", text="Taken on", who="Duty team, 4711", about=5),
        Draft(Step.CLOSED, "Sue", "passed_on", "They have it"),
    ]
    for draft in drafts:
        await store.add_to_concern(record.number, draft, later)
    record = await store.concern(record.number)
    assert (record.level, record.channel, record.open, record.kinds) == (Risk.URGENT, "web", False, ["suicide"])
    assert [(entry.number, entry.by, entry.step, entry.message) for entry in record.entries[:2]] == [
        (1, CHECK, Step.BEFORE, 1),
        (2, CHECK, Step.FOUND, 3),
    ]
    assert [entry.text for entry in record.entries[:2]] == ["It is all too much", "I cannot go on"]
    assert [
        Draft(entry.step, entry.by, entry.what, entry.text, entry.who, entry.about) for entry in record.entries[2:]
    ] == drafts
    assert {entry.at for entry in record.entries[2:]} == {later}
    assert await store.open_concerns() == []
    assert [record.number for record in await store.concerns_before(None, 9)] == [1]


async def test_the_same_message_is_written_down_once_also_when_the_concern_is_closed(
    store: SqlStore, said: str
) -> None:
    for draft in (decided(), Draft(Step.CLOSED, "Sue", "supported", "Done")):
        await store.add_to_concern(1, draft, NOON)
    await store.find_concern("a", SAID, NOON)
    assert await store.open_concerns() == []
    assert len((await store.concern(1)).entries) == 4


async def test_more_words_go_into_the_open_record_and_never_lower_its_level(store: SqlStore, said: str) -> None:
    await store.find_concern("a", Finding("neglect", Risk.CONCERN, 5, "no food"), NOON)
    await store.find_concern("a", Finding("suicide", Risk.IMMEDIATE, 7, "I took them"), NOON)
    (record,) = await store.open_concerns()
    assert (record.level, record.kinds) == (Risk.IMMEDIATE, ["suicide", "neglect"])


async def test_words_after_the_outcome_begin_a_new_record(store: SqlStore, said: str) -> None:
    for draft in (decided(), Draft(Step.CLOSED, "Sue", "supported", "Done")):
        await store.add_to_concern(1, draft, NOON)
    await store.find_concern("a", Finding("suicide", Risk.URGENT, 9, "again"), NOON)
    assert [record.number for record in await store.concerns_before(None, 9)] == [2, 1]
    assert [record.number for record in await store.concerns_before(2, 9)] == [1]
    assert [record.number for record in await store.concerns_before(None, 1)] == [2]


async def test_many_at_once_leave_one_record_without_a_gap(store: SqlStore) -> None:
    await store.open("a", "web", NOON)
    found = [Finding("suicide", Risk.URGENT, number % 5 + 1, f"words {number % 5}") for number in range(20)]
    await asyncio.gather(*(store.find_concern("a", one, NOON) for one in found))
    acts = [Draft(Step.DECIDED, f"adviser {number}", "lead", "why") for number in range(5)]
    await asyncio.gather(*(store.add_to_concern(1, act, NOON) for act in acts))
    (record,) = await store.open_concerns()
    assert [entry.number for entry in record.entries] == [*range(1, 11)]
    assert {entry.message for entry in record.entries[:5]} == {1, 2, 3, 4, 5}


async def test_a_form_sent_twice_adds_one_entry(store: SqlStore, said: str) -> None:
    for _ in range(2):
        await store.add_to_concern(1, decided(), NOON)
    assert [entry.step for entry in (await store.concern(1)).entries] == [Step.BEFORE, Step.FOUND, Step.DECIDED]


async def test_the_gravest_comes_first_and_unseen_ones_can_be_asked_for(store: SqlStore, said: str) -> None:
    await store.open("b", "telegram", NOON)
    await store.find_concern("b", Finding("missing", Risk.IMMEDIATE, 1, "he is gone"), NOON)
    assert [record.conversation for record in await store.open_concerns()] == ["b", "a"]
    await store.add_to_concern(2, Draft(Step.SEEN, "Mina"), NOON)
    assert [record.conversation for record in await store.unseen_concerns()] == ["a"]


async def test_who_takes_the_talk_has_seen_its_concern_and_cannot_end_it_undecided(store: SqlStore, said: str) -> None:
    await store.add_account("Mina", Role.ADVISER, "", 3)
    talk = await store.hand_over("a", HandoverCard(), Way.LIVE, Risk.URGENT, "suicide", NOON)
    await store.take("Mina", "", NOON)
    record = await store.open_concern("a")
    assert record is not None
    assert (record.talk, record.adviser, record.talk_open, record.unseen) == (talk.number, "Mina", True, False)
    for to in (Holder.CLOSED, Holder.BOT):
        with pytest.raises(Undecided):
            await store.release(talk.number, "Mina", to, "", NOON)
    await store.add_to_concern(1, decided(), NOON)
    await store.release(talk.number, "Mina", Holder.CLOSED, "", NOON, outcome="answered")


async def test_a_talk_that_goes_back_to_the_queue_needs_no_decision(store: SqlStore, said: str) -> None:
    await store.add_account("Mina", Role.ADVISER, "", 3)
    talk = await store.hand_over("a", HandoverCard(), Way.LIVE, Risk.URGENT, "suicide", NOON)
    await store.take("Mina", "", NOON)
    await store.release(talk.number, "Mina", Holder.WAITING, "", NOON, why="adviser gone", by="helpline")
    (record,) = await store.unseen_concerns()
    assert record.entries[-1].step is Step.PUT_BACK


async def test_deleting_the_chat_leaves_the_record_as_it_is(store: SqlStore, said: str) -> None:
    before = await store.concern(1)
    await store.forget("a", NOON)
    after = await store.concern(1)
    assert after.entries == before.entries
    assert after.forgotten
    assert after.open


async def test_danger_in_a_message_that_was_deleted_at_once_is_written_down_all_the_same(store: SqlStore) -> None:
    await store.open("a", "web", NOON)
    await store.forget("a", NOON)
    await store.find_concern("a", SAID, NOON)
    assert len(await store.open_concerns()) == 1


async def test_an_adviser_writes_down_what_the_check_has_not_seen(store: SqlStore) -> None:
    await store.open("a", "web", NOON)
    talk = await store.hand_over("a", HandoverCard(), Way.LIVE, None, "asked", NOON)
    for _ in range(2):
        number = await store.raise_concern(talk.number, "Mina", Risk.CONCERN, "Whispering in the room", NOON)
    record = await store.concern(number)
    assert [(entry.step, entry.by, entry.level) for entry in record.entries] == [(Step.RAISED, "Mina", Risk.CONCERN)]
    assert not record.unseen
    assert record.undecided
    with pytest.raises(UnknownTalk):
        await store.raise_concern(99, "Mina", Risk.CONCERN, "", NOON)


@pytest.mark.parametrize("number", [7, 2**40])
async def test_a_concern_that_is_not_there_is_said_so(store: SqlStore, number: int) -> None:
    with pytest.raises(UnknownConcern):
        await store.concern(number)
    with pytest.raises(UnknownConcern):
        await store.add_to_concern(number, decided(), NOON)


async def test_a_talk_to_talk_about_is_asked_for_and_ticked_off_with_who_did_it(store: SqlStore) -> None:
    await store.open("a", "web", NOON)
    talk = await store.hand_over("a", HandoverCard(), Way.LIVE, None, "asked", NOON)
    for by, wanted in (("Mina", True), ("Mina", True), ("Sue", False)):
        await store.ask_debrief(talk.number, by, wanted, NOON)
        assert [talk.number for talk in await store.debriefs()] == ([talk.number] if wanted else [])
    log = [(event.by, event.now) for event in await store.events_of("a") if event.kind == "debrief"]
    assert log == [("Mina", "on"), ("Sue", "off")]
    with pytest.raises(UnknownTalk):
        await store.ask_debrief(99, "Mina", True, NOON)


async def test_the_migrations_make_the_tables_of_concerns(store: SqlStore) -> None:
    for table in (concerns, concern_entries):
        async with store._engine.connect() as connection:
            columns = await connection.run_sync(
                lambda sync, name=table.name: sa.inspect(sync).get_columns(name)  # type: ignore[misc]
            )
        assert {column["name"] for column in columns} == set(table.columns.keys())


async def test_a_record_is_deleted_as_a_whole_when_its_time_is_over_and_never_while_it_is_open(
    store: SqlStore, said: str
) -> None:
    long_ago, now = NOON - dt.timedelta(days=1), NOON + dt.timedelta(days=1)
    await store.forget("a", NOON)

    async def retain(concern_record: dt.datetime) -> int:
        limits = Limits(open_talk=now, closed_talk=now, callback=now, concern_record=concern_record, audit=now)
        return (await store.delete_older(limits, now)).counts["concern_record"]

    assert await retain(now) == 0, "it is open"
    for draft in (decided(), Draft(Step.CLOSED, "Sue", "supported", "Done")):
        await store.add_to_concern(1, draft, NOON)
    assert await retain(long_ago) == 0
    assert len((await store.concern(1)).entries) == 4
    assert await retain(now) == 1
    assert await store.concerns_before(None, 9) == []
    with pytest.raises(UnknownConversation):
        await store.standing("a")


async def test_a_chat_is_not_deleted_by_time_while_its_concern_is_open(store: SqlStore, said: str) -> None:
    now = NOON + dt.timedelta(days=9)
    limits = Limits(open_talk=now, closed_talk=now, callback=now, concern_record=now, audit=now)
    assert "concern 1" in (await store.delete_older(limits, now)).kept


def test_no_module_changes_an_entry_and_only_its_time_deletes_it() -> None:
    for path in {*(ROOT / "bot").rglob("*.py")} - {ROOT / "bot/store/retaining.py"}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("update", "delete"):
                assert "concern_entries" not in [getattr(given, "id", "") for given in node.args], path
