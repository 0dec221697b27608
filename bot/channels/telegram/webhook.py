"""Takes updates that Telegram sends to an address of ours."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging

from starlette.requests import Request
from starlette.responses import Response

from bot.channels.telegram.inbox import Inbox

log = logging.getLogger(__name__)

#: An update is far smaller.
MOST_BYTES = 1_000_000


class Webhook:
    """The secrets come from the bot's token, so that there is nothing more to set, and nothing more to keep."""

    def __init__(self, token: str, inbox: Inbox) -> None:
        self.path = hmac.new(token.encode(), b"path", hashlib.sha256).hexdigest()[:32]
        self.secret = hmac.new(token.encode(), b"header", hashlib.sha256).hexdigest()
        self._inbox = inbox

    async def post(self, request: Request) -> Response:
        """`POST /telegram/<secret path>`: 200 once the update is kept; for anything else Telegram sends it again."""
        path, header = request.path_params["path"], request.headers.get("x-telegram-bot-api-secret-token", "")
        known = hmac.compare_digest(path.encode(), self.path.encode())
        if not known or not hmac.compare_digest(header.encode(), self.secret.encode()):
            return Response(status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return Response(status_code=413)
        try:
            update = json.loads(body)
        except ValueError:
            return Response(status_code=400)
        try:
            await self._inbox.take(update)
        except Exception:
            log.exception("an update of Telegram's could not be kept")
            return Response(status_code=503)
        return Response()
