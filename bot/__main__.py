"""The commands: `python -m bot serve | ask | train | adviser | knowledge | retain | export | …`, all in `--help`."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, TypeVar

import typer

from bot import settings as settings_of
from bot.accounts import Role
from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from bot.staff import Staff

# Tracebacks stay plain: the pretty ones print the values of variables, tokens and parents' messages among them.
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
knowledge_app = typer.Typer(help="The answers in knowledge/.", no_args_is_help=True)
app.add_typer(knowledge_app, name="knowledge")
adviser_app = typer.Typer(help="The people at the desk.", no_args_is_help=True)
app.add_typer(adviser_app, name="adviser")

T = TypeVar("T")

_tell = partial(print, file=sys.stderr, flush=True)


@app.callback()
def prepare() -> None:
    """The helpline's assistant."""
    # A first start writes the bytecode that makes the next ones quick, whatever the shell says.
    sys.dont_write_bytecode = False


@app.command()
def serve() -> None:
    """Run the helpline: pages, Rasa and action server, until Ctrl-C."""
    from bot import pieces, unfinished
    from bot.keyring import keyring
    from bot.running import AlreadyRunning, noted
    from bot.supervisor import port_problem

    settings, environment = _settings()
    try:
        keyring(settings)
    except SettingsError as error:
        _stop(str(error), 2)
    wanted = [make(settings, environment) for make in (pieces.gateway, pieces.rasa, pieces.actions)]
    try:
        with noted(settings):
            if unfinished.found(settings):
                _stop(
                    "A restore was cut short, and what was deleted may be there again: "
                    "run `python -m bot restore` once more before anybody starts (docs/runbook.md, Restore)."
                )
            if problem := port_problem(wanted):
                _stop(problem)
            asyncio.run(_serve(settings, wanted))
    except AlreadyRunning:
        _stop(f"A helpline already runs on {settings.data}: stop it, or choose another folder with HELPLINE_DATA.")


async def _serve(settings: Settings, wanted: list[Any]) -> None:
    from bot.supervisor import Supervisor

    say = partial(print, flush=True)
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    supervisor = Supervisor(wanted, settings.logs, say)
    say(f"Parents' page:  http://{settings.host}:{settings.port}/chat")
    say(f"Advisers' desk: http://{settings.host}:{settings.port}/desk")
    if settings.demo:
        say(f"Example site:   {settings.demo}/demo")
    say(f"How it is:      http://{settings.host}:{settings.port}/readyz")
    say(f"Logs:           {settings.logs}")
    if settings.demonstration:
        say("This is a demonstration: HELPLINE_KEYS holds no key. It is not for real families; its pages say so.")
    names = ", ".join(person.name for person in settings.on_call)
    say(f"On call:        {names or 'nobody, so nobody is told of danger out of hours (docs/on_call.md)'}")
    say("Stop with Ctrl-C. Rasa is loading; the page is there before it.")
    supervisor.start()
    await told.wait()
    say("Stopping.")
    await supervisor.stop()
    say("Stopped.")


@app.command(hidden=True)
def gateway() -> None:
    """The pages alone; `serve` starts this."""
    import uvicorn

    from bot.app import build
    from bot.knowledge import KnowledgeError
    from bot.wire import Impatient

    settings, _ = _settings()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    # These write addresses and texts of requests, and which letters a transcript is made of.
    for name in ("httpx", "httpcore", "alembic", "fontTools", "presidio-analyzer"):
        logging.getLogger(name).setLevel(logging.WARNING)
    second = _second_port(settings)
    try:
        application = build(settings if second else replace(settings, demo_port=None))
    except (KnowledgeError, SettingsError) as error:
        _stop(str(error))
    # What is loaded by now stays. The collector would walk through it again and again, a tenth of a second each time.
    gc.freeze()

    class Gateway(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            application.state.live.end()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        http=Impatient,
        ws="wsproto",
        forwarded_allow_ips=",".join(settings.proxies),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.patience) + 2,
    )
    Gateway(config).run([config.bind_socket(), *([second] if second else ())])


def _second_port(settings: Settings) -> Optional[socket.socket]:
    """The port of the example website; None where none is wanted, or it is taken, which stops nothing else."""
    if settings.demo_port is None:
        return None
    try:
        return socket.create_server(("127.0.0.1", settings.demo_port))
    except OSError:
        _tell(f"Port {settings.demo_port} is taken: no example website. HELPLINE_DEMO_PORT chooses another port.")
        return None


@app.command(hidden=True)
def rasa() -> None:
    """Rasa alone, with a current model; `serve` starts this."""
    from bot.pieces import rasa_environment, rasa_run

    settings, environment = _settings()
    _train(partial(print, flush=True))
    command = rasa_run(settings)
    os.execve(command[0], command, rasa_environment(settings, environment))


@app.command()
def train() -> None:
    """Train the model if the cards, data or configuration have changed."""
    say = partial(print, flush=True)
    if not _train(say):
        say("The model is up to date.")


def _train(say: Callable[[str], None]) -> bool:
    from bot.training import TrainingFailed
    from bot.training import train as train_if_needed

    try:
        return train_if_needed(*_settings(), say)
    except TrainingFailed as error:
        _stop(str(error))


@app.command("new-key")
def new_key() -> None:
    """Print a new key for HELPLINE_KEYS."""
    from bot import sealing

    print(sealing.new_key())


@app.command("rotate-key")
def rotate_key() -> None:
    """Seal everything with the first key of HELPLINE_KEYS, while the helpline runs; cut short, run it again."""
    from bot import housekeeping

    rows = _keep(housekeeping.rotate(_settings()[0], _tell))
    print(f"{rows} rows sealed anew. Of HELPLINE_KEYS, only the first key is needed from now on.")


@app.command()
def retain() -> None:
    """Delete what is older than knowledge/service.yml allows, and say how much; the gateway does it once a day."""
    from bot import housekeeping
    from bot.retention import sentence

    print(f"Deleted: {sentence(_keep(housekeeping.retain(_settings()[0])))}.")


@app.command()
def export(
    talk: Optional[int] = typer.Argument(None, min=1, help="The number of a talk, as the desk shows it."),
    call: Optional[int] = typer.Option(None, min=1, help="Instead, the number of a booked call."),
    concern: Optional[int] = typer.Option(None, min=1, help="Instead, the number of a concern."),
    chat: Optional[str] = typer.Option(None, help="Instead, the reference that the parent reads out: 123 456 789."),
    out: Path = typer.Option(Path(), help="The folder for the two files, to read and as JSON."),
    private: bool = typer.Option(False, help="With notes, whispers and records of concerns: read them first."),
) -> None:
    """Write everything that is held on a conversation, for whom it is about."""
    asked = {"talks": talk, "calls": call, "concerns": concern, "chats": chat}
    named = [(what, str(which)) for what, which in asked.items() if which is not None]
    if len(named) != 1:
        _stop("Give either the number of a talk, or --call, --concern or --chat.", 2)
    from bot import housekeeping
    from bot.handover import UnknownChat
    from bot.knowledge import KnowledgeError

    try:
        for path in housekeeping.write(_keep(housekeeping.held(_settings()[0], *named[0], private)), out):
            print(path)
    except UnknownChat:
        what, which = named[0]
        _stop(f"There is no {what.removesuffix('s')} {which}.")
    except (KnowledgeError, OSError) as error:
        _stop(str(error))


@app.command()
def backup(file: Path) -> None:
    """Copy the whole database into a new FILE, while the helpline runs. The key is not in it."""
    from bot import housekeeping

    _keep(housekeeping.backup(_settings()[0], file))
    print(f"{file}: {file.stat().st_size:,} bytes. What people wrote is sealed in it: keep the key apart from it.")


@app.command()
def restore(
    file: Path,
    replace: bool = typer.Option(False, "--replace", help="Also where this replaces conversations or accounts."),
) -> None:
    """Put back what `backup` has copied into FILE, while the helpline is stopped."""
    from bot import housekeeping

    again = _keep(housekeeping.restore(_settings()[0], file, replace=replace))
    print(f"Everything is as it was in {file}.")
    if again is None:
        print("Nothing could tell what was deleted since then: before anybody reads it, docs/runbook.md, Restore.")
    else:
        print(f"Chats that were deleted since then, and are deleted again: {again}.")


def _keep(work: Coroutine[Any, Any, T]) -> T:
    from bot.store import CopyError, KeyMissing

    try:
        return asyncio.run(work)
    except (SettingsError, KeyMissing, CopyError) as error:
        _stop(str(error))


@app.command()
def ask(
    text: Optional[str] = typer.Argument(None, help="The question."),
    as_json: bool = typer.Option(False, "--json", help="Print status, cards, text, risk, buttons and ms as JSON."),
    batch: Optional[Path] = typer.Option(None, help="A file with one JSON object a line: id, text, previous."),
    out: Optional[Path] = typer.Option(None, help="Where the answers to the batch go, one JSON object a line."),
) -> None:
    """Ask a question as a parent would, on a scratch database."""
    if (text is None) == (batch is None) or (batch is None) != (out is None):
        _stop('Give either a question, or --batch IN --out OUT: python -m bot ask "Can they send him home early?"', 2)

    from bot.asking import Item, ask_all, helpline
    from bot.asking import ask as ask_one
    from bot.knowledge import KnowledgeError
    from bot.supervisor import PieceDied

    # Told to end, it ends as after Ctrl-C: with Rasa stopped and the scratch database gone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    async def answers() -> list[dict[str, Any]]:
        async with helpline(*_settings(), _tell) as parts:
            if batch is None:
                return [await ask_one(parts, Item(text or ""))]
            return await ask_all(parts, lines, _tell)

    try:
        lines = batch.read_text(encoding="utf-8").splitlines() if batch else []
        answered = asyncio.run(answers())
        rows = [json.dumps(answer, ensure_ascii=False) for answer in answered]
        if out is not None:
            out.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    except (OSError, UnicodeDecodeError, KnowledgeError, PieceDied) as error:
        _stop(str(error))
    if out is None:
        print(rows[0] if as_json else _readable(answered[0]))


def _readable(answer: dict[str, Any]) -> str:
    return "\n\n".join([answer["text"], "\n".join(f"[ {label} ]" for label in answer["buttons"])])


@app.command()
def alert_test(name: Optional[str] = typer.Argument(None, help="Whom to tell; left out: everybody.")) -> None:
    """Send a test to those on call, through the helpline that runs."""
    from bot.alert_test import NobodyToTest, try_out
    from bot.store import KeyMissing

    settings, _ = _settings()
    try:
        if not try_out(settings, name, partial(print, flush=True)):
            _stop("Somebody was not reached.")
    except (NobodyToTest, SettingsError, KeyMissing) as error:
        _stop(str(error))


@knowledge_app.command()
def check() -> None:
    """Name everything in knowledge/ that needs an editor, with its file, line and remedy."""
    from bot.knowledge_check import findings

    settings, _ = _settings()
    found = findings(settings.knowledge, settings.clock().date())
    for finding in found:
        print(finding)
    if found:
        _stop(f"{len(found)} to mend.")


@adviser_app.command("add")
def add_adviser(
    name: str = typer.Argument(..., help="What they sign in with, and what parents read."),
    role: Role = typer.Option(..., help="A supervisor sees the whole desk; an editor reads no talks."),
    most_talks: Optional[int] = typer.Option(None, min=1, help="Open talks at a time; left out: as service.yml says."),
) -> None:
    """Let somebody in at the desk. The password is asked for, or taken from HELPLINE_PASSWORD."""
    with _staff() as staff:
        staff.add(name, role, most_talks)
    print(f"{name} can sign in at /desk.")


@adviser_app.command("list")
def list_advisers() -> None:
    """Name everybody who can sign in at the desk."""
    with _staff() as staff:
        for account in staff.everybody():
            seen = f"{account.seen_at:%d %B %Y %H:%M}" if account.seen_at else "never"
            print(f"{account.name}: {account.role.value}, last here: {seen}")


@adviser_app.command("password")
def change_password(name: str) -> None:
    """Give somebody a new password, and sign them out everywhere."""
    with _staff() as staff:
        staff.password(name)
    print(f"{name} has a new password.")


@adviser_app.command("reset")
def reset_adviser(name: str) -> None:
    """Take off the second step of somebody who has lost their telephone; they are signed out everywhere."""
    with _staff() as staff:
        staff.reset(name)
    print(f"{name} signs in with the password alone now; a supervisor sets a second step up again at once.")


@adviser_app.command("unlock")
def unlock_adviser(name: str) -> None:
    """Let somebody try to sign in again who was wrong too often."""
    with _staff() as staff:
        staff.unlock(name)
    print(f"{name} can try again.")


@adviser_app.command("remove")
def remove_adviser(name: str) -> None:
    """Let somebody in no longer. What they said and did stays in the log."""
    with _staff() as staff:
        staff.remove(name)
    print(f"{name} can no longer sign in.")


@contextmanager
def _staff() -> Iterator[Staff]:
    from bot.staff import Staff, StaffError

    try:
        yield Staff(*_settings())
    except StaffError as error:
        _stop(str(error))


def _settings() -> tuple[Settings, dict[str, str]]:
    environment = settings_of.environment()
    try:
        return settings_of.read(environment), environment
    except SettingsError as error:
        _stop(str(error), 2)


def _stop(sentence: str, code: int = 1) -> NoReturn:
    _tell(sentence)
    raise SystemExit(code)


if __name__ == "__main__":
    app(prog_name="python -m bot")
