"""Cards become training data: each is a response of the retrieval intent `ask`, its examples the ways to ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge import read_card

#: The retrieval intent of every card; the card's id comes after the slash.
ASK = "ask"
#: The key that marks an example as a card's title.
TITLE = "title"


class CardImporter(TrainingDataImporter):
    """Named in `config.yml` under `importers`, beside Rasa's own importer for `data/` and the domain."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        cards: str = "knowledge/cards",
    ) -> None:
        root = Path(config_file).resolve().parent if config_file else Path.cwd()
        self._cards = [read_card(path) for path in sorted((root / cards).glob("*/*.md"))]

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The examples of every card, and its response: no text, only the card's id, which the gateway renders."""
        examples = [
            Message.build(text=example, intent=f"{ASK}/{card.id}") for card in self._cards for example in card.examples
        ]
        for card in self._cards:
            title = Message.build(text=card.title, intent=f"{ASK}/{card.id}")
            title.set(TITLE, True)
            examples.append(title)
        responses = {f"utter_{ASK}/{card.id}": [{"custom": {"card": card.id}}] for card in self._cards}
        return TrainingData(training_examples=examples, responses=responses)

    def get_domain(self) -> Domain:
        return Domain.empty()

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        return {}

    def get_config_file_for_auto_config(self) -> str | None:
        return None
