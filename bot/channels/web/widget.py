"""The one script that other sites load, and the plain pages beside the chat."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.web.doorway import Doorway
from bot.channels.web.outside import Outside
from bot.channels.web.screen import LANGUAGES, Screen
from bot.channels.web.static import FOLDER
from bot.helpline import Clock
from bot.reception import Reception
from bot.reference import reference

#: How long a browser may keep the script, in seconds: so old can its words about the hours be.
KEPT = 300
#: What docs/embed.md asks of a host page, and this page's own style and icon.
DEMO_POLICY = "default-src 'none'; script-src {helpline}; frame-src {helpline}; style-src 'self'; img-src 'self'"
#: Names under which a machine knows itself.
HERE = ("127.0.0.1", "localhost")
_GAP = '"SERVED"'


class Widget:
    """The endpoints of the script, of a page that shows it, and of the two statements."""

    def __init__(self, reception: Reception, screen: Screen, door: Doorway, clock: Clock, outside: Outside) -> None:
        self._reception = reception
        self._door = door
        self._screen = screen
        self._clock = clock
        self._outside = outside
        self._source = (FOLDER / "widget.js").read_text(encoding="utf-8")

    async def script(self, _: Request) -> Response:
        """`GET /widget.js`. Whether anybody is there stands in it, so that it need not ask."""
        is_open = self._reception.open_at(self._clock(), "web")
        served = {
            "sites": list(self._outside.framers),
            "open": is_open,
            "labels": {language: self._labels(language, is_open) for language in ("en", *LANGUAGES)},
        }
        return Response(
            self._source.replace(_GAP, json.dumps(served), 1),
            media_type="text/javascript; charset=utf-8",
            headers={
                "Cache-Control": f"public, max-age={KEPT}",
                "Cross-Origin-Resource-Policy": "cross-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def accessibility(self, request: Request) -> Response:
        """`GET /accessibility`: the statement."""
        return self._screen.render(request, "statement", statement="accessibility", reference="")

    async def privacy(self, request: Request) -> Response:
        """`GET /privacy`: what is kept, for how long, who reads it, and when others are told."""
        conversation, thread = await self._door.known(request)
        number = "" if thread is None else reference(conversation)
        return self._screen.render(request, "statement", statement="privacy", reference=number)

    async def demo(self, request: Request) -> Response:
        """`GET /demo`: a plain page with the button on it, as strict as a charity's may be.

        On the helpline's own machine it is on another origin, where there is one.
        """
        example, helpline = self._outside.example, ""
        if example and request.url.hostname in HERE:
            if request.url.netloc != urlsplit(example.origin).netloc:
                return RedirectResponse(f"{example.origin}/demo")
            helpline = example.helpline
        page = self._screen.render(request, "demo", helpline=helpline)
        page.headers["Content-Security-Policy"] = DEMO_POLICY.format(helpline=helpline or "'self'")
        return page

    def _labels(self, language: str, is_open: bool) -> dict[str, str]:
        say = self._screen.say
        return {
            "chat": say(f"widget_chat_{language}" if is_open else f"widget_ask_{language}"),
            "close": say(f"widget_close_{language}"),
        }
