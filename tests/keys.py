"""The key of the tests' databases."""

from bot.sealing import Keys, new_key

KEYS = Keys([new_key()])
