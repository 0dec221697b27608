"""The road of a message, from what a parent writes to what they read."""

import asyncio
import datetime as dt
import time

import pytest

from bot.answers import Answers
from bot.assistant import RasaAssistant
from bot.booking import Booking
from bot.conversation import MOST_READ, Author, Context, Question, Risk, Status, Understanding
from bot.helpline import AssistantError, Helpline, UnknownConversation
from bot.live import Live
from bot.reception import Reception
from bot.safeguarding import Safeguard
from bot.settings import LONDON
from bot.store import SqlStore
from tests.keys import KEYS
from tests.stand_in import personal_data

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
DANGER = {
    "words": {},
    "spellings": {},
    "background": ["years ago"],
    "kinds": {
        "missing": {
            "wording": "sg_missing",
            "signposts": ["emergency-999"],
            "patterns": {"immediate": ["has ... run away"]},
            "exceptions": ["run away with the idea"],
        }
    },
}
CLEAR = Understanding(
    questions=(
        Question("how long", [("suspension-length", 0.97), ("suspension-letter", 0.01), ("suspension-exams", 0.01)]),
    )
)
UNCLEAR = Understanding(
    questions=(Question("how long can it be", [("suspension-length", 0.4), ("suspension-letter", 0.39)]),)
)


class FakeAssistant:
    """Understands everything as it is told to; a list is one understanding, or failure, after the other."""

    def __init__(self, *understandings):
        self.understandings, self.heard = list(understandings) or [CLEAR], []

    async def understand(self, conversation, text, context, before=()):
        self.heard.append((text, context))
        understood = self.understandings.pop(0) if len(self.understandings) > 1 else self.understandings[0]
        if isinstance(understood, Exception):
            raise understood
        return understood


@pytest.fixture
async def store(tmp_path):
    store = SqlStore(f"sqlite:///{tmp_path / 'helpline.sqlite'}", KEYS)
    await store.upgrade()
    yield store
    await store.close()


@pytest.fixture
def a_helpline(store, knowledge):
    def build(assistant):
        booking = Booking(store, assistant, knowledge)
        return Helpline(
            store,
            assistant,
            Safeguard(DANGER),
            Answers(knowledge),
            Reception(knowledge),
            Live(),
            lambda: NOON,
            booking,
            personal_data(),
        )

    return build


# -- a question is answered -----------------------------------------------------------------------------------------


async def test_a_question_is_answered_and_both_are_kept(a_helpline):
    helpline = a_helpline(FakeAssistant())
    talk = await helpline.open("web")
    answer = await helpline.hear(talk, "how long can he be suspended for")
    assert answer.reply.status is Status.ANSWERED
    assert [(line.author, line.answers) for line in await helpline.thread(talk)] == [
        (Author.PARENT, None),
        (Author.ASSISTANT, 1),
    ]


async def test_the_id_of_a_conversation_cannot_be_guessed_and_fits_the_store(a_helpline):
    helpline = a_helpline(FakeAssistant())
    ids = {await helpline.open("web") for _ in range(20)}
    assert len(ids) == 20
    assert all(30 <= len(talk) <= 40 for talk in ids)


async def test_a_message_for_no_conversation_is_refused(a_helpline):
    with pytest.raises(UnknownConversation):
        await a_helpline(FakeAssistant()).hear("nobody", "hello")


async def test_what_a_parent_said_before_is_known_in_the_next_message_and_after_a_restart(a_helpline):
    said = Understanding(questions=CLEAR.questions, facts={"school": "academy"})
    first = a_helpline(FakeAssistant(said))
    talk = await first.open("web")
    await first.hear(talk, "he is at an academy and suspended, how long")
    assistant = FakeAssistant()
    await a_helpline(assistant).hear(talk, "and who decides")
    assert assistant.heard == [("and who decides", assistant.heard[0][1])]
    assert assistant.heard[0][1].facts == {"school": "academy"}
    assert assistant.heard[0][1].cards == ("suspension-length",)


async def test_a_message_that_arrives_twice_is_answered_once(a_helpline):
    assistant = FakeAssistant()
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    first, second = await asyncio.gather(helpline.hear(talk, "how long", "c1"), helpline.hear(talk, "how long", "c1"))
    assert first == second
    assert len(assistant.heard) == 1


async def test_answers_come_in_the_order_of_the_questions(a_helpline):
    class SlowAtFirst(FakeAssistant):
        async def understand(self, conversation, text, context, before=()):
            await asyncio.sleep(0.2 if text == "first" else 0)
            return await super().understand(conversation, text, context, before)

    helpline = a_helpline(SlowAtFirst())
    talk = await helpline.open("web")
    await asyncio.gather(helpline.hear(talk, "first"), helpline.hear(talk, "second"))
    thread = await helpline.thread(talk)
    assert [(line.text, line.answers) for line in thread if line.author is Author.PARENT] == [
        ("first", None),
        ("second", None),
    ]
    assert [line.answers for line in thread if line.answers] == [1, 2]


async def test_one_familys_slow_answer_does_not_hold_up_another(a_helpline):
    class SlowForOne(FakeAssistant):
        async def understand(self, conversation, text, context, before=()):
            await asyncio.sleep(0.5 if text == "slow" else 0)
            return await super().understand(conversation, text, context, before)

    helpline = a_helpline(SlowForOne())
    slow, quick = await helpline.open("web"), await helpline.open("web")
    waiting = asyncio.create_task(helpline.hear(slow, "slow"))
    await asyncio.sleep(0.1)
    await helpline.hear(quick, "quick")
    assert not waiting.done()
    await waiting


# -- danger comes first ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assistant", [FakeAssistant(), FakeAssistant(AssistantError("dead"))], ids=["alive", "dead"])
async def test_danger_is_answered_before_the_assistant_and_without_it(a_helpline, assistant, knowledge):
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    answer = await helpline.hear(talk, "my daughter has just run away from school. can they suspend her?")
    assert (answer.reply.status, answer.reply.risk) == (Status.SAFEGUARDING, Risk.IMMEDIATE)
    assert answer.text.startswith(knowledge.say("sg_missing_immediate"))
    assert assistant.heard == []


async def test_danger_that_is_told_in_two_messages_is_seen(a_helpline):
    helpline = a_helpline(FakeAssistant())
    talk = await helpline.open("web")
    assert (await helpline.hear(talk, "it is my son he has")).reply.status is Status.ANSWERED
    assert (await helpline.hear(talk, "run away")).reply.status is Status.SAFEGUARDING


async def test_the_question_beside_the_danger_is_answered_when_the_parent_presses_for_it(a_helpline):
    assistant = FakeAssistant()
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    text = "she has run away. can they suspend her?"
    danger = await helpline.hear(talk, text)
    again = next(button for button in danger.reply.buttons if button.press.startswith("again"))
    answer = await helpline.hear(talk, again.label, press=again.press)
    assert answer.reply.status is Status.ANSWERED
    assert [heard for heard, _ in assistant.heard] == ["can they suspend her?"]


class Hangs(FakeAssistant):
    """Rasa that does not answer until it is let go."""

    def __init__(self, *understandings):
        super().__init__(*understandings)
        self.go = asyncio.Event()

    async def understand(self, conversation, text, context, before=()):
        await self.go.wait()
        return await super().understand(conversation, text, context, before)


async def asked(helpline):
    """A conversation, and the answer to its first question, which Rasa has not given yet."""
    talk = await helpline.open("web")
    question = asyncio.create_task(helpline.hear(talk, "how long can he be suspended"))
    await asyncio.sleep(0.1)
    return talk, question


async def test_danger_does_not_wait_for_the_answer_to_an_earlier_question(a_helpline, store):
    assistant = Hangs()
    helpline = a_helpline(assistant)
    talk, question = await asked(helpline)
    waiting = asyncio.create_task(helpline.hear(talk, "and who decides"))
    await asyncio.sleep(0.1)
    danger = await asyncio.wait_for(helpline.hear(talk, "he has run away", "c3"), 1)
    assert (danger.reply.risk, danger.answers) == (Risk.IMMEDIATE, 3)
    assert (await store.open_talk(talk)).level is Risk.IMMEDIATE
    assert [entry.message for entry in (await store.open_concern(talk)).entries] == [3]
    assert await asyncio.wait_for(helpline.hear(talk, "he has run away", "c3"), 1) == danger
    assistant.go.set()
    await asyncio.gather(question, waiting)
    assert [line.answers for line in await helpline.thread(talk) if line.answers] == [3, 1, 2]


async def test_what_was_asked_before_danger_is_put_aside_and_not_lost(a_helpline, knowledge):
    assistant = Hangs(Understanding(questions=CLEAR.questions, facts={"school": "academy"}))
    helpline = a_helpline(assistant)
    talk, question = await asked(helpline)
    await helpline.hear(talk, "he has run away")
    assistant.go.set()
    late = await question
    assert late.text == knowledge.say("put_aside"), "an answer would push the help off the page"
    assert late.reply.shown == ()
    assert [button.press for button in late.reply.buttons] == ["human", "again:1"]
    answer = await helpline.hear(talk, "Answer my question", press="again:1")
    assert (answer.reply.status, assistant.heard[-1][0]) == (Status.ANSWERED, "how long can he be suspended")
    after = await helpline.hear(talk, "and who decides")
    assert after.reply.status is Status.ANSWERED, "who waits after danger goes on asking"
    assert after.reply.context.facts == {"school": "academy"}


async def test_a_failure_that_comes_after_danger_forgets_nothing_of_it(a_helpline):
    assistant = Hangs(AssistantError("dead"), CLEAR)
    helpline = a_helpline(assistant)
    talk, question = await asked(helpline)
    await helpline.hear(talk, "he has run away")
    assistant.go.set()
    assert (await question).reply.status is Status.ERROR
    assert (await helpline.hear(talk, "and who decides")).reply.status is Status.ANSWERED


async def test_danger_that_a_kill_left_unanswered_is_met_before_the_assistant_is_there(a_helpline, store):
    await store.open("talk", "web", NOON)
    await store.record("talk", "c1", "how long can he be suspended", "", NOON)
    await store.record("talk", "c2", "she has run away", "", NOON)
    helpline = a_helpline(FakeAssistant())
    assert await helpline.catch_up_with_danger() == 1
    assert await helpline.catch_up_with_danger() == 0
    assert [line.answers for line in await helpline.thread("talk") if line.answers] == [2]
    assert await helpline.catch_up() == 1
    assert [line.answers for line in await helpline.thread("talk") if line.answers] == [2, 1]


async def test_danger_that_cannot_be_met_after_a_kill_does_not_hold_up_other_danger(a_helpline, store, monkeypatch):
    for talk in ("one", "two"):
        await store.open(talk, "web", NOON)
        await store.record(talk, "c1", f"{talk} has run away", "", NOON)
    helpline = a_helpline(FakeAssistant())
    thread = store.thread

    async def broken(conversation, after=0):
        if conversation == "one":
            raise OSError("a damaged row")
        return await thread(conversation, after)

    monkeypatch.setattr(store, "thread", broken)
    assert await helpline.catch_up_with_danger() == 1
    assert [line.answers for line in await thread("two") if line.answers] == [1]


async def test_a_young_age_said_long_before_is_not_forgotten(a_helpline, knowledge):
    helpline = a_helpline(FakeAssistant())
    talk = await helpline.open("web")
    for text in ("im 13", "can i be suspended", "how long", "who decides"):
        await helpline.hear(talk, text)
    assert knowledge.signposts["childline"].name in (await helpline.hear(talk, "my sister has run away")).text


@pytest.mark.parametrize("place", ["Scotland", "Aberdeenshire"])
async def test_who_can_help_is_right_for_the_nation_that_danger_is_told_from_and_later(a_helpline, knowledge, place):
    helpline = a_helpline(FakeAssistant())
    talk = await helpline.open("web")
    first = await helpline.hear(talk, f"we are in {place} and she has run away")
    later = await helpline.hear(talk, "now he has run away too")
    assert [line.reply.context.facts for line in (first, later)] == [{"nation": "scotland"}] * 2


async def test_a_nation_that_the_family_has_left_is_not_theirs(a_helpline):
    helpline = a_helpline(FakeAssistant())
    answer = await helpline.hear(await helpline.open("web"), "we moved from Scotland and she has run away")
    assert answer.reply.context.facts == {}


async def test_an_ordinary_answer_that_was_quicker_after_a_kill_puts_nothing_aside(a_helpline, store):
    await store.open("talk", "web", NOON)
    await store.record("talk", "c1", "how long can he be suspended", "", NOON)
    helpline = a_helpline(FakeAssistant())
    assert (await helpline.hear("talk", "and what must the letter say")).reply.status is Status.ANSWERED
    assert await helpline.catch_up() == 1
    first = next(line for line in await helpline.thread("talk") if line.answers == 1)
    assert first.reply.status is Status.ANSWERED


async def test_one_message_that_cannot_be_answered_after_a_kill_does_not_hold_up_the_others(
    a_helpline, store, monkeypatch
):
    for talk in ("broken", "gone", "two"):
        await store.open(talk, "web", NOON)
        await store.record(talk, "c1", "how long can he be suspended", "", NOON)
    thread = store.thread

    async def failing(conversation, after=0):
        if conversation == "broken":
            raise OSError("a damaged row")
        if conversation == "gone":
            raise UnknownConversation
        return await thread(conversation, after)

    monkeypatch.setattr(store, "thread", failing)
    assert await a_helpline(FakeAssistant()).catch_up() == 1
    assert [line.answers for line in await thread("two") if line.answers] == [1]


async def test_a_card_that_was_put_aside_is_shown_when_it_is_asked_for_again(a_helpline, store, knowledge):
    helpline = a_helpline(Hangs())
    talk = await helpline.open("web")
    await store.record(talk, "c1", "What must the letter say?", "card:suspension-letter", NOON)
    await helpline.hear(talk, "he has run away")
    await helpline.catch_up()
    late = next(line for line in await helpline.thread(talk) if line.answers == 1)
    assert late.text == knowledge.say("put_aside")
    shown = await asyncio.wait_for(helpline.hear(talk, "Answer my question", press="again:1"), 1)
    assert [card.card for card in shown.reply.shown] == ["suspension-letter"]


# -- failures are said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [AssistantError("dead"), RuntimeError("a bug of ours")], ids=["dead", "bug"])
async def test_when_no_answer_comes_the_parent_is_told_and_offered_a_person(a_helpline, knowledge, failure):
    helpline = a_helpline(FakeAssistant(failure))
    talk = await helpline.open("web")
    answer = await helpline.hear(talk, "how long")
    assert (answer.reply.status, answer.text) == (Status.ERROR, knowledge.say("failure"))
    assert [button.press for button in answer.reply.buttons] == ["again:1", "human"]


async def test_a_card_that_the_content_no_longer_has_is_a_failure_that_is_said(a_helpline):
    gone = Understanding(questions=(Question("how long", [("a-card-that-is-gone", 0.99)]),))
    helpline = a_helpline(FakeAssistant(gone))
    talk = await helpline.open("web")
    assert (await helpline.hear(talk, "how long")).reply.status is Status.ERROR


async def test_a_silent_server_is_given_up_within_our_patience(a_helpline, knowledge):
    async def say_nothing(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assistant = RasaAssistant(f"http://127.0.0.1:{port}", "token", patience=0.3)
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    began = time.monotonic()
    answer = await helpline.hear(talk, "how long")
    assert time.monotonic() - began < 2
    assert (answer.reply.status, answer.text) == (Status.ERROR, knowledge.say("failure"))
    await assistant.close()
    server.close()
    await server.wait_closed()


async def test_try_again_asks_the_kept_question(a_helpline):
    assistant = FakeAssistant(AssistantError("starting"), CLEAR)
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    await helpline.hear(talk, "how long can he be suspended")
    answer = await helpline.hear(talk, "Try again", press="again:1")
    assert answer.reply.status is Status.ANSWERED
    assert [heard for heard, _ in assistant.heard] == ["how long can he be suspended"] * 2


async def test_a_failure_does_not_forget_what_the_parent_has_said(a_helpline):
    said = Understanding(questions=CLEAR.questions, facts={"ehc_plan": "has"})
    assistant = FakeAssistant(said, AssistantError("dead"), CLEAR)
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    for text in ("she has a plan, how long", "who decides", "and now"):
        await helpline.hear(talk, text)
    assert assistant.heard[2][1].facts == {"ehc_plan": "has"}


async def test_what_a_kill_left_unanswered_is_answered_at_the_next_start(a_helpline, store):
    await store.open("talk", "web", NOON)
    await store.record("talk", "c1", "how long can he be suspended", "", NOON)
    await store.record("talk", "c2", "she has run away", "", NOON)
    helpline = a_helpline(FakeAssistant())
    assert await helpline.catch_up() == 2
    replies = [line.reply.status for line in await helpline.thread("talk") if line.reply]
    assert replies == [Status.ANSWERED, Status.SAFEGUARDING]
    assert await helpline.catch_up() == 0


# -- text that is no ordinary question ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["???", "😡😡", "   ", "…"])
async def test_what_cannot_be_read_is_asked_for_in_words(a_helpline, knowledge, text):
    assistant = FakeAssistant()
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    answer = await helpline.hear(talk, text)
    assert (answer.reply.status, answer.text) == (Status.CLARIFY, knowledge.say("unreadable"))
    assert assistant.heard == []


async def test_a_typed_command_is_plain_text(a_helpline):
    assistant = FakeAssistant(Understanding())
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    answer = await helpline.hear(talk, "/restart")
    assert answer.reply.status is Status.NOT_KNOWN
    assert [heard for heard, _ in assistant.heard] == ["/restart"]
    assert len(await helpline.thread(talk)) == 2


async def test_the_question_at_the_end_of_the_longest_message_is_read_and_no_more_than_that(a_helpline):
    assistant = FakeAssistant()
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    await helpline.hear(talk, "word " * 1000)
    assert len(assistant.heard[0][0]) == MOST_READ
    letter = "He came home in tears. " * 170 + "How long can a suspension be?"
    await helpline.hear(talk, letter)
    assert assistant.heard[1][0] == letter
    assert len((await helpline.thread(talk))[0].text) == 5000


# -- buttons --------------------------------------------------------------------------------------------------------


async def test_a_pressed_card_is_shown_without_asking_the_assistant(a_helpline):
    assistant = FakeAssistant()
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    answer = await helpline.hear(talk, "What must the letter say?", press="card:suspension-letter")
    assert answer.reply.shown[0].card == "suspension-letter"
    assert assistant.heard == []


@pytest.mark.parametrize("press", ["card:a-card-that-is-gone", "again:99", "dance"])
async def test_a_button_that_means_nothing_any_more_is_read_by_its_words(a_helpline, press):
    assistant = FakeAssistant()
    helpline = a_helpline(assistant)
    talk = await helpline.open("web")
    answer = await helpline.hear(talk, "How long can a suspension last?", press=press)
    assert answer.reply.status is Status.ANSWERED
    assert [heard for heard, _ in assistant.heard] == ["How long can a suspension last?"]


async def test_two_noes_lead_to_a_person(a_helpline, knowledge):
    helpline = a_helpline(FakeAssistant())
    talk = await helpline.open("web")
    await helpline.hear(talk, "how long")
    assert (await helpline.hear(talk, "No", press="no")).text == knowledge.say("said_no")
    second = await helpline.hear(talk, "No", press="no")
    assert second.reply.status is Status.HANDOVER
    assert knowledge.say("after_noes") in second.text


async def test_two_questions_back_lead_to_a_person(a_helpline, knowledge):
    helpline = a_helpline(FakeAssistant(UNCLEAR))
    talk = await helpline.open("web")
    statuses = [(await helpline.hear(talk, f"how long can it be {n}")).reply.status for n in range(3)]
    assert statuses == [Status.CHOICES, Status.CHOICES, Status.HANDOVER]
    assert knowledge.say("after_clarifications") in (await helpline.thread(talk))[-1].text


async def test_a_new_conversation_knows_nothing_of_another(a_helpline):
    assistant = FakeAssistant(Understanding(questions=CLEAR.questions, facts={"school": "pru"}))
    helpline = a_helpline(assistant)
    for _ in range(2):
        await helpline.hear(await helpline.open("web"), "how long")
    assert assistant.heard[1][1] == Context()
