"""An editor's slip is found, on its line, with a remedy."""

# ruff: noqa: E501 - one slip a line can be read as a table

import datetime as dt
import textwrap
from pathlib import Path

import pytest

from bot.knowledge_check import Finding, findings
from bot.knowledge_check.cards import reading_grade
from bot.knowledge_check.near_duplicates import alike

TODAY = dt.date(2026, 11, 21)

CARD = """\
---
id: suspension-length
title: "How long can a suspension last?"
nation: england
kind: law
sources:
  - title: "The Regulations of 2012"
    address: "https://www.legislation.gov.uk/uksi/2012/1033"
    section: "regulation 4"
    date: 2023-09-01
valid_from: 2012-09-01
valid_to:
reviewed: 2026-11-21
review_by: 2027-09-01
confidence: high
caveat:
needs_adviser: false
see_also: [suspension-letter]
variants:
  - when: {school: independent}
    short: "The limit does not cover private schools. Look at your contract."
examples:
  - "how long can he be suspended for"
  - "maximum suspension days"
  - "the letter has no end date, is that allowed"
  - "is three weeks too long"
  - "my grandson has been out for a month, when must they stop"
  - "im 15 and got ten days whats the most"
  - "do days at the old school count as well"
  - "we have reached 43 days since september"
  - "Could you tell me the upper limit, please?"
  - "They just keep adding more and more days!"
  - "longest suspention allowed"
  - "forty five day cap"
---
At most 45 school days in one school year. It must have an end date.

## What this rests on

This is law.

## What to do next

- Count the days.
"""

OTHER_CARD = (
    CARD.replace("id: suspension-length", "id: suspension-letter")
    .replace("How long can a suspension last?", "What must the letter say?")
    .replace("see_also: [suspension-letter]", "see_also: [suspension-length]")
    .replace('  - "', '  - "about what the paper says ')
)

LISTS = {
    "signposts.yml": """\
        signposts:
          - id: helpline
            name: "The helpline"
            what_for: "Free advice."
            phone: "0808 808 3555"
            web: "https://contact.org.uk"
            hours: "Monday to Friday, 9.30am to 5pm"
            nations: [england]
            as_of: 2026-11-21
            topics: [suspension]
        """,
    "wording.yml": """\
        greet: "Hello."
        sg_missing_immediate: "Call 999."
        sg_missing_urgent: "Call today."
        sg_missing_concern: "That is a worry."
        sg_missing_later: "Write it down."
        sg_missing_later_young: "Tell somebody."
        kind_law: "law"
        kind_guidance: "guidance"
        kind_practice: "practice"
        kind_news: "news of {date}"
        kind_signpost: "help"
        """,
    "service.yml": """\
        name: "The helpline"
        phone: "0808 808 3555"
        hours:
          time_zone: Europe/London
          weekly:
            monday: ["09:30-17:00"]
            sunday: []
          bank_holidays: closed
          last_handover_minutes: 15
          sentences:
            open: "Until {time}."
            last_handover: "Nearly closed."
            over: "Closed for today."
            weekday: "Closed on {weekday}s."
            again: "Open again {day}."
            bank_holiday: "Open again {day}; {days} is a bank holiday."
            bank_holidays: "Open again {day}; {days} are bank holidays."
            unknown: "Closed."
        callbacks:
          days_ahead: 14
          least_notice_minutes: 60
          card: suspension-length
          kinds:
            call:
              label: "A call"
              said: ["call"]
              minutes: 30
              at_once: 1
              weekly: {monday: ["10:00-12:00"]}
        retention:
          open_talk: "30 days"
          closed_talk: "90 days"
          callback: "30 days"
          concern_record: "7 years"
          audit: "2 years"
        concerns:
          decide_minutes: {immediate: 15, urgent: 60, concern: 2880}
          acknowledge_hours: 72
          close_days: 14
        gate:
          answer: 0.4
          margin: 0.1
          choices: 0.5
          floors: {suspension-length: 0.9}
        topics:
          - suspension-length
        desk: {gone_seconds: 120, unanswered_seconds: 300, most_talks: 3}
        on_call: {next_after_seconds: 120}
        asks_for_a_person: ["talk to a person"]
        """,
    "safeguarding.yml": """\
        words:
          CHILD: son|daughter
        spellings:
          do not: [dont]
        background:
          - years ago
        kinds:
          missing:
            wording: sg_missing
            signposts: [helpline]
            patterns:
              immediate:
                - CHILD has run away
            exceptions:
              - run away with
            must:
              immediate: [my son has run away]
            must_not: [the dish ran away with the spoon]
        """,
    "glossary.yml": """\
        terms:
          - said: ["statement", "statemented"]
            means: "EHC plan"
            explain: "An older paper."
            old: true
        """,
    "facts.yml": """\
        words:
          plan: [ehcp, ""]
        facts:
          ehc_plan:
            has: ["has {plan}"]
          school:
            pru: [pupil referral unit]
        abroad: [dubai]
        council_words: [council]
        before_a_place: [in]
        everyday_names: [bath]
        """,
    "canned.yml": """\
        canned:
          - id: hello
            title: "Hello"
            text: "Hello, I am an adviser."
          - id: bye
            title: "Goodbye"
            text: "Goodbye."
        """,
}

LENGTH, LETTER = "cards/suspension/suspension-length.md", "cards/suspension/suspension-letter.md"


@pytest.fixture
def folder(tmp_path):
    return a_folder(tmp_path / "knowledge")


def a_folder(folder):
    """A small folder `knowledge/` in which nothing is wrong."""
    (folder / "cards/suspension").mkdir(parents=True)
    (folder / LENGTH).write_text(CARD)
    (folder / LETTER).write_text(OTHER_CARD)
    for name, content in LISTS.items():
        (folder / name).write_text(textwrap.dedent(content))
    return folder


def test_a_folder_without_a_slip_has_no_findings(folder):
    assert findings(folder, TODAY) == []


def test_the_real_knowledge_has_no_findings(knowledge_folder):
    # On a fixed day: a review that becomes due is an editor's work (`python -m bot knowledge check`), no broken test.
    found = findings(knowledge_folder, TODAY)
    assert not found, "\n".join(map(str, found))


def test_a_finding_reads_as_file_line_problem_remedy():
    finding = Finding(Path("knowledge/wording.yml"), 7, "A brace has no partner.", "Write {name}.")
    assert str(finding) == "knowledge/wording.yml:7: A brace has no partner. Write {name}."


# Each row: what the slip is, the file, what is replaced by what, the line that must be named (a text that only stands
# on that line), words of the problem and of the remedy.
SLIPS = [
    ("a card without front matter", LENGTH, "---\nid:", "id:", "id:", "No front matter", "Begin the file with '---'"),
    ("a colon outside quotes", LENGTH, 'title: "How', "title: How: ", "title:", "not valid YAML", "double quotes"),
    ("a key with a spelling mistake", LENGTH, "caveat:", "caveats: x", "caveats", "'caveats' is not known", "caveat,"),
    ("a key written twice", LENGTH, "kind: law", "kind: law\nkind: news", "kind: news", "written twice", "Keep one"),
    ("a card without a title", LENGTH, 'title: "How long can a suspension last?"\n', "", "---", "'title' is missing", "double quotes"),
    ("a nation that is none", LENGTH, "nation: england", "nation: cornwall", "cornwall", "cannot be 'cornwall'", "england, wales"),
    ("a kind that is none", LENGTH, "kind: law", "kind: rumour", "rumour", "'rumour'", "law, guidance"),
    ("a confidence that is none", LENGTH, "confidence: high", "confidence: sure", "sure", "'sure'", "high, medium, low"),
    ("a date in words", LENGTH, "reviewed: 2026-11-21", "reviewed: in autumn", "in autumn", "'in autumn'", "2026-11-21"),
    ("yes or no in other words", LENGTH, "adviser: false", "adviser: maybe", "maybe", "'maybe'", "true or false"),
    ("an example that is a number", LENGTH, '"maximum suspension days"', "45", "  - 45", "cannot be 45", "double quotes"),
    ("an id that is not the file's name", LENGTH, "id: suspension-length", "id: length", "id: length", "not the name", "Write suspension-length"),
    ("an id that another card has", LETTER, "id: suspension-letter", "id: suspension-length", "id:", "suspension-length.md:2 has the same id", "another"),
    ("a card without sources", LENGTH, CARD[CARD.index("sources:") : CARD.index("valid_from")], "", "---", "'sources' is missing", "one entry"),
    ("a source without a title", LENGTH, 'title: "The Regulations of 2012"\n    address', "address", "  - address", "'title' is missing", "double quotes"),
    ("a source without a section", LENGTH, '    section: "regulation 4"\n', "", "  - title", "'section' is missing", "double quotes"),
    ("a source without a date", LENGTH, "    date: 2023-09-01\n", "", "  - title", "'date' is missing", "2026-11-21"),
    ("an address that is not safe", LENGTH, "https://www.leg", "http://www.leg", "http:", "'address' cannot be", "https://"),
    ("a dead link to another card", LENGTH, "[suspension-letter]", "[suspension-paper]", "see_also", "no card 'suspension-paper'", "Name another"),
    ("a variant for an unknown fact", LENGTH, "{school: ind", "{schol: ind", "schol:", "Nothing is known as 'schol'", "school"),
    ("a variant for an unknown value", LENGTH, "school: independent", "school: private", "private}", "never 'private'", "independent"),
    ("a short answer of more than 60 words", LENGTH, "It must have an end date.", "It can be so. " * 20, "At most", "89 words", "Cut it to 60"),
    ("a variant of more than 60 words", LENGTH, "Look at your contract.", "Look at it now. " * 20, "short:", "87 words", "Cut it to 60"),
    ("a short answer that is hard to read", LENGTH, "At most 45 school days", "Notwithstanding contemporaneous administrative considerations", "Notwith", "too hard to read (grade", "reading_exceptions.yml"),
    ("a variant that is hard to read", LENGTH, "Look at your contract.", "Contractual disciplinary stipulations predominantly determine permissibility.", "short:", "too hard", "shorter sentences"),
    ("a card with eleven examples", LENGTH, '  - "maximum suspension days"\n', "", "examples:", "only 11 examples", "at least 12"),
    ("a card without a second part", LENGTH, "## What this rests on", "## Why", "At most", "three parts", "## What this rests on"),
    ("an example that another card has", LETTER, "about what the paper says forty five day cap", "Forty-five day cap?", "Forty", "suspension-length.md:34", "where it fits less"),
    ("an example that is nearly another's", LETTER, "about what the paper says forty five day cap", "They just keep adding more days!!", "keep adding more days", "suspension-length.md:32", "Rewrite"),
    ("an example that the same card has", LENGTH, "maximum suspension days", "They keep adding more and more days", "They just keep", "suspension-length.md:24", "or remove it"),
    ("a review that is late", LENGTH, "review_by: 2027-09-01", "review_by: 2026-11-20", "review_by", "due by 2026-11-20", "Compare the card with its sources"),
    ("an answer that has expired", LENGTH, "valid_to:", "valid_to: 2026-11-20", "valid_to", "only until 2026-11-20", "delete the card"),
    ("news without a last day", LENGTH, "kind: law", "kind: news", "valid_to", "news without a last day", "'valid_to'"),
    ("low confidence that parents are not told of", LENGTH, "confidence: high", "confidence: low", "confidence", "a parent is not told", "'caveat'"),
    ("a signpost named twice", "signposts.yml", "  - id: helpline", "  - {id: helpline, name: A, what_for: B, as_of: 2026-01-01, web: 'https://a'}\n  - id: helpline", "  - id: helpline", "stands on line 2 already", "Keep one"),
    ("a signpost's id that is no word", "signposts.yml", "id: helpline", "id: 999", "id: 999", "'id' cannot be 999", "in double quotes"),
    ("no signpost of the helpline", "signposts.yml", "id: helpline", "id: other", "signposts:", "no signpost 'helpline'", "Add it"),
    ("a signpost without a web address", "signposts.yml", "https://contact", "www.contact", "www", "'web' cannot be", "https://"),
    ("hours without the day they were confirmed", "signposts.yml", "    as_of: 2026-11-21\n", "", "- id:", "'as_of' is missing", "2026-11-21"),
    ("a signpost that cannot be reached", "signposts.yml", '    phone: "0808 808 3555"\n    web: "https://contact.org.uk"\n', "", "- id:", "no way to reach 'helpline'", "phone number"),
    ("a signpost for a topic that has no cards", "signposts.yml", "[suspension]", "[bicycles]", "bicycles", "cannot be 'bicycles'", "suspension"),
    ("an empty wording", "wording.yml", '"Hello."', '""', "greet", "'greet' cannot be ''", "double quotes"),
    ("a wording with half a blank", "wording.yml", "{date}", "{date", "{date", "brace in 'kind_news'", "{name}"),
    ("a kind of card without a wording", "wording.yml", 'kind_law: "law"\n', "", "greet", "'kind_law' is missing", "rests on law"),
    ("a shift that ends before it begins", "service.yml", "09:30-17:00", "17:00-09:30", "monday", "ends before it begins", "earlier time first"),
    ("a shift in other words", "service.yml", "09:30-17:00", "half nine to five", "monday", "'half nine to five'", "09:30-17:00"),
    ("a certainty above one", "service.yml", "answer: 0.4", "answer: 40", "answer:", "cannot be 40", "from 0 to 1"),
    ("a floor for a card that is gone", "service.yml", "{suspension-length:", "{suspension-paper:", "floors", "no card 'suspension-paper'", "remove"),
    ("a topic button for a card that is gone", "service.yml", "- suspension-length", "- suspension-paper", "- susp", "no card 'suspension-paper'", "Name another"),
    ("a parent left waiting for days", "service.yml", "gone_seconds: 120", "gone_seconds: 99999", "desk", "cannot be 99999", "from 30 to 3600"),
    ("danger that may wait for ever", "service.yml", "immediate: 15", "immediate: 0", "immediate", "cannot be 0", "from 1 to 40320"),
    ("danger that may wait longer than a concern", "service.yml", "urgent: 60", "urgent: 3000", "urgent", "'urgent' has more time", "no higher than 2880"),
    ("a concern closed before it is decided", "service.yml", "close_days: 14", "close_days: 1", "close_days", "before it is due to be decided", "more days"),
    ("a level without its time", "service.yml", "immediate: 15, ", "", "decide_minutes", "'immediate' is missing", "from 1 to 40320"),
    ("two numbers for one helpline", "service.yml", "3555", "3556", "phone", "0808 808 3555", "same in both"),
    ("a concern without its wording", "safeguarding.yml", "sg_missing", "sg_lost", "sg_lost", "wording.yml has no text that begins with 'sg_lost_'", "sg_lost_immediate, sg_lost_urgent"),
    ("a concern without its text for one level", "wording.yml", 'sg_missing_urgent: "Call today."', 'more: "More."', "sg_missing_immediate", "'sg_missing_urgent' is missing", "what is said of missing"),
    ("a text for the young that nobody reads", "wording.yml", "later_young", "later_yuong", "later_yuong", "'sg_missing_later_yuong' is never said", "add '_young'"),
    ("a concern that names nobody who can help", "safeguarding.yml", "[helpline]", "[hotline]", "hotline", "no signpost 'hotline'", "signposts.yml"),
    ("a row with a list of words that is not there", "safeguarding.yml", "run away with", "run away with OLDER", "OLDER", "no list 'OLDER' under 'words'", "write the words out"),
    ("a level without its rows, and a row without its list", "safeguarding.yml", "immediate:\n                - CHILD".replace("                ", "        "), "urgent:\n      immediate:\n        - KID", "KID", "no list 'KID'", "write the words out"),
    ("a level of concern that is none", "safeguarding.yml", "immediate:", "soon:", "soon:", "'soon' is not known", "immediate, urgent, concern"),
    ("a word explained twice", "glossary.yml", '"statemented"', '"statement"', "said", "'statement' stands on line 2 already", "Keep one"),
    ("a word in capitals", "glossary.yml", '"statemented"', '"LEA"', "said", "'LEA'", "small letters"),
    ("a word without an explanation", "glossary.yml", '    explain: "An older paper."\n', "", "- said", "'explain' is missing", "double quotes"),
    ("a phrase with a blank that stands for nothing", "facts.yml", "has {plan}", "has {plam}", "plam", "'{plam}' stands for nothing", "plan"),
    ("a word of facts that YAML takes for yes or no", "facts.yml", "[council]", "[no]", "[no]", "cannot be False", "double quotes"),
    ("a canned reply without its text", "canned.yml", '    text: "Goodbye."\n', "", "- id: bye", "'text' is missing", "1000 characters"),
    ("a canned reply that is too long to send", "canned.yml", "Goodbye.", "Goodbye. " * 120, "text:", "'text' cannot be", "1000 characters"),
    ("two canned replies of one name", "canned.yml", "id: bye", "id: hello", "- id: hello", "stands on line 2 already", "Keep one"),
    ("a fact without its values", "facts.yml", "  school:\n            pru: [pupil referral unit]".replace("            ", "    "), "  school:", "school", "nothing under 'school'", "delete the line"),
    ("a value without its phrases", "facts.yml", "[pupil referral unit]", "", "pru", "nothing under 'pru'", "delete the line"),
    ("a character that nobody can see", LENGTH, "maximum suspension days", "maximum\x1fdays", "maximum", "nobody can see (number 31)", "Type the line again"),
    ("a value that is not what its mark says", "glossary.yml", '"An older paper."', "!!timestamp paper", "!!", "not of the kind", "double quotes"),
    ("more brackets than anybody means", "canned.yml", '"Goodbye."', "[" * 2000 + "]" * 2000, "[[[", "inside each other", "double quotes"),
    ("lines that stand for themselves", "canned.yml", '"Goodbye."', "&a [*a]", "&a", "inside each other", "double quotes"),
    ("a fact that is none", "facts.yml", "school:", "weather:", "weather", "'weather' is not known", "ehc_plan"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "problem", "remedy"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS]
)
def test_a_slip_is_found_on_its_line_with_a_remedy(folder, file, old, new, line, problem, remedy):
    path = folder / file
    assert old in path.read_text(), "this row no longer fits the folder above"
    path.write_text(path.read_text().replace(old, new, 1))
    lines = path.read_text().splitlines()
    found = findings(folder, TODAY)
    fitting = [finding for finding in found if problem in finding.problem and finding.path == path]
    assert fitting, f"not found; instead: {[str(finding) for finding in found]}"
    assert line in lines[fitting[0].line - 1]
    assert remedy in fitting[0].remedy


def test_examples_that_are_no_list_are_named_once(folder):
    text = CARD[: CARD.index("examples:")] + 'examples: "one only"\n' + CARD[CARD.index("---\nAt most") :]
    (folder / LENGTH).write_text(text)
    assert [finding.problem for finding in findings(folder, TODAY)] == ["'examples' cannot be 'one only'."]


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_missing_list_is_named(folder, name):
    (folder / name).unlink()
    assert [(finding.path.name, finding.problem) for finding in findings(folder, TODAY)] == [
        (name, "The file is missing.")
    ]


def test_a_broken_list_does_not_hide_slips_in_the_others(folder):
    (folder / "glossary.yml").write_text("terms: [")
    (folder / "service.yml").write_text((folder / "service.yml").read_text().replace("- susp", "- no-susp"))
    assert {finding.path.name for finding in findings(folder, TODAY)} == {"glossary.yml", "service.yml"}


def test_a_character_that_is_not_utf8_is_named_with_its_line(folder):
    (folder / LENGTH).write_bytes(CARD.replace("regulation 4", "regulation §4").encode("latin-1"))
    finding = next(finding for finding in findings(folder, TODAY) if finding.path == folder / LENGTH)
    assert (finding.line, finding.problem) == (9, "A character is not UTF-8.")


def test_a_card_may_be_harder_to_read_when_it_is_named_with_a_reason(folder):
    hard = CARD.replace("At most 45 school days", "Notwithstanding contemporaneous administrative considerations")
    (folder / LENGTH).write_text(hard)
    (folder / "reading_exceptions.yml").write_text(
        'exceptions:\n  - card: suspension-length\n    reason: "The words of the law."\n'
    )
    assert findings(folder, TODAY) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("{card: suspension-paper, reason: x}", "There is no card 'suspension-paper'."),
        ("{card: suspension-length}", "'reason' is missing."),
        ("{card: suspension-length, reason: x}", "'suspension-length' is easy enough to read."),
    ],
)
def test_an_exception_must_name_a_hard_card_and_a_reason(folder, row, problem):
    (folder / "reading_exceptions.yml").write_text(f"exceptions:\n  - {row}\n")
    found = [(finding.path.name, finding.line, finding.problem) for finding in findings(folder, TODAY)]
    assert found == [("reading_exceptions.yml", 2, problem)]


def test_the_reading_grade_is_that_of_the_words_a_parent_sees():
    plain = "Ask the school for the letter. It must come today."
    marked = "Ask the school for **the letter**. It must [come](https://www.legislation.gov.uk/uksi/2012/1033) today."
    assert reading_grade(marked) == reading_grade(plain) < 4


def test_short_examples_are_alike_only_when_they_are_the_same():
    assert list(alike(["ehcp refused", "EHCP refused!", "ehcp refused help"])) == [(0, 1)]


def test_long_examples_are_alike_when_four_words_in_five_are_shared():
    first = "school rang again to say come and get him early"
    assert list(alike([first, first + " please", "a quite different question about the bus"])) == [(0, 1)]
    assert list(alike([first, "school rang again because he bit a teaching assistant today"])) == []
