"""The composition root: builds every object, lists every route, owns start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import jinja2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from bot.advising import Advising
from bot.answers import Answers
from bot.assistant import RasaAssistant
from bot.booking import Booking
from bot.channels import web
from bot.channels.host import ReadableHost
from bot.channels.https import Https
from bot.channels.own_machine import OwnMachine
from bot.channels.turnstile import Turnstile
from bot.channels.web import static
from bot.channels.web.doorway import conversation_of
from bot.channels.web.outside import Example, Outside
from bot.desk import routes as desk
from bot.desk.sessions import token_of
from bot.encoder import Encoder
from bot.headers import HEADERS, SafetyHeaders, strict
from bot.helpline import Helpline, UnknownConversation
from bot.keyring import keyring
from bot.knowledge import Knowledge, load
from bot.limits import Limits
from bot.live import Live
from bot.mail import Mail, Server
from bot.masking import MaskedAssistant
from bot.metrics import MeasuredHelpline, Metrics
from bot.on_call import OnCall, Post
from bot.personal_data import PersonalData
from bot.reception import Reception
from bot.retention import Retention
from bot.rota import EMAIL, TELEGRAM
from bot.safeguarding import Safeguard
from bot.safeguarding_second import SecondReading
from bot.sealing import Keys
from bot.settings import Settings, nobody_elses
from bot.store import KeyMissing, SqlStore
from bot.watchers import for_watchers

if TYPE_CHECKING:
    from bot.channels.telegram import Telegram

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
#: How often to ask whether Rasa is there, and how long at most before the unanswered are answered without it.
RASA_ASKED_EVERY = 0.5
RASA_AWAITED = 8.0
#: How often open talks and alerts are looked at: short beside the minutes after which something is done about them.
WATCH_EVERY = 5.0
#: What is being done at the stop has so many seconds to end.
FINISH = 4.0
#: How often to ask whether a day has passed since what is too old was deleted, in seconds.
RETENTION_ASKED_EVERY = 3600.0


@dataclass(frozen=True)
class Parts:
    """The objects of a helpline, put together."""

    knowledge: Knowledge
    keys: Keys
    store: SqlStore
    assistant: RasaAssistant
    live: Live
    helpline: Helpline
    reception: Reception
    advising: Advising
    metrics: Metrics
    retention: Retention

    async def close(self) -> None:
        await self.assistant.close()
        await self.store.close()


def compose(settings: Settings) -> Parts:
    """Every object of a helpline.

    Raises `KnowledgeError` where `knowledge/` cannot be read, `SettingsError` where there is no key that is any good.
    """
    knowledge = load(settings.knowledge)
    settings.data.mkdir(parents=True, exist_ok=True)
    keys = keyring(settings)
    store = SqlStore(settings.database_url, keys)
    assistant = RasaAssistant(settings.rasa_address, settings.rasa_token, settings.patience)
    safeguard = Safeguard(knowledge.safeguarding, SecondReading(Encoder()))
    reception = Reception(knowledge, on_call=bool(settings.on_call))
    live = Live()
    metrics = Metrics()
    personal_data = PersonalData(knowledge)
    masked = MaskedAssistant(assistant, personal_data)
    booking = Booking(store, masked, knowledge)
    helpline = MeasuredHelpline(
        metrics,
        store,
        masked,
        safeguard,
        Answers(knowledge),
        reception,
        live,
        settings.clock,
        booking,
        personal_data,
    )
    advising = Advising(store, live, knowledge, reception, settings.clock)
    retention = Retention(store, knowledge.service, settings.clock)
    return Parts(knowledge, keys, store, assistant, live, helpline, reception, advising, metrics, retention)


def build(settings: Settings) -> Starlette:
    """The gateway."""
    parts = compose(settings)
    limits = Limits()
    telegram = _telegram(settings, parts, limits)
    on_call = _on_call(settings, parts, telegram)
    pages = Pages(parts, settings, telegram, on_call)
    gateway = Starlette(
        routes=[
            *web.routes(
                parts.helpline,
                parts.keys,
                parts.knowledge,
                parts.reception,
                parts.live,
                settings.clock,
                Outside(
                    settings.widget_sites,
                    settings.exit_to,
                    Example(settings.demo, settings.here) if settings.demo else None,
                    telegram.link if telegram else None,
                    settings.demonstration,
                ),
                limits,
            ),
            *desk.routes(
                parts.advising,
                parts.store,
                parts.assistant,
                parts.knowledge,
                parts.live,
                parts.reception,
                on_call,
                settings.clock,
                parts.keys,
                limits,
            ),
            *(telegram.routes() if telegram else ()),
            Mount("/static", static.Static()),
            Route("/healthz", pages.alive),
            Route("/readyz", for_watchers(settings.watchers, pages.ready)),
            Route("/metrics", for_watchers(settings.watchers, pages.metrics)),
        ],
        # Streams of events pass through them as they are.
        middleware=[
            *([Middleware(Https)] if settings.https else ()),
            Middleware(SafetyHeaders, hsts=settings.hsts),
            Middleware(ReadableHost),
            *([Middleware(OwnMachine, ours=nobody_elses, refusal=pages.not_here)] if settings.demonstration else ()),
            Middleware(
                Turnstile,
                limits=limits,
                visitor=partial(conversation_of, keys=parts.keys),
                adviser=partial(token_of, keys=parts.keys),
                refusal=pages.too_fast,
            ),
            Middleware(GZipMiddleware, compresslevel=6),
        ],
        exception_handlers={HTTPException: pages.refused, Exception: pages.broken},
        lifespan=pages.lifespan,
    )
    gateway.state.live = parts.live
    return gateway


def _telegram(settings: Settings, parts: Parts, limits: Limits) -> Telegram | None:
    if not settings.telegram_token:
        return None
    # Only here: a helpline without a bot need not pay for the library, in memory and at every start.
    from bot.channels.telegram import Access, Telegram, Timing

    access = Access(
        token=settings.telegram_token,
        api=settings.telegram_api,
        webhook=settings.telegram_webhook,
        desk=settings.desk,
        alerts=settings.telegram_alerts,
        on_call=tuple(int(person.address) for person in settings.on_call if person.way == TELEGRAM),
    )
    return Telegram(
        access,
        parts.store,
        parts.helpline,
        parts.knowledge,
        parts.reception,
        parts.live,
        settings.clock,
        Timing(),
        limits,
    )


def _on_call(settings: Settings, parts: Parts, telegram: Telegram | None) -> OnCall:
    posts: dict[str, Post] = {}
    if settings.smtp_url:
        posts[EMAIL] = Mail(Server.at(settings.smtp_url), settings.smtp_from)
    if telegram is not None:
        posts[TELEGRAM] = telegram.pager
    return OnCall(
        settings.on_call,
        posts,
        parts.store,
        parts.knowledge,
        parts.reception,
        parts.live,
        settings.clock,
        settings.address,
    )


async def _keep(
    what: str, look: Callable[[], Awaitable[object]], over: asyncio.Event, every: float = WATCH_EVERY
) -> None:
    """Look every few seconds, until it is over. `what` it is, for the log."""
    while not over.is_set():
        try:
            await look()
        except Exception:
            log.exception("%s failed", what)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(over.wait(), every)


class Pages:
    """What the gateway shows beside its channels: how it is, and that something went wrong."""

    def __init__(self, parts: Parts, settings: Settings, telegram: Telegram | None, on_call: OnCall) -> None:
        self._on_call = on_call
        self._parts = parts
        self._settings = settings
        self._telegram = telegram
        templates = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True)
        templates.globals.update(static=static.address)
        self._sorry = templates.get_template("sorry.html")

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            await self._parts.store.upgrade()
        except KeyMissing as error:
            log.critical("%s", error)
            raise
        self._on_call.tell_log()
        over = asyncio.Event()
        looks: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("a look at the open talks", self._parts.advising.watch),
            ("a look at the keys of others", self._parts.store.claim_keys),
            ("emptying the log of the database", self._parts.store.empty_log_again),
            ("a look at dangers that nobody has taken", self._on_call.escalate),
            *((f"sending alerts by {way}", partial(self._on_call.deliver, way)) for way in self._on_call.ways),
        ]
        kept = [asyncio.create_task(_keep(what, look, over)) for what, look in looks]
        delete = self._parts.retention.delete_daily
        kept.append(asyncio.create_task(_keep("deleting what is too old", delete, over, RETENTION_ASKED_EVERY)))
        tasks = [*kept, asyncio.create_task(self._catch_up())]
        if self._telegram is not None:
            tasks.append(asyncio.create_task(self._telegram.run()))
        try:
            yield
        finally:
            over.set()
            # What is being written or sent may end: a letter cut short would be sent again.
            await asyncio.wait(kept, timeout=FINISH)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._parts.close()

    async def _catch_up(self) -> None:
        """Answer what a stop left unanswered: danger at once, the rest with Rasa's help if it comes, or without it."""
        try:
            await self._parts.helpline.catch_up_with_danger()
        except Exception:
            log.exception("messages from before the start were not read for danger ahead of the others")
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._rasa_is_there(), RASA_AWAITED)
        try:
            answered = await self._parts.helpline.catch_up()
        except Exception:
            log.exception("messages from before the start stay unanswered")
        else:
            log.info("answered %s messages from before the start", answered)

    async def _rasa_is_there(self) -> None:
        while not await self._parts.assistant.ready():
            await asyncio.sleep(RASA_ASKED_EVERY)

    async def alive(self, _: Request) -> Response:
        """`GET /healthz`: the gateway runs."""
        return PlainTextResponse("ok")

    async def ready(self, _: Request) -> Response:
        """`GET /readyz`: piece by piece; 503 when one is missing."""
        database, rasa, actions = await asyncio.gather(
            self._database_answers(), self._parts.assistant.ready(), self._actions_answer()
        )
        pieces = {"database": database, "rasa": rasa, "actions": actions}
        return JSONResponse(
            {name: "ready" if there else "not ready" for name, there in pieces.items()},
            200 if all(pieces.values()) else 503,
        )

    async def metrics(self, _: Request) -> Response:
        """`GET /metrics`: Prometheus text."""
        return Response(self._parts.metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def refused(self, _: Request, error: Exception) -> Response:
        """The page for an address that is not there, or a request that we do not take."""
        assert isinstance(error, HTTPException)
        return self._kindly("page_not_found" if error.status_code == 404 else "page_refused", error.status_code)

    def too_fast(self, request: HTTPConnection, seconds: int) -> Response:
        """For whoever asks faster than people do: a page, or the sentence for a script."""
        if "text/html" in request.headers.get("accept", ""):
            response = self._kindly("page_too_fast", 429)
        else:
            response = PlainTextResponse(self._parts.knowledge.say("page_too_fast"), 429)
        response.headers.update({"Retry-After": str(seconds), "Cache-Control": "no-store"})
        return response

    def not_here(self) -> Response:
        """For a family that has found its way to a demonstration: where the helpline is."""
        return self._kindly("page_demonstration_only", 403)

    async def broken(self, request: Request, _: Exception) -> Response:
        """The page for a fault of ours; what happened is in the log."""
        response = self._kindly("page_broken", 500)
        # It is made outside of everything else.
        response.headers.update({**HEADERS, **strict(request.scope, self._settings.hsts)})
        return response

    def _kindly(self, wording: str, status: int) -> Response:
        knowledge = self._parts.knowledge
        contact = knowledge.signposts["helpline"]
        say = partial(knowledge.say, name=knowledge.service["name"], phone=contact.phone, hours=contact.hours)
        return HTMLResponse(self._sorry.render(say=say, sentence=wording), status)

    async def _database_answers(self) -> bool:
        try:
            await self._parts.store.standing("")
        except UnknownConversation:
            return True
        except Exception as error:
            log.warning("the database does not answer: %s", type(error).__name__)
        return False

    async def _actions_answer(self) -> bool:
        async with httpx.AsyncClient(base_url=self._settings.actions_address, timeout=1, trust_env=False) as http:
            try:
                return (await http.get("/health")).status_code == httpx.codes.OK
            except httpx.HTTPError:
                return False
