"""Whoever is on call learns of danger that nobody at the desk takes, until somebody has seen it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.accounts import Role
from bot.concerns import Finding
from bot.conversation import Holder, Risk
from bot.handover import STOPPED_WAITING, HandoverCard, Talk, Way
from bot.knowledge import Knowledge
from bot.live import Live
from bot.mail import Mail, Server
from bot.on_call import ATTEMPT, Letter, NotSent, OnCall
from bot.reception import Reception
from bot.rota import EMAIL, Person
from bot.settings import LONDON
from bot.store import SqlStore
from tests.keys import KEYS
from tests.mail_server import MailServer

NIGHT = dt.datetime(2026, 11, 22, 23, tzinfo=LONDON)
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=LONDON)
SUE, OMAR = Person("Sue", EMAIL, "sue@charity.example"), Person("Omar", EMAIL, "omar@charity.example")
WORDS = "I have taken all the tablets"
ADDRESS = "https://helpline.example"


class PostBag:
    """A post that keeps what it takes; tests/test_posts.py holds it to what the real ones do."""

    def __init__(self) -> None:
        self.taken: list[Letter] = []
        self.fails: dict[str, NotSent] = {}
        """by address"""

    async def send(self, letter: Letter) -> None:
        await asyncio.sleep(0)
        if failure := self.fails.get(letter.to.address):
            raise NotSent(failure.why, again=failure.again)
        self.taken.append(letter)

    @property
    def told(self) -> list[str]:
        return [letter.to.name for letter in self.taken]


class Nights:
    """A helpline at night, with Sue and Omar on call."""

    def __init__(self, knowledge: Knowledge, database: str) -> None:
        self.knowledge = knowledge
        self.store = SqlStore(database, KEYS)
        self.now = NIGHT
        self.post = PostBag()
        self.rota: tuple[Person, ...] = (SUE, OMAR)
        self.on_call = self.started()

    def started(self) -> OnCall:
        """As after a start of the gateway."""
        clock = lambda: self.now  # noqa: E731 - the time in these tests
        reception = Reception(self.knowledge, on_call=True)
        posts = {EMAIL: self.post}
        return OnCall(self.rota, posts, self.store, self.knowledge, reception, Live(), clock, ADDRESS)

    async def look(self, minutes: float = 0.0) -> list[str]:
        """So much later: who has been told since the beginning."""
        self.now += dt.timedelta(minutes=minutes)
        await self.on_call.escalate()
        await self.on_call.deliver(EMAIL)
        return self.post.told

    async def danger(self, level: Risk | None = Risk.IMMEDIATE, conversation: str = "a") -> Talk:
        await self.store.open(conversation, "web", self.now)
        card = HandoverCard(want=WORDS)
        way = Way.MESSAGE if self.now < NOON else Way.LIVE
        return await self.store.hand_over(conversation, card, way, level, "suicide", self.now)

    async def ann(self, *, available: bool = True) -> None:
        await self.store.add_account("Ann", Role.ADVISER, "", 3)
        await self.store.available("Ann", available)
        await self.store.seen("Ann", self.now)


@pytest.fixture
async def nights(knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[Nights]:
    nights = Nights(knowledge, f"sqlite:///{tmp_path / 'helpline.sqlite'}")
    await nights.store.upgrade()
    yield nights
    await nights.store.close()


# -- who is told, and when -------------------------------------------------------------------------------------------


async def test_out_of_hours_the_first_on_call_is_told_at_once(nights: Nights) -> None:
    assert await nights.look() == []
    await nights.danger()
    assert await nights.look() == ["Sue"]
    assert await nights.look() == ["Sue"]


async def test_they_are_told_ids_and_links_and_no_word_of_a_parent(nights: Nights) -> None:
    talk = await nights.danger()
    await nights.look()
    (letter,) = nights.post.taken
    (alert,) = await nights.on_call.running()
    assert letter.subject == f"Helpline: In danger now, talk {talk.number}"
    assert f"{ADDRESS}/desk/talks/{talk.number}" in letter.text
    assert f"{ADDRESS}/on-call/{alert.token}" in letter.text
    assert "tablets" not in letter.text + letter.subject
    assert "suicide" not in letter.text + letter.subject


@pytest.mark.parametrize("level", [None, Risk.CONCERN])
async def test_nobody_is_woken_for_less_than_danger(nights: Nights, level: Risk | None) -> None:
    await nights.danger(level)
    assert await nights.look(30) == []


async def test_without_a_sign_it_goes_down_the_list_every_two_minutes_and_round_again(nights: Nights) -> None:
    await nights.danger(Risk.URGENT)
    assert await nights.look() == ["Sue"]
    assert await nights.look(1.9) == ["Sue"]
    assert await nights.look(0.1) == ["Sue", "Omar"]
    assert await nights.look(2) == ["Sue", "Omar", "Sue"]


async def test_an_adviser_who_has_the_talk_and_does_not_look_has_two_minutes_too(nights: Nights) -> None:
    nights.now = NOON
    await nights.ann()
    talk = await nights.danger(None)
    await nights.store.take("Ann", "", nights.now, talk.number)
    await nights.store.find_concern("a", Finding("suicide", Risk.URGENT, 3, WORDS), nights.now)
    await nights.store.raise_level("a", Risk.URGENT, nights.now)
    assert await nights.look(1.9) == []
    assert await nights.look(0.1) == ["Sue"]


async def test_new_words_of_danger_after_it_was_seen_are_told_anew(nights: Nights) -> None:
    talk = await nights.danger(Risk.IMMEDIATE)
    await nights.look()
    await nights.on_call.opened(talk.number, "Sue")
    assert await nights.look(10) == ["Sue"]
    await nights.store.find_concern("a", Finding("suicide", Risk.IMMEDIATE, 9, WORDS), nights.now)
    assert await nights.look(0.1) == ["Sue", "Sue"]


async def test_in_hours_an_adviser_who_is_there_has_two_minutes(nights: Nights) -> None:
    nights.now = NOON
    await nights.ann()
    await nights.danger()
    assert await nights.look(1.9) == []
    assert await nights.look(0.1) == ["Sue"]


@pytest.mark.parametrize("gone", ["away", "closed the page", "nobody works here"])
async def test_in_hours_with_nobody_there_it_is_told_at_once(nights: Nights, gone: str) -> None:
    nights.now = NOON
    if gone != "nobody works here":
        await nights.ann(available=gone != "away")
    if gone == "closed the page":
        nights.now += dt.timedelta(seconds=121)
    await nights.danger()
    assert await nights.look() == ["Sue"]


async def test_an_editor_or_a_desk_that_is_switched_off_is_nobody(nights: Nights) -> None:
    nights.now = NOON
    await nights.store.add_account("Ed", Role.EDITOR, "", 3)
    await nights.store.available("Ed", True)
    await nights.store.seen("Ed", nights.now)
    await nights.danger()
    assert await nights.look() == ["Sue"]
    await nights.ann()
    await nights.store.switch("web", "desk", "We are training.", "Sue", nights.now)
    await nights.danger(conversation="b")
    assert await nights.look() == ["Sue", "Sue"]


async def test_a_talk_whose_adviser_is_gone_is_a_danger_anew(nights: Nights) -> None:
    nights.now = NOON
    await nights.ann()
    talk = await nights.danger()
    await nights.look(2)
    await nights.store.take("Ann", "", nights.now, talk.number)
    assert await nights.look(30) == ["Sue"]
    await nights.store.release(talk.number, "Ann", Holder.WAITING, "", nights.now, why="adviser gone")
    assert await nights.look() == ["Sue", "Sue"]


async def test_a_parent_who_leaves_the_queue_is_still_in_danger(nights: Nights) -> None:
    await nights.danger()
    await nights.look()
    await nights.store.leave_queue("a", Holder.BOT, STOPPED_WAITING, nights.now)
    assert await nights.look(2) == ["Sue", "Omar"]


async def test_two_dangers_are_told_side_by_side(nights: Nights) -> None:
    await nights.danger()
    await nights.danger(conversation="b")
    assert await nights.look() == ["Sue", "Sue"]
    assert await nights.look(2) == ["Sue", "Sue", "Omar", "Omar"]


# -- what stops it ---------------------------------------------------------------------------------------------------


async def test_whoever_says_that_they_have_seen_it_stops_it(nights: Nights) -> None:
    await nights.danger()
    await nights.look()
    (alert,) = await nights.on_call.running()
    await nights.on_call.seen(alert)
    assert await nights.look(60) == ["Sue"]
    assert (await nights.on_call.running())[0].seen_by == "Sue"


async def test_opening_the_talk_stops_it(nights: Nights) -> None:
    talk = await nights.danger()
    await nights.look()
    await nights.on_call.opened(talk.number, "Mina")
    assert await nights.look(60) == ["Sue"]


async def test_a_talk_that_becomes_worse_after_it_was_seen_is_told_anew(nights: Nights) -> None:
    talk = await nights.danger(Risk.URGENT)
    await nights.look()
    await nights.on_call.opened(talk.number, "Sue")
    await nights.store.raise_level("a", Risk.IMMEDIATE, nights.now)
    assert await nights.look() == ["Sue", "Sue"]
    assert await nights.look(2) == ["Sue", "Sue", "Omar"]


async def test_taking_the_talk_stops_it(nights: Nights) -> None:
    await nights.ann()
    talk = await nights.danger()
    await nights.look()
    await nights.store.take("Ann", "", nights.now, talk.number)
    assert await nights.look(60) == ["Sue"]
    assert await nights.on_call.running() == []
    await nights.store.release(talk.number, "Ann", Holder.CLOSED, "", nights.now, outcome="referred")
    assert await nights.look(60) == ["Sue"]


async def test_a_deleted_conversation_stops_it(nights: Nights) -> None:
    await nights.danger()
    await nights.look()
    await nights.store.forget("a", nights.now)
    assert await nights.look(60) == ["Sue"]


# -- failures --------------------------------------------------------------------------------------------------------


async def test_a_failed_send_is_tried_again_with_pauses_and_shown(nights: Nights) -> None:
    await nights.danger()
    nights.post.fails[SUE.address] = NotSent("unreachable", again=True)
    assert await nights.look() == []
    (alert,) = await nights.on_call.running()
    assert (alert.failure, alert.given_up) == ("unreachable", False)
    assert await nights.look(0.05) == []
    assert (await nights.on_call.running())[0].attempts == 1
    del nights.post.fails[SUE.address]
    assert await nights.look(0.05) == ["Sue"]
    assert (await nights.on_call.running())[0].failure == ""


async def test_whoever_cannot_be_reached_is_not_waited_for(nights: Nights) -> None:
    await nights.danger()
    nights.post.fails[SUE.address] = NotSent("refused", again=False)
    await nights.look()
    assert await nights.look() == ["Omar"]
    assert [alert.given_up for alert in await nights.on_call.running()] == [False, True]


async def test_a_night_without_mail_is_followed_by_one_letter_each(nights: Nights) -> None:
    await nights.danger()
    for person in (SUE, OMAR):
        nights.post.fails[person.address] = NotSent("unreachable", again=True)
    for _ in range(20):
        await nights.look(2)
    nights.post.fails.clear()
    assert sorted(await nights.look(1)) == ["Omar", "Sue"]


async def test_a_fault_of_ours_is_tried_again_too(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: Letter) -> None:
        raise RuntimeError("my son Sam")

    await nights.danger()
    with monkeypatch.context() as patched:
        patched.setattr(nights.post, "send", broken)
        await nights.look()
    assert (await nights.on_call.running())[0].failure == "broken"
    assert await nights.look(0.1) == ["Sue"]


# -- restarts --------------------------------------------------------------------------------------------------------


async def test_a_restart_in_the_middle_goes_on_where_it_was(nights: Nights) -> None:
    await nights.danger()
    await nights.look()
    nights.on_call = nights.started()
    assert await nights.look(1) == ["Sue"]
    nights.on_call = nights.started()
    assert await nights.look(1) == ["Sue", "Omar"]
    talk = (await nights.on_call.running())[0].talk
    assert talk is not None
    await nights.on_call.opened(talk, "Omar")
    nights.on_call = nights.started()
    assert await nights.look(60) == ["Sue", "Omar"]


async def test_what_was_recorded_and_not_yet_sent_is_sent_after_a_kill(nights: Nights) -> None:
    await nights.danger()
    await nights.on_call.escalate()
    nights.on_call = nights.started()
    assert await nights.look() == ["Sue"]


async def test_an_attempt_that_a_kill_cuts_short_is_made_again_as_the_same_letter(nights: Nights) -> None:
    await nights.danger()
    await nights.on_call.escalate()
    await nights.store.claim_alerts(["Sue"], nights.now, nights.now + ATTEMPT)
    nights.on_call = nights.started()
    assert await nights.look(0.9) == []
    assert await nights.look(0.1) == ["Sue"]
    assert nights.post.taken[0].key.startswith(f"call-{(await nights.on_call.running())[0].number}-")


async def test_two_gateways_tell_once(nights: Nights) -> None:
    await nights.danger()
    other = nights.started()
    for one in (nights.on_call, other):
        await one.escalate()
    await asyncio.gather(*(one.deliver(EMAIL) for one in (nights.on_call, other)))
    assert nights.post.told == ["Sue"]


async def test_a_list_that_has_changed_goes_on_from_its_beginning(nights: Nights) -> None:
    await nights.danger()
    await nights.look()
    nights.rota = (OMAR,)
    nights.on_call = nights.started()
    assert await nights.look(2) == ["Sue", "Omar"]


# -- nobody ----------------------------------------------------------------------------------------------------------


async def test_without_a_list_nobody_is_told_and_the_log_says_so(
    nights: Nights, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    nights.on_call.tell_log()
    assert "on call: Sue, Omar" in caplog.text
    nights.rota = ()
    nights.on_call = nights.started()
    nights.on_call.tell_log()
    assert "nobody is on call" in caplog.text
    await nights.danger()
    assert await nights.look() == []
    assert await nights.on_call.running() == []


def test_a_parent_in_danger_is_promised_nothing(knowledge: Knowledge) -> None:
    from bot.conversation import Standing

    standing = Standing(Holder.WAITING, "web")
    alone = Reception(knowledge).told_of_danger(Way.MESSAGE, standing, NIGHT)
    told = Reception(knowledge, on_call=True).told_of_danger(Way.MESSAGE, standing, NIGHT)
    by_day = Reception(knowledge).told_of_danger(Way.LIVE, standing, NIGHT)
    assert "on call" not in alone
    assert "cannot promise" in told
    # The hours say that somebody should be there, not that anybody is.
    assert "cannot say when" in by_day
    for text in (alone, told):
        assert "nobody is here now" in text
    for text in (alone, told, by_day):
        assert "please do not wait for us" in text.lower()
        assert "will join" not in text


# -- through a real mail server ---------------------------------------------------------------------------------------


async def test_what_comes_by_e_mail_says_which_talk_and_where_to_go(nights: Nights, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    async with MailServer().serving() as server:
        server.says = {"RCPT": ["450 busy"]}
        nights.post = Mail(Server("127.0.0.1", server.port, "none"), "helpline@charity.example")
        nights.on_call = nights.started()
        talk = await nights.danger()
        for minutes in (0, 0.1, 2):
            nights.now += dt.timedelta(minutes=minutes)
            await nights.on_call.escalate()
            await nights.on_call.deliver(EMAIL)
    assert [message["To"] for message in server.messages] == [f"{one.name} <{one.address}>" for one in (SUE, OMAR)]
    logged = "".join(record.getMessage() for record in caplog.records if record.name.startswith("bot."))
    assert "alert 1 was not sent (refused); it goes again" in logged
    everything = "".join(message.as_string() for message in server.messages) + logged
    assert f"/desk/talks/{talk.number}" in server.text()
    assert "tablets" not in everything
    assert (await nights.on_call.running())[0].token not in logged
