"""A conversation goes from hand to hand only as it may."""

import pytest

from bot import moves
from bot.conversation import Holder

STORY = [
    (Holder.BOT, Holder.WAITING),
    (Holder.WAITING, Holder.ADVISER),
    (Holder.ADVISER, Holder.BOT),
    (Holder.ADVISER, Holder.CLOSED),
    (Holder.WAITING, Holder.CALLBACK),
    (Holder.CALLBACK, Holder.ADVISER),
    (Holder.ADVISER, Holder.WAITING),
    (Holder.CLOSED, Holder.BOT),
]


@pytest.mark.parametrize(("was", "now"), STORY)
def test_what_the_helpline_does_is_allowed(was, now):
    moves.check(was, now)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (Holder.BOT, Holder.ADVISER),  # nobody takes a parent who has not asked for a person
        (Holder.BOT, Holder.CLOSED),
        (Holder.CLOSED, Holder.ADVISER),
        (Holder.CLOSED, Holder.WAITING),
        (Holder.ADVISER, Holder.CALLBACK),
        *((holder, holder) for holder in Holder),
    ],
)
def test_what_would_surprise_a_parent_is_not(was, now):
    with pytest.raises(moves.IllegalMove, match=f"{was.value} → {now.value}"):
        moves.check(was, now)


def test_from_everywhere_there_is_a_way_back_to_the_assistant():
    for start in Holder:
        reached, edge = {start}, {start}
        while edge:
            edge = {now for was in edge for now in moves.LEGAL[was]} - reached
            reached |= edge
        assert Holder.BOT in reached
