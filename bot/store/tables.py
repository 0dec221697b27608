"""The tables, as the migrations leave them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

_NAME = sa.String(40)
_TIME = sa.DateTime(timezone=True)

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", _NAME, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("holder", sa.String(20), nullable=False),
    sa.Column("opened_at", _TIME, nullable=False),
    sa.Column("closed_at", _TIME),
    sa.Column("parent_saw", sa.Integer, nullable=False, server_default="0"),
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
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("press", sa.String(100), nullable=False),
    sa.Column("at", _TIME, nullable=False),
    sa.Column("heard_by", sa.String(20), nullable=False, server_default="bot"),
    sa.Column("answers", sa.Integer),
    sa.Column("reply", sa.JSON),
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
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("account", _NAME, sa.ForeignKey("accounts.name"), nullable=False),
    sa.Column("ends_at", _TIME, nullable=False),
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
    sa.Column("card", sa.JSON, nullable=False),
    sa.Column("waiting_since", _TIME, nullable=False),
    sa.Column("adviser", _NAME, nullable=False),
    sa.Column("taken_at", _TIME),
    sa.Column("waited", sa.Integer),
    sa.Column("ended_at", _TIME),
    sa.Column("outcome", sa.String(40), nullable=False),
    sa.Column("topics", sa.JSON, nullable=False),
    sa.Column("follow_up", sa.Text, nullable=False),
    sa.Column("second_pair", sa.Boolean, nullable=False),
    sa.Column("score", sa.Integer),
    sa.Column("said_after", sa.Text, nullable=False),
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
    sa.Column("why", sa.Text, nullable=False),
    sa.Index("events_of_conversation", "conversation"),
)

#: What a supervisor has switched off: the assistant or the desk, for one channel.
switches = sa.Table(
    "switches",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("what", sa.String(20), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
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
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("safe_to_leave", sa.Boolean, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("made_at", _TIME, nullable=False),
    sa.Index(
        "one_call_a_line", "kind", "starts_at", "line", unique=True, sqlite_where=_BOOKED, postgresql_where=_BOOKED
    ),
    sa.Index("bookings_of_conversation", "conversation"),
)
