"""Telegram: its chats, what was received, what is to be sent; conversations that were deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME = sa.String(40)
TIME = sa.DateTime(timezone=True)
NOT_DONE = sa.text("NOT done")
NOT_SENT = sa.text("sent_at IS NULL AND failed = ''")


def upgrade() -> None:
    op.add_column("conversations", sa.Column("forgotten_at", TIME))
    op.create_table(
        "telegram_chats",
        sa.Column("chat", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("conversation", NAME, sa.ForeignKey("conversations.id"), unique=True),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("blocked", sa.Boolean, nullable=False),
        sa.Column("quiet", sa.Boolean, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
    )
    op.create_table(
        "telegram_updates",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True)),
        sa.Column("at", TIME, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index(
        "updates_not_done", "telegram_updates", ["chat", "number"], sqlite_where=NOT_DONE, postgresql_where=NOT_DONE
    )
    op.create_table(
        "telegram_outbox",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(80), nullable=False, unique=True),
        sa.Column("chat", sa.BigInteger, nullable=False),
        sa.Column("conversation", NAME, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True)),
        sa.Column("at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("sent_at", TIME),
        sa.Column("message", sa.BigInteger),
        sa.Column("failed", sa.String(40), nullable=False),
    )
    op.create_index(
        "parcels_not_sent", "telegram_outbox", ["chat", "number"], sqlite_where=NOT_SENT, postgresql_where=NOT_SENT
    )
    op.create_index("parcels_of_message", "telegram_outbox", ["chat", "message"])
    op.create_table(
        "telegram_links",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("conversation", NAME, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("chat", sa.BigInteger),
        sa.Column("ends_at", TIME, nullable=False),
    )


def downgrade() -> None:
    for table in ("telegram_links", "telegram_outbox", "telegram_updates", "telegram_chats"):
        op.drop_table(table)
    op.drop_column("conversations", "forgotten_at")
