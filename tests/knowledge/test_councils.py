"""Whoever looks after children where a council is, is found by any name of that council."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.knowledge import Council, Knowledge


@pytest.mark.parametrize(
    ("said", "authority"),
    [
        ("Adur", "West Sussex"),
        ("Cambridge City Council", "Cambridgeshire"),
        (" leeds ", "Leeds"),
        ("Kent County Council", "Kent"),
        ("Camden", "Camden"),
    ],
)
def test_a_district_has_the_children_s_services_of_its_county(knowledge: Knowledge, said: str, authority: str) -> None:
    found = knowledge.authority(said)
    assert found is not None
    assert (found.name, found.education_authority) == (authority, True)


@pytest.mark.parametrize("said", ["", "by the sea", "Cumbria"])
def test_what_is_no_council_has_none(knowledge: Knowledge, said: str) -> None:
    assert knowledge.authority(said) is None


def test_every_council_leads_to_one_with_children_s_services(knowledge: Knowledge) -> None:
    authorities = {council.name: knowledge.authority(council.name) for council in knowledge.councils}
    assert [name for name, found in authorities.items() if found is None or not found.education_authority] == []


def test_a_district_whose_county_is_not_in_the_list_leads_nowhere(knowledge: Knowledge) -> None:
    alone = replace(knowledge, councils=(Council("Adur", "Adur District Council", "england", False, "E1", "E2"),))
    assert alone.authority("Adur") is None
