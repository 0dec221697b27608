"""Which card answers a message: the ranking of all cards and conversational intents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, RESPONSE_SELECTOR, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.encoder import Encoder
from bot.knowledge import read_glossary
from bot.nlu.importer import ASK, TITLE
from bot.nlu.questions import Glossary
from bot.nlu.ranker import Ranker


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CardClassifier(GraphComponent, IntentClassifier):
    """Sets the intent, the card for Rasa's retrieval response, and the questions with their rankings.

    A label is a conversational intent ("greet") or a card ("ask/suspension-length"). Beside Rasa's own keys a message
    gets `questions`: `[{"text", "ranking": [{"card", "confidence"}]}]`, and `excerpt`, for the gateway.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"knowledge": "knowledge", "ranking_length": 8}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, threads: int) -> None:
        self._length = int(config["ranking_length"])
        self._model_storage = model_storage
        self._resource = resource
        glossary = Glossary(read_glossary(Path(config["knowledge"]) / "glossary.yml"))
        self._ranker = Ranker(Encoder(threads=threads), glossary)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CardClassifier:
        return cls(config, model_storage, resource, threads=2)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CardClassifier:
        # One thread in service: a second one spins between messages and costs the other processes more than it gives.
        component = cls(config, model_storage, resource, threads=1)
        with model_storage.read_from(resource) as folder:
            component._ranker.load(folder / "ranker.joblib")
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the ranker to the examples of the cards and of the conversational intents."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        self._ranker.fit(
            [message.get(TEXT) for message in examples],
            [message.get(INTENT_RESPONSE_KEY) or message.get(INTENT) for message in examples],
            {message.get(INTENT_RESPONSE_KEY): message.get(TEXT) for message in examples if message.get(TITLE)},
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._ranker.save(folder / "ranker.joblib")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the cards for each message, in the light of what came before it (`metadata`)."""
        for message in messages:
            known = message.get("metadata") or {}
            shown = [f"{ASK}/{card}" for card in known.get("cards", [])]
            reading = self._ranker.read(message.get(TEXT) or "", shown, known.get("before", ""))
            first = reading.questions[0]
            intent = {"name": first.label.partition("/")[0], "confidence": first.in_scope}
            message.set(INTENT, intent, add_to_output=True)
            message.set(RESPONSE_SELECTOR, _response_selector(first.label, first.ranking[0][1]), add_to_output=True)
            message.set("excerpt", reading.excerpt, add_to_output=True)
            message.set(
                "questions",
                [
                    {
                        "text": question.text,
                        "ranking": [
                            {"card": label.partition("/")[2], "confidence": round(probability, 4)}
                            for label, probability in question.ranking[: self._length]
                        ],
                    }
                    for question in reading.questions
                ],
                add_to_output=True,
            )
        return messages


def _response_selector(label: str, confidence: float) -> dict[str, Any]:
    """The keys by which Rasa's retrieval action finds the response of a card."""
    if not label.startswith(f"{ASK}/"):
        return {}
    response = {"intent_response_key": label, "utter_action": f"utter_{label}", "confidence": confidence}
    return {"all_retrieval_intents": [ASK], ASK: {"response": response, "ranking": [response]}}
