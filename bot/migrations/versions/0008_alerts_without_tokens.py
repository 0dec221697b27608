"""The token of an alert is made from its number, and is not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

RUNNING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    # SQLite builds the table anew, and would forget of which rows the index is.
    op.drop_index("alerts_running", "alerts")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_column("token")
    _index()


def downgrade() -> None:
    op.drop_index("alerts_running", "alerts")
    with op.batch_alter_table("alerts") as alerts:
        alerts.add_column(sa.Column("token", sa.String(64), nullable=False, server_default=""))
    _index()


def _index() -> None:
    op.create_index("alerts_running", "alerts", ["talk"], sqlite_where=RUNNING, postgresql_where=RUNNING)
