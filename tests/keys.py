"""The key of the tests' databases."""

from bot.sealing import Keys, new_key

KEY = new_key()
KEYS = Keys([KEY])
