"""A sentence that was deleted is nowhere any more: not in files, not in the database, not in Rasa."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.processes import scratch, started
from bot.assistant import RasaAssistant
from bot.conversation import Context
from bot.keyring import keyring
from bot.pieces import rasa_environment, rasa_run
from bot.settings import Settings
from tests.conversations.at_the_page import LONGEST_START, Parent, Servers
from tests.everything import found_in_files, left_in_files, opened_in_files, sealed_in

pytestmark = pytest.mark.slow

WORD = "zweigelt"
SENTENCE = f"How many days can my lad {WORD} be suspended for in one school year?"


async def test_a_deleted_chat_is_in_no_file_of_the_helpline(servers: Servers, parent: Parent) -> None:
    folder, keys = servers.settings.data, keyring(servers.settings)
    files = [folder / "logs", *folder.glob("*.sqlite*"), folder / "running.json"]
    await parent.write(SENTENCE)
    await parent.write(f"I want to talk to a person about {WORD}.")
    # Sealed it is there; and in no plain words anywhere.
    assert any(WORD in line.text for line in await parent.thread())
    assert found_in_files([folder], WORD) == []
    (database,) = folder.glob("*.sqlite")
    sealed = sealed_in(database, keys)
    conversation = await parent.delete()
    assert await parent.lines_of(conversation) == []
    assert found_in_files([folder], WORD) == []
    databases = [path for path in files if ".sqlite" in path.name]
    assert databases
    assert not [text for text in opened_in_files(databases, keys) if WORD in text]
    assert left_in_files(databases, sealed - sealed_in(database, keys)) == set()
    assert any("lines" in event for event in await parent.log_of(conversation))


@pytest.fixture(scope="module")
def rasa(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Rasa with the model of the others, that can be asked by its own interface what it remembers."""
    folder = tmp_path_factory.mktemp("rasa")
    settings, environment = scratch(folder)
    command = [str(servers.settings.model) if word == str(settings.model) else word for word in rasa_run(settings)]
    command += ["--enable-api", f"--auth-token={settings.rasa_token}"]
    with started(command, rasa_environment(settings, environment), folder / "rasa.log") as process:
        process.wait_for(f"{settings.rasa_address}/webhooks/helpline/", LONGEST_START)
        yield settings


async def test_rasa_remembers_no_word_once_it_has_answered(rasa: Settings) -> None:
    assistant = RasaAssistant(rasa.rasa_address, rasa.rasa_token, 30)
    understood = await assistant.understand("talk", SENTENCE, Context(facts={"school": WORD}), [f"{WORD} before"])
    assert understood.questions
    await assistant.close()
    async with httpx.AsyncClient(base_url=rasa.rasa_address, params={"token": rasa.rasa_token}, timeout=30) as http:
        # What does not come by the gateway's door stays: the search finds what is there.
        await http.post("/conversations/other/messages", json={"text": SENTENCE, "sender": "user"})
        kept = {
            name: (await http.get(f"/conversations/{name}/tracker?include_events=ALL")).raise_for_status().text
            for name in ("talk", "other")
        }
    assert WORD in kept["other"]
    assert WORD not in kept["talk"]
    assert not re.search("suspended|school year", kept["talk"])


async def test_the_log_of_rasa_has_no_word(rasa: Settings) -> None:
    assistant = RasaAssistant(rasa.rasa_address, rasa.rasa_token, 30)
    assert (await assistant.understand("logged", SENTENCE, Context(facts={"school": WORD}))).questions
    await assistant.close()
    # By Rasa's own door too.
    async with httpx.AsyncClient(base_url=rasa.rasa_address, params={"token": rasa.rasa_token}, timeout=30) as http:
        sent = {"text": SENTENCE, "sender": "user"}
        (await http.post("/conversations/logged-too/messages", json=sent)).raise_for_status()
    log = Path(rasa.data) / "rasa.log"
    assert log.exists()
    assert found_in_files([Path(rasa.data)], WORD) == []
