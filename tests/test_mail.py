"""E-mail goes by real SMTP: over TLS, with a login, and with a truthful word about every failure."""

from __future__ import annotations

import ssl

import pytest
import trustme

from bot.mail import Mail, Server
from bot.on_call import Letter, NotSent
from bot.rota import EMAIL, Person
from tests.mail_server import PASSWORD, USER, MailServer

SUE = Person("Sue Grüne", EMAIL, "sue@charity.example")
LETTER = Letter("call-7-1764000000", SUE, "Helpline: Urgent, talk 3", "https://helpline.example/on-call/abc\n", 3)
FROM = "helpline@charity.example"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def presented(authority: trustme.CA) -> ssl.SSLContext:
    """What the server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    """Whom we believe."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def mail(
    server: MailServer, tls: str = "none", trust: ssl.SSLContext | None = None, patience: float = 5, **login: str
) -> Mail:
    return Mail(Server("127.0.0.1", server.port, tls, **login), FROM, patience, trust)


async def failure(post: Mail) -> tuple[str, bool]:
    with pytest.raises(NotSent) as error:
        await post.send(LETTER)
    return error.value.why, error.value.again


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with MailServer().serving() as server:
        await mail(server).send(LETTER)
    (message,) = server.messages
    assert (message["To"], message["From"]) == ("Sue Grüne <sue@charity.example>", FROM)
    assert (message["Subject"], message["Message-ID"]) == (LETTER.subject, "<call-7-1764000000@charity.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert server.text().splitlines() == LETTER.text.splitlines()


@pytest.mark.parametrize("tls", ["start", "direct"])
async def test_a_letter_goes_over_tls_with_our_login(
    tls: str, presented: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    offered = {"start_tls": presented} if tls == "start" else {"direct_tls": presented}
    async with MailServer().serving(**offered, login=True) as server:
        await mail(server, tls, trust, user=USER, password=PASSWORD).send(LETTER)
        assert await failure(mail(server, tls, trust, user=USER, password="wrong")) == ("login", False)
        assert await failure(mail(server, tls, trust)) == ("login", False)
    assert server.encrypted == [True]


async def test_nothing_goes_to_a_server_that_has_no_tls_or_is_not_whom_it_says(presented: ssl.SSLContext) -> None:
    async with MailServer().serving() as server:
        assert (await failure(mail(server, "start")))[1]
    async with MailServer().serving(start_tls=presented) as other:
        # Its certificate is signed by nobody that this machine knows.
        assert await failure(mail(other, "start")) == ("unreachable", True)
    assert server.messages == other.messages == []


@pytest.mark.parametrize(
    ("command", "said", "why", "again"),
    [
        ("RCPT", "550 no such mailbox", "refused", False),
        ("RCPT", "450 mailbox busy", "refused", True),
        ("MAIL", "553 who are you", "refused", False),
        ("DATA", "554 looks like spam", "refused", False),
        ("DATA", "451 try later", "refused", True),
        ("MAIL", "421 shutting down", "refused", True),
    ],
)
async def test_a_refusal_says_whether_another_try_can_help(command: str, said: str, why: str, again: bool) -> None:
    async with MailServer().serving() as server:
        server.says[command] = [said]
        assert await failure(mail(server)) == (why, again)
        await mail(server).send(LETTER)
    assert len(server.messages) == 1


async def test_a_server_that_keeps_quiet_is_not_waited_for() -> None:
    async with MailServer().serving() as server:
        server.silent = True
        assert await failure(mail(server, patience=0.3)) == ("slow", True)


async def test_a_server_that_is_not_there_is_told() -> None:
    async with MailServer().serving() as server:
        gone = mail(server)
    assert await failure(gone) == ("unreachable", True)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://help%40charity.example:se%2Fcret@mail.example", Server("mail.example", 587, "start", USER, PASSWORD)),
        ("smtps://mail.example", Server("mail.example", 465, "direct")),
        ("smtp://mail.example:25", Server("mail.example", 25, "start")),
        # A mail server on this machine needs no TLS, and often has no certificate.
        ("smtp://localhost:2525", Server("localhost", 2525, "none")),
    ],
)
def test_the_setting_says_where_the_server_is_and_how_it_is_spoken_with(url: str, server: Server) -> None:
    assert Server.at(url) == server


def test_the_password_is_not_shown() -> None:
    assert PASSWORD not in repr(Server.at("smtp://me:se%2Fcret@mail.example"))
