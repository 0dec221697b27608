"""The Rasa server behind the helpline's `Assistant` port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from bot.callback_form import NOT_UNDERSTOOD, Form, FormTurn, fill
from bot.conversation import Context, Question, Understanding
from bot.helpline import AssistantError
from bot.knowledge import FACTS

_Answer = TypeVar("_Answer")


class RasaAssistant:
    """Asks Rasa over HTTP on the loopback address, and waits at most `patience` seconds."""

    def __init__(self, base_url: str, token: str, patience: float) -> None:
        self._patience = patience
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(patience),
            limits=httpx.Limits(max_connections=64),
            trust_env=False,
        )

    async def understand(
        self, conversation: str, text: str, context: Context, before: Sequence[str] = ()
    ) -> Understanding:
        light = {"cards": list(context.cards), "before": before[-1] if before else ""}
        return await self._ask(conversation, text, light, _understanding)

    async def fill_in(self, conversation: str, text: str, form: Form, before: Sequence[str] = ()) -> FormTurn | None:
        try:
            return await self._ask(conversation, text, {"form": form.as_json()}, _form_turn)
        except AssistantError:
            # A booking goes on while Rasa is away: what fits the question is known without it.
            turn = fill(form, text)
            if turn.problem == NOT_UNDERSTOOD:
                raise
            return turn

    async def _ask(
        self, conversation: str, text: str, metadata: Mapping[str, Any], read: Callable[[dict[str, Any]], _Answer]
    ) -> _Answer:
        body = {"sender": conversation, "message": text, "metadata": metadata}
        try:
            response = await asyncio.wait_for(self._http.post("/webhooks/helpline/webhook", json=body), self._patience)
            response.raise_for_status()
            return read(response.json())
        except (asyncio.TimeoutError, httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise AssistantError(type(error).__name__) from error

    async def ready(self) -> bool:
        """Whether Rasa listens with its model loaded."""
        try:
            return (await self._http.get("/webhooks/helpline/", timeout=1.0)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        await self._http.aclose()


def _understanding(answer: dict[str, Any]) -> Understanding:
    """Rasa's answer as the helpline reads it. An answer with nothing in it is an `AssistantError`."""
    replies = answer["replies"]
    if not replies:
        raise AssistantError("an empty answer")
    return Understanding(
        wording=replies[0].get("wording", ""),
        questions=tuple(
            Question(question["text"], tuple((card["card"], card["confidence"]) for card in question["ranking"]))
            for question in answer["questions"]
        ),
        facts=_facts(answer["entities"]),
        excerpt=bool(answer["excerpt"]),
        wants_call="asks" in replies[0],
    )


def _facts(entities: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The facts that we know by name, with values that they can have. Rasa can find other things too."""
    said = {entity["entity"]: entity["value"] for entity in entities if isinstance(entity["value"], str)}
    return {name: said[name] for name, values in FACTS.items() if name in said and (not values or said[name] in values)}


def _form_turn(answer: dict[str, Any]) -> FormTurn | None:
    """The form as Rasa leaves it; None where it has answered something else instead."""
    replies = answer["replies"]
    if not replies:
        raise AssistantError("an empty answer")
    said = {key: value for reply in replies for key, value in reply.items()}
    return FormTurn(said["asks"], answer["form"], said.get("problem", "")) if "asks" in said else None
