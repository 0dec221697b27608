"""`make bench`: how long the helpline takes to train, start and answer, and how much memory it needs."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx

from benchmarks import relay
from benchmarks.flood import CONNECTIONS, OTHERS, Flood, flooded
from benchmarks.people import GaveUp
from benchmarks.processes import NotReady, family, free_ports, resident, scratch, serving, started
from benchmarks.relay import Relay
from benchmarks.report import Figure, commit, table, write
from benchmarks.turns import NoAnswer, PageDoor, RasaDoor, Turns, sustained, timed
from benchmarks.wire import SLOWER, Weight, tap, weigh
from bot.pieces import gateway, rasa_environment, rasa_run
from bot.settings import LONDON, ROOT, Settings
from bot.training import TrainingFailed, train

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BASELINE = ROOT / "var" / "baseline" / "default.tar.gz"
QUESTIONS = ROOT / "tests" / "eval" / "questions_a.jsonl"

TURNS = 200
PARENTS = 8
SUSTAINED_SECONDS = 15.0
#: Turns before the clock runs: what is read or compiled at first use is not what a parent meets at noon.
WARM_UP = 8
#: The default pipeline takes more than a minute to load.
LONGEST_LOAD = 600.0
MEGABYTE = 2**20
#: As the sizes of web pages are told.
KILOBYTE = 1000
#: Parents who wait, advisers who take and answer them, and open pages on which nothing happens.
WAITING = 200
ADVISERS = 20
IDLE = 500
#: What an idle page costs is seen after so many seconds.
IDLE_SECONDS = 20.0
#: A moment at which advisers are there.
OPEN_AT = "2026-11-23T10:00"

say = partial(print, flush=True)


@dataclass(frozen=True)
class Serving:
    """Rasa, serving one model."""

    load: float
    first: float
    one: Turns
    several: Turns
    rate: float
    memory: float | None


@dataclass(frozen=True)
class People:
    """Parents and advisers who talk, and parents who only wait."""

    relay: Relay
    idle: float | None


@dataclass(frozen=True)
class Whole:
    """The helpline as parents meet it."""

    page: float
    first: float
    one: Turns
    several: Turns
    rate: float
    memory: Mapping[str, float]
    failures: int
    flood: Flood
    weight: Weight
    tap: float | None


def main() -> None:
    """Measure, print, and write `docs/benchmarks.md`."""
    questions = [json.loads(line)["text"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    heading = _heading()
    say(heading)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        settings, environment = scratch(folder)
        say("\nTraining, from nothing:")
        began = time.perf_counter()
        train(settings, environment, say)
        training = time.perf_counter() - began
        say("\nRasa with our pipeline:")
        ours = asyncio.run(_rasa(settings, environment, questions))
        default = _default_pipeline(folder / "default", questions)
        say("\nThe whole helpline:")
        whole = asyncio.run(_whole(settings, environment, questions))
        say(f"\n{WAITING} parents and {ADVISERS} advisers:")
        try:
            people = asyncio.run(_people(folder / "people"))
        except (GaveUp, NotReady, httpx.HTTPError, asyncio.TimeoutError) as error:
            say(f"The talks broke off ({type(error).__name__}): {error}")
            people = People(Relay(), None)
    figures = [*_figures(training, ours, default, whole), *_people_figures(people)]
    text = "\n\n".join([heading, table(figures), *_notes(default, whole)])
    say(f"\n{text}")
    write(DOCUMENT, text, "bench")
    say(f"\nWritten to {DOCUMENT.relative_to(ROOT)}.")


async def _rasa(settings: Settings, environment: Mapping[str, str], questions: list[str]) -> Serving:
    (port,) = free_ports(1)
    settings = replace(settings, rasa_port=port)
    log = settings.logs / "bench.log"
    with started(rasa_run(settings), rasa_environment(settings, environment), log) as rasa:
        load = rasa.wait_for(f"{settings.rasa_address}/webhooks/helpline/", LONGEST_LOAD)
        say(f"Ready after {load:.1f} s.")
        door = RasaDoor(settings.rasa_address, settings.rasa_token)
        try:
            await door.ask("first", questions[0])
            first = time.perf_counter() - rasa.at
            one, several, rate = await _turns(door, questions)
        finally:
            await door.close()
        pieces = family(rasa.process.pid)
        memory = resident(list(itertools.chain(*pieces.values()))) / MEGABYTE if pieces else None
    return Serving(load, first, one, several, rate, memory)


def _default_pipeline(folder: Path, questions: list[str]) -> Serving | None:
    if not BASELINE.exists():
        say(f"\nRasa's default pipeline is not measured: there is no {BASELINE.relative_to(ROOT)}. Run: make baseline")
        return None
    say("\nRasa with its default pipeline:")
    settings, environment = scratch(folder)
    settings.model.parent.mkdir(parents=True)
    settings.model.symlink_to(BASELINE)
    return asyncio.run(_rasa(settings, environment, questions))


async def _whole(settings: Settings, environment: Mapping[str, str], questions: list[str]) -> Whole:
    address = f"http://127.0.0.1:{settings.port}"
    with serving(environment, settings.data) as helpline:
        page = helpline.wait_for(f"{address}/chat", LONGEST_LOAD)
        say(f"The page is up after {page:.1f} s.")
        # Asked at Rasa's own door: the whole is "ready" only when the action server is, which no answer waits for.
        helpline.wait_for(f"{settings.rasa_address}/webhooks/helpline/", LONGEST_LOAD)
        door = PageDoor(address)
        try:
            await door.ask("first", questions[0])
            first = time.perf_counter() - helpline.at
            say(f"The first answer is there after {first:.1f} s.")
            one, several, rate = await _turns(door, questions)
            say(f"{OTHERS} parents, without and beside {CONNECTIONS} connections of one visitor …")
            flood = await flooded(address, questions)
            failures = await door.failures()
        finally:
            await door.close()
        say("The button on other sites …")
        async with httpx.AsyncClient(base_url=address) as http:
            weight = await weigh(http)
        tapped = await tap(address)
        pieces = family(helpline.process.pid)
        memory = {name: resident(numbers) / MEGABYTE for name, numbers in sorted(pieces.items())}
    return Whole(page, first, one, several, rate, memory, failures, flood, weight, tapped)


async def _people(folder: Path) -> People:
    """Talks through the gateway by itself: no line between people goes through Rasa."""
    settings, environment = scratch(folder)
    environment["HELPLINE_NOW"] = OPEN_AT
    address = f"http://127.0.0.1:{settings.port}"
    alone = gateway(settings, environment)
    with started(alone.command, alone.environment, settings.logs / "people.log") as pages:
        pages.wait_for(f"{address}/healthz", LONGEST_LOAD)
        names = await relay.hire(settings, ADVISERS)
        measured = await relay.talks(address, names, WAITING)
        say(f"{measured.ended} talks have ended. {IDLE} idle chats …")
        before = resident([pages.process.pid])
        waiting = await relay.idle(address, IDLE)
        await asyncio.sleep(IDLE_SECONDS)
        grown = (resident([pages.process.pid]) - before) / MEGABYTE
        for parent, task in waiting:
            task.cancel()
            await parent.close()
    return People(measured, grown if before else None)


async def _turns(door: RasaDoor | PageDoor, questions: list[str]) -> tuple[Turns, Turns, float]:
    """Turns with one parent and with several at a time, and turns per second with several."""
    for question in questions[:WARM_UP]:
        await door.ask("warm-up", question)
    say(f"{TURNS} turns of one parent …")
    one = await timed(door.ask, questions, 1, TURNS)
    say(f"{TURNS} turns of {PARENTS} parents at a time …")
    several = await timed(door.ask, questions, PARENTS, TURNS)
    say(f"{SUSTAINED_SECONDS:.0f} s of {PARENTS} parents without a pause …")
    rate = await sustained(door.ask, questions, PARENTS, SUSTAINED_SECONDS)
    return one, several, rate


def _figures(training: float, ours: Serving, default: Serving | None, whole: Whole) -> list[Figure]:
    at_rasa = partial(Figure, compared=True)
    together = sum(whole.memory.values()) if whole.memory else None
    return [
        Figure("Training, nothing kept from before", training, "s", most=120),
        at_rasa("Model load: Rasa's start until ready", ours.load, "s", baseline=default.load if default else None),
        at_rasa(
            "Rasa's start until its first answer", ours.first, "s", most=15, baseline=default.first if default else None
        ),
        Figure("`make run` until the page is up", whole.page, "s", most=3),
        Figure("`make run` until the first answer", whole.first, "s", most=15),
        Figure("The button on other sites, compressed", whole.weight.loader / KILOBYTE, "KB", most=5),
        Figure("Everything needed to chat, compressed", whole.weight.chat / KILOBYTE, "KB", most=40),
        Figure(f"Tap on the button until one can write, {SLOWER} times slower", whole.tap, "ms", most=300),
        *_turn_figures("Turn on the page", whole.one, whole.several, None, compared=False),
        Figure(f"Turns sustained on the page, {PARENTS} parents", whole.rate, "turns/s", least=30),
        Figure(
            "p95 of others' turns beside a flood from one visitor, to the usual one", whole.flood.ratio, "×", most=2
        ),
        *_turn_figures("Turn at Rasa", ours.one, ours.several, default, compared=True),
        at_rasa(
            f"Turns sustained at Rasa, {PARENTS} parents",
            ours.rate,
            "turns/s",
            baseline=default.rate if default else None,
        ),
        at_rasa("Memory of Rasa by itself", ours.memory, "MB", baseline=default.memory if default else None),
        *(Figure(f"Memory: {name}", memory, "MB") for name, memory in whole.memory.items()),
        Figure("Memory of all processes together", together, "MB", most=1024),
        Figure(
            "Per turn faster than the default pipeline",
            default.one.p50 / ours.one.p50 if default else None,
            "×",
            least=3,
        ),
        Figure(
            "To start faster than the default pipeline", default.first / ours.first if default else None, "×", least=5
        ),
    ]


def _people_figures(people: People) -> list[Figure]:
    both = [("an adviser's line at the parent's page", people.relay.to_parent)]
    both += [("a parent's line at the adviser's page", people.relay.to_adviser)]
    wrong = people.relay.lost + people.relay.doubled + people.relay.out_of_order
    return [
        *(
            Figure(
                f"{WAITING} parents, {ADVISERS} advisers: {name}, {cut}", turns and getattr(turns, cut), "ms", most=most
            )
            for name, turns in ((name, Turns.of(seconds) if seconds else None) for name, seconds in both)
            for cut, most in (("p50", None), ("p95", 100.0))
        ),
        Figure("… talks ended", people.relay.ended, "talks", least=WAITING),
        Figure("… lines lost, doubled or out of order", wrong, "lines", most=0),
        Figure(f"Memory of {IDLE} idle open chats", people.idle, "MB", most=150),
    ]


def _turn_figures(name: str, one: Turns, several: Turns, default: Serving | None, *, compared: bool) -> list[Figure]:
    targets = {(1, "p50"): 40.0, (1, "p95"): 80.0}
    rows = [(1, one, default and default.one), (PARENTS, several, default and default.several)]
    return [
        Figure(
            f"{name}, {parents} parent{'s' * (parents > 1)}, {cut}",
            getattr(turns, cut),
            "ms",
            most=targets.get((parents, cut)),
            baseline=getattr(beside, cut) if beside else None,
            compared=compared,
        )
        for parents, turns, beside in rows
        for cut in ("p50", "p95", "p99")
    ]


def _heading() -> str:
    today = dt.datetime.now(LONDON)
    load = os.getloadavg()[0]
    return (
        f"`make bench` on {today.day} {today:%B %Y}, {os.cpu_count()} cores ({os.uname().sysname}, "
        f"{os.uname().machine}), commit {commit(DOCUMENT)}, load of the machine before the start {load:.1f}."
    )


def _notes(default: Serving | None, whole: Whole) -> list[str]:
    notes = [
        f"Turns go through HTTP on loopback, {TURNS} for each line after {WARM_UP} to warm up, with the questions of "
        f"`{QUESTIONS.relative_to(ROOT)}`; the page's are posted to `/chat/messages` and stored. Who asks runs on the "
        "same cores. A process's memory is what is resident, with what it shares.",
        f"In the talks, everybody reads and types for {relay.THINKING[0]:.0f} to {relay.THINKING[1]:.0f} seconds "
        f"before each line; an adviser has {relay.TALKS_EACH} talks at a time. A line is timed from its sending until "
        "the other's page has it by its stream.",
    ]
    flood = whole.flood
    notes.append(
        f"The flood is {CONNECTIONS} connections with one visitor's cookie; each posts a message again as soon as it "
        f"has an answer, beside {OTHERS} parents at a reader's pace. Their p95 is {flood.beside.p95:.0f} ms, usually "
        f"{flood.usual.p95:.0f} ms. Of the flood {flood.answers[200]} messages were answered, {flood.answers[429]} not."
    )
    if whole.failures:
        notes.append(f"**{whole.failures} turns on the page got no answer from Rasa.** The figures do not hold.")
    if default is None:
        notes.append("Rasa's default pipeline was not measured: `make baseline` had not been run.")
    return notes


if __name__ == "__main__":
    # Told to end, it ends as after Ctrl-C: with every process stopped and the scratch folder gone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except (NotReady, NoAnswer, GaveUp, TrainingFailed, httpx.HTTPError) as error:
        sys.exit(f"The measurement broke off ({type(error).__name__}): {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped.")
