"""Telegram: turns what comes from there into what the helpline hears, and brings back what is said."""

from bot.channels.telegram.lifecycle import Access, Telegram
from bot.channels.telegram.timing import Timing

__all__ = ["Access", "Telegram", "Timing"]
