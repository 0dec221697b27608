"""What a parent reads."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.answers import MOST_CLARIFICATIONS, NEXT_QUESTIONS, Answers
from bot.conversation import Button, Context, Question, Reply, Risk, Shown, Status, Understanding
from bot.dates import date_words
from bot.knowledge import Variant
from bot.safeguarding import Concern

TODAY = dt.date(2026, 11, 23)
CARD = "suspension-length"
#: What follows is about the words of replies, not about numbers that are chosen by measurement.
GATE = {"answer": 0.5, "margin": 0.2, "choices": 0.6, "floors": {}}


@pytest.fixture(scope="module")
def content(knowledge):
    return replace(knowledge, service={**knowledge.service, "gate": GATE})


@pytest.fixture(scope="module")
def answers(content):
    return Answers(content)


def asking(*rankings, text="how long can he be suspended for", **understood):
    return Understanding(questions=tuple(Question(text, ranking) for ranking in rankings), **understood)


def sure(card, *runners_up):
    return [(card, 0.9), *((other, 0.01) for other in runners_up)]


def with_card(content, card, **changes):
    """The same content, one card of it changed."""
    return Answers(replace(content, cards={**content.cards, card: replace(content.cards[card], **changes)}))


# -- one card -------------------------------------------------------------------------------------------------------


def test_an_answer_has_its_title_its_three_parts_and_its_source_with_the_review_date(answers, content):
    card = content.cards[CARD]
    reply = answers.answer(asking(sure(CARD)), Context(), TODAY)
    parts = [card.title, card.short, "## What this rests on", card.basis, "## What to do next", card.next_steps]
    places = [reply.text.index(part) for part in [*parts, card.sources[0].address, date_words(card.reviewed)]]
    assert places == sorted(places)
    assert reply.text.endswith(content.say("was_this_it"))
    assert (reply.status, reply.risk) == (Status.ANSWERED, None)


def test_what_was_shown_is_kept_with_the_version_of_its_text(answers, content):
    reply = answers.answer(asking(sure(CARD)), Context(), TODAY)
    assert reply.shown == (Shown(CARD, content.cards[CARD].version),)
    assert reply.context.cards == (CARD,)


def test_an_answer_offers_yes_and_no_the_next_questions_and_a_person(answers, content):
    reply = answers.answer(asking(sure(CARD)), Context(), TODAY)
    next_ids = content.cards[CARD].see_also[:NEXT_QUESTIONS]
    assert [button.press for button in reply.buttons] == ["yes", "no", *(f"card:{card}" for card in next_ids), "human"]
    assert [button.label for button in reply.buttons[2:-1]] == [content.cards[card].title for card in next_ids]


def test_a_card_that_needs_an_adviser_says_so_and_offers_the_person_first(content):
    reply = with_card(content, CARD, needs_adviser=True).answer(asking(sure(CARD)), Context(), TODAY)
    assert content.say("needs_adviser") in reply.text
    assert reply.buttons[0].press == "human"
    assert [button.press for button in reply.buttons].count("human") == 1


@pytest.mark.parametrize("standing", ["overdue", "expired"])
def test_a_card_whose_time_has_passed_says_so_before_its_answer_and_offers_a_person_first(content, standing):
    day = dt.date(2026, 11, 22)
    late = {"review_by": day} if standing == "overdue" else {"valid_to": day}
    reply = with_card(content, CARD, **late).answer(asking(sure(CARD)), Context(), TODAY)
    warning = content.say(f"card_{standing}", date="22 November 2026")
    assert reply.text.index(warning) < reply.text.index(content.cards[CARD].short)
    assert reply.buttons[0].press == "human"


def test_a_card_is_current_on_its_last_day(content):
    last = with_card(content, CARD, review_by=TODAY, valid_to=TODAY).answer(asking(sure(CARD)), Context(), TODAY)
    assert "Please check before" not in last.text
    assert last.buttons[-1].press == "human"


def test_an_uncertain_answer_shows_its_caveat(content):
    reply = with_card(content, CARD, caveat="We could not see the new text.").answer(
        asking(sure(CARD)), Context(), TODAY
    )
    assert "We could not see the new text." in reply.text


def test_what_the_parent_has_said_chooses_the_variant_and_the_answer_says_so(content):
    varied = with_card(
        content,
        CARD,
        variants=(
            Variant({"school": "special"}, "At a special school."),
            Variant({"school": "special", "ehc_plan": "has"}, "At a special school with a plan."),
        ),
    )
    plain = varied.answer(asking(sure(CARD)), Context(), TODAY).text
    special = varied.answer(asking(sure(CARD)), Context(facts={"school": "special"}), TODAY).text
    both = varied.answer(asking(sure(CARD)), Context(facts={"school": "special", "ehc_plan": "has"}), TODAY).text
    assert content.cards[CARD].short in plain
    assert content.say("because_you_said") not in plain
    assert "At a special school.\n" in special
    assert content.say("because_you_said") in special
    assert "At a special school with a plan." in both
    assert content.cards[CARD].short not in both


def test_an_old_word_in_the_question_is_explained_in_the_answer(answers):
    asked = asking(sure(CARD), text="he has a statement of SEN, how long can they suspend him")
    assert "EHC plan" in answers.answer(asked, Context(), TODAY).text.split("**How long")[0]


# -- several questions, or none that is clear -----------------------------------------------------------------------


def test_two_questions_get_two_answers(answers, content):
    reply = answers.answer(asking(sure(CARD), sure("suspension-letter")), Context(), TODAY)
    assert content.say("two_answers") in reply.text
    assert [shown.card for shown in reply.shown] == [CARD, "suspension-letter"]
    assert content.cards[CARD].short in reply.text
    assert content.cards["suspension-letter"].short in reply.text


def test_a_question_that_is_clear_is_answered_though_another_is_not(answers):
    unclear = [("suspension-exams", 0.1), ("suspension-proof", 0.1)]
    reply = answers.answer(asking(unclear, sure(CARD)), Context(), TODAY)
    assert [shown.card for shown in reply.shown] == [CARD]


def test_the_answer_to_a_long_message_says_which_part_it_answers(answers):
    reply = answers.answer(asking(sure(CARD), text="how long is allowed", excerpt=True), Context(), TODAY)
    assert "“how long is allowed”" in reply.text.split("\n\n")[0]


def test_two_close_cards_are_offered_by_title_and_counted_as_asking_back(answers, content):
    close = [(CARD, 0.45), ("suspension-letter", 0.4), ("suspension-exams", 0.1)]
    reply = answers.answer(asking(close), Context(clarifications=1), TODAY)
    assert reply.status is Status.CHOICES
    assert [button.label for button in reply.buttons[:2]] == [
        content.cards[card].title for card in (CARD, "suspension-letter")
    ]
    assert reply.buttons[-1].press == "human"
    assert reply.context.clarifications == 2


def test_after_two_questions_back_in_a_row_a_person_is_offered_instead(answers, content):
    close = [(CARD, 0.45), ("suspension-letter", 0.4)]
    reply = answers.answer(asking(close), Context(clarifications=MOST_CLARIFICATIONS), TODAY)
    assert reply.status is Status.HANDOVER
    assert content.say("after_clarifications") in reply.text
    assert content.service["phone"] in reply.text


def test_an_answer_ends_the_row_of_questions_back(answers):
    assert answers.answer(asking(sure(CARD)), Context(clarifications=2), TODAY).context.clarifications == 0


@pytest.mark.parametrize("understanding", [asking([(CARD, 0.1), ("suspension-letter", 0.1)]), Understanding()])
def test_what_we_do_not_know_is_said_with_a_way_to_a_person(answers, content, understanding):
    reply = answers.answer(understanding, Context(), TODAY)
    assert (reply.status, reply.text, reply.shown) == (Status.NOT_KNOWN, content.say("not_known"), ())
    assert "human" in {button.press for button in reply.buttons}


# -- other nations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nation", ["wales", "scotland", "northern-ireland"])
def test_a_parent_in_another_nation_is_told_that_the_rules_differ_and_who_helps_there(answers, content, nation):
    reply = answers.answer(asking(sure(CARD)), Context(facts={"nation": nation}), TODAY)
    helpers = [
        signpost
        for signpost in content.signposts.values()
        if nation in signpost.nations and "other-nations" in signpost.topics
    ]
    assert reply.status is Status.OTHER_NATION
    assert content.say("other_nation") in reply.text
    assert helpers
    assert all(f"**{signpost.name}**" in reply.text for signpost in helpers)
    assert [shown.card for shown in reply.shown] == [f"nation-{nation}"]


def test_a_question_about_the_helpline_itself_is_answered_in_every_nation(content):
    everywhere = with_card(content, "helpline-hours", nation="uk")
    reply = everywhere.answer(asking(sure("helpline-hours")), Context(facts={"nation": "wales"}), TODAY)
    assert (reply.status, reply.shown[0].card) == (Status.ANSWERED, "helpline-hours")


def test_a_parent_abroad_is_told_that_we_only_know_england(answers, content):
    reply = answers.answer(asking(sure(CARD)), Context(facts={"nation": "abroad"}), TODAY)
    assert (reply.status, reply.text) == (Status.OUT_OF_SCOPE, content.say("abroad"))


# -- small talk, buttons, people ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wording", "status"),
    [("greet", Status.SMALL_TALK), ("abuse", Status.SMALL_TALK), ("out_of_scope", Status.OUT_OF_SCOPE)],
)
def test_what_is_no_question_has_its_own_wording_and_a_way_on(answers, content, wording, status):
    reply = answers.answer(Understanding(wording=wording), Context(), TODAY)
    assert (reply.status, reply.text) == (status, content.say(wording))
    assert {button.press for button in reply.buttons} == {"topics", "human"}


def test_asking_for_a_person_gives_the_helplines_number(answers, content):
    for reply in (answers.worded("human", Context()), answers.pressed("human", "", Context(), TODAY)):
        assert reply.status is Status.HANDOVER
        assert content.service["phone"] in reply.text


def test_a_button_of_a_card_shows_the_card(answers):
    assert answers.pressed("card", CARD, Context(), TODAY).shown[0].card == CARD


@pytest.mark.parametrize(("meaning", "value"), [("card", "a-card-that-is-gone"), ("dance", ""), ("", "")])
def test_a_button_that_means_nothing_any_more_has_no_reply_of_its_own(answers, meaning, value):
    assert answers.pressed(meaning, value, Context(), TODAY) is None


def test_yes_ends_the_row_of_noes(answers):
    reply = answers.pressed("yes", "", Context(noes=1), TODAY)
    assert (reply.status, reply.context.noes) == (Status.SMALL_TALK, 0)


def test_a_first_no_offers_the_next_likeliest_cards(answers, content):
    before = answers.answer(asking(sure(CARD, "suspension-letter", "suspension-exams")), Context(), TODAY).context
    reply = answers.pressed("no", "", before, TODAY)
    assert reply.text == content.say("said_no")
    assert [button.press for button in reply.buttons] == ["card:suspension-letter", "card:suspension-exams", "human"]


@pytest.mark.parametrize("context", [Context(noes=1, runners_up=(CARD,)), Context()])
def test_a_second_no_or_a_no_with_nothing_else_to_offer_leads_to_a_person(answers, content, context):
    reply = answers.pressed("no", "", context, TODAY)
    assert reply.status is Status.HANDOVER
    assert content.say("after_noes") in reply.text


def test_the_topics_are_offered_by_the_questions_parents_begin_with(answers, content):
    reply = answers.pressed("topics", "", Context(), TODAY)
    assert [button.press for button in reply.buttons[:-1]] == [f"card:{card}" for card in content.service["topics"]]


def test_a_failure_keeps_the_question_one_press_away(answers, content):
    reply = answers.failure(Context(facts={"school": "academy"}), 7)
    assert (reply.status, reply.text) == (Status.ERROR, content.say("failure"))
    assert [button.press for button in reply.buttons] == ["again:7", "human"]
    assert reply.context.facts == {"school": "academy"}


def test_somebody_in_danger_reads_what_to_do_first_and_then_whom_to_call(answers, content):
    concern = Concern("missing", Risk.IMMEDIATE, "sg_missing", ("emergency-999", "helpline"))
    reply = answers.danger(concern, Context(), 3)
    assert (reply.status, reply.risk) == (Status.SAFEGUARDING, Risk.IMMEDIATE)
    assert reply.text.startswith(content.say("sg_missing_immediate"))
    assert "**999" in reply.text
    assert content.service["phone"] not in reply.text
    assert "again:3" in {button.press for button in reply.buttons}


def test_what_can_wait_stands_below_whom_to_call_and_who_reads_it_last(answers, content):
    concern = Concern("missing", Risk.URGENT, "sg_missing", ("emergency-999", "helpline"))
    text = answers.danger(concern, Context(), 3, "Our advisers know.").text
    pieces = [
        content.say("sg_missing_urgent"),
        "**999",
        content.service["phone"],
        "Our advisers know.",
        content.say("sg_missing_later"),
        content.say("confidence"),
    ]
    places = [text.index(piece) for piece in pieces]
    assert places == sorted(places)
    assert text.endswith(pieces[-1])


def test_a_young_person_reads_their_own_words_or_those_that_fit_everybody(answers, content):
    concern = Concern("honour-based-abuse", Risk.URGENT, "sg_honour-based-abuse", ("emergency-999",), young=True)
    text = answers.danger(concern, Context(), 3).text
    assert content.say("sg_honour-based-abuse_urgent_young") in text
    assert content.say("sg_honour-based-abuse_later_young") in text
    now = answers.danger(replace(concern, risk=Risk.IMMEDIATE), Context(), 3).text
    assert now.startswith(content.say("sg_honour-based-abuse_immediate"))


def test_every_reply_has_a_way_to_a_person_or_is_one(answers):
    replies = [
        answers.answer(asking(sure(CARD)), Context(), TODAY),
        answers.answer(Understanding(), Context(), TODAY),
        answers.topics(Context()),
        answers.confirmed(Context()),
        answers.failure(Context(), 1),
        answers.worded("thanks", Context()),
    ]
    assert all(isinstance(reply, Reply) and "human" in {button.press for button in reply.buttons} for reply in replies)


def test_no_button_carries_what_a_parent_wrote(answers):
    reply = answers.answer(asking(sure(CARD), text="my secret"), Context(), TODAY)
    assert all("secret" not in button.press + button.label for button in reply.buttons)
    assert all(isinstance(button, Button) for button in reply.buttons)


def test_a_concern_is_answered_kindly_first_and_the_question_is_answered_too(answers, content):
    concern = Concern("hurt-at-school", Risk.CONCERN, "sg_hurt-at-school", ("helpline",))
    plain = answers.failure(Context(), 3)
    reply = answers.caring(concern, plain)
    assert reply.risk is Risk.CONCERN
    assert reply.status is plain.status
    assert reply.text.startswith(f"{content.say('sg_hurt-at-school_concern')} {content.say('confidence')}")
    assert reply.text.endswith(plain.text)
    assert any(button.press == "human" for button in reply.buttons)


# -- who can help somebody in danger ----------------------------------------------------------------------------------

VIOLENCE = Concern(
    "violence-at-home", Risk.URGENT, "sg_violence-at-home", ("emergency-999", "domestic-abuse-england", "nspcc")
)


@pytest.mark.parametrize(
    ("nation", "number"),
    [
        ("england", "0808 2000 247"),
        ("wales", "0808 80 10 800"),
        ("scotland", "0800 027 1234"),
        ("northern-ireland", "0808 802 1414"),
    ],
)
def test_somebody_in_danger_gets_the_numbers_of_their_own_nation(answers, nation, number):
    text = answers.danger(VIOLENCE, Context(facts={"nation": nation}), 1).text
    assert number in text
    assert ("0808 2000 247" in text) is (nation == "england")


def test_a_young_person_in_danger_reads_childline_before_the_rest_and_nothing_for_adults(answers):
    text = answers.danger(replace(VIOLENCE, young=True), Context(), 1).text
    places = [text.index(name) for name in ("**999", "**Childline", "**Shout", "**National Domestic")]
    assert places == sorted(places)
    assert "**NSPCC" not in text
    # Papyrus is for thoughts of suicide: it is named where the kind of danger names it.
    assert "**Papyrus" not in text


def test_in_danger_now_only_names_and_numbers_stand_in_the_list(answers, content):
    urgent = answers.danger(replace(VIOLENCE, signposts=("samaritans",)), Context(), 1).text
    now = answers.danger(replace(VIOLENCE, signposts=("samaritans",), risk=Risk.IMMEDIATE), Context(), 1).text
    samaritans = content.signposts["samaritans"]
    assert samaritans.what_for in urgent
    assert f"- **Samaritans**: {samaritans.phone} ({samaritans.hours})\n" in now
    assert samaritans.what_for not in now
    assert samaritans.web not in now
