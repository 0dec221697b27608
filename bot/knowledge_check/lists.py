"""What is checked in the files of `knowledge/` that are not cards."""
from collections.abc import Iterator
from bot.knowledge_check.page import Finding
def check_lists(folder, paths) -> Iterator[Finding]:
    return iter(())
