"""Everybody at the desk can read every answer, with its sources and how fresh it is."""

from __future__ import annotations

import datetime as dt
import html

import pytest

from bot.knowledge import Knowledge
from tests.desk.conftest import Adviser, DeskStage

CARD = "suspension-back-to-school"


@pytest.mark.parametrize("name", ["Ann", "Sue", "Ed"])
async def test_everybody_at_the_desk_reads_an_answer_with_its_sources_and_its_variants(
    adviser: Adviser, knowledge: Knowledge, name: str
) -> None:
    page = await (await adviser(name)).get(f"/desk/cards/{CARD}")
    card = knowledge.cards[CARD]
    text = html.unescape(page.text)
    assert page.status_code == 200
    assert all(part in text for part in (card.title, card.short, card.variants[0].short))
    assert all(f'href="{source.address}"' in text for source in card.sources)
    assert knowledge.say("fact_ehc_plan", value=knowledge.say("value_has")) in text
    assert all(f'href="/desk/cards/{other}"' in text for other in card.see_also)


async def test_every_answer_can_be_shown(adviser: Adviser, knowledge: Knowledge) -> None:
    browser = await adviser("Ed")
    broken = [card for card in knowledge.cards if (await browser.get(f"/desk/cards/{card}")).status_code != 200]
    assert broken == []


async def test_nobody_reads_the_answers_who_has_not_signed_in(visitor) -> None:
    for address in ("/desk/cards", f"/desk/cards/{CARD}"):
        assert (await visitor().get(address)).status_code == 303


async def test_an_adviser_is_warned_of_an_answer_whose_review_is_late(
    stage: DeskStage, adviser: Adviser, knowledge: Knowledge
) -> None:
    stage.now += knowledge.cards[CARD].review_by - stage.now.date() + dt.timedelta(days=1)
    page = await (await adviser("Ann")).get(f"/desk/cards/{CARD}")
    assert "This was due to be checked by" in page.text


async def test_an_adviser_looks_for_an_answer_and_is_told_when_there_is_none(
    adviser: Adviser, knowledge: Knowledge
) -> None:
    browser = await adviser("Ann")
    page = await browser.get("/desk/cards", params={"q": "meeting after a suspension"})
    assert f'href="/desk/cards/{CARD}"' in page.text
    assert knowledge.say("talk_find_nothing") in (await browser.get("/desk/cards", params={"q": "qqqq"})).text
    gone = await browser.get("/desk/cards/no-such-card")
    assert (gone.status_code, knowledge.say("talk_no_card") in gone.text) == (404, True)
