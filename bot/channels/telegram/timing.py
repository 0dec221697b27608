"""How long things take, and how often they are done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """All in seconds. The tests have shorter ones."""

    between_messages: float = 1.0
    """in one chat: what Telegram asks for"""
    messages_a_second: float = 27.0
    """in all chats: Telegram allows 30, and those that were held up on their way may arrive together"""
    first_pause: float = 1.0
    """before what went wrong is tried again; each pause is twice as long as the one before"""
    longest_pause: float = 60.0
    answer_within: float = 15.0
    """so long we wait for Telegram's answer"""
    poll: float = 25.0
    """so long Telegram holds a question for updates open"""
    typing_after: float = 0.3
    """a parent who waits longer sees that we are writing"""
    typing_again: float = 4.5
    """Telegram shows it for five seconds"""
    look: float = 2.0
    """for lines that another process has written"""
    place: float = 15.0
    """between two looks at the places in the queue"""
    pager: float = 20.0
    """so long an alert to somebody on call has to arrive"""
    pager_look: float = 0.25
    """between two looks whether it has"""
    finish: float = 4.0
    """what is being done at the stop of the gateway has so long to end"""

    def pause(self, attempt: int) -> float:
        """How long to wait after this many attempts."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(attempt - 1, 16))
