"""Who is told next of a danger: by the list, and by what became of the alerts before."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from bot.alerts import Alert, Danger, next_to_tell
from bot.conversation import Risk
from bot.rota import EMAIL, Person

NIGHT = dt.datetime(2026, 11, 22, 23, tzinfo=dt.timezone.utc)
PATIENCE = dt.timedelta(minutes=2)
SUE, OMAR, MINA = (Person(name, EMAIL, f"{name}@x.example") for name in ("Sue", "Omar", "Mina"))
ROTA = (SUE, OMAR, MINA)
URGENT = Danger(7, Risk.URGENT, "web", NIGHT)
IMMEDIATE = Danger(7, Risk.IMMEDIATE, "web", NIGHT)


def sent(person: Person, seconds: float, **more: Any) -> Alert:
    """An alert that arrived, so many seconds into the night."""
    at = NIGHT + dt.timedelta(seconds=seconds)
    return Alert(1, 7, more.pop("level", Risk.URGENT), person.name, "", at, sent_at=at, **more)


def given_up(person: Person, seconds: float) -> Alert:
    return Alert(1, 7, Risk.URGENT, person.name, "", NIGHT + dt.timedelta(seconds=seconds), failure="refused")


def told(
    running: list[Alert], seconds: float, rota: tuple[Person, ...] = ROTA, danger: Danger = URGENT
) -> Person | None:
    return next_to_tell(rota, running, danger, NIGHT + dt.timedelta(seconds=seconds), PATIENCE)


def test_the_first_on_the_list_is_told_first():
    assert told([], 0) == SUE


@pytest.mark.parametrize(("seconds", "whom"), [(119, None), (120, OMAR), (3600, OMAR)])
def test_after_two_minutes_without_a_sign_the_next_is_told(seconds, whom):
    assert told([sent(SUE, 0)], seconds) == whom


def test_at_the_end_of_the_list_it_goes_round_again():
    running = [sent(SUE, 0), sent(OMAR, 120), sent(MINA, 240)]
    assert told(running, 359) is None
    assert told(running, 360) == SUE


def test_somebody_alone_on_the_list_is_told_again():
    assert told([sent(SUE, 0)], 120, (SUE,)) == SUE


def test_what_was_seen_is_told_to_nobody_else():
    assert told([sent(SUE, 0, seen_at=NIGHT)], 100_000) is None


def test_worse_than_what_was_seen_is_told_anew():
    seen = sent(OMAR, 0, seen_at=NIGHT)
    assert told([seen], 1, danger=IMMEDIATE) == SUE
    assert told([sent(OMAR, 0, level=Risk.IMMEDIATE, seen_at=NIGHT)], 1, danger=IMMEDIATE) is None


def test_new_words_of_danger_after_somebody_has_seen_it_are_told_anew():
    seen = sent(OMAR, 0, seen_at=NIGHT + dt.timedelta(seconds=30))
    old = dataclasses.replace(URGENT, said_at=NIGHT)
    assert told([seen], 100, danger=old) is None
    new = dataclasses.replace(URGENT, said_at=NIGHT + dt.timedelta(seconds=90))
    assert told([seen], 100, danger=new) == SUE
    assert told([seen, sent(SUE, 100)], 101, danger=new) is None


def test_an_alert_that_is_still_tried_has_its_two_minutes_too():
    waiting = Alert(1, 7, Risk.URGENT, "Sue", "", NIGHT, attempts=2, again_at=NIGHT, failure="unreachable")
    assert told([waiting], 60) is None
    assert told([waiting], 120) == OMAR


def test_whoever_cannot_be_reached_is_not_waited_for():
    assert told([given_up(SUE, 0)], 1) == OMAR


def test_where_nobody_can_be_reached_the_list_is_tried_every_two_minutes_only():
    running = [given_up(SUE, 0), given_up(OMAR, 5), given_up(MINA, 10)]
    assert told(running, 15) is None
    assert told(running, 130) == SUE


def test_somebody_taken_off_the_list_does_not_hold_up_the_others():
    assert told([sent(Person("Gone", EMAIL, "g@x.example"), 0)], 120) == SUE
