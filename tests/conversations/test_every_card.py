"""Every card is in what Rasa learns from, by the importers that `config.yml` names."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bot.knowledge import Knowledge
from bot.settings import ROOT

pytestmark = pytest.mark.slow

# In a process of its own: importing Rasa leaves threads and patched libraries behind.
PRINT_WHAT_IS_LEARNT = """
import json
from rasa.shared.importers.importer import TrainingDataImporter
importer = TrainingDataImporter.load_from_config("config.yml", "domain.yml", ["data"])
data = importer.get_nlu_data()
print(json.dumps({
    "examples": [[message.get("intent_response_key"), message.get("text")] for message in data.intent_examples],
    "responses": importer.get_domain().responses,
}))
"""


def rasa(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def test_every_card_reaches_the_training_data_with_all_its_examples_and_its_response(knowledge: Knowledge):
    result = rasa("-c", PRINT_WHAT_IS_LEARNT)
    assert result.returncode == 0, result.stderr[-2000:]
    learnt = json.loads(result.stdout.splitlines()[-1])
    examples = {(key, text) for key, text in learnt["examples"]}
    for card in knowledge.cards.values():
        missing = [text for text in (card.title, *card.examples) if (f"ask/{card.id}", text) not in examples]
        assert missing == [], card.id
        assert learnt["responses"][f"utter_ask/{card.id}"] == [{"custom": {"card": card.id}}]


def test_rasa_finds_no_fault_in_its_data():
    result = rasa(
        "-m", "rasa", "data", "validate", "--config", "config.yml", "--domain", "domain.yml", "--data", "data"
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
