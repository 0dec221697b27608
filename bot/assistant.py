"""The Rasa server behind the helpline's `Assistant` port."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from bot.conversation import Context, Question, Understanding
from bot.helpline import AssistantError


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

    async def understand(self, conversation: str, text: str, context: Context, before: str = "") -> Understanding:
        body = {
            "sender": conversation,
            "message": text,
            "metadata": {"cards": list(context.cards), "before": before},
        }
        try:
            response = await asyncio.wait_for(self._http.post("/webhooks/helpline/webhook", json=body), self._patience)
            response.raise_for_status()
            return _understanding(response.json())
        except (asyncio.TimeoutError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
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
        facts={entity["entity"]: entity["value"] for entity in answer["entities"]},
        excerpt=bool(answer["excerpt"]),
    )
