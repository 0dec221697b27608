"""A charity's own website on a port of its own, as strict as pages can be, with the helpline's button on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bot.channels.web.outside import Outside
from bot.knowledge import Knowledge
from tests.e2e.gateway import Gateway
from tests.stand_in import Stage

PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A charity</title></head>
<body><main><h1>A charity</h1><p id="words">Words of the charity.</p><a href="#words">A link</a></main>
<script src="{helpline}/widget.js" async {wishes}></script></body></html>"""


class Host:
    """Serves `PAGE` at `/`, and a page a quick exit may lead to at `/weather`."""

    def __init__(self) -> None:
        host = self
        self.helpline, self.wishes, self.lang = "", "", "en-GB"
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                page = "<title>Weather</title>Rain" if self.path == "/weather" else host.page()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", host.policy())
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing in the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self) -> str:
        return PAGE.format(helpline=self.helpline, wishes=self.wishes, lang=self.lang)

    def policy(self) -> str:
        """The directives that docs/embed.md asks for, and no other."""
        directives = f"script-src {self.helpline}; frame-src {self.helpline}"
        return f"default-src 'none'; {directives}; require-trusted-types-for 'script'; base-uri 'none'"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def behind(host: Host, sites: tuple[str, ...], knowledge: Knowledge, folder: Path) -> Iterator[Gateway]:
    """A helpline that these sites may show, whose quick exit leads to the host's weather."""
    outside = Outside(sites, f"{host.address}/weather")
    gateway = Gateway(knowledge, folder, partial(Stage, outside=outside))
    gateway.start()
    host.helpline = gateway.address
    yield gateway
    gateway.stop()
