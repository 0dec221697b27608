"""Sessions, second steps and tries: all that decides whether somebody is let in at the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.accounts import Session
from bot.store.accounts import read_account
from bot.store.database import Database, in_london, stored
from bot.store.tables import accounts, recovery_codes, sessions, tries

#: Tries are forgotten after so long.
TRIES_KEPT = dt.timedelta(days=1)
_SESSION = sa.select(accounts, *(column for column in sessions.c if column is not sessions.c.account)).join(
    sessions, sessions.c.account == accounts.c.name
)


class SigningIn(Database):
    """Tokens and recovery codes arrive hashed; what codes are made from is sealed as it is written."""

    # -- sessions ---------------------------------------------------------------------------------------------------

    async def begin_session(
        self, token: str, name: str, at: dt.datetime, ends_at: dt.datetime, *, proven: bool = False, browser: str = ""
    ) -> None:
        """Keep a session by the hash of its token; those that have ended are swept out."""
        row = {"token": token, "account": name, "began_at": stored(at), "ends_at": stored(ends_at)}
        async with self._writing() as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.ends_at <= stored(at)))
            await connection.execute(sa.insert(sessions).values({**row, "proven": proven, "browser": browser}))

    async def session(self, token: str, at: dt.datetime) -> Session | None:
        """The session of a token; None where it has ended, or never was."""
        found = await self._sessions(sessions.c.token == token, sessions.c.ends_at > stored(at))
        return found[0] if found else None

    async def sessions_of(self, name: str, at: dt.datetime) -> Sequence[Session]:
        """Where somebody is signed in, the latest first."""
        return await self._sessions(sessions.c.account == name, sessions.c.ends_at > stored(at))

    async def prolong_session(self, token: str, ends_at: dt.datetime) -> None:
        await self._write(sa.update(sessions).where(sessions.c.token == token).values(ends_at=stored(ends_at)))

    async def prove_session(self, token: str, ends_at: dt.datetime) -> None:
        """The second step was taken."""
        proven = sa.update(sessions).where(sessions.c.token == token).values(proven=True, ends_at=stored(ends_at))
        await self._write(proven)

    async def end_session(self, token: str) -> None:
        await self._write(sa.delete(sessions).where(sessions.c.token == token))

    async def end_sessions(self, name: str, but: str = "") -> None:
        """Sign somebody out everywhere, or everywhere but in the session of one token."""
        await self._write(sa.delete(sessions).where(sessions.c.account == name, sessions.c.token != but))

    async def end_all_sessions(self) -> None:
        """Sign everybody out."""
        await self._write(sa.delete(sessions))

    async def _sessions(self, *where: Any) -> Sequence[Session]:
        async with self._reading() as connection:
            rows = (await connection.execute(_SESSION.where(*where).order_by(sessions.c.began_at.desc()))).all()
        return [_session(row) for row in rows]

    # -- the second step --------------------------------------------------------------------------------------------

    async def second_step(self, name: str) -> str | None:
        """What somebody's codes are made from; None without a second step."""
        query = sa.select(accounts.c.second_step).where(accounts.c.name == name)
        async with self._reading() as connection:
            found: str | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def begin_second_step(self, name: str, secret: str, codes: Sequence[str]) -> None:
        """From now on signing in asks for a code; with new recovery codes, hashed."""
        async with self._writing() as connection:
            this = sa.update(accounts).where(accounts.c.name == name)
            await connection.execute(this.values(second_step=secret, last_code=0))
            await _replace_codes(connection, name, codes)

    async def end_second_step(self, name: str) -> None:
        """Take the second step off, with its recovery codes."""
        async with self._writing() as connection:
            await connection.execute(sa.update(accounts).where(accounts.c.name == name).values(second_step=None))
            await _replace_codes(connection, name, ())

    async def use_code(self, name: str, step: int) -> bool:
        """Take the code of a step of time; False where it, or a later one, was taken before."""
        unused = sa.and_(accounts.c.name == name, accounts.c.last_code < step)
        return await self._write(sa.update(accounts).where(unused).values(last_code=step))

    async def recovery_code(self, name: str, place: int) -> str | None:
        """The hash of a recovery code; None where there is none in this place, or it was used."""
        this = (recovery_codes.c.account == name, recovery_codes.c.place == place)
        async with self._reading() as connection:
            found: str | None = (
                await connection.execute(sa.select(recovery_codes.c.code).where(*this))
            ).scalar_one_or_none()
        return found

    async def recovery_codes_left(self, name: str) -> int:
        """How many of them were not used."""
        query = sa.select(sa.func.count()).where(recovery_codes.c.account == name)
        async with self._reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def use_recovery_code(self, name: str, hashed: str) -> bool:
        """Take a recovery code; False where somebody was quicker."""
        this = (recovery_codes.c.account == name, recovery_codes.c.code == hashed)
        return await self._write(sa.delete(recovery_codes).where(*this))

    async def renew_recovery_codes(self, name: str, codes: Sequence[str]) -> None:
        """New ones, hashed; the old ones are worth nothing any more."""
        async with self._writing() as connection:
            await _replace_codes(connection, name, codes)

    # -- tries ------------------------------------------------------------------------------------------------------

    async def count_try(self, mark: str, at: dt.datetime, limits: Sequence[tuple[int, dt.timedelta]]) -> bool:
        """Count a try under a mark; False where there were so many of them within so long already."""
        async with self._writing() as connection:
            await connection.execute(sa.delete(tries).where(tries.c.at <= stored(at - TRIES_KEPT)))
            for most, within in limits:
                recent = sa.select(sa.func.count()).where(tries.c.mark == mark, tries.c.at > stored(at - within))
                if (await connection.execute(recent)).scalar_one() >= most:
                    return False
            await connection.execute(sa.insert(tries).values(mark=mark, at=stored(at)))
            return True

    async def clear_tries(self, mark: str) -> None:
        await self._write(sa.delete(tries).where(tries.c.mark == mark))

    async def _write(self, query: Any) -> bool:
        """Whether the query changed anything."""
        async with self._writing() as connection:
            return bool((await connection.execute(query)).rowcount)


async def _replace_codes(connection: AsyncConnection, name: str, codes: Sequence[str]) -> None:
    await connection.execute(sa.delete(recovery_codes).where(recovery_codes.c.account == name))
    rows = [{"account": name, "place": place, "code": code} for place, code in enumerate(codes)]
    if rows:
        await connection.execute(sa.insert(recovery_codes), rows)


def _session(row: Any) -> Session:
    began_at, ends_at = in_london(row.began_at), in_london(row.ends_at)
    return Session(row.token, read_account(row), began_at, ends_at, row.proven, row.browser)
