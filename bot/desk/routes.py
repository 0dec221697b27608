"""Every address of the desk, with who may go there."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from bot.accounts import Role
from bot.advising import Advising
from bot.calling import Calling
from bot.desk.account import AccountPage
from bot.desk.audit import Audit, AuditPage
from bot.desk.board import BoardPage
from bot.desk.calls import Calls
from bot.desk.cards import Cards
from bot.desk.concerns import ConcernPages
from bot.desk.guards import Guards
from bot.desk.home import Home
from bot.desk.live import Events
from bot.desk.pages import TALKERS, Pages
from bot.desk.passwords import Passwords
from bot.desk.people import People
from bot.desk.ports import Assistant, Live, Store
from bot.desk.record import LED_BY, ChatFinder, RecordPage
from bot.desk.search import CardSearch
from bot.desk.second_step import SecondStep
from bot.desk.seen import Seen
from bot.desk.sessions import Sessions
from bot.desk.sign_in import SignIn
from bot.desk.switches import Switches
from bot.desk.talk import TalkPage
from bot.desk.talk_forms import TalkForms
from bot.desk.tries import Tries
from bot.helpline import Clock
from bot.knowledge import Knowledge
from bot.limits import Limits
from bot.on_call import OnCall
from bot.reception import Reception
from bot.referring import Referring
from bot.sealing import Keys


def routes(
    advising: Advising,
    store: Store,
    assistant: Assistant,
    knowledge: Knowledge,
    live: Live,
    reception: Reception,
    on_call: OnCall,
    clock: Clock,
    keys: Keys,
    limits: Limits,
) -> list[BaseRoute]:
    """The desk at `/desk`."""
    pages = Pages(knowledge, store, clock)
    sessions = Sessions(store, keys, clock)
    audit = Audit(store, clock)
    guards = Guards(sessions, audit, pages)
    everybody = guards.signed_in()
    talkers = guards.signed_in(*TALKERS)
    supervisors = guards.signed_in(Role.SUPERVISOR)
    passwords, second_step, tries = Passwords(), SecondStep(store, keys), Tries(store, keys, clock, limits)
    sign_in = SignIn(store, sessions, passwords, second_step, tries, audit, pages)
    account = AccountPage(store, sessions, passwords, second_step, tries, pages, clock)
    people = People(store, tries, pages)
    home = Home(advising, store, pages, reception, audit, clock)
    events = Events(store, live, sessions)
    switches = Switches(advising, store, audit, pages)
    search = CardSearch(knowledge.cards)
    cards = Cards(knowledge, search, pages, clock)
    referring = Referring(store, live, knowledge, clock)
    talk = TalkPage(store, referring, knowledge, search, reception, on_call, pages)
    forms = TalkForms(advising, store, talk, pages)
    calls = Calls(Calling(store, live, knowledge, clock), store, knowledge, reception, pages, clock)
    records = {what: RecordPage(what, advising, store, knowledge, pages) for what in LED_BY}
    concerns = ConcernPages(referring, store, talk, on_call, knowledge, pages, clock)
    board = BoardPage(store, referring, assistant, reception, on_call, pages, clock)
    seen = Seen(on_call, pages)
    return [
        Route("/desk/sign-in", guards.anybody(sign_in.page), methods=["GET"]),
        Route("/desk/sign-in", guards.anybody(sign_in.sign_in), methods=["POST"]),
        Route("/desk/sign-in/code", guards.halfway(sign_in.code_page), methods=["GET"]),
        Route("/desk/sign-in/code", guards.halfway(sign_in.code), methods=["POST"]),
        Route("/desk/sign-out", guards.halfway(sign_in.sign_out), methods=["POST"]),
        Route("/desk/account", everybody(account.page), methods=["GET"]),
        Route("/desk/account/password", everybody(account.password), methods=["POST"]),
        Route("/desk/account/second-step", guards.setting_up(account.second_step_page), methods=["GET"]),
        Route("/desk/account/second-step", guards.setting_up(account.set_up), methods=["POST"]),
        Route("/desk/account/second-step/off", everybody(account.take_off), methods=["POST"]),
        Route("/desk/account/recovery-codes", everybody(account.new_codes), methods=["POST"]),
        Route("/desk/account/sessions/{id}/end", everybody(account.end), methods=["POST"]),
        Route("/desk/account/sign-out-everywhere", everybody(account.end_all), methods=["POST"]),
        Route("/desk/people", supervisors(people.page), methods=["GET"]),
        Route("/desk/people/{name}/reset", supervisors(people.reset), methods=["POST"]),
        Route("/desk/people/{name}/unlock", supervisors(people.unlock), methods=["POST"]),
        Route("/desk/audit", supervisors(AuditPage(store, pages, clock).page), methods=["GET"]),
        Route("/desk", everybody(home.page), methods=["GET"]),
        Route("/desk/strip", everybody(home.strip), methods=["GET"]),
        Route("/desk/events", everybody(events.stream), methods=["GET"]),
        Route("/desk/queue", talkers(home.queue), methods=["GET"]),
        Route("/desk/next", talkers(home.take_next), methods=["POST"]),
        Route("/desk/talks/{number:int}/take", talkers(home.take), methods=["POST"]),
        Route("/desk/talks/{number:int}", talkers(talk.page), methods=["GET"]),
        Route("/desk/talks/{number:int}/thread", talkers(talk.thread), methods=["GET"]),
        Route("/desk/talks/{number:int}/latest", talkers(talk.latest), methods=["GET"]),
        Route("/desk/talks/{number:int}/find", talkers(talk.find), methods=["GET"]),
        Route("/desk/talks/{number:int}/say", talkers(forms.say), methods=["POST"]),
        Route("/desk/talks/{number:int}/typing", talkers(forms.typing), methods=["POST"]),
        Route("/desk/talks/{number:int}/note", talkers(forms.note), methods=["POST"]),
        Route("/desk/talks/{number:int}/whisper", supervisors(forms.whisper), methods=["POST"]),
        Route("/desk/talks/{number:int}/second-pair", talkers(forms.second_pair), methods=["POST"]),
        Route("/desk/talks/{number:int}/transfer", talkers(forms.transfer), methods=["POST"]),
        Route("/desk/talks/{number:int}/hand-back", talkers(forms.hand_back), methods=["POST"]),
        Route("/desk/talks/{number:int}/close", talkers(forms.close), methods=["POST"]),
        Route("/desk/talks/{number:int}/concern", talkers(talk.concern), methods=["GET"]),
        Route("/desk/talks/{number:int}/concern", talkers(concerns.begin), methods=["POST"]),
        Route("/desk/talks/{number:int}/debrief", talkers(forms.debrief), methods=["POST"]),
        Route("/desk/concerns", supervisors(concerns.page), methods=["GET"]),
        Route("/desk/concerns/{number:int}", talkers(concerns.one), methods=["GET"]),
        Route("/desk/concerns/{number:int}/seen", talkers(concerns.seen), methods=["POST"]),
        Route("/desk/concerns/{number:int}/decide", talkers(concerns.decide), methods=["POST"]),
        Route("/desk/concerns/{number:int}/refer", talkers(concerns.refer), methods=["POST"]),
        Route("/desk/concerns/{number:int}/acknowledge", talkers(concerns.acknowledge), methods=["POST"]),
        Route("/desk/concerns/{number:int}/close", supervisors(concerns.close), methods=["POST"]),
        Route("/desk/calls", talkers(calls.page), methods=["GET"]),
        Route("/desk/calls/{number:int}", talkers(calls.one), methods=["GET"]),
        Route("/desk/calls/{number:int}/made", talkers(calls.made), methods=["POST"]),
        Route("/desk/calls/{number:int}/no-answer", talkers(calls.no_answer), methods=["POST"]),
        Route("/desk/calls/{number:int}/cancel", talkers(calls.cancel), methods=["POST"]),
        Route("/desk/chats", supervisors(ChatFinder(store, pages).page), methods=["GET"]),
        *(
            Route(f"/desk/{what}/{LED_BY[what]}/record{more}", supervisors(act), methods=[method])
            for what, record in records.items()
            for more, act, method in (
                ("", record.page, "GET"),
                ("", record.export, "POST"),
                ("/erase", record.erase, "POST"),
            )
        ),
        Route("/desk/cards", everybody(cards.find), methods=["GET"]),
        Route("/desk/cards/{card}", everybody(cards.page), methods=["GET"]),
        Route("/desk/board", supervisors(board.page), methods=["GET"]),
        Route("/desk/board/now", supervisors(board.now), methods=["GET"]),
        Route("/desk/pause", talkers(home.paused), methods=["GET"]),
        Route("/desk/pause", talkers(home.pause), methods=["POST"]),
        Route("/desk/available", talkers(home.available), methods=["POST"]),
        Route("/desk/switches", supervisors(switches.page), methods=["GET"]),
        Route("/desk/switches", supervisors(switches.switch), methods=["POST"]),
        # From a phone at night, without signing in: the token lets them say that they have seen it, and nothing else.
        Route("/on-call/{token}", guards.anybody(seen.page), methods=["GET"]),
        Route("/on-call/{token}", guards.anybody(seen.seen), methods=["POST"]),
    ]
