"""The database: tables, queries, and the only hand that writes."""

from bot.store.accounts import Accounts
from bot.store.alerts import Alerts
from bot.store.audit import Audit
from bot.store.board import Board
from bot.store.bookings import Bookings
from bot.store.chats import Chats
from bot.store.concerns import Concerns
from bot.store.copies import CopyError
from bot.store.database import KeyMissing
from bot.store.everything import Everything
from bot.store.outbox import Outbox
from bot.store.retaining import Retaining
from bot.store.rotating import Rotating
from bot.store.signing_in import SigningIn
from bot.store.talks import Talks
from bot.store.threads import Threads

__all__ = ["CopyError", "KeyMissing", "SqlStore"]


class SqlStore(
    Threads,
    Talks,
    Bookings,
    Accounts,
    SigningIn,
    Audit,
    Board,
    Chats,
    Outbox,
    Alerts,
    Concerns,
    Retaining,
    Everything,
    Rotating,
):
    """All that is kept, on SQLite (one file, write-ahead log) or PostgreSQL, by the address of the database."""
