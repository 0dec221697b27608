"""The people at the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.accounts import Account, HasTalks, NameTaken, Role, UnknownAccount
from bot.store.database import Database, in_london, stored
from bot.store.tables import accounts, recovery_codes, sessions, talks


class Accounts(Database):
    """Accounts by name. Passwords arrive hashed."""

    async def add_account(self, name: str, role: Role, password: str, most_talks: int) -> None:
        """Raises `NameTaken`."""
        row = {"name": name, "role": role.value, "password": password, "most_talks": most_talks, "available": False}
        try:
            async with self._writing() as connection:
                await connection.execute(sa.insert(accounts).values(row))
        except IntegrityError:
            raise NameTaken from None

    async def accounts(self) -> Sequence[Account]:
        """All of them, by name."""
        async with self._reading() as connection:
            rows = (await connection.execute(sa.select(accounts).order_by(accounts.c.name))).all()
        return [read_account(row) for row in rows]

    async def account(self, name: str) -> Account:
        """Raises `UnknownAccount`."""
        async with self._reading() as connection:
            row = (await connection.execute(sa.select(accounts).where(accounts.c.name == name))).one_or_none()
        if row is None:
            raise UnknownAccount
        return read_account(row)

    async def password_of(self, name: str) -> str | None:
        """The hash of a password; None where there is no such account."""
        query = sa.select(accounts.c.password).where(accounts.c.name == name)
        async with self._reading() as connection:
            found: str | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def change_password(self, name: str, password: str) -> None:
        """Raises `UnknownAccount`."""
        await self._change_account(name, password=password)

    async def available(self, name: str, here: bool) -> None:
        """Whether they take parents from the queue. Raises `UnknownAccount`."""
        await self._change_account(name, available=here)

    async def seen(self, name: str, at: dt.datetime) -> None:
        """A page of the desk is open with them. Raises `UnknownAccount`."""
        await self._change_account(name, seen_at=stored(at))

    async def remove_account(self, name: str) -> None:
        """Remove an account with its sessions. Raises `UnknownAccount`, `HasTalks`."""
        account = sa.select(accounts.c.name).where(accounts.c.name == name).with_for_update()
        open_talks = sa.select(sa.func.count()).where(talks.c.adviser == name, talks.c.ended_at.is_(None))
        async with self._writing() as connection:
            if (await connection.execute(account)).one_or_none() is None:
                raise UnknownAccount
            if (await connection.execute(open_talks)).scalar_one():
                raise HasTalks
            await connection.execute(sa.delete(sessions).where(sessions.c.account == name))
            await connection.execute(sa.delete(recovery_codes).where(recovery_codes.c.account == name))
            await connection.execute(sa.delete(accounts).where(accounts.c.name == name))

    async def _change_account(self, name: str, **values: Any) -> None:
        query = sa.update(accounts).where(accounts.c.name == name).values(**values)
        async with self._writing() as connection:
            if not (await connection.execute(query)).rowcount:
                raise UnknownAccount


def read_account(row: Any) -> Account:
    """A row of `accounts`, whatever else was selected with it."""
    seen_at = in_london(row.seen_at)
    return Account(row.name, Role(row.role), row.available, row.most_talks, seen_at, row.second_step is not None)
