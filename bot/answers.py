"""The words of every reply, put together from cards, signposts and fixed wordings."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import Button, Context, Question, Reply, Risk, Shown, Status, Understanding
from bot.dates import date_words
from bot.gate import Thresholds, Verdict, judge
from bot.knowledge import Card, Knowledge, Signpost
from bot.nations import Nations
from bot.quoting import quoted
from bot.safeguarding import Concern

#: After so many questions back in a row, a parent is offered a person instead.
MOST_CLARIFICATIONS = 2
#: After so many "no, that is not it" in a row, likewise.
MOST_NOES = 2
#: How many next questions an answer offers as buttons.
NEXT_QUESTIONS = 3
#: Nations of the United Kingdom whose rules differ from the cards', which are England's.
OTHER_NATIONS = ("wales", "scotland", "northern-ireland")
#: Who takes the place of a helper for England elsewhere in the United Kingdom.
INSTEAD = {
    "nhs-111-option-2": {"wales": "nhs-111-wales", "scotland": "nhs-24", "northern-ireland": "lifeline-ni"},
    "domestic-abuse-england": {
        "wales": "domestic-abuse-wales",
        "scotland": "domestic-abuse-scotland",
        "northern-ireland": "domestic-abuse-northern-ireland",
    },
}
#: Whom a child or young person in danger reads first, and who is there for adults only.
FOR_THE_YOUNG = ("emergency-999", "childline", "shout")
FOR_ADULTS = ("nspcc", "family-lives", "mens-advice-line", "youngminds")


class Answers:
    """Turns what was understood into what is said. Knows the content; keeps nothing."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._nations = Nations(knowledge.facts, knowledge.councils)
        self._thresholds = Thresholds(**knowledge.service["gate"])
        self._old_words = {
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, term.said))})(?!\w)", re.IGNORECASE): term
            for term in knowledge.terms
            if term.old
        }

    # -- a question -------------------------------------------------------------------------------------------------

    def answer(self, understanding: Understanding, context: Context, today: dt.date) -> Reply:
        """The reply to a message that has been understood."""
        if understanding.wording:
            return self.worded(understanding.wording, context)
        nation = context.facts.get("nation", "england")
        if nation == "abroad":
            return self.fixed("abroad", Status.OUT_OF_SCOPE, context)
        if nation in OTHER_NATIONS and not self._holds_everywhere(understanding.questions):
            return self._other_nation(nation, understanding.questions, context, today)
        verdicts = [(question, self._judge(question)) for question in understanding.questions]
        answered = [question for question, verdict in verdicts if verdict.status is Status.ANSWERED]
        if answered:
            return self._cards(answered, understanding.excerpt, context, today)
        if not verdicts or verdicts[0][1].status is Status.NOT_KNOWN:
            return self.fixed("not_known", Status.NOT_KNOWN, context, self._human(), self._topics())
        return self._ask_back(verdicts[0][1].status, verdicts[0][1].cards, context)

    def pressed(self, meaning: str, value: str, context: Context, today: dt.date) -> Reply | None:
        """The reply to a button; None where the button's meaning is not known."""
        if meaning == "card" and value in self._knowledge.cards:
            return self._shown(Status.ANSWERED, [self._knowledge.cards[value]], "", (), context, today)
        simple = {"human": self.human, "topics": self.topics, "yes": self.confirmed, "no": self.denied}
        return simple[meaning](context) if meaning in simple else None

    def _judge(self, question: Question) -> Verdict:
        return judge(question.ranking, len(question.text.split()), self._thresholds)

    def _cards(
        self,
        questions: Sequence[Question],
        excerpt: bool,
        context: Context,
        today: dt.date,
    ) -> Reply:
        cards = [self._knowledge.cards[question.ranking[0][0]] for question in questions]
        lead = []
        if excerpt:
            asked = " … ".join(question.text for question in questions)
            lead.append(self._knowledge.say("excerpt", question=quoted(asked)))
        elif len(cards) > 1:
            lead.append(self._knowledge.say("two_answers"))
        lead += self._explained(" ".join(question.text for question in questions))
        runners_up = tuple(card for card, _ in questions[0].ranking[1:4] if card not in {card.id for card in cards})
        return self._shown(Status.ANSWERED, cards, "\n\n".join(lead), runners_up, context, today)

    def _shown(
        self,
        status: Status,
        cards: Sequence[Card],
        lead: str,
        runners_up: tuple[str, ...],
        context: Context,
        today: dt.date,
    ) -> Reply:
        ids = [card.id for card in cards]
        next_ids = [next_id for card in cards for next_id in card.see_also if next_id not in ids]
        next_cards = [self._knowledge.cards[next_id] for next_id in dict.fromkeys(next_ids)][:NEXT_QUESTIONS]
        person_first = any(card.needs_adviser or card.standing(today) != "current" for card in cards)
        buttons = (
            *((self._human(),) if person_first else ()),
            Button(self._knowledge.say("button_yes"), "yes"),
            Button(self._knowledge.say("button_no"), "no"),
            *(self._card_button(card) for card in next_cards),
            *(() if person_first else (self._human(),)),
        )
        texts = [lead, *(self._card_text(card, context, today) for card in cards), self._knowledge.say("was_this_it")]
        return Reply(
            status,
            "\n\n".join(text for text in texts if text),
            tuple(Shown(card.id, card.version) for card in cards),
            buttons,
            context=replace(context, cards=tuple(ids), runners_up=runners_up, clarifications=0),
        )

    def _card_text(self, card: Card, context: Context, today: dt.date) -> str:
        say = self._knowledge.say
        short = card.short_for(context.facts)
        standing = card.standing(today)
        notes = []
        if standing != "current":
            day = card.review_by if standing == "overdue" else card.valid_to
            notes.append(say(f"card_{standing}", date=date_words(day or card.review_by)))
        if short != card.short:
            notes.append(say("because_you_said"))
        source = card.sources[0]
        return "\n\n".join(
            [
                f"**{card.title}**",
                *notes,
                short,
                *([card.caveat] if card.caveat else []),
                *([say("needs_adviser")] if card.needs_adviser else []),
                f"## {say('heading_basis')}\n\n{card.basis}",
                f"## {say('heading_next')}\n\n{card.next_steps}",
                say(
                    "source",
                    title=source.title,
                    address=source.address,
                    section=source.section,
                    date=date_words(source.date),
                    kind=say(f"kind_{card.kind}"),
                    reviewed=date_words(card.reviewed),
                ),
            ]
        )

    def _ask_back(self, status: Status, cards: tuple[str, ...], context: Context) -> Reply:
        if context.clarifications >= MOST_CLARIFICATIONS:
            return self.human(context, "after_clarifications")
        buttons = (*(self._card_button(self._knowledge.cards[card]) for card in cards), self._human())
        return Reply(
            status,
            self._knowledge.say(status.value),
            tuple(Shown(card, self._knowledge.cards[card].version) for card in cards),
            buttons,
            context=replace(context, clarifications=context.clarifications + 1),
        )

    def _other_nation(self, nation: str, questions: Sequence[Question], context: Context, today: dt.date) -> Reply:
        """That the rules differ there, what we know of this question there, and who can help."""
        known = [
            f"**{card.title}**\n\n{variant.short}"
            for question in questions
            if question.ranking
            for card in [self._knowledge.cards[question.ranking[0][0]]]
            for variant in card.variants
            if variant.when == {"nation": nation} and self._judge(question).status is Status.ANSWERED
        ]
        card = next(
            card for card in self._knowledge.cards.values() if card.topic == "other-nations" and card.nation == nation
        )
        helpers = [
            signpost
            for signpost in self._knowledge.signposts.values()
            if nation in signpost.nations and "other-nations" in signpost.topics
        ]
        lead = "\n\n".join([self._knowledge.say("other_nation"), *known])
        reply = self._shown(Status.OTHER_NATION, [card], lead, (), context, today)
        return replace(reply, text="\n\n".join([reply.text, self.signposts(helpers)]))

    def _holds_everywhere(self, questions: Sequence[Question]) -> bool:
        """Whether the likeliest card is right outside England too: about the helpline itself, say."""
        likeliest = [self._knowledge.cards[question.ranking[0][0]] for question in questions if question.ranking]
        return bool(likeliest) and all(card.nation == "uk" for card in likeliest)

    def _explained(self, text: str) -> list[str]:
        """One line for each old word in a parent's question."""
        return [
            self._knowledge.say("old_word", word=match[0], means=term.means, since=term.since or term.explain)
            for pattern, term in self._old_words.items()
            if (match := pattern.search(text))
        ]

    # -- everything else --------------------------------------------------------------------------------------------

    def worded(self, wording: str, context: Context) -> Reply:
        """The reply to something that is no question: thanks, abuse, 'let me talk to somebody'."""
        if wording == "human":
            return self.human(context)
        status = Status.OUT_OF_SCOPE if wording == "out_of_scope" else Status.SMALL_TALK
        return self.fixed(wording, status, context, self._topics(), self._human())

    def fixed(self, wording: str, status: Status, context: Context, *buttons: Button) -> Reply:
        """A fixed wording, with a way to a person."""
        return Reply(status, self._knowledge.say(wording), buttons=buttons or (self._human(),), context=context)

    def confirmed(self, context: Context) -> Reply:
        """The parent said that the answer was what they asked."""
        return self.fixed("said_yes", Status.SMALL_TALK, replace(context, noes=0), self._topics(), self._human())

    def denied(self, context: Context) -> Reply:
        """The parent said that the answer was not what they asked: the next likeliest cards, or a person."""
        context = replace(context, noes=context.noes + 1)
        if context.noes >= MOST_NOES or not context.runners_up:
            return self.human(context, "after_noes")
        reply = self._ask_back(Status.CHOICES, context.runners_up[:2], context)
        return replace(reply, text=self._knowledge.say("said_no"))

    def topics(self, context: Context) -> Reply:
        """The subjects we know, each with the question most parents begin with."""
        starters = [self._card_button(self._knowledge.cards[card]) for card in self._knowledge.service["topics"]]
        return self.fixed("topics", Status.SMALL_TALK, context, *starters, self._human())

    def human(self, context: Context, why: str = "") -> Reply:
        """How to reach a person."""
        texts = [self._knowledge.say(why)] if why else []
        texts += [self._knowledge.say("human"), self.signposts([self._knowledge.signposts["helpline"]])]
        return Reply(Status.HANDOVER, "\n\n".join(texts), buttons=(self._topics(),), context=context)

    def failure(self, context: Context, number: int) -> Reply:
        """The assistant did not answer: say so, keep the question, offer a person."""
        return self.fixed("failure", Status.ERROR, context, self._again("button_again", number), self._human())

    def danger(self, concern: Concern, context: Context, number: int, told: str = "") -> Reply:
        """Words for somebody in danger, before anything else; the question they also asked stays one press away.

        `told` says that our advisers know.
        """
        return Reply(
            Status.SAFEGUARDING,
            self._care(concern, context, told),
            buttons=(self._human(), self._again("button_my_question", number)),
            risk=concern.risk,
            context=context,
        )

    def after_danger(self, reply: Reply, danger: Context, number: int) -> Reply:
        """The reply to a question from before words of danger that have had their answer already.

        A long one would push the help off the page, as if nothing had been said: it stays one press away.
        """
        context = reply.context.beside(danger)
        if not reply.shown:
            return replace(reply, context=context)
        buttons = (self._human(), self._again("button_my_question", number))
        return self.fixed("put_aside", Status.SAFEGUARDING, context, *buttons)

    def caring(self, concern: Concern, reply: Reply) -> Reply:
        """The reply to a message with something in it that an adviser should see: kind words and help come first."""
        buttons = reply.buttons if self._human() in reply.buttons else (self._human(), *reply.buttons)
        text = f"{self._care(concern, reply.context)}\n\n{reply.text}"
        return replace(reply, text=text, risk=concern.risk, buttons=buttons)

    def helpers(self, concern: Concern, nation: str = "england") -> Sequence[Signpost]:
        """Who can help somebody in danger there; in danger now only those who can be reached now, day and night."""
        ids = [INSTEAD.get(signpost, {}).get(nation, signpost) for signpost in concern.signposts]
        if concern.young:
            ids = [*FOR_THE_YOUNG, *(signpost for signpost in ids if signpost not in (*FOR_THE_YOUNG, *FOR_ADULTS))]
        named = [self._knowledge.signposts[signpost] for signpost in ids]
        there = [signpost for signpost in named if nation in signpost.nations or nation not in OTHER_NATIONS]
        return [signpost for signpost in there if signpost.is_there_now or concern.risk is not Risk.IMMEDIATE]

    def _care(self, concern: Concern, context: Context, told: str = "") -> str:
        """What to do, who can help, and what can wait until then.

        Who reads it stands last, but at the mildest level first: there it is no danger that has to be met at once.
        """
        say, say_in_danger = self._knowledge.say, self._knowledge.say_in_danger
        now = say_in_danger(concern.wording, concern.risk.value, concern.young)
        named = self.helpers(concern, context.facts.get("nation", "england"))
        helpers = self.signposts(named, only_numbers=concern.risk is Risk.IMMEDIATE)
        later = say("care_later", text=say_in_danger(concern.wording, "later", concern.young))
        read = say("confidence")
        mild = concern.risk is Risk.CONCERN
        texts = (f"{now} {read}", helpers, later) if mild else (now, helpers, told, later, read)
        return "\n\n".join(text for text in texts if text)

    def nation(self, text: str) -> str | None:
        """The nation that a message names: who can help differs, also where the assistant is not asked."""
        return self._nations.find(text)

    def label(self, wording: str) -> str:
        """What is written on something a parent can press."""
        return self._knowledge.say(wording)

    def signposts(self, signposts: Sequence[Signpost], only_numbers: bool = False) -> str:
        """A list of who can help, each on one line; for somebody in danger now only how to call or text them."""
        return "\n".join(f"- {_line(signpost, only_numbers)}" for signpost in signposts)

    def _card_button(self, card: Card) -> Button:
        return Button(card.title, f"card:{card.id}")

    def _again(self, wording: str, number: int) -> Button:
        return Button(self._knowledge.say(wording), f"again:{number}")

    def _human(self) -> Button:
        return Button(self._knowledge.say("button_human"), "human")

    def _topics(self) -> Button:
        return Button(self._knowledge.say("button_topics"), "topics")


def _line(signpost: Signpost, only_numbers: bool) -> str:
    ways = ", ".join(way for way in (signpost.phone, signpost.text) if way)
    where = f"[{signpost.web.removeprefix('https://')}]({signpost.web})" if signpost.web else signpost.email
    hours = f" ({signpost.hours})" if signpost.hours else ""
    if only_numbers:
        return f"**{signpost.name}**: {ways}{hours}"
    return f"**{signpost.name}**: {'; '.join(part for part in (ways + hours, where) if part)}. {signpost.what_for}"
