"""A reply reads well on the page, whatever an editor or a parent put into it."""

from __future__ import annotations

import re

import pytest

from bot.channels.markup import Prose, linked
from bot.knowledge import Knowledge


@pytest.fixture(scope="module")
def prose(knowledge: Knowledge) -> Prose:
    return Prose(knowledge)


def answer(knowledge: Knowledge, title: str) -> str:
    source = knowledge.say(
        "source", title="Act", address="https://x.test", section="s 1", date="1 May", kind="law", reviewed="2 May"
    )
    return "\n\n".join(
        [
            f"**{title}**",
            "Yes.",
            f"## {knowledge.say('heading_basis')}",
            "The law.",
            f"## {knowledge.say('heading_next')}",
            "- Write.\n- Wait.",
            "**Hurry** if it is late.",
            source,
        ]
    )


def test_two_answers_each_keep_their_own_folds_and_source(prose: Prose, knowledge: Knowledge) -> None:
    html = prose.reply(f"Two things.\n\n{answer(knowledge, 'First & last?')}\n\n{answer(knowledge, 'Second?')}\n\nBye.")
    assert html.count("<details>") == html.count("<details open>") == html.count('<details class="source">') == 2
    for part in html.split("<details")[1:]:
        inside = part.split("</details>")[0]
        assert ("Source:" in inside) == inside.startswith(' class="source"')
        assert "title" not in inside
        assert ("Hurry" in inside) == inside.startswith(" open")
    assert '<h2 class="title">First &amp; last?</h2>' in html
    assert html.endswith("<p>Bye.</p>\n")


def test_bold_words_that_stand_alone_in_a_fold_stay_in_it(prose: Prose, knowledge: Knowledge) -> None:
    html = prose.reply(answer(knowledge, "First?").replace("The law.", "The law.\n\n**Exceptions:**\n\n- One"))
    fold = html.split("<details>")[1].split("</details>")[0]
    assert "<strong>Exceptions:</strong>" in fold
    assert "<li>One</li>" in fold


def test_a_fold_without_a_source_is_closed_all_the_same(prose: Prose) -> None:
    assert prose.reply("## More\n\nText.").endswith("<p>Text.</p>\n</details>\n")


@pytest.mark.parametrize(
    "quoted",
    ["<img src=x onerror=alert(1)>", "[me](javascript:alert(1))", "![me](https://elsewhere.example/x.png)"],
)
def test_a_parent_who_is_quoted_cannot_put_markup_into_the_page(prose: Prose, quoted: str) -> None:
    html = prose.reply(f"I have answered this part: “{quoted}”")
    assert "<img" not in html
    assert "javascript:" not in html.replace("[me](javascript:alert(1))", "")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Call 999 now.", "999"),
        ("**Samaritans**: 116 123 (24 hours)", "116123"),
        ("**NHS**: 111, then option 2", "111"),
        ("Ring 0808 808 3555.", "08088083555"),
        ("0808 808 3555, free", "08088083555"),
    ],
)
def test_a_number_to_call_can_be_pressed(prose: Prose, text: str, number: str) -> None:
    assert f'<a href="tel:{number}">' in prose.sentence(text)


@pytest.mark.parametrize("text", ["in 1999", "£999", "form 111", "section 999", "call 9991", "call 999.50", "x: 1114"])
def test_another_number_cannot(prose: Prose, text: str) -> None:
    assert "tel:" not in prose.sentence(text)


def test_a_number_within_a_link_leads_where_the_link_leads(prose: Prose) -> None:
    html = prose.sentence("[call 999](https://www.gov.uk/x)")
    assert html == '<a href="https://www.gov.uk/x" target="_blank" rel="noopener noreferrer">call 999</a>'


# -- what people write ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://www.gov.uk/send.", "https://www.gov.uk/send"),
        ("(https://www.gov.uk/send)", "https://www.gov.uk/send"),
        ("HTTP://www.gov.uk/a?b=1&c=2, then", "HTTP://www.gov.uk/a?b=1&amp;c=2"),
        ("“https://www.gov.uk/send”", "https://www.gov.uk/send"),
    ],
)
def test_an_address_in_an_advisers_words_can_be_followed(text: str, address: str) -> None:
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer">{address}</a>' in linked(text)


@pytest.mark.parametrize(
    "text",
    [
        'https://x.example/"onclick="alert(1)',
        "https://x.example/<script>",
        "javascript:alert(1)",
        "<img src=x onerror=1>",
    ],
)
def test_nothing_that_an_adviser_writes_is_markup(text: str) -> None:
    shown = linked(text)
    assert not re.search(r"<(?!/?a\b)", shown)
    assert not re.search(r"<a [^>]*(onclick|javascript)[^>]*>", shown)
