"""A parent who keeps the chat can read in it who said what, when, and on what it rests."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import transcript
from bot.answers import Answers
from bot.conversation import Author, Context, Message
from bot.knowledge import Knowledge
from tests.stand_in import NOON

ANY_TEXT = st.text(st.characters(), max_size=200)


def line(number: int, author: Author, text: str, by: str = "") -> Message:
    return Message(number, author, text, NOON + dt.timedelta(minutes=number), str(number), by)


@pytest.fixture(scope="module")
def thread(knowledge: Knowledge) -> list[Message]:
    answer = Answers(knowledge).pressed("card", "part-time-timetable-rules", Context(), NOON.date())
    return [
        line(1, Author.PARENT, "Is **this** [allowed](x)?"),
        line(2, Author.ASSISTANT, answer.text),
        line(3, Author.HELPLINE, "Sam is here now."),
        line(4, Author.ADVISER, "Hello,\nhow are you?", "Sam"),
    ]


def test_it_says_when_it_was_kept_who_said_what_and_when(knowledge: Knowledge, thread: list[Message]) -> None:
    text = transcript.text(thread, knowledge, NOON + dt.timedelta(days=1))
    assert text.startswith(knowledge.service["name"])
    assert "23 November 2026. Kept on 24 November 2026, 12:00." in text
    assert "You, 23 November 2026, 12:01\nIs **this** [allowed](x)?\n" in text
    assert "Assistant, 23 November 2026, 12:02\nIs a part-time or reduced timetable allowed" in text
    assert "Helpline, 23 November 2026, 12:03\nSam is here now.\n" in text
    assert "Sam, adviser, 23 November 2026, 12:04\nHello,\nhow are you?\n" in text


def test_it_names_the_source_of_an_answer_its_address_its_date_and_when_we_checked_it(
    knowledge: Knowledge, thread: list[Message]
) -> None:
    source = knowledge.cards["part-time-timetable-rules"].sources[0]
    text = transcript.text(thread, knowledge, NOON)
    assert f"Source: {source.title} ({source.address}), {source.section} (dated " in text
    assert "We last checked this answer on" in text
    assert "## " not in text


def test_a_chat_of_several_days_says_so(knowledge: Knowledge, thread: list[Message]) -> None:
    later = [*thread, Message(5, Author.PARENT, "Thanks", NOON + dt.timedelta(days=2), "5")]
    assert "23 November 2026 to 25 November 2026." in transcript.text(later, knowledge, NOON)


def test_letters_that_the_font_lacks_leave_a_mark() -> None:
    assert transcript._printable("a\U0001f9d1\u200d\U0001f9d2b\ufe0f 你\ud800é\tž") == "a□□b □□é    ž"


def test_the_longest_lines_and_addresses_are_broken_and_nothing_is_lost() -> None:
    lines = list(transcript._wrapped(f"one two {'x' * 25} three\n\nfour", len, 10))
    assert lines == ["one two", "x" * 10, "x" * 10, "xxxxx", "three", "", "four"]


@given(words=ANY_TEXT, room=st.integers(1, 30))
def test_wrapped_text_has_all_its_letters(words: str, room: int) -> None:
    lines = list(transcript._wrapped(words, len, room))
    assert all(len(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace("\n", "").replace(" ", "")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.slow
@given(texts=st.lists(ANY_TEXT, min_size=1, max_size=4), name=st.text(max_size=20))
def test_whatever_is_written_there_is_a_document(knowledge: Knowledge, texts: list[str], name: str) -> None:
    authors = [Author.PARENT, Author.ADVISER, Author.ASSISTANT, Author.HELPLINE]
    thread = [line(number, authors[number % 4], text, name) for number, text in enumerate(texts)]
    assert transcript.pdf(thread, knowledge, NOON).startswith(b"%PDF")
    assert transcript.text(thread, knowledge, NOON).endswith("\n")


@pytest.mark.slow
def test_two_thousand_lines_become_a_document(knowledge: Knowledge, thread: list[Message]) -> None:
    assert transcript.pdf(thread * 500, knowledge, NOON).startswith(b"%PDF")
