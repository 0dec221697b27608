"""The helpline's own processes on ports and data of their own: started, found, weighed, and stopped again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot import settings as settings_of
from bot.pieces import dying_with_parent
from bot.settings import ROOT, Settings

#: How long a process may take to stop when asked, in seconds; the supervisor stops three, one after the other.
GRACE = 40.0
_PROC = Path("/proc")


class NotReady(Exception):
    """A process ended, or did not answer in time; the message says which and shows its last lines."""


@dataclass(frozen=True)
class Started:
    """A process of ours, the moment of its start (`time.perf_counter`), and the file with what it says."""

    process: subprocess.Popen[bytes]
    at: float
    log: Path

    def wait_for(self, address: str, most_seconds: float) -> float:
        """The seconds from the start until the address answers 200. Raises `NotReady`."""
        with httpx.Client(timeout=2, trust_env=False) as http:
            while time.perf_counter() - self.at < most_seconds:
                if self.process.poll() is not None:
                    break
                with contextlib.suppress(httpx.HTTPError):
                    if http.get(address).status_code == httpx.codes.OK:
                        return time.perf_counter() - self.at
                time.sleep(0.02)
        last = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
        raise NotReady("\n".join([f"{address} does not answer. The last lines of the process behind it:", *last]))


def scratch(folder: Path) -> tuple[Settings, dict[str, str]]:
    """Settings and environment of a helpline on loopback, with its data in `folder`, whatever the shell has set."""
    names = ("HELPLINE_PORT", "HELPLINE_RASA_PORT", "HELPLINE_ACTIONS_PORT")
    environment = {
        **settings_of.environment(),
        **dict(zip(names, map(str, free_ports(len(names))))),
        "HELPLINE_HOST": "127.0.0.1",
        "HELPLINE_DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'helpline.sqlite'}",
        "HELPLINE_PATIENCE": "",
        # Nothing of a test reaches the real Telegram.
        "HELPLINE_TELEGRAM_TOKEN": "",
        "HELPLINE_NOW": "",
    }
    return settings_of.read(environment), environment


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on; all different."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


@contextlib.contextmanager
def started(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Started]:
    """A process for as long as the block lasts; it is gone afterwards, and so are those it has started."""
    log.parent.mkdir(parents=True, exist_ok=True)
    at = time.perf_counter()
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dying_with_parent(),  # noqa: PLW1509 - there is no other thread
        ) as process,
    ):
        try:
            yield Started(process, at, log)
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def serving(environment: Mapping[str, str], folder: Path) -> contextlib.AbstractContextManager[Started]:
    """The whole helpline, as `make run` starts it."""
    return started((sys.executable, "-m", "bot", "serve"), environment, folder / "logs" / "serve.log")


def family(process: int) -> dict[str, list[int]]:
    """The ids of a process and of those it has started, by piece. Empty where there is no `/proc`."""
    pieces: dict[str, list[int]] = {}
    if not _PROC.exists():
        return pieces
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            children.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    waiting = [(process, "")]
    while waiting:
        number, of = waiting.pop()
        name = of or _piece(number)
        pieces.setdefault(name, []).append(number)
        # Whatever the supervisor starts has a name of its own; what that starts belongs to it.
        waiting += [(child, "" if name == "supervisor" else name) for child in children.get(number, ())]
    return pieces


def _piece(process: int) -> str:
    """What people call a process of ours, from its command."""
    with contextlib.suppress(OSError):
        words = (_PROC / str(process) / "cmdline").read_bytes().decode(errors="replace").split("\0")
        if "serve" in words:
            return "supervisor"
        if "bot.action_server" in words:
            return "actions"
        return next((name for name in ("gateway", "rasa") if name in words), "other")
    return "other"


def resident(processes: Sequence[int]) -> int:
    """The resident memory of processes, in bytes; what they share is counted for each."""
    pages = 0
    for process in processes:
        with contextlib.suppress(OSError):
            pages += int((_PROC / str(process) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
