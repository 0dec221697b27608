"""The real Rasa and its action server hold no name and no number of a family, wherever in their memory one looks."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from benchmarks.processes import family
from bot.knowledge import Knowledge
from tests.conversations.at_the_page import Parent, Servers
from tests.conversations.test_booking_a_call import Booker

pytestmark = pytest.mark.slow

# Words that no library has in its lists.
NAME, SCHOOL = "Zebendoor", "Thornbridgeham"
PHONE, INTERNATIONAL = "07911 123987", "447911123987"
#: A word that is not masked: where it is found, the search works.
CONTROL = "marmaladeish"


def memory(process: int) -> Iterator[bytes]:
    """What a process may write to, piece by piece: its tracker is in there, and all that it has not forgotten."""
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as mem:
        for line in Path(f"/proc/{process}/maps").read_text(encoding="utf-8").splitlines():
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if span is not None:
                start, end = (int(number, 16) for number in span.groups())
                with contextlib.suppress(OSError, OverflowError, ValueError):
                    mem.seek(start)
                    yield mem.read(end - start)


def holds(processes: Sequence[int], *words: str) -> set[str]:
    """Which of these some processes hold, in either of the ways in which Python keeps letters of a text."""
    wanted = {form: word for word in words for form in (word.encode(), word.encode("utf-16-le"))}
    return {
        word for process in processes for piece in memory(process) for form, word in wanted.items() if form in piece
    }


async def test_rasa_and_its_action_server_never_learn_a_name_a_school_or_a_number(
    servers: Servers, parent: Parent, knowledge: Knowledge
):
    pieces = family(servers.supervisor.process.pid)
    if not pieces:
        pytest.skip("only Linux shows the memory of a process")
    booker = Booker(parent, knowledge)
    await booker.write(
        f"My son {NAME} at {SCHOOL} Academy is {CONTROL}. Is a part-time timetable allowed?",
        f"And what if {NAME.lower()} is suspended? Ring me on {PHONE}",
        "could you ring me please",
    )
    for beginning in ("callback:kind:listening", "callback:day:", "callback:time:"):
        await booker.press(beginning)
    await booker.write(NAME, PHONE, "yes you may", f"{NAME} at {SCHOOL} Academy")
    assert any(NAME in line.text for line in await parent.thread())
    words = (CONTROL, NAME, NAME.lower(), SCHOOL, PHONE, PHONE.replace(" ", ""), INTERNATIONAL)
    assert holds(pieces["rasa"], *words) == {CONTROL}
    assert holds(pieces["actions"], *words) <= {CONTROL}
    logs = "".join(log.read_text(encoding="utf-8", errors="replace") for log in servers.settings.logs.rglob("*.log"))
    assert logs
    assert not [word for word in words if word in logs]
