"""An editor who slips in the times of deletion is told the line and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge_check.page import open_list
from bot.knowledge_check.retention import RETENTION, check_retention
from bot.knowledge_check.shape import record

GOOD = """retention:
  open_talk: "30 days"
  closed_talk: "90 days"
  callback: "1 month"
  concern_record: "7 years"
  audit: "2 years"
"""


@pytest.mark.parametrize(
    ("good", "slip", "line", "remedy"),
    [
        ("", "", None, ""),
        ('"30 days"', "30", 2, 'Write a time like "30 days"'),
        ('"30 days"', '"0 days"', 2, 'Write a time like "30 days"'),
        ('"30 days"', '"a month"', 2, 'Write a time like "30 days"'),
        ('  open_talk: "30 days"\n', "", 1, 'Write a time like "30 days"'),
        ('"7 years"', '"7 years"\n  logs: "1 day"', 6, "Use only"),
        ('"90 days"', '"6 days"', 3, 'Write "7 days" or longer.'),
        ('"2 years"', '"89 days"', 6, 'Write "90 days" or longer.'),
        ('"30 days"', '"3 years"', 6, 'Write "3 years" or longer.'),
    ],
)
def test_a_slip_is_named_with_its_line_and_remedy(
    tmp_path: Path, good: str, slip: str, line: int | None, remedy: str
) -> None:
    path = tmp_path / "service.yml"
    path.write_text(GOOD.replace(good, slip))
    page = open_list(path)
    page.check(record(retention=RETENTION))
    if not page.found:
        check_retention(page)
    found = [(finding.line, remedy in str(finding)) for finding in page.found]
    assert found == ([(line, True)] if line else [])
