"""The page on which somebody at the desk looks after their own account."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.accounts import TWO_STEPS_NEEDED, Account, Session
from bot.channels.forms import Refused, fields_of
from bot.desk.guards import SIGN_IN
from bot.desk.pages import Pages
from bot.desk.passwords import SHORTEST, Passwords
from bot.desk.ports import Store
from bot.desk.second_step import SecondStep, address, picture
from bot.desk.sessions import Sessions
from bot.desk.tries import Tries
from bot.helpline import Clock


class AccountPage:
    """Password, second step, recovery codes, and where one is signed in. What weakens these asks for the password."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        passwords: Passwords,
        second_step: SecondStep,
        tries: Tries,
        pages: Pages,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._second_step = second_step
        self._tries = tries
        self._pages = pages
        self._clock = clock

    async def page(self, request: Request, me: Account) -> Response:
        return await self._show(request, me)

    async def password(self, request: Request, me: Account) -> Response:
        """Another password; whoever is signed in elsewhere with the old one is signed out."""
        fields = await fields_of(request)
        new = fields.get("new", "")
        if len(new) < SHORTEST:
            raise Refused(422, "account_password_short")
        if new != fields.get("again", ""):
            raise Refused(422, "account_password_differs")
        await self._check(request, me, fields.get("password", ""))
        await self._store.change_password(me.name, await self._passwords.hashed_aside(new))
        await self._store.end_sessions(me.name, but=_session(request).token)
        return await self._show(request, me, "account_password_changed")

    async def second_step_page(self, request: Request, me: Account) -> Response:
        """What the telephone needs, as a picture and in letters; also for who has to set it up before all else."""
        return await self._offer(request)

    async def set_up(self, request: Request, me: Account) -> Response:
        """Take the telephone whose code fits, and show the recovery codes: once."""
        fields = await fields_of(request)
        session, offer = _session(request), fields.get("offer", "")
        # Whoever finds a desk left open must not put their own telephone in the place of its owner's, or of none.
        await self._check(request, me, fields.get("password", ""))
        codes = await self._second_step.begin(me.name, offer, fields.get("code", ""))
        if codes is None:
            return await self._offer(request, offer, "desk_wrong_code", 422)
        await self._sessions.prove(session)
        await self._store.end_sessions(me.name, but=session.token)
        return await self._show_codes(me, codes)

    async def take_off(self, request: Request, me: Account) -> Response:
        """Sign in with the password alone again, for those who may."""
        fields = await fields_of(request)
        if me.role in TWO_STEPS_NEEDED:
            raise Refused(403, "account_two_steps_needed")
        await self._check(request, me, fields.get("password", ""))
        await self._store.end_second_step(me.name)
        return RedirectResponse("/desk/account", 303)

    async def new_codes(self, request: Request, me: Account) -> Response:
        """New recovery codes, shown once."""
        fields = await fields_of(request)
        if not me.two_steps:
            raise Refused(409, "account_no_second_step")
        await self._check(request, me, fields.get("password", ""))
        return await self._show_codes(me, await self._second_step.renew_codes(me.name))

    async def end(self, request: Request, me: Account) -> Response:
        """Sign one browser out."""
        for session in await self._store.sessions_of(me.name, self._clock()):
            if session.id == request.path_params["id"]:
                await self._store.end_session(session.token)
        return RedirectResponse("/desk/account", 303)

    async def end_all(self, request: Request, me: Account) -> Response:
        """Sign out everywhere, here too."""
        await self._store.available(me.name, False)
        await self._store.end_sessions(me.name)
        response = RedirectResponse(SIGN_IN, 303)
        self._sessions.forget(request, response)
        return response

    async def _check(self, request: Request, me: Account, password: str) -> None:
        """Raises `Refused` where it is not their password, or was tried too often."""
        if not await self._tries.allow(request, me.name):
            raise Refused(429, "desk_wait_to_sign_in")
        if not await self._passwords.fits(password, await self._store.password_of(me.name)):
            raise Refused(403, "account_wrong_password")
        await self._tries.clear(request, me.name)

    async def _show(self, request: Request, me: Account, notice: str = "") -> Response:
        return await self._pages.render(
            "account",
            me,
            notice=self._pages.say(notice) if notice else "",
            shortest=SHORTEST,
            needed=me.role in TWO_STEPS_NEEDED,
            codes_left=await self._store.recovery_codes_left(me.name),
            sessions=await self._store.sessions_of(me.name, self._clock()),
            here=_session(request).id,
        )

    async def _offer(self, request: Request, offer: str = "", notice: str = "", status: int = 200) -> Response:
        session = _session(request)
        me = session.account
        secret = self._second_step.secret_offered(me.name, offer) if offer else None
        if secret is None:
            offer = self._second_step.offered(me.name)
            secret = self._second_step.secret_offered(me.name, offer) or ""
        return self._pages.fragment(
            "second_step",
            None,
            status,
            who=me,
            needed=session.wants_two_steps,
            notice=self._pages.say(notice) if notice else "",
            offer=offer,
            letters=[secret[at : at + 4] for at in range(0, len(secret), 4)],
            picture=picture(address(secret, me.name, self._pages.service)),
        )

    async def _show_codes(self, me: Account, codes: Sequence[str]) -> Response:
        return self._pages.fragment("recovery_codes", None, who=me, codes=codes, today=self._clock())


def _session(request: Request) -> Session:
    session: Session = request.state.session
    return session
