"""The real servers, once for all conversations, with the model that the project has trained."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from benchmarks.processes import scratch, serving
from bot import settings as settings_of
from bot.training import train
from tests.conversations.at_the_page import Parent, Servers, a_parent


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    environment = settings_of.environment()
    trained = settings_of.read(environment)
    train(trained, environment)
    folder = tmp_path_factory.mktemp("helpline")
    settings, environment = scratch(folder)
    # With its stamp, so that the servers take it for what it is: up to date.
    shutil.copytree(trained.model.parent, settings.model.parent)
    with serving(environment, folder) as supervisor:
        servers = Servers(settings, supervisor)
        servers.wait_until_ready()
        yield servers
    assert supervisor.process.returncode == 0


@pytest.fixture
async def parent(servers: Servers) -> AsyncIterator[Parent]:
    async with a_parent(servers) as parent:
        yield parent
