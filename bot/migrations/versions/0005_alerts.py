"""Alerts to whoever is on call."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NAME = sa.String(40)
TIME = sa.DateTime(timezone=True)
RUNNING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("talk", sa.Integer, sa.ForeignKey("talks.number")),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("person", NAME, nullable=False),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("again_at", TIME),
        sa.Column("sent_at", TIME),
        sa.Column("failure", sa.String(20), nullable=False),
        sa.Column("seen_at", TIME),
        sa.Column("seen_by", NAME, nullable=False),
        sa.Column("ended_at", TIME),
    )
    op.create_index("alerts_running", "alerts", ["talk"], sqlite_where=RUNNING, postgresql_where=RUNNING)


def downgrade() -> None:
    op.drop_table("alerts")
