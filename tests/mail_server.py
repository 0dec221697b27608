"""A real mail server on this machine, which takes, refuses or keeps quiet as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "help@charity.example", "se/cret"


class MailServer:
    """Keeps what it takes. `says` is what it says instead, by command, once for each entry."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.encrypted: list[bool] = []
        self.says: dict[str, list[str]] = {}
        self.silent = False
        self.port = 0

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        while self.silent:
            await asyncio.sleep(0.01)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._next("MAIL")

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        said = self._next("RCPT")
        if said.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return said

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        said = self._next("DATA")
        if said.startswith("2") or "taken" in said:
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.messages.append(message)
            self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return said

    def _next(self, command: str) -> str:
        said = self.says.get(command, [])
        return said.pop(0) if said else "250 OK"

    def text(self, place: int = -1) -> str:
        """The words of a message."""
        content: str = self.messages[place].get_content()
        return content

    @contextlib.asynccontextmanager
    async def serving(
        self, *, start_tls: ssl.SSLContext | None = None, direct_tls: ssl.SSLContext | None = None, login: bool = False
    ) -> AsyncIterator[MailServer]:
        """Listen on this machine until the end of the block."""
        more: dict[str, Any] = {"tls_context": start_tls, "require_starttls": True} if start_tls else {}
        if login:
            more |= {"authenticator": _knows, "auth_required": True, "auth_require_tls": direct_tls is None}
        protocols = []

        def accept() -> SMTP:
            with warnings.catch_warnings():
                # It does not see that with TLS from the first byte a login is safe.
                warnings.simplefilter("ignore", UserWarning)
                protocols.append(SMTP(self, hostname="mail.test", enable_SMTPUTF8=True, **more))
            return protocols[-1]

        server = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0, ssl=direct_tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.silent = False
            server.close()
            for protocol in protocols:
                if protocol.transport is not None:
                    protocol.transport.close()
            await asyncio.sleep(0.02)


def _knows(_: object, __: object, ___: object, mechanism: str, data: Any) -> AuthResult:
    fits = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=fits, handled=False)
