"""The facts a parent says, as entities: nation, council, EHC plan, kind of school, exclusion, date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.facts import FactFinder
from bot.knowledge import read_councils, read_yaml
from bot.nlu import english


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FactExtractor(GraphComponent, EntityExtractorMixin):
    """Reads a message with spaCy and hands on what `FactFinder` finds in it."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"knowledge": "knowledge"}

    def __init__(self, config: dict[str, Any]) -> None:
        folder = Path(config["knowledge"])
        words, councils = read_yaml(folder / "facts.yml"), list(read_councils(folder / "councils.csv"))
        self._finder = FactFinder(words, councils, english.vocabulary())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FactExtractor:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entities of each message."""
        for message in messages:
            facts = self._finder.find(english.read(message.get(TEXT) or ""))
            entities = [{"entity": fact, "value": value, "start": 0, "end": 0} for fact, value in facts.items()]
            message.set(ENTITIES, self.add_extractor_name(entities), add_to_output=True)
        return messages
