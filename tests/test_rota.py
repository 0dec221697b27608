"""The list of those on call is read as it is written, or says what is wrong with it."""

import pytest

from bot.rota import EMAIL, TELEGRAM, Person, read


def test_people_are_read_in_their_order_with_their_ways():
    assert read(" Sue Green <sue@charity.example>,Night <telegram:-1001234567890>, Omar <telegram:77>,") == (
        Person("Sue Green", EMAIL, "sue@charity.example"),
        Person("Night", TELEGRAM, "-1001234567890"),
        Person("Omar", TELEGRAM, "77"),
    )


def test_an_empty_list_is_nobody():
    assert read("") == read(" , ") == ()


@pytest.mark.parametrize(
    "entry",
    [
        "Sue",
        "<sue@x.example>",
        "Sue <>",
        "Sue <sue>",
        "Sue <a@b@c>",
        "Sue <telegram:0>",
        "S\nue <a@b.example>",
        f"{'S' * 41} <a@b>",
    ],
)
def test_an_entry_that_cannot_be_read_is_shown_with_what_it_should_be_like(entry):
    with pytest.raises(ValueError, match=r"must be like 'Sue <sue@charity\.example>"):
        read(entry)
