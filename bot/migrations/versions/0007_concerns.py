"""Records of concerns for somebody's safety; the wish of an adviser to talk about it afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NAME = sa.String(40)
TIME = sa.DateTime(timezone=True)
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.add_column("talks", sa.Column("debrief", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "concerns",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("conversation", NAME, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("seen", sa.Boolean, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
    )
    op.create_index(
        "one_open_concern", "concerns", ["conversation"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "concern_entries",
        sa.Column("concern", sa.Integer, sa.ForeignKey("concerns.number"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("about", sa.Integer),
        sa.Column("message", sa.Integer),
        sa.Column("level", sa.String(20)),
    )


def downgrade() -> None:
    op.drop_table("concern_entries")
    op.drop_table("concerns")
    op.drop_column("talks", "debrief")
