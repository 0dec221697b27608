"""What is written to do harm stays words, wherever it is shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from bot import transcript
from bot.accounts import Role
from bot.answers import Answers
from bot.booking_replies import BookingReplies
from bot.callbacks import Call, Callback, Callbacks
from bot.channels.forms import written
from bot.channels.markup import Prose
from bot.channels.telegram import markup
from bot.channels.web.doorway import COOKIE
from bot.conversation import Author, Context, Holder, Message, Question, Shown, Standing, Understanding
from bot.handover import HandoverCard, Way
from bot.knowledge import Knowledge, read_yaml
from bot.limits import Buckets, Limits, Rate
from bot.reception import Reception
from tests.desk.conftest import Adviser, DeskStage
from tests.desk.conftest import adviser as adviser
from tests.desk.conftest import visitor as visitor
from tests.keys import KEYS
from tests.stand_in import NOON

HOSTILE: list[str] = read_yaml(Path(__file__).parent / "hostile.yml")["written"]
CARD = "part-time-timetable-rules"

#: What neither our pages nor our Markdown ever write.
NEVER = {"style", "base", "object", "embed", "svg"}


class Found(HTMLParser):
    """Everything in a page that could be carried out or asked for, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        addresses = [given.get(name) or "" for name in ("src", "href", "action", "formaction", "hx-get", "hx-post")]
        ours = [address for address in addresses if address.startswith(("/", "#", "tel:")) or not address]
        links = [address for address in addresses if tag == "a" and address.startswith(("https://", "http://"))]
        if tag in NEVER or len(ours) + len(links) != len(addresses) or any(name.startswith("on") for name in given):
            self.wrong.append(self.get_starttag_text() or tag)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.wrong.append("a script of no file of ours")
        if tag == "meta" and "http-equiv" in given and "//" in (given.get("content") or ""):
            self.wrong.append("leads away")

    def handle_data(self, data: str) -> None:
        self.words += data


def found(page: str) -> Found:
    found = Found()
    # What templates know as safe is, to a parser, a text like others.
    found.feed(str(page))
    found.close()
    assert found.wrong == []
    return found


def hostile_card(knowledge: Knowledge, text: str) -> Knowledge:
    card = knowledge.cards[CARD]
    card = replace(card, title=text, short=text, basis=text, next_steps=text, caveat=text)
    return replace(knowledge, cards={**knowledge.cards, CARD: card})


@pytest.fixture
async def stage(knowledge: Knowledge, tmp_path: Path) -> AsyncIterator[DeskStage]:
    # A card can hold only one text: the one with most in it.
    card = hostile_card(knowledge, "\n\n".join(HOSTILE))
    # Nobody writes all of it at once; here it comes faster than people write.
    stage = DeskStage(card, tmp_path, Limits(visitor=Buckets(Rate(1, len(HOSTILE)))))
    async with stage.ready():
        await stage.people()
        yield stage


@pytest.mark.slow
async def test_in_messages_names_and_cards_it_is_words_for_parents_and_advisers(
    stage: DeskStage, adviser: Adviser
) -> None:
    name = HOSTILE[1]
    await stage.store.add_account(name, Role.ADVISER, "", 3)
    conversation = await stage.helpline.open("web")
    await stage.helpline.hear(conversation, "", "card", f"card:{CARD}")
    card = HandoverCard(want="\n".join(HOSTILE), council=HOSTILE[0], reach=HOSTILE[2], facts={"date": HOSTILE[3]})
    await stage.helpline.hand_over(conversation, card)
    queue = found((await (await adviser("Sue")).get("/desk")).text)
    assert HOSTILE[0] in queue.words
    talk = await stage.advising.take(name)
    assert talk is not None
    transport = httpx.ASGITransport(stage.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://helpline") as parent:
        parent.cookies.set(COOKIE, KEYS.sign(conversation, COOKIE))
        for number, text in enumerate(HOSTILE):
            await parent.post("/chat/messages", data={"text": text, "client_id": str(number)})
            await stage.advising.say(talk.number, name, text, f"a{number}")
        chat = (await parent.get("/chat")).text
        fragment = (await parent.get("/chat/messages?after=0")).text
        refused = (await parent.post("/chat", data={"text": HOSTILE[4] * 100, "client_id": "x"})).text
        kept = (await parent.get("/chat/transcript.txt")).text.replace("\r", "")
    desk = await adviser("Sue")
    talked = (await desk.get(f"/desk/talks/{talk.number}")).text
    newer = (await desk.get(f"/desk/talks/{talk.number}/thread?after=0&saw=0&remarks=0")).text
    found((await desk.get(f"/desk/cards/{CARD}")).text)
    assert HOSTILE[4] in found(refused).words
    for words in (*(found(page).words for page in (chat, fragment, talked, newer)), kept):
        # Once as the parent's, once as the adviser's.
        assert all(words.count(written(text)) >= 2 for text in HOSTILE)


@pytest.mark.parametrize("text", HOSTILE)
def test_in_a_cards_text_it_is_words(knowledge: Knowledge, text: str) -> None:
    knowledge = hostile_card(knowledge, text)
    prose = Prose(knowledge)
    answer = Answers(knowledge).pressed("card", CARD, Context(), NOON.date())
    assert answer is not None
    for shown in (prose.reply(answer.text), prose.sentence(text)):
        page = found(shown)
        if "<" in text and "&" not in text and "](" not in text:
            assert text.split()[0] in page.words.replace("\n", " ")


def quoting(knowledge: Knowledge, text: str) -> list[str]:
    """Everything that quotes somebody, with these words."""
    card = HandoverCard(text, text, text, {"date": text, "ehc_plan": text}, (Shown(CARD, "1"),), text)
    understood = Understanding(questions=(Question(text, ((CARD, 0.99),)),), excerpt=True)
    call = Call("helpline", NOON, 30, text, "+447700900123", True)
    standing = Standing(Holder.BOT, "web", off={"bot": text, "desk": text})
    reception = Reception(knowledge)
    excerpt = Answers(knowledge).answer(understood, Context(), NOON.date()).text
    return [
        excerpt.partition(knowledge.cards[CARD].title)[0].removesuffix("**"),
        reception.preview(card),
        reception.told_of_danger(Way.MESSAGE, standing, NOON),
        reception.gone_after_hours(text, "web", NOON),
        reception.assistant_off(text, Context()).text,
        BookingReplies(knowledge, Callbacks(knowledge.service))
        .booked(Callback(1, "c", call), "booked", Context(), "web")
        .text,
    ]


def marks(shown: str) -> list[str]:
    """The tags of a text, but for the numbers of helpers, which can be called wherever they stand."""
    return re.findall(r"<(?!a href=\"tel:)(?!/a>)[^>]*>", shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_in_words_that_are_quoted_no_link_no_bold_and_no_heading_comes_of_it(knowledge: Knowledge, text: str) -> None:
    prose = Prose(knowledge)
    for harmless, shown in zip(quoting(knowledge, "words"), quoting(knowledge, text), strict=True):
        assert marks(prose.reply(shown)) == marks(prose.reply(harmless))
        assert marks("".join(markup.reply(shown))) == marks("".join(markup.reply(harmless)))
        assert " ".join(text.split()) in " ".join(found(prose.reply(shown)).words.split())
        line = Message(1, Author.ASSISTANT, shown, NOON, "1")
        assert " ".join(text.split()) in transcript.text([line], knowledge, NOON)


@pytest.mark.slow
def test_in_a_chat_that_is_kept_it_is_words(knowledge: Knowledge) -> None:
    authors = (Author.PARENT, Author.ADVISER, Author.ASSISTANT, Author.HELPLINE)
    thread = [
        Message(4 * row + column + 1, author, text, NOON, f"{row}:{column}", text)
        for row, text in enumerate(HOSTILE)
        for column, author in enumerate(authors)
    ]
    pdf = transcript.pdf(thread, knowledge, NOON)
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    # Nothing that a reader of PDF would carry out, open or follow.
    for active in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/EmbeddedFile", b"/Annot"):
        assert active not in pdf
    text = transcript.text(thread, knowledge, NOON)
    assert all(text.count(line) >= 2 for line in HOSTILE)
