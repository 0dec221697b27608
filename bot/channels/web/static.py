"""Our scripts and styles, each under an address that changes with its content, so that browsers can keep it."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[2] / "static"
_A_YEAR = "public, max-age=31536000, immutable"


@functools.cache
def address(name: str) -> str:
    """The address of a file of `bot/static/`."""
    return f"/static/{name}?v={hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]}"


class Static(StaticFiles):
    """Serves the files; one that was asked for with its version is never asked for again."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if "v" in QueryParams(scope["query_string"]) and response.status_code in (200, 304):
            response.headers["Cache-Control"] = _A_YEAR
        return response
