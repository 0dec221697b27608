"""Questions from the command line: each a conversation of its own, and no line of a batch stops the others."""

import asyncio
import datetime as dt
import json
from types import SimpleNamespace

import pytest

from bot.asking import AT_ONCE, Item, ask, ask_all
from bot.conversation import Author, Button, Message, Reply, Risk, Shown, Status


class FakeHelpline:
    """Answers with what it has heard in the conversation; notes how many questions were on their way at once."""

    def __init__(self):
        self.heard = {}
        self.now = self.most = 0

    async def open(self, channel):
        assert channel == "cli"
        name = f"c{len(self.heard)}"
        self.heard[name] = []
        return name

    async def hear(self, conversation, text):
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        self.now -= 1
        if text == "break":
            raise RuntimeError(text)
        self.heard[conversation].append(text)
        reply = Reply(
            Status.ANSWERED,
            " / ".join(self.heard[conversation]),
            shown=(Shown("suspension-length", "v1"),),
            buttons=(Button("Yes", "yes"),),
            risk=Risk.CONCERN,
        )
        return Message(2, Author.ASSISTANT, reply.text, dt.datetime.now(), "", reply=reply)


@pytest.fixture
def parts():
    return SimpleNamespace(helpline=FakeHelpline())


def silent(_):
    pass


def line(**row):
    return json.dumps(row)


async def test_an_answer_has_the_keys_of_the_contract(parts):
    answer = await ask(parts, Item("how long"))
    assert list(answer) == ["status", "cards", "text", "risk", "buttons", "ms"]
    assert answer["ms"] > 0
    assert {**answer, "ms": 0} == {
        "status": "answered",
        "cards": ["suspension-length"],
        "text": "how long",
        "risk": "concern",
        "buttons": ["Yes"],
        "ms": 0,
    }


async def test_what_was_written_before_is_heard_first_in_the_same_conversation(parts):
    lines = [
        line(id=1, text="and now?", previous=["he was suspended", "for a week"]),
        line(id=2, text="and now?", previous="he was expelled"),
        line(id=3, text="and now?", previous=None),
    ]
    answers = await ask_all(parts, lines, silent)
    assert [answer["text"] for answer in answers] == [
        "he was suspended / for a week / and now?",
        "he was expelled / and now?",
        "and now?",
    ]


async def test_a_line_that_cannot_be_read_is_an_error_and_the_others_are_answered(parts):
    lines = ["{", "[]", line(id="a"), line(id="b", text=1), line(id="c", text="x", previous=5), line(id="d", text="x")]
    answers = await ask_all(parts, [*lines, "", line(id="e", text="break")], silent)
    assert [answer["status"] for answer in answers] == ["error"] * 5 + ["answered", "error"]
    assert [answer["id"] for answer in answers] == [None, None, "a", "b", "c", "d", "e"]
    assert {"status", "cards", "text", "risk", "buttons", "ms", "problem"} <= answers[0].keys()


async def test_several_questions_are_asked_at_once_and_answered_in_their_order(parts):
    answers = await ask_all(parts, [line(id=number, text=str(number)) for number in range(30)], silent)
    assert [answer["text"] for answer in answers] == [str(number) for number in range(30)]
    assert parts.helpline.most == AT_ONCE


async def test_a_long_batch_tells_how_far_it_is(parts, monkeypatch):
    monkeypatch.setattr("bot.asking._PROGRESS_SECONDS", 0.001)
    said = []
    await ask_all(parts, [line(id=number, text="x") for number in range(30)], said.append)
    assert said[0].endswith("of 30 questions asked.")
