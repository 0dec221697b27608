"""The processes that the helpline is made of, and how each is started."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.settings import ROOT, Settings

#: What keeps every piece small. Left to itself, NumPy's arithmetic takes all cores for a vector, and its helpers keep
#: them busy for tens of milliseconds afterwards: one piece's sum is the time of the others.
_MODEST = {
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
}
#: What keeps Rasa and the action server quiet: in the terminal, and towards those who made them.
_THRIFT = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TOKENIZERS_PARALLELISM": "false",
}

#: What Rasa and the action server have no use for: whoever gets into them finds no key, and nobody's address. Set to
#: nothing and not left out, since what is not in the environment is looked for in the file `.env`.
SECRETS = (
    "DATABASE_URL",
    "HELPLINE_KEYS",
    "HELPLINE_ON_CALL",
    "HELPLINE_PASSWORD",
    "HELPLINE_SMTP_URL",
    "HELPLINE_TELEGRAM_TOKEN",
)

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Piece:
    """One process: its name for people, the command, its environment, and where it listens when it is ready.

    `setting` names what chooses the port.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    host: str
    port: int
    setting: str


def gateway(settings: Settings, environment: Mapping[str, str]) -> Piece:
    """The pages, in front of everything else."""
    ours = _our(settings, environment)
    return Piece("gateway", _bot("gateway"), ours, settings.host, settings.port, "HELPLINE_PORT")


def rasa(settings: Settings, environment: Mapping[str, str]) -> Piece:
    """Rasa with the current model, trained first where that is needed."""
    theirs = rasa_environment(settings, environment)
    return Piece("rasa", _bot("rasa"), theirs, "127.0.0.1", settings.rasa_port, "HELPLINE_RASA_PORT")


def actions(settings: Settings, environment: Mapping[str, str]) -> Piece:
    """Rasa's action server."""
    command = (sys.executable, "-m", "bot.action_server")
    theirs = rasa_environment(settings, environment)
    return Piece("actions", command, theirs, "127.0.0.1", settings.actions_port, "HELPLINE_ACTIONS_PORT")


def rasa_run(settings: Settings) -> tuple[str, ...]:
    """The command that serves the trained model."""
    options = {
        "--interface": "127.0.0.1",
        "--port": str(settings.rasa_port),
        "--model": str(settings.model),
        "--endpoints": str(ROOT / "endpoints.yml"),
        "--credentials": str(ROOT / "credentials.yml"),
    }
    return (sys.executable, "-m", "rasa", "run", "--quiet", *(word for option in options.items() for word in option))


def rasa_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of Rasa's own processes, whether they serve or train."""
    kept_from_them = dict.fromkeys(SECRETS, "")
    ours = _our(settings, environment)
    return {**ours, **kept_from_them, **_THRIFT, "RASA_CACHE_DIRECTORY": str(settings.data / "cache")}


def dying_with_parent() -> Callable[[], None]:
    """For `preexec_fn`: the new process ends when this one does, even when this one is killed outright.

    Linux can do that; elsewhere it does nothing.
    """
    libc, parent = ctypes.CDLL(None), os.getpid()

    def prepare() -> None:
        if sys.platform == "linux":
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _our(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of ours: what the settings left open is settled the same way for all of them."""
    return {
        # Without compiled bytecode, Rasa takes three times as long to start.
        **{name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"},
        **_MODEST,
        "HELPLINE_RASA_PORT": str(settings.rasa_port),
        "HELPLINE_ACTIONS_PORT": str(settings.actions_port),
        "HELPLINE_RASA_TOKEN": settings.rasa_token,
    }


def _bot(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "bot", command)
