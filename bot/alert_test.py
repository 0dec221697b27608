"""A test of the alerts by command: each person on the list is told once, by the helpline that runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from bot.alerts import Alert
from bot.keyring import keyring
from bot.knowledge import read_yaml
from bot.rota import Person
from bot.settings import Settings
from bot.store import SqlStore

#: So many seconds everybody has to be reached in, and between two looks.
PATIENCE = 75.0
LOOK = 0.5


class NobodyToTest(Exception):
    """There is no such person on the list; the message is a sentence for whoever gave the command."""


def try_out(settings: Settings, name: str | None, say: Callable[[str], None], patience: float = PATIENCE) -> bool:
    """Have a test sent to somebody, or to everybody; whether all were reached. Raises `NobodyToTest`."""
    people = [person for person in settings.on_call if name in (None, person.name)]
    if not settings.on_call:
        raise NobodyToTest("Nobody is on call: HELPLINE_ON_CALL is not set. docs/on_call.md tells how.")
    if not people:
        known = ", ".join(person.name for person in settings.on_call)
        raise NobodyToTest(f"There is no {name!r} on the list. On it are: {known}.")
    return asyncio.run(_test(settings, people, say, patience))


async def _test(settings: Settings, people: Sequence[Person], say: Callable[[str], None], patience: float) -> bool:
    settings.data.mkdir(parents=True, exist_ok=True)
    store = SqlStore(settings.database_url, keyring(settings))
    try:
        await store.upgrade()
        waiting = {person: await store.add_test_alert(person.name, settings.clock()) for person in people}
        well = True
        end = time.monotonic() + patience
        while waiting and time.monotonic() < end:
            await asyncio.sleep(LOOK)
            for person, before in list(waiting.items()):
                alert = await store.alert_of(before.token) or before
                waiting[person] = alert
                if alert.sent_at or alert.given_up:
                    well = well and alert.sent_at is not None
                    say(f"{person.name} ({person.way}): {_told(settings, alert)}")
                    del waiting[person]
        for person, alert in waiting.items():
            say(f"{person.name} ({person.way}): {_told(settings, alert)}")
            # It would be sent when nobody expects it any more.
            await store.alert_not_sent(alert.number, alert.failure or "slow", None)
        return well and not waiting
    finally:
        await store.close()


def _told(settings: Settings, alert: Alert) -> str:
    if alert.sent_at:
        return "sent. Open the link in it, and press the button."
    if not alert.attempts:
        return "not sent: no helpline has taken it up. Does it run, with this list, on this database?"
    why = read_yaml(settings.knowledge / "wording.yml").get(f"on_call_failed_{alert.failure}", "")
    return f"not sent. {why}".strip()
