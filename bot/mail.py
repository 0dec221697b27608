"""E-mail by SMTP to whoever is on call."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.on_call import Letter, NotSent

log = logging.getLogger(__name__)

#: An attempt is given up after so many seconds: well within `on_call.ATTEMPT`.
PATIENCE = 30.0
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
#: Replies of the server to the whole of what we are: another try does not help until somebody mends the settings.
_LOGIN = (530, 534, 535, 538)
_FOR_GOOD = 500


@dataclass(frozen=True)
class Server:
    """A mail server, and how we speak with it."""

    host: str
    port: int
    tls: str
    """`direct` from the first byte, `start` after STARTTLS, or `none`"""
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, url: str) -> Server:
        """From `smtp://user:password@host:587` or `smtps://user:password@host:465`.

        With `smtp`, nothing goes out without STARTTLS, save to a server on this machine.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        direct = parts.scheme == "smtps"
        tls = "direct" if direct else "none" if host in _THIS_MACHINE else "start"
        login = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(host, parts.port or (465 if direct else 587), tls, *login)


class Mail:
    """Sends each letter by itself: a connection that is kept would be dead when it is needed."""

    def __init__(
        self, server: Server, sender: str, patience: float = PATIENCE, trust: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._sender = sender
        self._patience = patience
        self._trust = trust

    async def send(self, letter: Letter) -> None:
        """Come back when the server has taken the letter. Raises `NotSent`.

        Where the server has taken it and the connection breaks before it says so, the letter is sent again: with the
        same Message-ID, by which most mail programs show it once.
        """
        try:
            await asyncio.wait_for(self._hand_over(self._message(letter)), self._patience)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = max(refused.code for refused in error.recipients)
            raise NotSent("refused", again=code < _FOR_GOOD) from error
        except aiosmtplib.SMTPResponseException as error:
            why = "login" if error.code in _LOGIN else "refused"
            raise NotSent(why, again=error.code < _FOR_GOOD) from error
        except (aiosmtplib.SMTPTimeoutError, asyncio.TimeoutError) as error:
            raise NotSent("slow", again=True) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("the mail server cannot be reached: %s", type(error).__name__)
            raise NotSent("unreachable", again=True) from error

    async def _hand_over(self, message: EmailMessage) -> None:
        server = self._server
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls == "direct",
            start_tls=server.tls == "start",
            tls_context=self._trust,
            timeout=self._patience,
        )

    def _message(self, letter: Letter) -> EmailMessage:
        # A link that is broken over two lines leads nowhere in some mail programs.
        message = EmailMessage(policy.SMTP.clone(max_line_length=998))
        message["From"] = self._sender
        message["To"] = formataddr((letter.to.name, letter.to.address))
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{letter.key}@{self._sender.rpartition('@')[2]}>"
        message["Importance"] = "high"
        # No answer of an absent colleague's machine.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message
