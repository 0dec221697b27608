"""What we write reaches a parent on Telegram whole: in parts that Telegram takes, with nothing in it that breaks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Answers
from bot.channels.telegram import markup
from bot.channels.telegram.buttons import MOST_BYTES, Seals
from bot.conversation import Context
from bot.knowledge import Knowledge
from tests.channels.telegram.bot_api import MOST_UNITS, _read
from tests.stand_in import NOON

LINK = re.compile(r'<a href="[^"]*">[^<]*</a>')


def taken(part: str) -> str:
    """The text of a part as Telegram reads it."""
    text, problem = _read({"text": part, "parse_mode": "HTML"})
    assert problem == ""
    return text


def letters(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("**Bold** and *leaning*", "<b>Bold</b> and <i>leaning</i>"),
        ("## Heading\n\ntext", "<b>Heading</b>\n\ntext"),
        ("- one\n- two\n\nend", "• one\n• two\n\nend"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("[words](https://example.org/?a=1&b=2)", '<a href="https://example.org/?a=1&amp;b=2">words</a>'),
        ("[words](/chat/call.ics)", "words"),
        ("[words](javascript:alert(1))", "[words](javascript:alert(1))"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("**a [b](https://e.org) c**", '<b>a </b><b><a href="https://e.org">b</a></b><b> c</b>'),
        ("`x < y`", "<code>x &lt; y</code>"),
    ],
)
def test_markdown_becomes_what_telegram_reads(written: str, html: str) -> None:
    assert markup.reply(written) == [html]


def test_what_an_adviser_writes_is_shown_as_written_under_their_name() -> None:
    assert markup.said("Robin, adviser", "**No** <b>\n\n\nhttps://e.org/a_b_c") == [
        "<b>Robin, adviser:</b>\n**No** &lt;b&gt;\n\n\nhttps://e.org/a_b_c"
    ]


def test_every_card_of_ours_is_one_message_that_telegram_takes(knowledge: Knowledge) -> None:
    answers = Answers(knowledge)
    for card in knowledge.cards:
        reply = answers.pressed("card", card, Context(), NOON.date())
        for part in markup.reply(reply.text):
            assert markup.units(taken(part)) < MOST_UNITS


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=300),
            st.text(alphabet="ab <>&*_[]()`#-\n\U0001f600é", min_size=1, max_size=3000),
            st.builds("[{}](https://example.org/{})".format, st.text("ab ", min_size=1), st.text("abc", max_size=3000)),
            st.builds("**{}**".format, st.text("ab cd\U0001f600", min_size=1, max_size=6000)),
        ),
        max_size=12,
    )
)
def test_any_text_is_parted_into_what_telegram_takes(paragraphs: list[str]) -> None:
    text = "\n\n".join(paragraphs).encode("utf-8", "replace").decode()
    for parts in (markup.reply(text), markup.said("Robin", text)):
        for part in parts:
            assert markup.units(taken(part)) <= markup.MOST_UNITS
    assert letters("".join(map(taken, markup.said("Robin", text)))) == "Robin:" + letters(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 400), st.integers(0, 60))
def test_a_link_is_never_parted(before: int, count: int) -> None:
    text = "word " * before * 10 + " ".join(f"[link {number}](https://example.org/{number})" for number in range(count))
    parts = markup.reply(text)
    assert sum(len(LINK.findall(part)) for part in parts) == count
    assert [taken(match) for part in parts for match in LINK.findall(part)] == [
        f"link {number}" for number in range(count)
    ]


def test_a_long_answer_is_parted_between_paragraphs() -> None:
    paragraphs = [f"{number} " + "word " * 150 for number in range(12)]
    parts = markup.reply("\n\n".join(paragraphs))
    assert len(parts) > 1
    assert [taken(part).count("\n\n") + 1 for part in parts] == [len(re.findall(r"^\d+ ", p, re.M)) for p in parts]


# -- seals ----------------------------------------------------------------------------------------------------------


@given(st.text("abc:0123456789", min_size=1, max_size=40), st.integers(0, 51), st.characters())
def test_a_changed_seal_opens_nothing(meaning: str, place: int, letter: str) -> None:
    seals = Seals("1:token")
    sealed = seals.seal(meaning, "conversation")
    assert len(sealed.encode()) <= MOST_BYTES
    assert seals.opened(sealed, "conversation") == meaning
    assert seals.opened(sealed, "another") is None
    assert Seals("2:token").opened(sealed, "conversation") is None
    place %= len(sealed)
    changed = sealed[:place] + letter + sealed[place + 1 :]
    if changed != sealed:
        assert seals.opened(changed, "conversation") is None
