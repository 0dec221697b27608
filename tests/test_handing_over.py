"""The way to a person and back, by the helpline and its advisers together, on a real database."""

import dataclasses
import datetime as dt

import pytest

from bot.advising import Advising
from bot.answers import Answers
from bot.booking import Booking
from bot.concerns import Draft, Step, Undecided
from bot.conversation import Author, Holder, Risk, Status
from bot.handover import HandoverCard, Late, NotYours, Way
from bot.helpline import AssistantError, Helpline
from bot.live import Live
from bot.reception import Reception
from bot.safeguarding import Safeguard
from bot.settings import LONDON
from bot.store import SqlStore
from bot.store.tables import accounts
from tests.keys import KEYS
from tests.stand_in import personal_data
from tests.test_helpline import CLEAR, DANGER, UNCLEAR, FakeAssistant

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
NIGHT = dt.datetime(2026, 11, 23, 22, tzinfo=LONDON)


class World:
    """A helpline with its advisers, at a moment that a test can move."""

    def __init__(self, store, knowledge):
        self.now = NOON
        self.store = store
        self.assistant = FakeAssistant()
        self.knowledge = knowledge
        reception, live = Reception(knowledge), Live()
        clock = lambda: self.now  # noqa: E731 - a clock that follows the test
        booking = Booking(store, self.assistant, knowledge)
        self.helpline = Helpline(
            store,
            self.assistant,
            Safeguard(DANGER),
            Answers(knowledge),
            reception,
            live,
            clock,
            booking,
            personal_data(),
        )
        self.advising = Advising(store, live, knowledge, reception, clock)

    def understands(self, *understandings):
        self.assistant.understandings = list(understandings)

    def later(self, minutes):
        self.now += dt.timedelta(minutes=minutes)

    async def parent(self, *messages):
        """A conversation in which these were said; "/x" is a press. Gives its id and the last reply."""
        talk = await self.helpline.open("web")
        return talk, await self.says(talk, *messages)

    async def says(self, talk, *messages):
        for message in messages:
            press = message[1:] if message.startswith("/") else ""
            answer = await self.helpline.hear(talk, message, press=press)
        return answer.reply

    async def holder(self, talk):
        return (await self.store.standing(talk)).holder

    async def is_here(self, name):
        async with self.store._writing() as connection:
            row = {"name": name, "role": "adviser", "password": "", "available": True, "most_talks": 3}
            await connection.execute(accounts.insert(), row)

    async def sees(self, name):
        """The adviser's page shows that they are there."""
        async with self.store._writing() as connection:
            at = self.now.astimezone(dt.timezone.utc)
            await connection.execute(accounts.update().where(accounts.c.name == name).values(seen_at=at))

    async def decides(self, talk, name):
        """The adviser writes down what was decided about the concern."""
        record = await self.store.open_concern(talk)
        await self.store.add_to_concern(record.number, Draft(Step.DECIDED, name, "advise", "He is home."), self.now)

    async def lines(self, talk):
        return [line.text for line in await self.helpline.thread(talk) if line.author is Author.HELPLINE]


@pytest.fixture
async def world(tmp_path, knowledge):
    store = SqlStore(f"sqlite:///{tmp_path / 'helpline.sqlite'}", KEYS)
    await store.upgrade()
    world = World(store, knowledge)
    await world.is_here("Sam")
    await world.is_here("Alex")
    yield world
    await store.close()


def presses(reply):
    return [button.press for button in reply.buttons]


# -- ways in ----------------------------------------------------------------------------------------------------------


async def test_a_parent_who_asks_sees_what_the_adviser_would_see_before_it_goes(world):
    talk, reply = await world.parent("how long can he be suspended for", "/human")
    assert reply.status is Status.HANDOVER
    assert "how long can he be suspended for" in reply.text
    assert presses(reply)[:2] == ["handover:send", "handover:change"]
    assert await world.holder(talk) is Holder.BOT


async def test_a_parent_who_says_not_now_stays_with_the_assistant(world):
    talk, reply = await world.parent("/human", "/handover:no")
    assert reply.status is Status.SMALL_TALK
    assert await world.holder(talk) is Holder.BOT


@pytest.mark.parametrize(
    "wish",
    ["Can I talk to a person please?", "chcę porozmawiać z kimś", "quiero hablar con una persona", "human please"],
)
async def test_a_wish_for_a_person_is_met_in_any_language_we_know_and_while_the_assistant_is_dead(world, wish):
    world.understands(AssistantError("dead"))
    _, reply = await world.parent(wish)
    assert (reply.status, presses(reply)[0]) == (Status.HANDOVER, "handover:send")


async def test_two_questions_back_lead_to_the_offer_of_a_person(world):
    world.understands(UNCLEAR)
    _, reply = await world.parent("how", "how long", "but how long")
    assert (reply.status, presses(reply)[0]) == (Status.HANDOVER, "handover:send")


async def test_two_noes_lead_to_the_offer_of_a_person(world):
    _, reply = await world.parent("how long", "/no", "/no")
    assert (reply.status, presses(reply)[0]) == (Status.HANDOVER, "handover:send")


async def test_a_failure_has_a_way_to_a_person(world):
    world.understands(AssistantError("dead"))
    _, reply = await world.parent("how long")
    assert "human" in presses(reply)


async def test_somebody_in_danger_is_in_the_queue_at_once_and_is_told_so(world):
    talk, reply = await world.parent("how long", "my son has run away")
    assert (reply.status, reply.risk) == (Status.SAFEGUARDING, Risk.IMMEDIATE)
    assert world.knowledge.say("danger_told") in reply.text
    waiting = await world.store.open_talk(talk)
    assert (waiting.level, waiting.way, waiting.card.want) == (Risk.IMMEDIATE, Way.LIVE, "my son has run away")
    after = await world.says(talk, "how long")
    assert after.status is Status.ANSWERED, "the assistant answers on meanwhile"


async def test_somebody_in_danger_at_night_is_kept_for_the_morning_without_a_promise(world):
    world.now = NIGHT
    talk, reply = await world.parent("my son has run away")
    assert "999" in reply.text
    assert "9.30am" in reply.text
    assert (await world.store.open_talk(talk)).way is Way.MESSAGE


# -- the handover card ------------------------------------------------------------------------------------------------


async def test_a_parent_can_leave_lines_out_one_by_one(world):
    said = dataclasses.replace(CLEAR, facts={"council": "Kent", "school": "academy"})
    world.understands(said)
    talk, reply = await world.parent("he is suspended", "/human", "/handover:change")
    assert "handover:without:council" in presses(reply)
    reply = await world.says(talk, "/handover:without:council")
    assert "Kent" not in reply.text
    await world.says(talk, "/handover:send")
    card = (await world.store.open_talk(talk)).card
    assert (card.council, card.facts) == ("", {"school": "academy"})


async def test_a_parent_can_write_the_card_themselves(world):
    talk, _ = await world.parent("he is suspended")
    assert (await world.helpline.handover_card(talk)).want == "he is suspended"
    card = HandoverCard(want="Please check the letter", reach="07700 900123", safe_to_leave=False)
    first = await world.helpline.hand_over(talk, card, "c1")
    assert await world.helpline.hand_over(talk, card, "c1") == first
    assert first.reply.status is Status.HANDOVER
    assert await world.helpline.handover_card(talk) == card


# -- waiting ----------------------------------------------------------------------------------------------------------


async def test_a_parent_in_the_queue_knows_their_place_and_that_we_do_not_know_how_long(world):
    await world.parent("/handover:send")
    talk, reply = await world.parent("/handover:send")
    assert "number 2" in reply.text
    assert world.knowledge.say("wait_unknown") in reply.text
    assert presses(reply) == ["waiting:ask", "waiting:reach", "callback", "waiting:stop"]
    assert (await world.helpline.standing(talk))[1].number == 2


async def test_an_honest_wait_comes_from_what_parents_really_waited_at_this_hour(world):
    world.now -= dt.timedelta(days=7)
    for _ in range(5):
        await world.parent("/handover:send")
        world.later(8)
        talk = await world.advising.take("Sam")
        await world.advising.say(talk.number, "Sam", "Hello", "c")
        await world.advising.close(talk.number, "Sam", 99, "answered")
    world.now = NOON
    _, reply = await world.parent("/handover:send")
    assert "less than 10 minutes" in reply.text


async def test_what_a_waiting_parent_writes_is_kept_for_the_adviser(world):
    talk, _ = await world.parent("/handover:send")
    reply = await world.says(talk, "and he has a plan")
    assert world.knowledge.say("kept_for_adviser") in reply.text
    assert world.assistant.heard == []


async def test_a_waiting_parent_can_go_on_asking_and_keeps_their_place(world):
    talk, _ = await world.parent("/handover:send", "/waiting:ask")
    assert (await world.says(talk, "how long")).status is Status.ANSWERED
    assert await world.holder(talk) is Holder.WAITING
    await world.says(talk, "/waiting:stay")
    assert (await world.says(talk, "one more thing")).status is Status.HANDOVER


async def test_a_waiting_parent_can_leave_a_way_to_be_reached(world):
    talk, _ = await world.parent("/handover:send", "/waiting:reach")
    reply = await world.says(talk, "07700 900123, not after six")
    assert world.knowledge.say("reach_kept") in reply.text
    assert (await world.store.open_talk(talk)).card.reach == "07700 900123, not after six"
    assert (await world.says(talk, "and he has a plan")).text.startswith(world.knowledge.say("kept_for_adviser"))


async def test_a_parent_can_stop_waiting_and_ask_again(world):
    talk, _ = await world.parent("/handover:send", "/waiting:stop")
    assert await world.holder(talk) is Holder.BOT
    assert (await world.says(talk, "how long")).status is Status.ANSWERED


async def test_asking_for_a_person_while_waiting_tells_the_place_again(world):
    _, reply = await world.parent("/handover:send", "/human")
    assert "number 1" in reply.text


# -- out of hours, and switched off -----------------------------------------------------------------------------------


async def test_out_of_hours_a_parent_leaves_a_message_and_goes_on_with_the_assistant(world):
    world.now = NIGHT
    talk, reply = await world.parent("how long", "/human")
    assert "tomorrow at 9.30am" in reply.text
    reply = await world.says(talk, "/handover:send")
    assert reply.status is Status.HANDOVER
    assert (await world.store.open_talk(talk)).way is Way.MESSAGE
    assert (await world.says(talk, "how long")).status is Status.ANSWERED


async def test_a_message_left_at_night_becomes_a_live_talk_when_the_parent_asks_by_day(world):
    world.now = NIGHT
    talk, _ = await world.parent("/handover:send")
    world.now = NOON + dt.timedelta(days=1)
    await world.says(talk, "/handover:send")
    assert (await world.store.open_talk(talk)).way is Way.LIVE


async def test_who_still_waits_at_closing_time_is_told_and_kept(world):
    world.now = NOON.replace(hour=16, minute=40)
    talk, _ = await world.parent("/handover:send")
    world.now = NOON.replace(hour=17, minute=0, second=1)
    await world.advising.watch()
    await world.advising.watch()
    assert (await world.store.open_talk(talk)).way is Way.MESSAGE
    assert len(await world.lines(talk)) == 1
    assert "tomorrow at 9.30am" in (await world.lines(talk))[0]


async def test_a_talk_goes_on_past_closing_until_the_adviser_ends_it(world):
    world.now = NOON.replace(hour=16, minute=40)
    talk, _ = await world.parent("/handover:send")
    taken = await world.advising.take("Sam")
    world.now = NOON.replace(hour=17, minute=20)
    await world.sees("Sam")
    await world.advising.say(taken.number, "Sam", "Let us finish this.", "c1")
    message = await world.helpline.hear(talk, "thank you")
    await world.advising.watch()
    assert message.reply is None
    assert await world.holder(talk) is Holder.ADVISER
    assert len(await world.lines(talk)) == 1, "no word about closing"


async def test_with_the_desk_off_a_parent_is_told_why_and_can_leave_a_message(world):
    await world.advising.switch("web", "desk", "Our line is down until two.", "Robin")
    talk, reply = await world.parent("/human")
    assert "Our line is down until two." in reply.text
    await world.says(talk, "/handover:send")
    assert (await world.store.open_talk(talk)).way is Way.MESSAGE


async def test_with_the_assistant_off_a_parent_is_told_why_and_led_to_a_person(world):
    await world.advising.switch("web", "bot", "We are checking its answers.", "Robin")
    talk, reply = await world.parent("how long")
    assert "We are checking its answers." in reply.text
    assert world.assistant.heard == []
    assert presses(reply)[0] == "handover:send"
    assert "We are checking its answers." in (await world.says(talk, "/card:suspension-length")).text
    await world.advising.switch("web", "bot", "", "Robin")
    assert (await world.says(talk, "how long")).status is Status.ANSWERED


# -- a talk -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def a_talk(world):
    """A conversation that Sam has taken: (its id, the talk's number)."""
    talk, _ = await world.parent("how long", "/handover:send")
    return talk, (await world.advising.take("Sam")).number


async def test_while_an_adviser_holds_a_conversation_the_assistant_is_silent(world, a_talk):
    talk, number = a_talk
    heard = len(world.assistant.heard)
    message = await world.helpline.hear(talk, "are you a real person?")
    assert (message.author, message.reply, len(world.assistant.heard)) == (Author.PARENT, None, heard)
    await world.advising.say(number, "Sam", "I am.", "c1")
    assert [line.text for line in await world.helpline.thread(talk)][-2:] == ["are you a real person?", "I am."]


async def test_words_of_danger_to_an_adviser_are_still_met_at_once_and_raise_the_level(world, a_talk):
    talk, _ = a_talk
    message = await world.helpline.hear(talk, "my son has run away")
    assert message.reply.risk is Risk.IMMEDIATE
    assert (await world.store.open_talk(talk)).level is Risk.IMMEDIATE
    assert await world.holder(talk) is Holder.ADVISER


async def test_handed_back_the_assistant_goes_on_from_what_it_knew(world, a_talk):
    talk, number = a_talk
    seen = (await world.helpline.thread(talk))[-1].number
    await world.advising.hand_back(number, "Sam", seen, "The assistant can tell you the deadlines.")
    assert "The assistant can tell you the deadlines." in (await world.lines(talk))[-1]
    reply = await world.says(talk, "how long")
    assert reply.status is Status.ANSWERED
    assert not reply.context.asking


async def test_what_an_adviser_says_on_handing_back_keeps_its_paragraphs_and_stays_words(world, a_talk):
    talk, number = a_talk
    seen = (await world.helpline.thread(talk))[-1].number
    await world.advising.hand_back(number, "Sam", seen, "I have asked the school.\n\n# 45 days\nAsk for *all* dates.")
    said = (await world.lines(talk))[-1].split("\n\n")
    assert said[:-1] == ["I have asked the school.", r"\# 45 days", r"Ask for \*all\* dates."]


async def test_a_closed_talk_goes_back_to_the_assistant_when_the_parent_writes_within_a_week(world, a_talk):
    talk, number = a_talk
    await world.advising.close(number, "Sam", 99, "answered", ["exclusion-rules"], "send the template")
    assert await world.holder(talk) is Holder.CLOSED
    world.later(60 * 24 * 6)
    assert (await world.says(talk, "how long")).status is Status.ANSWERED
    assert await world.holder(talk) is Holder.BOT
    assert [event.now for event in await world.store.events_of(talk) if event.kind == "move"] == [
        "waiting",
        "adviser",
        "closed",
        "bot",
    ]


async def test_a_parent_who_writes_as_the_adviser_closes_is_not_cut_off(world, a_talk):
    talk, number = a_talk
    seen = (await world.helpline.thread(talk))[-1].number
    await world.helpline.hear(talk, "wait!")
    with pytest.raises(Late):
        await world.advising.close(number, "Sam", seen, "answered")


async def test_a_talk_is_passed_to_a_colleague_with_a_word_to_the_parent(world, a_talk):
    talk, number = a_talk
    await world.advising.transfer(number, "Sam", "Alex")
    assert "Alex" in (await world.lines(talk))[-1]
    with pytest.raises(NotYours):
        await world.advising.say(number, "Sam", "…", "c2")


# -- nobody is left in silence ----------------------------------------------------------------------------------------


async def test_when_the_advisers_connection_is_gone_the_parent_has_their_place_again(world, a_talk):
    talk, number = a_talk
    await world.advising.say(number, "Sam", "Hello.", "c1")
    world.later(1.5)
    await world.advising.watch()
    assert await world.holder(talk) is Holder.ADVISER
    world.later(1)
    await world.advising.watch()
    await world.advising.watch()
    assert await world.holder(talk) is Holder.WAITING
    assert (await world.store.open_talk(talk)).waiting_since == NOON
    assert sum("old place" in line for line in await world.lines(talk)) == 1


async def test_a_message_that_an_adviser_leaves_unanswered_goes_to_another(world, a_talk):
    talk, number = a_talk
    await world.advising.say(number, "Sam", "Hello.", "c1")
    for _ in range(4):
        world.later(2)
        await world.sees("Sam")
        await world.advising.watch()
    assert await world.holder(talk) is Holder.ADVISER, "the parent has nothing to wait for"
    await world.helpline.hear(talk, "are you there?")
    for _ in range(3):
        world.later(2)
        await world.sees("Sam")
        await world.advising.watch()
    assert await world.holder(talk) is Holder.WAITING


async def test_an_adviser_who_takes_a_talk_and_says_nothing_loses_it(world, a_talk):
    talk, _ = a_talk
    for _ in range(3):
        world.later(2)
        await world.sees("Sam")
        await world.advising.watch()
    assert await world.holder(talk) is Holder.WAITING


async def test_after_a_stop_between_record_and_reply_words_of_danger_to_an_adviser_are_still_met(world, a_talk):
    talk, _ = a_talk
    await world.store.record(talk, "c9", "my son has run away", "", world.now)
    await world.helpline.catch_up()
    await world.helpline.catch_up()
    replies = [line for line in await world.helpline.thread(talk) if line.reply and line.reply.risk]
    assert len(replies) == 1


# -- what changed while a parent was elsewhere -----------------------------------------------------------------------


@pytest.fixture
async def a_booked_call(world):
    """A conversation that waited, with a card of the parent's own, and has booked a call instead."""
    talk, _ = await world.parent("how long")
    await world.helpline.hand_over(talk, HandoverCard(want="my own words", reach="07700 900123"), "c1")
    await world.store.leave_queue(talk, Holder.CALLBACK, "callback", world.now)
    return talk


@pytest.mark.parametrize("wish", ["/human", "human please", "/waiting:stay", "/waiting:stop"])
async def test_with_a_call_booked_a_parent_who_asks_for_a_person_is_offered_one(world, a_booked_call, wish):
    reply = await world.says(a_booked_call, wish)
    assert presses(reply)[0] == "handover:send"
    assert "my own words" in reply.text
    assert (await world.says(a_booked_call, "/handover:send")).text.count("number 1") == 1


async def test_danger_brings_a_parent_back_from_a_booked_call_with_their_own_card(world, a_booked_call):
    await world.says(a_booked_call, "my son has run away")
    waiting = await world.store.open_talk(a_booked_call)
    assert (waiting.way, waiting.level) == (Way.LIVE, Risk.IMMEDIATE)
    assert waiting.card == HandoverCard(want="my son has run away", reach="07700 900123")


@pytest.mark.parametrize("wish", ["/human", "human please"])
async def test_who_left_a_message_at_night_is_offered_a_person_by_day(world, wish):
    world.now = NIGHT
    talk, _ = await world.parent("/handover:send")
    world.now = NOON + dt.timedelta(days=1)
    reply = await world.says(talk, wish)
    assert presses(reply)[0] == "handover:send"
    assert world.knowledge.say("person_open") in reply.text


async def test_danger_by_day_is_not_left_among_the_messages_of_the_night(world):
    world.now = NIGHT
    talk, _ = await world.parent("/handover:send")
    world.now = NOON + dt.timedelta(days=1)
    reply = await world.says(talk, "my son has run away")
    assert world.knowledge.say("danger_told") in reply.text
    assert (await world.advising.take("Sam")).conversation == talk


async def test_what_was_changed_on_the_card_stays_when_the_old_button_is_pressed(world):
    talk, _ = await world.parent("how long", "/human")
    card = HandoverCard(reach="07700 900123", safe_to_leave=False)
    await world.helpline.hand_over(talk, card, "c1")
    await world.says(talk, "/handover:send")
    assert (await world.store.open_talk(talk)).card == card


async def test_danger_written_on_the_card_is_met_like_a_message(world):
    talk, _ = await world.parent("/human")
    answer = await world.helpline.hand_over(talk, HandoverCard(want="my son has run away"), "c1")
    assert answer.reply.risk is Risk.IMMEDIATE
    assert "999" in answer.reply.text
    assert "number 1" in answer.reply.text
    assert (await world.store.open_talk(talk)).level is Risk.IMMEDIATE


async def test_a_concern_found_before_the_handover_counts_in_the_queue(world):
    talk, _ = await world.parent("my son has run away", "/waiting:stop", "/handover:send")
    assert (await world.store.open_talk(talk)).level is Risk.IMMEDIATE
    taken = await world.advising.take("Sam")
    await world.advising.say(taken.number, "Sam", "He is safe now?", "c1")
    await world.decides(talk, "Sam")
    await world.advising.close(taken.number, "Sam", 99, "answered")
    await world.says(talk, "/handover:send")
    assert (await world.store.open_talk(talk)).level is None, "an adviser has seen to it"


# -- a concern is written down ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("holder", [Holder.BOT, Holder.WAITING, Holder.ADVISER, Holder.CLOSED])
async def test_danger_is_written_down_whoever_holds_the_conversation(world, holder):
    talk, _ = await world.parent("how long")
    if holder is not Holder.BOT:
        await world.says(talk, "/handover:send")
    if holder in (Holder.ADVISER, Holder.CLOSED):
        taken = await world.advising.take("Sam")
    if holder is Holder.CLOSED:
        await world.advising.close(taken.number, "Sam", 99, "answered")
    assert await world.holder(talk) is holder
    await world.helpline.hear(talk, "my son has run away")
    record = await world.store.open_concern(talk)
    message = next(line for line in await world.helpline.thread(talk) if line.text == "my son has run away")
    entry = record.entries[-1]
    assert (record.level, record.unseen) == (Risk.IMMEDIATE, True)
    assert (entry.step, entry.text, entry.message, entry.what) == (
        Step.FOUND,
        "my son has run away",
        message.number,
        "missing",
    )


async def test_danger_is_written_down_while_the_assistant_is_dead_and_at_night(world):
    world.now = NIGHT
    world.understands(AssistantError("dead"))
    talk, _ = await world.parent("my son has run away")
    assert (await world.store.open_concern(talk)).unseen


async def test_a_message_that_is_checked_again_after_a_stop_is_written_down_once(world, monkeypatch):
    async def stopped(*_):
        raise OSError("the gateway stops")

    talk = await world.helpline.open("web")
    with monkeypatch.context() as until_then:
        until_then.setattr(world.store, "answer", stopped)
        with pytest.raises(OSError, match="stops"):
            await world.helpline.hear(talk, "my son has run away")
    assert await world.helpline.catch_up() == 1
    assert [entry.step for entry in (await world.store.open_concern(talk)).entries] == [Step.FOUND]


async def test_words_that_are_only_understood_with_those_before_are_written_down_with_them(world):
    talk, _ = await world.parent("he has", "run away")
    entries = (await world.store.open_concern(talk)).entries
    assert [(entry.step, entry.message, entry.text) for entry in entries] == [
        (Step.BEFORE, 1, "he has"),
        (Step.FOUND, 3, "run away"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        {"want": "my son has run away"},
        {"reach": "my son has run away"},
        {"council": "my son has run away"},
        {"facts": {"date": "my son has run away"}},
    ],
    ids=lambda line: next(iter(line)),
)
async def test_what_a_parent_writes_on_the_form_is_written_down_wherever_it_stands_there(world, line):
    talk = await world.helpline.open("web")
    await world.helpline.hand_over(talk, HandoverCard(**{"want": "school", **line}))
    assert "my son has run away" in (await world.store.open_concern(talk)).entries[0].text


async def test_who_takes_the_talk_has_seen_the_concern(world):
    talk, _ = await world.parent("my son has run away")
    await world.advising.take("Sam")
    record = await world.store.open_concern(talk)
    assert not record.unseen
    assert (record.entries[-1].step, record.entries[-1].by) == (Step.SEEN, "Sam")


async def test_danger_said_to_an_adviser_must_be_seen_anew(world):
    talk, _ = await world.parent("my son has run away")
    await world.advising.take("Sam")
    await world.helpline.hear(talk, "he has run away again")
    assert (await world.store.open_concern(talk)).unseen


async def test_when_the_adviser_is_gone_the_concern_needs_somebody_anew(world):
    talk, _ = await world.parent("my son has run away")
    await world.sees("Sam")
    await world.advising.take("Sam")
    world.later(3)
    await world.advising.watch()
    assert await world.holder(talk) is Holder.WAITING
    assert (await world.store.open_concern(talk)).unseen


@pytest.mark.parametrize("way", ["close", "hand_back"])
async def test_a_talk_does_not_end_while_its_concern_is_undecided(world, way):
    talk, _ = await world.parent("my son has run away")
    taken = await world.advising.take("Sam")
    end = {
        "close": lambda: world.advising.close(taken.number, "Sam", 99, "answered"),
        "hand_back": lambda: world.advising.hand_back(taken.number, "Sam", 99, ""),
    }[way]
    with pytest.raises(Undecided):
        await end()
    assert await world.holder(talk) is Holder.ADVISER
    await world.decides(talk, "Sam")
    await end()
    assert (await world.store.open_concern(talk)).open, "the talk is over, the concern is not"


async def test_what_was_decided_before_the_last_words_is_not_enough(world):
    talk, _ = await world.parent("my son has run away")
    taken = await world.advising.take("Sam")
    await world.decides(talk, "Sam")
    await world.helpline.hear(talk, "my son has run away again")
    with pytest.raises(Undecided):
        await world.advising.close(taken.number, "Sam", 99, "answered")


async def test_a_concern_stays_open_when_the_parent_stops_waiting_or_deletes_the_chat(world):
    talk, _ = await world.parent("my son has run away", "/waiting:stop")
    assert await world.store.open_talk(talk) is None
    await world.helpline.forget(talk)
    (record,) = await world.store.open_concerns()
    assert record.forgotten
    assert record.unseen
    assert record.entries[0].text == "my son has run away"


@pytest.mark.parametrize(("text", "press"), [("one more thing", ""), ("Stop waiting", "waiting:stop")])
async def test_what_was_on_its_way_when_the_adviser_came_is_left_to_them(world, text, press):
    talk, _ = await world.parent("/handover:send")
    message = await world.store.record(talk, "c1", text, press, world.now)
    await world.advising.take("Sam")
    reply = (await world.helpline.hear(talk, text, "c1", press)).reply
    assert (message.heard_by, reply.text) == (Holder.WAITING, world.knowledge.say("page_with_adviser"))
    assert (await world.holder(talk), world.assistant.heard) == (Holder.ADVISER, [])


async def test_with_the_desk_off_a_kept_message_is_not_said_to_come_in_open_hours(world):
    await world.advising.switch("web", "desk", "Our line is down until two.", "Robin")
    _, reply = await world.parent("/handover:send")
    assert "Our line is down until two." in reply.text
    assert "We are open" not in reply.text


async def test_switching_the_desk_off_tells_those_who_wait_and_keeps_their_message(world):
    talk, _ = await world.parent("/handover:send")
    await world.advising.switch("web", "desk", "Our line is down until two.", "Sue")
    await world.advising.watch()
    await world.advising.watch()
    assert (await world.store.open_talk(talk)).way is Way.MESSAGE
    assert sum("Our line is down until two." in line for line in await world.lines(talk)) == 1


async def test_somebody_in_danger_is_taken_until_the_very_end_of_the_hours(world):
    world.now = NOON.replace(hour=16, minute=52)
    in_danger, _ = await world.parent("my son has run away")
    asking, _ = await world.parent("/handover:send")
    assert (await world.store.open_talk(in_danger)).way is Way.LIVE
    assert (await world.store.open_talk(asking)).way is Way.MESSAGE


async def test_words_of_danger_in_what_a_parent_says_afterwards_are_heard(world, a_talk):
    talk, number = a_talk
    await world.advising.close(number, "Sam", 99, "answered")
    assert await world.helpline.thank(talk, 5, "thank you, but my son has run away")
    assert (await world.helpline.thread(talk))[-1].reply.risk is Risk.IMMEDIATE
    assert (await world.store.open_talk(talk)).level is Risk.IMMEDIATE


async def test_what_is_said_afterwards_is_read_with_what_came_before(world, a_talk):
    talk, number = a_talk
    await world.helpline.hear(talk, "I think he has")
    await world.advising.close(number, "Sam", 99, "answered")
    for _ in range(2):
        assert await world.helpline.thank(talk, 5, "run away", "the-same")
    heard = [line for line in await world.helpline.thread(talk) if line.text == "run away"]
    assert len(heard) == 1
    assert (await world.store.open_talk(talk)).level is Risk.IMMEDIATE


async def test_the_card_is_read_with_what_came_before(world):
    talk, _ = await world.parent("I think he has")
    await world.helpline.hand_over(talk, HandoverCard(want="run away"))
    assert (await world.store.open_concern(talk)).level is Risk.IMMEDIATE


async def test_a_parent_whose_adviser_is_gone_after_hours_reads_one_line_and_is_kept_for_the_morning(world):
    world.now = NOON.replace(hour=16, minute=40)
    talk, _ = await world.parent("/handover:send")
    await world.advising.take("Sam")
    world.now = NOON.replace(hour=17, minute=10)
    await world.advising.watch()
    await world.advising.watch()
    assert (await world.store.open_talk(talk)).way is Way.MESSAGE
    assert len(await world.lines(talk)) == 2, "that Sam came, and that Sam is gone"
    assert "tomorrow at 9.30am" in (await world.lines(talk))[-1]


async def test_what_was_said_to_an_adviser_is_not_what_a_parent_wants_next_time(world, a_talk):
    talk, number = a_talk
    await world.helpline.hear(talk, "ok thanks bye")
    await world.advising.close(number, "Sam", 99, "answered")
    await world.says(talk, "/human")
    assert (await world.helpline.handover_card(talk)).want == "how long"


async def test_the_form_of_the_card_sent_again_after_stopping_queues_nobody(world):
    talk, _ = await world.parent("how long")
    await world.helpline.hand_over(talk, HandoverCard(want="w"), "c1")
    await world.says(talk, "/waiting:stop")
    await world.helpline.hand_over(talk, HandoverCard(want="w"), "c1")
    assert await world.holder(talk) is Holder.BOT


async def test_not_now_pressed_while_waiting_tells_the_place(world):
    _, reply = await world.parent("/handover:send", "/handover:no")
    assert "number 1" in reply.text


@pytest.mark.parametrize("text", ["my son won't talk to someone at school", "he needs to speak to someone at camhs"])
async def test_somebody_else_who_should_talk_is_no_wish_for_a_person(world, text):
    _, reply = await world.parent(text)
    assert reply.status is Status.ANSWERED
