"""Talks with a person: accounts, handovers, the log of moves, booked calls."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NAME = sa.String(40)
TIME = sa.DateTime(timezone=True)
OPEN = sa.text("ended_at IS NULL")
BOOKED = sa.text("status = 'booked'")


def upgrade() -> None:
    op.add_column("conversations", sa.Column("closed_at", TIME))
    op.add_column("conversations", sa.Column("parent_saw", sa.Integer, nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("by", NAME, nullable=False, server_default=""))
    op.add_column("messages", sa.Column("heard_by", sa.String(20), nullable=False, server_default="bot"))
    op.create_table(
        "accounts",
        sa.Column("name", NAME, primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("available", sa.Boolean, nullable=False),
        sa.Column("most_talks", sa.Integer, nullable=False),
        sa.Column("seen_at", TIME),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("account", NAME, sa.ForeignKey("accounts.name"), nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
    )
    op.create_table(
        "talks",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("conversation", NAME, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("card", sa.JSON, nullable=False),
        sa.Column("waiting_since", TIME, nullable=False),
        sa.Column("live_since", TIME),
        sa.Column("adviser", NAME, nullable=False),
        sa.Column("taken_at", TIME),
        sa.Column("waited", sa.Integer),
        sa.Column("ended_at", TIME),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("topics", sa.JSON, nullable=False),
        sa.Column("follow_up", sa.Text, nullable=False),
        sa.Column("second_pair", sa.Boolean, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("said_after", sa.Text, nullable=False),
    )
    op.create_index("one_open_talk", "talks", ["conversation"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "events",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("conversation", NAME, sa.ForeignKey("conversations.id")),
        sa.Column("talk", sa.Integer, sa.ForeignKey("talks.number")),
        sa.Column("by", NAME, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("was", sa.String(40), nullable=False),
        sa.Column("now", sa.String(40), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("events_of_conversation", "events", ["conversation"])
    op.create_table(
        "switches",
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column("what", sa.String(20), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_table(
        "bookings",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("conversation", NAME, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("safe_to_leave", sa.Boolean, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
    )
    op.create_index(
        "one_call_a_line",
        "bookings",
        ["kind", "starts_at", "line"],
        unique=True,
        sqlite_where=BOOKED,
        postgresql_where=BOOKED,
    )
    op.create_index("bookings_of_conversation", "bookings", ["conversation"])


def downgrade() -> None:
    for table in ("bookings", "switches", "events", "talks", "sessions", "accounts"):
        op.drop_table(table)
    op.drop_column("messages", "heard_by")
    op.drop_column("messages", "by")
    op.drop_column("conversations", "parent_saw")
    op.drop_column("conversations", "closed_at")
