"""The chat page: forms that work by themselves, and fragments of the same page for its script."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.web.afterwards import Afterwards
from bot.channels.web.call_file import CallFile
from bot.channels.web.card_form import CardForm
from bot.channels.web.chat import Chat
from bot.channels.web.doorway import Doorway
from bot.channels.web.events import Events, Live
from bot.channels.web.keeping import Keeping
from bot.channels.web.leaving import Leaving
from bot.channels.web.onward import Onward
from bot.channels.web.outside import ALONE, Outside
from bot.channels.web.pace import Pace
from bot.channels.web.receipts import Receipts
from bot.channels.web.screen import Screen
from bot.channels.web.whereabouts import Whereabouts
from bot.channels.web.widget import Widget
from bot.helpline import Clock, Helpline
from bot.knowledge import Knowledge
from bot.limits import Limits
from bot.reception import Reception
from bot.sealing import Keys


def routes(
    helpline: Helpline,
    keys: Keys,
    knowledge: Knowledge,
    reception: Reception,
    live: Live,
    clock: Clock,
    outside: Outside = ALONE,
    limits: Limits | None = None,
) -> list[BaseRoute]:
    """The page at `/chat`, what belongs to it, and the ways to it: from `/`, and from other sites."""
    screen = Screen(knowledge, Whereabouts(helpline, knowledge, reception, clock), clock, outside)
    door = Doorway(helpline, keys, screen, outside)
    receipts = Receipts(helpline)
    pace = Pace(helpline, limits or Limits())
    card = CardForm(helpline, knowledge, reception, clock, door, screen, pace)
    chat = Chat(helpline, door, screen, card, receipts, pace)
    events = Events(helpline, door, screen, live)
    afterwards = Afterwards(helpline, door, screen, pace)
    keeping = Keeping(knowledge, door, clock)
    leaving = Leaving(helpline, door, screen, outside)
    widget = Widget(reception, screen, door, clock, outside)
    return [
        Route("/", _to_the_page),
        Route("/chat", door.kindly(chat.page), methods=["GET"]),
        Route("/chat", door.kindly(chat.send), methods=["POST"]),
        Route("/chat/messages", door.kindly(chat.newer, for_script=True), methods=["GET"]),
        Route("/chat/messages", door.kindly(chat.send_by_script, for_script=True), methods=["POST"]),
        Route("/chat/events", door.kindly(events.stream, for_script=True), methods=["GET"]),
        Route("/chat/seen", door.kindly(chat.seen, for_script=True), methods=["POST"]),
        Route("/chat/handover", door.kindly(card.page), methods=["GET"]),
        Route("/chat/handover", door.kindly(card.send), methods=["POST"]),
        Route("/chat/after", door.kindly(afterwards.send), methods=["POST"]),
        Route("/chat/call.ics", door.kindly(CallFile(helpline, knowledge, door, clock).calendar), methods=["GET"]),
        Route("/chat/leave", door.kindly(leaving.leave), methods=["POST"]),
        Route("/chat/end", door.kindly(leaving.end), methods=["POST"]),
        Route("/chat/delete", door.kindly(leaving.delete), methods=["POST"]),
        Route("/chat/device", door.kindly(leaving.choose), methods=["POST"]),
        *_onward(outside, door, screen),
        Route("/widget.js", widget.script),
        Route("/accessibility", door.kindly(widget.accessibility)),
        Route("/privacy", door.kindly(widget.privacy)),
        # The cookie of a chat is for addresses below it: here the page can tell the number of the chat.
        Route("/chat/privacy", door.kindly(widget.privacy), methods=["GET"]),
        Route("/demo", widget.demo),
        Route("/chat/transcript.txt", door.kindly(keeping.text), methods=["GET"]),
        Route("/chat/transcript.pdf", door.kindly(keeping.pdf), methods=["GET"]),
    ]


def _onward(outside: Outside, door: Doorway, screen: Screen) -> list[BaseRoute]:
    if outside.telegram is None:
        return []
    onward = Onward(outside.telegram, door, screen)
    return [Route("/chat/telegram", door.kindly(onward.page), methods=["GET"])]


async def _to_the_page(request: Request) -> Response:
    return RedirectResponse("/chat")
