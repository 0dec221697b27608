"""Nothing personal gets past the mask to the assistant, and what a parent fills in on purpose is not lost by it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answers import Answers
from bot.booking import Booking
from bot.callback_form import Form, FormTurn, fill
from bot.conversation import Context, Understanding
from bot.helpline import AssistantError
from bot.knowledge import Knowledge
from bot.masking import PRIVATE_FIELDS, MaskedAssistant
from bot.metrics import MeasuredHelpline, Metrics
from bot.phone import as_written
from bot.reception import Reception
from tests.stand_in import Stage, StandIn, personal_data, safeguard
from tests.test_booking import BY_BUTTONS, Parent

SAID = ("Amira", "Oakfield", "07911 123456", "+447911123456", "LS6 3QB", "jo@example.com")
MESSAGE = "Amira is at Oakfield Academy. Is a part-time timetable allowed? LS6 3QB, 07911 123456, jo@example.com"


class Listener(StandIn):
    """A stand-in that writes down all that it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    async def understand(
        self, conversation: str, text: str, context: Context, before: Sequence[str] = ()
    ) -> Understanding:
        self.told.append(repr((conversation, text, context.cards, before)))
        return await super().understand(conversation, text, context, before)

    async def fill_in(self, conversation: str, text: str, form: Form, before: Sequence[str] = ()) -> FormTurn | None:
        self.told.append(repr((conversation, text, form.as_json())))
        if self.down:
            raise AssistantError("down")
        return await super().fill_in(conversation, text, form, before)


@pytest.fixture
async def masked(knowledge: Knowledge, tmp_path: Path):
    """(a parent at a helpline whose assistant is behind the mask, that assistant, the helpline's metrics)"""
    stage, listener, metrics = Stage(knowledge, tmp_path), Listener(), Metrics()
    mask = MaskedAssistant(listener, personal_data())
    stage.helpline = MeasuredHelpline(
        metrics,
        stage.store,
        mask,
        safeguard(),
        Answers(knowledge),
        Reception(knowledge),
        stage.live,
        lambda: stage.now,
        Booking(stage.store, mask, knowledge),
        personal_data(),
    )
    async with stage.ready():
        yield Parent(stage, await stage.helpline.open("web")), listener, metrics


def held(texts) -> set[str]:
    return {said for said in SAID for text in texts if said.lower() in text.lower()}


async def test_the_assistant_is_told_the_masked_text_and_the_masked_message_before(masked):
    parent, listener, _ = masked
    await parent.does(MESSAGE, "And was amira suspended?")
    assert len(listener.told) == 2
    assert held(listener.told) == set()
    assert "[name] is at [school]. Is a part-time timetable allowed?" in listener.told[1]


async def test_a_name_of_the_message_before_is_known(masked):
    parent, listener, _ = masked
    await parent.does("My son is called Zog. Was he suspended?", "can zog go home?", "and then?")
    assert "can [name] go home?" in listener.told[1]
    assert "zog" not in listener.told[2]


async def test_a_name_is_known_however_long_ago_it_was_said_and_in_the_form_of_a_call_too(masked):
    parent, listener, _ = masked
    await parent.does("My son is called Zog. Was he suspended?", *["and what then?"] * 6, "can zog go home?")
    await parent.does(*BY_BUTTONS[:4], "will zog be asked too?")
    assert "can [name] go home?" in listener.told[7]
    assert "will [name] be asked too?" in listener.told[-2]
    assert not any("zog" in told for told in listener.told)


async def test_the_answer_is_the_one_to_the_masked_question(masked):
    parent, _, _ = masked
    assert (await parent.does(MESSAGE)).shown[0].card == "part-time-timetable-rules"


async def test_what_the_adviser_reads_is_what_the_parent_wrote(masked):
    parent, _, _ = masked
    await parent.does(MESSAGE)
    thread = await parent._stage.helpline.thread(parent.conversation)
    assert thread[0].text == MESSAGE


async def test_danger_is_found_in_the_words_as_written(masked):
    parent, listener, _ = masked
    # "[name]" would have hidden who wants to die.
    reply = await parent.does("my daughter Hope wants to kill herself tonight")
    assert reply.risk is not None
    assert listener.told == []


async def test_logs_and_metrics_hold_nothing_of_it(masked, caplog: pytest.LogCaptureFixture):
    parent, listener, metrics = masked
    caplog.set_level(logging.INFO)
    await parent.does(MESSAGE, *BY_BUTTONS[:4], "Amira", "07911 123456")
    listener.down = True
    await parent.does("callback:stop", f"{MESSAGE} broken")
    assert "message" in caplog.text
    assert held([caplog.text, metrics.exposition().decode()]) == set()


# -- booking -----------------------------------------------------------------------------------------------------------


async def test_a_call_is_booked_with_name_and_number_and_the_assistant_knows_neither(masked):
    parent, listener, _ = masked
    await parent.does(*BY_BUTTONS[:4], "Amira", "it's 07911 123456", "no you must not", "About Oakfield Academy")
    call = (await parent.call()).call
    assert (call.name, as_written(call.phone), call.safe_to_leave) == ("Amira", "07911 123456", False)
    assert call.about == "About Oakfield Academy"
    assert listener.told
    assert held(listener.told) == set()


async def test_a_name_and_a_number_in_one_go_stay_here_too(masked):
    parent, listener, _ = masked
    await parent.does(*BY_BUTTONS[:4], "Amira, 07911 123456", "yes", "skip")
    assert (await parent.call()).call.name == "Amira"
    assert held(listener.told) == set()


async def test_a_question_instead_of_a_name_still_reaches_the_assistant(masked):
    parent, listener, _ = masked
    await parent.does(*BY_BUTTONS[:4])
    told = len(listener.told)
    await parent.does("Is a part-time timetable allowed for Amira?")
    assert len(listener.told) > told
    assert held(listener.told) == set()


async def test_a_changed_time_keeps_the_name_and_the_number(masked):
    parent, listener, _ = masked
    await parent.does(*BY_BUTTONS, "callback:change:day", "callback:day:2026-11-24", "callback:time:11:00")
    call = (await parent.call()).call
    assert (call.name, as_written(call.phone), f"{call.begin:%H:%M}") == ("Sarah", "07911 123456", "11:00")
    assert held(listener.told) == set()


FORM = Form(
    asked="safe",
    values={"kind": "call", "day": "2026-11-24", "time": "10:00", "name": "Amira", "phone": "+447911123456"},
    kinds={"call": ("A helpline call",)},
    free={"call": ("2026-11-24T10:00",)},
    today="2026-11-23",
)


@pytest.mark.parametrize("text", ["yes", "no", "stop", "mumble", "skip"])
@pytest.mark.parametrize("asked", ["day", "time", "safe", *PRIVATE_FIELDS])
async def test_behind_the_mask_the_form_is_filled_in_as_without_it(asked, text):
    form = replace(FORM, asked=asked, values={name: value for name, value in FORM.values.items() if name != asked})
    assert await MaskedAssistant(Listener(), personal_data()).fill_in("a-parent", text, form) == fill(form, text)
