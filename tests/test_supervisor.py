"""The supervisor keeps its pieces alive and leaves none behind."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot import supervisor as module
from bot.pieces import Piece
from bot.settings import ROOT
from bot.supervisor import PieceDied, Supervisor, port_problem

LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"
SLEEP = "import time; time.sleep(60)"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def piece(code, port=None, name="piece"):
    port = port or free_port()
    return Piece(name, (sys.executable, "-c", code, str(port)), dict(os.environ), "127.0.0.1", port, "HELPLINE_PORT")


def alive(pid):
    try:
        os.kill(pid, 0)
        # A dead process that nobody has collected yet is not alive.
        return sys.platform != "linux" or ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


async def eventually(true, seconds=10):
    for _ in range(seconds * 50):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


@contextlib.asynccontextmanager
async def supervised(tmp_path, *pieces):
    said = []
    supervisor = Supervisor(pieces, tmp_path / "logs", said.append)
    supervisor.start()
    try:
        yield supervisor, said
    finally:
        await supervisor.stop()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.05)


async def test_a_piece_that_dies_is_started_again(tmp_path):
    async with supervised(tmp_path, piece(f"import os; print(os.getpid(), flush=True); {LISTEN}")) as (
        supervisor,
        said,
    ):
        await supervisor.ready()
        pid = next(int(line.split("|")[1]) for line in said if "|" in line)
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: sum("is ready" in line for line in said) == 2)
    assert "piece stopped (SIGKILL). Starting it again in 0 s." in said


async def test_a_piece_that_keeps_dying_is_started_less_and_less_often(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.1)
    starts = []
    async with supervised(tmp_path, piece("print('here', flush=True)")) as (_, said):
        while len(starts) < 4:
            await eventually(lambda: sum("here" in line for line in said) > len(starts))
            starts.append(time.monotonic())
    first, second, third = (after - before for before, after in itertools.pairwise(starts))
    assert first < second < third


async def test_waiting_for_a_piece_that_dies_ends_at_once(tmp_path):
    async with supervised(tmp_path, piece(SLEEP, name="other"), piece("raise SystemExit(3)")) as (supervisor, _):
        with pytest.raises(PieceDied, match=r"piece stopped \(exit code 3\)"):
            await asyncio.wait_for(supervisor.ready(), 10)


async def test_stopping_leaves_no_process_behind_even_one_that_ignores_it(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "GRACE", 0.3)
    stubborn = (
        "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(os.getpid(), child.pid, flush=True); time.sleep(60)"
    )
    async with supervised(tmp_path, piece(stubborn)) as (_, said):
        await eventually(lambda: said)
        pids = [int(pid) for pid in said[0].split("|")[1].split()]
    await eventually(lambda: not any(alive(pid) for pid in pids))


async def test_pieces_are_stopped_in_their_order(tmp_path):
    says_when_told = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: (print('told', flush=True), sys.exit()));"
        "print('up', flush=True); time.sleep(60)"
    )
    pieces = [piece(says_when_told, name=name) for name in ("gateway", "rasa", "actions")]
    async with supervised(tmp_path, *pieces) as (_, said):
        await eventually(lambda: sum("up" in line for line in said) == 3)
    assert [line.split()[0] for line in said if "told" in line] == ["gateway", "rasa", "actions"]


async def test_what_a_piece_says_is_shown_with_its_name_and_kept(tmp_path):
    says = (
        "import time; print('\\x1b[31mred\\x1b[0m');"
        "print('/x/site-packages/old/a.py:1: DeprecationWarning: old ways\\nand more\\n  import old');"
        "print('x' * 2_000_000); print('last', flush=True); time.sleep(60)"
    )
    async with supervised(tmp_path, piece(says)) as (_, said):
        await eventually(lambda: "  piece | last" in said)
    assert said[0] == "  piece | red"
    assert not any("old" in line for line in said)
    log = (tmp_path / "logs" / "piece.log").read_text()
    assert "red" in log
    assert "DeprecationWarning: old ways" in log


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a process to its parent")
def test_a_supervisor_that_is_killed_takes_its_pieces_with_it(tmp_path):
    code = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from bot.pieces import Piece\n"
        "from bot.supervisor import Supervisor\n"
        "program = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "async def main():\n"
        "    piece = Piece('piece', (sys.executable, '-c', program), dict(os.environ), '127.0.0.1', 9, '')\n"
        f"    Supervisor([piece], Path({str(tmp_path)!r}), lambda line: print(line, flush=True)).start()\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        pid = int(process.stdout.readline().split("|")[1])
        assert alive(pid)
        process.kill()
        process.wait()
        asyncio.run(eventually(lambda: not alive(pid)))


def test_a_port_that_is_taken_is_named_with_the_setting_that_changes_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        problem = port_problem([piece(SLEEP), piece(SLEEP, port)])
    assert problem.startswith(f"Port {port} on 127.0.0.1 is not free (Address already in use)")
    assert "HELPLINE_PORT" in problem
    assert port_problem([piece(SLEEP)]) == ""
