"""The cards answer what they have to, with the right numbers, and every one can be shown."""

import datetime as dt

import pytest
import yaml

from bot.answers import OTHER_NATIONS, Answers
from bot.conversation import Context, Question, Status, Understanding
from bot.knowledge import read_card
from bot.settings import ROOT

TODAY = dt.date(2026, 11, 21)
DEADLINES = yaml.safe_load((ROOT / "tests/knowledge/deadlines.yml").read_text(encoding="utf-8"))["deadlines"]
# fmt: off
TOPICS = {
    "anxiety-illness", "attendance-fines", "campaign", "child-safety", "complaints", "discrimination",
    "ehc-process", "ehe-life", "ehe-monitoring", "ehe-new-law", "ehe-orders", "ehe-return", "ehe-safeguarding",
    "ehe-sen", "ehe-start", "exclusion-rules", "governors-review", "helpline", "informal-exclusion",
    "managed-moves", "off-rolling", "old-terms", "online-funding", "online-schools", "other-nations",
    "part-time-timetable", "permanent-exclusion", "records", "reform-news", "review-panel", "section-19",
    "signposts", "suspension", "transport",
}
# fmt: on


def words(card) -> str:
    """All that a parent can read of a card, in one line, without bold print."""
    texts = [card.short, *(variant.short for variant in card.variants), card.basis, card.next_steps]
    return " ".join(" ".join(texts).replace("**", "").split()).lower()


def test_there_are_at_least_220_cards_and_none_is_lost_by_its_id(knowledge, cards_folder):
    assert len(knowledge.cards) == len(list(cards_folder.glob("*/*.md"))) >= 220


def test_every_topic_has_cards(knowledge):
    assert TOPICS - {card.topic for card in knowledge.cards.values()} == set()


def test_every_card_has_at_least_twelve_examples(knowledge):
    assert [card.id for card in knowledge.cards.values() if len(card.examples) < 12] == []


def test_examples_come_in_different_lengths_from_two_words_to_a_story(knowledge):
    lengths = {card.id: [len(example.split()) for example in card.examples] for card in knowledge.cards.values()}
    assert [card for card, counts in lengths.items() if min(counts) > 7 or max(counts) < 25] == []


@pytest.mark.parametrize("row", DEADLINES, ids=lambda row: f"{row['card']}: {row['about']}")
def test_a_deadline_stands_in_its_card(knowledge, row):
    text = words(knowledge.cards[row["card"]])
    assert [phrase for phrase in row["says"] if phrase.lower() not in text] == []


def test_every_card_can_be_shown(knowledge):
    answers = Answers(knowledge)
    for card in knowledge.cards.values():
        reply = answers.pressed("card", card.id, Context(), TODAY)
        assert card.short in reply.text, card.id
        assert reply.status is Status.ANSWERED
        assert "{" not in reply.text, card.id


def test_every_card_can_be_shown_for_what_its_variants_ask(knowledge):
    answers = Answers(knowledge)
    for card in knowledge.cards.values():
        for variant in card.variants:
            reply = answers.pressed("card", card.id, Context(facts=dict(variant.when)), TODAY)
            assert variant.short in reply.text, card.id


@pytest.mark.parametrize("nation", OTHER_NATIONS)
def test_every_other_nation_has_a_card_and_somebody_who_helps_there(knowledge, nation):
    asked = Understanding(questions=(Question("how long", [("suspension-length", 0.99)]),))
    reply = Answers(knowledge).answer(asked, Context(facts={"nation": nation}), TODAY)
    assert reply.status is Status.OTHER_NATION
    helpers = [row for row in knowledge.signposts.values() if nation in row.nations and "other-nations" in row.topics]
    assert helpers


def test_cards_about_the_helpline_itself_hold_in_every_nation(knowledge):
    assert [card.id for card in knowledge.cards.values() if card.topic == "helpline" and card.nation != "uk"] == []


def test_a_card_is_named_after_its_own_words_and_lies_in_a_folder_of_its_topic(cards_folder):
    for path in cards_folder.glob("*/*.md"):
        card = read_card(path)
        assert (card.id, card.topic) == (path.stem, path.parent.name)


def test_the_version_of_a_card_changes_with_its_text_and_not_with_its_examples(cards_folder, tmp_path):
    path = next(cards_folder.glob("suspension/suspension-length.md"))
    text = path.read_text(encoding="utf-8")
    copy = tmp_path / "suspension-length.md"

    def version(changed):
        copy.write_text(changed, encoding="utf-8")
        return read_card(copy).version

    as_it_is = version(text)
    assert version(text.replace('examples:\n  - "', 'examples:\n  - "please, ')) == as_it_is
    assert version(text.replace("## What to do next", "## What to do next\n\n- Call us.")) != as_it_is
    assert version(text.replace("At most 45", "At most 46")) != as_it_is
