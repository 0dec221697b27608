"""What Rasa answers is taken only as far as it is what the helpline knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.assistant import RasaAssistant
from bot.conversation import Context
from bot.helpline import AssistantError


class Answering:
    """An assistant whose Rasa answers what a test says."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.assistant = RasaAssistant("http://rasa.test", "token", 1.0)
        transport = httpx.MockTransport(lambda _: httpx.Response(200, json=self.answer))
        self.assistant._http = httpx.AsyncClient(transport=transport, base_url="http://rasa.test")


@pytest.fixture
async def rasa() -> AsyncIterator[Answering]:
    answering = Answering()
    yield answering
    await answering.assistant.close()


async def test_of_what_rasa_finds_only_known_facts_with_values_of_theirs_are_kept(rasa: Answering) -> None:
    found = {
        "nation": "wales",
        "council": "Kent",
        "date": "3 May",
        "ehc_plan": "a lot",
        "school": ["special"],
        "exclusion": {"value": "permanent"},
        "person": "Ann",
    }
    entities = [{"entity": name, "value": value} for name, value in found.items()]
    rasa.answer = {"replies": [{"wording": "thanks"}], "questions": [], "entities": entities, "excerpt": False}
    understood = await rasa.assistant.understand("c", "Thank you", Context())
    assert understood.facts == {"nation": "wales", "council": "Kent", "date": "3 May"}


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], "x", 5, {}, {"replies": []}, {"replies": ["x"]}, {"replies": {}}),
        {"replies": [{}], "questions": [], "entities": ["x"], "excerpt": False},
        {"replies": [{}], "questions": [], "entities": [{"entity": ["x"], "value": "x"}], "excerpt": False},
        {"replies": [{}], "questions": ["x"], "entities": [], "excerpt": False},
    ],
)
async def test_an_answer_of_any_other_shape_is_a_failure_like_none(rasa: Answering, answer: Any) -> None:
    rasa.answer = answer
    with pytest.raises(AssistantError):
        await rasa.assistant.understand("c", "Thank you", Context())
