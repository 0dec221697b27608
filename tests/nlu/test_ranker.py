"""Cards are ranked by what a question means and by the words it shares with single examples."""

import numpy as np
import pytest

from bot.nlu.questions import Glossary
from bot.nlu.ranker import Ranker

EXAMPLES = {
    "ask/suspension-length": [
        "how long can a suspension last",
        "longest suspension in days",
        "most days of suspension",
    ],
    "ask/fine-amounts": ["how much is the absence fine", "the amount of the fine for absence"],
    "greet": ["hello there", "hello you", "good morning", "good morning to you"],
}


class SameForAll:
    """An encoder to which every text means the same."""

    def encode(self, texts):
        return np.ones((len(texts), 4), np.float32)


@pytest.fixture(scope="module")
def ranker():
    ranker = Ranker(SameForAll(), Glossary([]))
    texts = [(text, label) for label, texts in EXAMPLES.items() for text in texts]
    ranker.fit([text for text, _ in texts], [label for _, label in texts], {})
    return ranker


@pytest.mark.parametrize(
    ("text", "card"),
    [("how many days of suspension", "ask/suspension-length"), ("amount of an absence fine", "ask/fine-amounts")],
)
def test_the_card_whose_examples_share_the_words_comes_first(ranker, text, card):
    (question,) = ranker.read(text).questions
    assert question.ranking[0][0] == card


def test_the_probabilities_of_the_cards_add_up_to_one_and_small_talk_is_not_among_them(ranker):
    (question,) = ranker.read("hello there").questions
    assert {label for label, _ in question.ranking} == {"ask/suspension-length", "ask/fine-amounts"}
    assert sum(share for _, share in question.ranking) == pytest.approx(1.0, abs=1e-5)


def test_a_card_with_fewer_examples_than_are_compared_is_ranked_too(ranker):
    (question,) = ranker.read("the amount of the fine for absence").questions
    assert question.ranking[0] == ("ask/fine-amounts", pytest.approx(1.0, abs=0.5))
