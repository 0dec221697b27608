"""What a conversation remembers."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Context

words = st.text(min_size=1, max_size=12)
contexts = st.builds(
    Context,
    facts=st.dictionaries(words, words),
    cards=st.lists(words).map(tuple),
    runners_up=st.lists(words).map(tuple),
    clarifications=st.integers(0, 5),
    noes=st.integers(0, 5),
)


@given(contexts)
def test_a_context_comes_back_from_the_store_as_it_went_in(context):
    assert Context.from_json(json.loads(json.dumps(context.as_json()))) == context


def test_a_conversation_that_has_no_context_yet_begins_with_an_empty_one():
    assert Context.from_json(None) == Context.from_json({}) == Context()


def test_what_a_parent_says_later_replaces_what_they_said_before():
    before = Context(facts={"school": "academy", "ehc_plan": "applying"})
    assert before.knowing({"ehc_plan": "has"}).facts == {"school": "academy", "ehc_plan": "has"}
    assert before.facts == {"school": "academy", "ehc_plan": "applying"}
