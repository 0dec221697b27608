"""The conversations of `tests/stories/`, with the real model through the real servers."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bot.conversation import Message
from bot.knowledge import Knowledge
from bot.settings import ROOT
from tests.conversations.at_the_page import Parent

pytestmark = pytest.mark.slow

STORIES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "tests" / "stories").glob("*.yml"))
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_conversation_goes_as_its_story_says(story: dict[str, Any], parent: Parent, knowledge: Knowledge):
    for number, turn in enumerate(story["turns"], 1):
        answer = await (parent.write(turn["parent"]) if "parent" in turn else press(parent, turn["press"], knowledge))
        problems = list(differences(answer, turn["expect"], knowledge))
        assert not problems, f"{story['story']} Turn {number}: {'; '.join(problems)}\n\n{answer.text}"


async def press(parent: Parent, button: str, knowledge: Knowledge) -> Message:
    """Press a button by the key of its wording, or the first one of the last reply."""
    if button == "first":
        reply = (await parent.thread())[-1].reply
        assert reply is not None
        return await parent.press(reply.buttons[0].label)
    return await parent.press(knowledge.say(button))


def differences(answer: Message, expected: dict[str, Any], knowledge: Knowledge):
    """What is not as the story says, in words. The keys are explained in `tests/stories/README.md`."""
    reply = answer.reply
    assert reply is not None
    assert set(expected) <= {"status", "cards", "says", "contains", "risk"}, "a key that no story knows"
    cards, shown = expected.get("cards", []), [shown.card for shown in reply.shown]
    unknown = [card for card in cards if card not in knowledge.cards]
    assert not unknown, f"there is no such card: {unknown}"
    if reply.status.value not in listed(expected["status"]):
        yield f"the status is {reply.status.value} ({shown})"
    if cards and not set(cards) & set(shown):
        yield f"the cards are {shown}"
    if "risk" in expected and (reply.risk and reply.risk.value) not in listed(expected["risk"]):
        yield f"the risk is {reply.risk}"
    for key in listed(expected.get("says", [])):
        if not re.search(wording(knowledge.wording[key]), answer.text, re.DOTALL):
            yield f"it does not say '{key}'"
    for text in listed(expected.get("contains", [])):
        if text.lower() not in answer.text.lower():
            yield f"it does not contain '{text}'"


def wording(sentence: str) -> str:
    """A pattern for a fixed wording with anything in its blanks."""
    return "".join(".*?" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", sentence))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
