"""The tables, as the migrations leave them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.sealed import Sealed, SealedJSON

metadata = sa.MetaData()

#: Words that people wrote, and what is known of them, are `Sealed`; docs/privacy.md names every column.
_NAME = sa.String(40)
_TIME = sa.DateTime(timezone=True)

#: The keys that may have sealed something here, by their ids: a helpline without one of them does not start.
keys_in_use = sa.Table(
    "keys_in_use",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
)

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", _NAME, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("holder", sa.String(20), nullable=False),
    sa.Column("opened_at", _TIME, nullable=False),
    sa.Column("closed_at", _TIME),
    sa.Column("parent_saw", sa.Integer, nullable=False, server_default="0"),
    sa.Column("forgotten_at", _TIME),
)

#: Append-only: a row is added for every line that is heard or said, and none is changed.
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("conversation", _NAME, sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("author", sa.String(20), nullable=False),
    sa.Column("by", _NAME, nullable=False, server_default=""),
    sa.Column("client_id", sa.String(64), nullable=False),
    sa.Column("text", Sealed("messages.text"), nullable=False),
    sa.Column("press", sa.String(100), nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("heard_by", sa.String(20), nullable=False, server_default="bot"),
    sa.Column("answers", sa.Integer),
    sa.Column("reply", SealedJSON("messages.reply")),
    sa.UniqueConstraint("conversation", "client_id"),
    sa.UniqueConstraint("conversation", "answers"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("password", sa.String(200), nullable=False),
    sa.Column("available", sa.Boolean, nullable=False),
    sa.Column("most_talks", sa.Integer, nullable=False),
    sa.Column("seen_at", _TIME),
    sa.Column("second_step", Sealed("accounts.second_step")),
    sa.Column("last_code", sa.Integer, nullable=False, server_default="0"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("account", _NAME, sa.ForeignKey("accounts.name"), nullable=False),
    sa.Column("began_at", _TIME, nullable=False),
    sa.Column("ends_at", _TIME, nullable=False),
    sa.Column("proven", sa.Boolean, nullable=False),
    sa.Column("browser", _NAME, nullable=False),
)

#: The codes for who has lost the telephone that makes the others, hashed; each goes when it is used.
recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("account", _NAME, sa.ForeignKey("accounts.name"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.String(200), nullable=False),
)

#: Tries to sign in, by a mark that does not tell the name.
tries = sa.Table(
    "tries",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("mark", _NAME, nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Index("tries_of_mark", "mark", "at"),
)

#: Append-only: who did what at the desk, and when; a trigger refuses changes, another to delete. No words of anybody's.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("by", _NAME, nullable=False),
    sa.Column("what", sa.String(60), nullable=False),
    sa.Column("about", sa.String(60), nullable=False),
    sa.Column("session", _NAME, nullable=False),
    sa.Index("audit_at", "at"),
    sa.Index("audit_what", "what", "about"),
)

_OPEN = sa.text("ended_at IS NULL")

#: One row for each handover. `urgency` is the place of the level in `Risk`, so that the gravest sorts first.
talks = sa.Table(
    "talks",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("conversation", _NAME, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("way", sa.String(20), nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("card", SealedJSON("talks.card"), nullable=False),
    sa.Column("waiting_since", _TIME, nullable=False),
    sa.Column("live_since", _TIME),
    sa.Column("adviser", _NAME, nullable=False),
    sa.Column("taken_at", _TIME),
    sa.Column("waited", sa.Integer),
    sa.Column("ended_at", _TIME),
    sa.Column("outcome", sa.String(40), nullable=False),
    sa.Column("topics", sa.JSON, nullable=False),
    sa.Column("follow_up", Sealed("talks.follow_up"), nullable=False),
    sa.Column("second_pair", sa.Boolean, nullable=False),
    sa.Column("debrief", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("score", sa.Integer),
    sa.Column("said_after", Sealed("talks.said_after"), nullable=False),
    sa.Index("one_open_talk", "conversation", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

#: Append-only: who moved, noted, whispered or switched what, when and why.
events = sa.Table(
    "events",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("conversation", _NAME, sa.ForeignKey("conversations.id")),
    sa.Column("talk", sa.Integer, sa.ForeignKey("talks.number")),
    sa.Column("by", _NAME, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("was", sa.String(40), nullable=False),
    sa.Column("now", sa.String(40), nullable=False),
    sa.Column("why", Sealed("events.why"), nullable=False),
    sa.Index("events_of_conversation", "conversation"),
)

_NOT_CLOSED = sa.text("closed_at IS NULL")

#: A concern for somebody's safety. It outlives the words of its conversation. `urgency` as in `talks`; `seen` and
#: `closed_at` only say what its entries say, for those who look for it.
concerns = sa.Table(
    "concerns",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("conversation", _NAME, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("seen", sa.Boolean, nullable=False),
    sa.Column("opened_at", _TIME, nullable=False),
    sa.Column("closed_at", _TIME),
    sa.Index("one_open_concern", "conversation", unique=True, sqlite_where=_NOT_CLOSED, postgresql_where=_NOT_CLOSED),
)

#: Append-only: the record of a concern, entry by entry. `text` and `who` hold what parents and advisers wrote.
concern_entries = sa.Table(
    "concern_entries",
    metadata,
    sa.Column("concern", sa.Integer, sa.ForeignKey("concerns.number"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("by", _NAME, nullable=False),
    sa.Column("step", sa.String(20), nullable=False),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("text", Sealed("concern_entries.text"), nullable=False),
    sa.Column("who", Sealed("concern_entries.who"), nullable=False),
    sa.Column("about", sa.Integer),
    sa.Column("message", sa.Integer),
    sa.Column("level", sa.String(20)),
)

#: What a supervisor has switched off: the assistant or the desk, for one channel.
switches = sa.Table(
    "switches",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("what", sa.String(20), primary_key=True),
    sa.Column("reason", Sealed("switches.reason"), nullable=False),
    sa.Column("by", _NAME, nullable=False),
    sa.Column("at", _TIME, nullable=False),
)

_BOOKED = sa.text("status = 'booked'")

#: Booked calls. `line` counts the calls that can be made at the same time, so that none is booked twice.
bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("conversation", _NAME, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("starts_at", _TIME, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("name", Sealed("bookings.name"), nullable=False),
    sa.Column("phone", Sealed("bookings.phone"), nullable=False),
    sa.Column("safe_to_leave", sa.Boolean, nullable=False),
    sa.Column("about", Sealed("bookings.about"), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("outcome", Sealed("bookings.outcome"), nullable=False),
    sa.Column("made_at", _TIME, nullable=False),
    sa.Index(
        "one_call_a_line", "kind", "starts_at", "line", unique=True, sqlite_where=_BOOKED, postgresql_where=_BOOKED
    ),
    sa.Index("bookings_of_conversation", "conversation"),
)

#: A parent's chat on Telegram. `line` is the last line that was handed to the outbox.
telegram_chats = sa.Table(
    "telegram_chats",
    metadata,
    sa.Column("chat", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("conversation", _NAME, sa.ForeignKey("conversations.id"), unique=True),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("blocked", sa.Boolean, nullable=False),
    sa.Column("quiet", sa.Boolean, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
)

_NOT_DONE = sa.text("NOT done")

#: What Telegram has sent us, by its own number. What it holds is forgotten when it is dealt with; the number stays.
telegram_updates = sa.Table(
    "telegram_updates",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("payload", SealedJSON("telegram_updates.payload")),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Index("updates_not_done", "chat", "number", sqlite_where=_NOT_DONE, postgresql_where=_NOT_DONE),
)

_NOT_SENT = sa.text("sent_at IS NULL AND failed = ''")

#: What is to be sent to Telegram. `message` is Telegram's number of what has arrived.
telegram_outbox = sa.Table(
    "telegram_outbox",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("chat", sa.BigInteger, nullable=False),
    sa.Column("conversation", _NAME, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("payload", SealedJSON("telegram_outbox.payload")),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("doubtful", sa.Boolean, nullable=False),
    sa.Column("sent_at", _TIME),
    sa.Column("message", sa.BigInteger),
    sa.Column("failed", sa.String(40), nullable=False),
    sa.Index("parcels_not_sent", "chat", "number", sqlite_where=_NOT_SENT, postgresql_where=_NOT_SENT),
    sa.Index("parcels_of_message", "chat", "message"),
)

#: Alerts to whoever is on call; without a talk, a test. `again_at` is when one is to be sent, or sent again.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("talk", sa.Integer, sa.ForeignKey("talks.number")),
    sa.Column("level", sa.String(20), nullable=False),
    sa.Column("person", _NAME, nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("again_at", _TIME),
    sa.Column("sent_at", _TIME),
    sa.Column("failure", sa.String(20), nullable=False),
    sa.Column("seen_at", _TIME),
    sa.Column("seen_by", _NAME, nullable=False),
    sa.Column("ended_at", _TIME),
    sa.Index("alerts_running", "talk", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

#: Links that carry a conversation from the website to Telegram, by the hash of their token.
telegram_links = sa.Table(
    "telegram_links",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("conversation", _NAME, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("chat", sa.BigInteger),
    sa.Column("ends_at", _TIME, nullable=False),
)
