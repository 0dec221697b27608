"""Who may sign in at the desk, as the commands keep it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from bot.accounts import COMMAND, Account, HasTalks, NameTaken, Role, UnknownAccount
from bot.desk.passwords import SHORTEST, Passwords
from bot.desk.tries import unknown_browsers
from bot.keyring import keyring
from bot.knowledge import read_yaml
from bot.settings import Settings
from bot.store import SqlStore

#: As the log of moves calls those who are not at the desk.
RESERVED = ("parent", "helpline", COMMAND)
LONGEST_NAME = 40

T = TypeVar("T")


class StaffError(Exception):
    """It cannot be done; the message is a sentence for whoever gave the command."""


class Staff:
    """The accounts of one helpline. Each method opens its database and closes it again. Raises `StaffError`."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment

    def add(self, name: str, role: Role, most_talks: int | None) -> None:
        """Let somebody in, with so many open talks at a time as `service.yml` says or they do."""
        if not (0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()):
            raise StaffError(f"A name has 1 to {LONGEST_NAME} characters, and no space at its ends.")
        if name.casefold() in RESERVED:
            raise StaffError(f"The log already calls somebody else '{name}'. Please choose another name.")
        most = most_talks or read_yaml(self._settings.knowledge / "service.yml")["desk"]["most_talks"]
        hashed = self._new_password()
        self._do(name, lambda store: store.add_account(name, role, hashed, most), "add")

    def everybody(self) -> Sequence[Account]:
        return self._do("", lambda store: store.accounts())

    def password(self, name: str) -> None:
        """Give somebody another password; whoever is signed in with the old one is signed out."""

        async def change(store: SqlStore) -> None:
            await store.change_password(name, hashed)
            await store.end_sessions(name)

        self._do(name, lambda store: store.account(name))
        hashed = self._new_password()
        self._do(name, change, "password")

    def remove(self, name: str) -> None:
        """Let somebody in no longer."""
        self._do(name, lambda store: store.remove_account(name), "remove")

    def reset(self, name: str) -> None:
        """Take off the second step of who has lost their telephone, and sign them out everywhere."""

        async def take_off(store: SqlStore) -> None:
            await store.account(name)
            await store.end_second_step(name)
            await store.end_sessions(name)

        self._do(name, take_off, "reset")

    def unlock(self, name: str) -> None:
        """Let somebody try again who was wrong too often, or was attacked."""

        async def lift(store: SqlStore) -> None:
            await store.account(name)
            await store.clear_tries(unknown_browsers(keyring(self._settings), name))

        self._do(name, lift, "unlock")

    def _new_password(self) -> str:
        """A password, hashed: from `HELPLINE_PASSWORD`, or typed twice."""
        password = self._environment.get("HELPLINE_PASSWORD") or getpass.getpass("Password: ")
        if len(password) < SHORTEST:
            raise StaffError(f"A password needs at least {SHORTEST} characters. Three or four odd words do well.")
        if "HELPLINE_PASSWORD" not in self._environment and getpass.getpass("Once more: ") != password:
            raise StaffError("The two were not the same. Nothing was changed.")
        return Passwords().hashed(password)

    def _do(self, name: str, change: Callable[[SqlStore], Awaitable[T]], act: str = "") -> T:
        """Do it; an `act` is written down before."""

        async def done() -> T:
            self._settings.data.mkdir(parents=True, exist_ok=True)
            store = SqlStore(self._settings.database_url, keyring(self._settings))
            try:
                await store.upgrade()
                if act:
                    await store.add_act(COMMAND, f"people/{act}", name, "", self._settings.clock())
                return await change(store)
            finally:
                await store.close()

        try:
            return asyncio.run(done())
        except NameTaken:
            raise StaffError(f"There is a '{name}' already. To change the password: adviser password {name}") from None
        except UnknownAccount:
            raise StaffError(f"There is no '{name}'. To see who there is: adviser list") from None
        except HasTalks:
            raise StaffError(
                f"'{name}' has open talks. They go back into the queue soon after {name}'s last page is closed."
            ) from None
