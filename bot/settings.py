"""The environment, read once into a frozen `Settings`."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from bot import rota

LONDON = ZoneInfo("Europe/London")
ROOT = Path(__file__).resolve().parent.parent

_HIGHEST_PORT = 65535
_A_YEAR = 365 * 24 * 3600


class SettingsError(Exception):
    """A setting cannot be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """All settings; each comes from `HELPLINE_<NAME>`, save `DATABASE_URL`. `.env.example` explains them."""

    host: str
    port: int
    data: Path
    knowledge: Path
    database_url: str = field(repr=False)
    now: dt.datetime | None
    rasa_port: int
    actions_port: int
    rasa_token: str = field(repr=False)
    patience: float
    telegram_token: str = field(repr=False)
    telegram_api: str
    telegram_webhook: str
    telegram_alerts: int | None
    proxies: tuple[str, ...]
    watchers: tuple[str, ...]
    address: str
    on_call: tuple[rota.Person, ...] = field(repr=False)
    smtp_url: str = field(repr=False)
    smtp_from: str
    widget_sites: tuple[str, ...]
    demo_port: int | None
    exit_to: str
    hsts: int
    keys: tuple[str, ...] = field(repr=False)

    @property
    def demonstration(self) -> bool:
        """Whether this is a demonstration: no key is set, and nobody beyond this machine is let in.

        Not so with another address to listen on, an address or site of a charity, the real Telegram, a database
        elsewhere, or what only a helpline needs that others reach: people on call, mail, proxies, https for good.
        """
        telegram = (self.telegram_webhook, self.telegram_api) if self.telegram_token else ()
        addresses = (address for address in (self.address, *telegram, *self.widget_sites) if address)
        hosts = (self.host, *(urlsplit(address).hostname or "" for address in addresses))
        url = urlsplit(self.database_url)
        database = url.hostname or dict(parse_qsl(url.query)).get("host")
        for_others = self.on_call or self.smtp_url or self.hsts or self.proxies != tuple(_PROXIES.split())
        # A path is a socket on this machine.
        here = not database or database.startswith("/") or nobody_elses(database)
        return not self.keys and not for_others and here and all(map(nobody_elses, hosts))

    @property
    def https(self) -> bool:
        """Whether others reach us by https."""
        return _https(self.address, self.telegram_webhook)

    @property
    def model(self) -> Path:
        """Where the trained model lies."""
        return self.data / "models" / "helpline.tar.gz"

    @property
    def logs(self) -> Path:
        """The folder of the logs, one file for each process."""
        return self.data / "logs"

    @property
    def desk(self) -> str:
        """The address of the desk, as advisers reach it."""
        return f"{self.address}/desk"

    @property
    def here(self) -> str:
        """The address of the pages on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def demo(self) -> str:
        """The address of the example website on this machine; empty without one."""
        return f"http://127.0.0.1:{self.demo_port}" if self.demo_port else ""

    @property
    def rasa_address(self) -> str:
        return f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions_address(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}"

    def clock(self) -> dt.datetime:
        """Now, in London; from the moment of `HELPLINE_NOW` on where that is set."""
        now = dt.datetime.now(LONDON)
        return now if self.now is None else self.now + (now - _STARTED)


#: Hosts that are this machine, or that nobody can own (RFC 2606).
_NOBODY_ELSE = re.compile(r"(?:.+\.)?(?:localhost|example|test|invalid)|127(?:\.\d+){3}|::1")
_STARTED = dt.datetime.now(LONDON)
#: The proxies that are believed where nobody says otherwise.
_PROXIES = "127.0.0.1 ::1"


def nobody_elses(host: str) -> bool:
    """Whether a host is this machine, or a name that nobody can own."""
    return bool(_NOBODY_ELSE.fullmatch(host))


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from an environment. Raises `SettingsError` naming the setting that is wrong."""
    port = _port(environment, "HELPLINE_PORT", 8000)
    host = environment.get("HELPLINE_HOST") or "127.0.0.1"
    webhook = _address(environment, "HELPLINE_TELEGRAM_WEBHOOK", "")
    address = _address(environment, "HELPLINE_ADDRESS", webhook or _own_address(host, port))
    smtp_url = _smtp_url(environment, "HELPLINE_SMTP_URL")
    data = Path(environment.get("HELPLINE_DATA") or ROOT / "var").resolve()
    return Settings(
        host=host,
        port=port,
        data=data,
        knowledge=Path(environment.get("HELPLINE_KNOWLEDGE") or ROOT / "knowledge").resolve(),
        database_url=environment.get("DATABASE_URL") or f"sqlite:///{data / 'helpline.sqlite'}",
        now=_moment(environment, "HELPLINE_NOW"),
        rasa_port=_port(environment, "HELPLINE_RASA_PORT", port + 1),
        actions_port=_port(environment, "HELPLINE_ACTIONS_PORT", port + 2),
        rasa_token=environment.get("HELPLINE_RASA_TOKEN") or secrets.token_urlsafe(32),
        patience=_seconds(environment, "HELPLINE_PATIENCE", 6),
        telegram_token=(environment.get("HELPLINE_TELEGRAM_TOKEN") or "").strip(),
        telegram_api=_address(environment, "HELPLINE_TELEGRAM_API", "https://api.telegram.org"),
        telegram_webhook=webhook,
        telegram_alerts=_chat(environment, "HELPLINE_TELEGRAM_ALERTS"),
        proxies=_networks(environment, "HELPLINE_PROXIES", _PROXIES),
        watchers=_networks(environment, "HELPLINE_WATCHERS", "127.0.0.1 ::1"),
        address=address,
        on_call=_on_call(environment, "HELPLINE_ON_CALL"),
        smtp_url=smtp_url,
        smtp_from=_sender(environment, "HELPLINE_SMTP_FROM", smtp_url),
        widget_sites=_origins(environment, "HELPLINE_WIDGET_SITES"),
        demo_port=_demo_port(environment, "HELPLINE_DEMO_PORT", port + 90 if host == "127.0.0.1" else 0),
        hsts=_whole(environment, "HELPLINE_HSTS", _A_YEAR if _https(address, webhook) else 0),
        exit_to=_address(environment, "HELPLINE_EXIT_TO", "https://www.bbc.co.uk/weather"),
        keys=tuple((environment.get("HELPLINE_KEYS") or "").split()),
    )


def environment() -> dict[str, str]:
    """The environment of this process, filled up from the file `.env` beside the project where there is one."""
    path = ROOT / ".env"
    return {**(_pairs(path.read_text(encoding="utf-8")) if path.exists() else {}), **os.environ}


def _pairs(text: str) -> dict[str, str]:
    """`NAME=value` lines; empty lines and lines that begin with `#` are left out."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) <= _HIGHEST_PORT:
        raise SettingsError(f"{name} must be a whole number from 1 to {_HIGHEST_PORT}, not {value!r}.")
    return int(value)


def _demo_port(environment: Mapping[str, str], name: str, default: int) -> int | None:
    """A port, or None: where 0 says so, or where there is no such port that nobody has asked for."""
    if environment.get(name) == "0" or (not environment.get(name) and not 0 < default <= _HIGHEST_PORT):
        return None
    return _port(environment, name, default)


def _seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    value = environment.get(name) or str(default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise SettingsError(f"{name} must be a number of seconds above 0, not {value!r}.")
    return seconds


def _address(environment: Mapping[str, str], name: str, default: str) -> str:
    value = environment.get(name) or default
    if value and not re.fullmatch(r"https?://[^\s?#]+", value):
        raise SettingsError(f"{name} must be an address like https://helpline.example, not {value!r}.")
    return value.rstrip("/")


def _origins(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    origins = tuple((environment.get(name) or "").lower().split())
    for origin in origins:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin):
            raise SettingsError(f"{name} must be addresses like https://charity.example, not {origin!r}.")
    return origins


def _https(*addresses: str) -> bool:
    """Whether one of these is by https and can be somebody's: a demonstration's certificate is nobody's."""
    found = (urlsplit(address) for address in addresses)
    return any(parts.scheme == "https" and not nobody_elses(parts.hostname or "") for parts in found)


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        raise SettingsError(f"{name} must be a whole number of seconds, not {value!r}.")
    return int(value)


def _own_address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _networks(environment: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    networks = tuple((environment.get(name) or default).split())
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise SettingsError(f"{name} must be addresses or networks like 10.0.0.0/8, not {network!r}.") from None
    return networks


def _chat(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name) or ""
    if value and not re.fullmatch(r"-\d{1,18}", value):
        raise SettingsError(f"{name} must be the number of a group, like -1001234567890, not {value!r}.")
    return int(value) if value else None


def _on_call(environment: Mapping[str, str], name: str) -> tuple[rota.Person, ...]:
    try:
        people = rota.read(environment.get(name) or "")
    except ValueError as error:
        raise SettingsError(f"{name} {error}.") from None
    for way, needed in ((rota.EMAIL, "HELPLINE_SMTP_URL"), (rota.TELEGRAM, "HELPLINE_TELEGRAM_TOKEN")):
        for person in people:
            if person.way == way and not environment.get(needed):
                raise SettingsError(f"{name} has {person.name} with a way that needs {needed}, which is not set.")
    return people


def _smtp_url(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name) or ""
    if value and not re.fullmatch(r"smtps?://([^\s/@]+@)?[\w.-]+(:[1-9]\d{0,4})?/?", value, re.ASCII):
        # The value itself is not shown: there may be a password in it.
        raise SettingsError(f"{name} must be like smtp://user:password@mail.example:587, %40 for an @ in the user.")
    return value


def _sender(environment: Mapping[str, str], name: str, smtp_url: str) -> str:
    """Whom e-mail comes from: where it is not said, whoever signs in at the mail server."""
    server = urlsplit(smtp_url)
    user = unquote(server.username or "")
    value = environment.get(name) or (user if "@" in user else f"helpline@{server.hostname or 'localhost'}")
    if not re.fullmatch(r"[^\s<>,@]+@[^\s<>,@]+", value):
        raise SettingsError(f"{name} must be an e-mail address, not {value!r}.")
    return value


def _moment(environment: Mapping[str, str], name: str) -> dt.datetime | None:
    value = environment.get(name)
    if not value:
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        raise SettingsError(f"{name} must be like 2026-11-23T10:00, not {value!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=LONDON)
