"""The real Rasa behind the helpline's port behaves as the stand-in of the other tests does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from benchmarks.processes import free_ports
from bot.assistant import RasaAssistant
from bot.callback_form import Form, fill
from bot.conversation import Context
from bot.helpline import Assistant, AssistantError
from bot.knowledge import Knowledge
from bot.running import found
from bot.settings import Settings
from tests.conversations.at_the_page import Servers
from tests.stand_in import CARDS, StandIn

pytestmark = pytest.mark.slow

#: How Linux writes "listens" and 127.0.0.1 in its table of sockets.
LISTENS, LOOPBACK = "0A", "0100007F"

Connects = Callable[..., RasaAssistant]


@pytest.fixture
async def connect(servers: Servers) -> AsyncIterator[Connects]:
    """Makes assistants that ask the Rasa of the servers, some with a fault."""
    running = found(servers.settings)
    assert isinstance(running, Settings)
    async with AsyncExitStack() as stack:

        def make(address: str = running.rasa_address, token: str = running.rasa_token, patience: float = 6.0):
            assistant = RasaAssistant(address, token, patience)
            stack.push_async_callback(assistant.close)
            return assistant

        yield make


@pytest.fixture(params=["real", "stand-in"])
def assistant(request: pytest.FixtureRequest) -> Assistant:
    return request.getfixturevalue("connect")() if request.param == "real" else StandIn()


@pytest.mark.parametrize(("word", "card"), CARDS.items())
async def test_a_question_is_understood_as_a_ranking_of_cards(assistant, knowledge: Knowledge, word: str, card: str):
    text = {
        "timetable": "is a part-time timetable legal",
        "suspended": "my son was suspended today, what should I do first",
        "home": "school sent my child home without calling it a suspension",
    }[word]
    understanding = await assistant.understand("a-parent", text, Context())
    (question,) = understanding.questions
    probabilities = [probability for _, probability in question.ranking]
    assert card in [shown for shown, _ in question.ranking]
    assert all(shown in knowledge.cards for shown, _ in question.ranking)
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 <= probabilities[-1] <= probabilities[0] <= 1
    assert (understanding.wording, understanding.excerpt) == ("", False)


async def test_small_talk_is_a_wording_that_is_written(connect: Connects, knowledge: Knowledge):
    understanding = await connect().understand("a-parent", "thank you so much", Context())
    assert understanding.wording == "thanks"
    assert "thanks" in knowledge.wording


async def test_what_a_parent_says_about_the_child_comes_back_as_facts(connect: Connects):
    text = "he goes to an academy in Leeds and he has an EHC plan, can they suspend him"
    understanding = await connect().understand("a-parent", text, Context())
    assert dict(understanding.facts) == {
        "school": "academy",
        "ehc_plan": "has",
        "council": "Leeds",
        "nation": "england",
        "exclusion": "suspension",
    }


async def test_what_was_shown_before_is_the_light_in_which_a_short_message_is_read(connect: Connects):
    assistant = connect()
    best = []
    for shown in ("ehc-ask-assessment", "suspension-first-steps"):
        understanding = await assistant.understand("a-parent", "and how long do they have?", Context(cards=(shown,)))
        best.append(understanding.questions[0].ranking[0][0])
    assert best[0] != best[1]


async def test_one_parents_words_do_not_reach_the_next(connect: Connects):
    assistant = connect()
    await assistant.understand("one", "we live in Cardiff", Context())
    understanding = await assistant.understand("another", "can the school fine me", Context())
    assert understanding.facts == {}


async def test_rasa_refuses_whoever_does_not_know_the_token(connect: Connects):
    with pytest.raises(AssistantError):
        await connect(token="wrong").understand("a-parent", "hello", Context())


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b'{"replies": [], "questions": [], "entities": [], "excerpt": false}', id="no reply"),
        pytest.param(b"[]", id="what Rasa's own channel says to a failure"),
        pytest.param(b"<html>", id="another program on the port"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_an_answer_with_nothing_in_it_is_an_error(connect: Connects, answer: bytes):
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + answer)
        writer.close()

    async with await asyncio.start_server(receive, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(AssistantError):
            await connect(address=f"http://127.0.0.1:{port}").understand("a-parent", "hello", Context())


FORM = Form(
    asked="day",
    values={"kind": "call"},
    kinds={"call": ("A helpline call",)},
    free={"call": ("2026-11-24T10:00", "2026-11-26T14:00")},
    today="2026-11-23",
)


@pytest.mark.parametrize("text", ["2026-11-24", "thursday after lunch", "sunday", "mumble", "stop", "???"])
async def test_what_a_parent_writes_fills_in_the_form_as_it_would_without_rasa(connect: Connects, text: str):
    assert await connect().fill_in("a-parent", text, FORM) == fill(FORM, text)


async def test_the_last_answer_completes_the_form(connect: Connects):
    values = {
        "kind": "call",
        "day": "2026-11-24",
        "time": "10:00",
        "name": "Jo",
        "phone": "+447911123456",
        "safe": "no",
    }
    last = Form("about", {**values, "safe": "no"}, FORM.kinds, FORM.free, FORM.today)
    turn = await connect().fill_in("a-parent", "skip", last)
    assert turn == fill(last, "skip")
    assert turn.asked == ""


async def test_a_question_is_not_taken_for_an_answer_to_the_form(connect: Connects):
    assert await connect().fill_in("a-parent", "can they exclude him without telling me?", FORM) is None


async def test_a_form_does_not_outlive_the_message_it_came_with(connect: Connects):
    assistant = connect()
    await assistant.fill_in("a-parent", "thursday", FORM)
    understanding = await assistant.understand("a-parent", "thank you so much", Context())
    assert (understanding.wording, understanding.wants_call) == ("thanks", False)


async def test_the_wish_for_a_call_is_understood_as_one(connect: Connects):
    understanding = await connect().understand("a-parent", "could you give me a ring on friday morning", Context())
    assert understanding.wants_call


async def test_a_message_without_letters_does_not_break_rasa(connect: Connects):
    """The helpline asks for words before it comes to this; Rasa's own commands begin with such a sign."""
    understanding = await connect().understand("a-parent", "/", Context())
    assert understanding.wording or understanding.questions


@pytest.mark.parametrize("before", ["/", "//", " /", "\n/", "\t /", "\u00a0/", "\u2003/", "\x1c/", "/ /", "\n\n//"])
@pytest.mark.parametrize(
    "command",
    ['ask{"ehc_plan": "has", "council": "Leeds"}', 'goodbye@1.0{"nation": "wales"}', "restart", "session_start"],
)
async def test_what_is_typed_is_never_a_command(connect: Connects, before: str, command: str):
    """Rasa would take intents, slots and a restart from such a message; here it is words like any others."""
    assistant = connect()
    typed = await assistant.understand("a-parent", before + command, Context())
    assert typed == await assistant.understand("a-parent", command, Context())
    assert "ehc_plan" not in typed.facts


@pytest.mark.parametrize("text", ["EXTERNAL: restart", "_restart_", "action_restart", '{"intent": {"name": "human"}}'])
async def test_what_rasa_calls_its_own_things_does_nothing(connect: Connects, text: str):
    understanding = await connect().understand("a-parent", text, Context())
    assert understanding.wording or understanding.questions
    assert not understanding.wants_call


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux tells who listens where in a file")
def test_rasa_and_its_actions_listen_on_this_machine_alone(servers: Servers):
    ports = {servers.settings.rasa_port, servers.settings.actions_port}
    listening: dict[int, set[str]] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            host, _, port = line.split()[1].partition(":")
            if line.split()[3] == LISTENS and int(port, 16) in ports:
                listening.setdefault(int(port, 16), set()).add(host)
    assert listening == {port: {LOOPBACK} for port in ports}


async def test_an_assistant_that_is_not_there_is_an_error_and_not_ready(connect: Connects):
    assistant = connect(address=f"http://127.0.0.1:{free_ports(1)[0]}")
    assert not await assistant.ready()
    with pytest.raises(AssistantError):
        await assistant.understand("a-parent", "hello", Context())


async def test_an_assistant_that_hangs_is_an_error_when_patience_ends(servers: Servers, connect: Connects):
    assistant = connect(patience=0.5)
    assert await assistant.ready()
    with servers.paused("rasa"):
        began = time.monotonic()
        with pytest.raises(AssistantError):
            await assistant.understand("a-parent", "hello", Context())
        assert time.monotonic() - began < 1.5
        assert not await assistant.ready()
