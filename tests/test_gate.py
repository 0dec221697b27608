"""When the assistant answers, asks back, or says that it does not know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Status
from bot.gate import Thresholds, Verdict, judge

THRESHOLDS = Thresholds(answer=0.5, margin=0.2, choices=0.6, floors={"crisis": 0.9})


def test_a_clear_question_is_answered_at_once():
    verdict = judge([("length", 0.8), ("letter", 0.1)], 9, THRESHOLDS)
    assert verdict == Verdict(Status.ANSWERED, ("length",))


def test_two_close_cards_are_offered_by_their_titles():
    verdict = judge([("length", 0.45), ("letter", 0.4), ("term", 0.1)], 9, THRESHOLDS)
    assert verdict == Verdict(Status.CHOICES, ("length", "letter"))


def test_a_high_probability_is_not_enough_without_a_lead_over_the_runner_up():
    assert judge([("length", 0.51), ("letter", 0.49)], 9, THRESHOLDS).status is Status.CHOICES


def test_a_card_that_could_do_harm_needs_more_certainty():
    assert judge([("crisis", 0.8), ("letter", 0.1)], 9, THRESHOLDS).status is Status.CHOICES
    assert judge([("crisis", 0.95), ("letter", 0.01)], 9, THRESHOLDS) == Verdict(Status.ANSWERED, ("crisis",))


@pytest.mark.parametrize("words", [1, 2])
def test_one_or_two_words_that_could_mean_several_things_get_one_question_back(words):
    verdict = judge([("length", 0.3), ("letter", 0.25), ("term", 0.2), ("fine", 0.1)], words, THRESHOLDS)
    assert verdict == Verdict(Status.CLARIFY, ("length", "letter", "term"))


def test_one_word_that_can_only_mean_one_thing_is_answered():
    assert judge([("eotas-what-is", 0.9), ("letter", 0.02)], 1, THRESHOLDS).status is Status.ANSWERED


def test_one_word_needs_more_sureness_than_a_sentence():
    ranking = [("sent-home", 0.55), ("next-steps", 0.15), ("words", 0.1)]
    assert judge(ranking, 9, THRESHOLDS).status is Status.ANSWERED
    assert judge(ranking, 1, THRESHOLDS).status is Status.CLARIFY


def test_what_is_far_from_every_card_is_not_known():
    assert judge([("length", 0.2), ("letter", 0.2)], 9, THRESHOLDS) == Verdict(Status.NOT_KNOWN)


def test_no_ranking_at_all_is_not_known():
    assert judge([], 1, THRESHOLDS) == Verdict(Status.NOT_KNOWN)


def test_a_single_unlikely_card_is_not_offered_as_a_choice():
    assert judge([("length", 0.4)], 9, THRESHOLDS) == Verdict(Status.NOT_KNOWN)


@given(
    st.lists(st.floats(0, 1), max_size=6).map(lambda shares: sorted(shares, reverse=True)),
    st.integers(0, 40),
)
def test_whatever_the_ranking_only_cards_of_the_ranking_are_shown(shares, words):
    ranking = [(f"card-{place}", share) for place, share in enumerate(shares)]
    verdict = judge(ranking, words, THRESHOLDS)
    assert set(verdict.cards) <= {card for card, _ in ranking}
    assert bool(verdict.cards) == (verdict.status is not Status.NOT_KNOWN)
