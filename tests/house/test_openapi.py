"""The document of the gateway's addresses names every route there is, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
import yaml
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from bot.app import build
from bot.channels.web.doorway import COOKIE as CHAT
from bot.desk.sessions import COOKIE as DESK
from bot.settings import ROOT, read
from tests.keys import KEY

DOCUMENT = yaml.safe_load((ROOT / "docs" / "openapi.yml").read_text(encoding="utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    """The application with all it can have."""
    environment = {
        "HELPLINE_DATA": str(tmp_path_factory.mktemp("data")),
        "HELPLINE_KEYS": KEY,
        "HELPLINE_TELEGRAM_TOKEN": "1:token",
        "HELPLINE_TELEGRAM_WEBHOOK": "https://helpline.example",
    }
    return build(read(environment))


def written(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Each route as the document writes it: method and path, a converter left out, files by one name."""
    for route in routes:
        if isinstance(route, Mount):
            yield "get", f"{route.path}/{{file}}"
            continue
        assert isinstance(route, Route), f"{route} is of a kind that the document knows nothing of"
        for method in (route.methods or set()) - {"HEAD"}:
            yield method.lower(), re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)


def operations() -> dict[tuple[str, str], dict]:
    return {(name, path): item[name] for path, item in DOCUMENT["paths"].items() for name in METHODS if name in item}


def test_the_document_names_every_route_and_no_other(gateway):
    missing = sorted(set(written(gateway.routes)) - set(operations()))
    gone = sorted(set(operations()) - set(written(gateway.routes)))
    assert (missing, gone) == ([], []), "add what is missing to docs/openapi.yml, take out what is gone"


def test_the_document_says_what_each_address_needs():
    cookies = {scheme["name"] for scheme in DOCUMENT["components"]["securitySchemes"].values()}
    assert cookies == {CHAT, DESK}
    for (method, path), operation in operations().items():
        inside = path.startswith("/desk") and path != "/desk/sign-in"
        assert ({"desk": []} in operation.get("security", ())) == inside, f"{method} {path}"
        named = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"
        assert operation["summary"]
        # A comma in an unquoted description would make another key of what follows it.
        assert all({*answer} <= {"description", "content"} for answer in operation["responses"].values())
