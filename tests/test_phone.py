"""A parent gives a number as people do; one that we cannot ring is refused for what it is."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.phone import BadNumber, as_written, read_number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("07911 123456", "+447911123456"),
        ("my mobile is 07911-123-456 but only after 5", "+447911123456"),
        ("+44 (0)7911 123456", "+447911123456"),
        ("0044 7911 123456", "+447911123456"),
        ("7911123456", "+447911123456"),
        ("oh seven nine double one one two three four five six", "+447911123456"),
        ("020 7946 0958", "+442079460958"),
        ("Landline: (0113) 496 0000", "+441134960000"),
        ("0808 808 3555", "+448088083555"),
        # Ofcom's numbers for drama, which demonstrations use.
        ("07700 900123", "+447700900123"),
        ("01632 960001", "+441632960001"),
    ],
)
def test_a_number_is_read_as_it_is_written_or_said(said, number):
    assert read_number(said) == number


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "missing"),
        ("my mobile", "missing"),
        ("ring 999", "missing"),
        ("07911 1234", "wrong"),
        ("07911 123 456 789 000", "wrong"),
        ("12345678901", "wrong"),
        ("+353 1 234 5678", "foreign"),
        ("0033 1 42 68 53 00", "foreign"),
        ("0906 123 4567", "premium"),
        ("0844 123 4567", "premium"),
        ("070 1234 5678", "premium"),
    ],
)
def test_a_number_that_we_cannot_ring_is_refused_for_what_it_is(said, why):
    with pytest.raises(BadNumber, match=why):
        read_number(said)


def test_a_number_is_shown_as_people_write_it_here():
    assert as_written("+447911123456") == "07911 123456"


@given(st.text(max_size=80))
def test_nothing_that_a_parent_types_breaks_it(said):
    with contextlib.suppress(BadNumber):
        assert read_number(said).startswith("+44")
