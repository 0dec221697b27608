"""Signing in in two steps, tries, sessions that can be listed; the log of what is done at the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NAME = sa.String(40)
TIME = sa.DateTime(timezone=True)

#: Lines of the log are added, and by the rule for how long it is kept deleted; none is ever changed.
FORBID_CHANGES = {
    "sqlite": [
        "CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION audit_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is never changed'; END $$",
        "CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_never_changed()",
    ],
}


def upgrade() -> None:
    op.add_column("accounts", sa.Column("second_step", sa.Text))
    op.add_column("accounts", sa.Column("last_code", sa.Integer, nullable=False, server_default="0"))
    # Whoever is signed in signs in anew.
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("account", NAME, sa.ForeignKey("accounts.name"), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("proven", sa.Boolean, nullable=False),
        sa.Column("browser", NAME, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account", NAME, sa.ForeignKey("accounts.name"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", sa.String(200), nullable=False),
    )
    op.create_table(
        "tries",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("mark", NAME, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("tries_of_mark", "tries", ["mark", "at"])
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("about", sa.String(60), nullable=False),
        sa.Column("session", NAME, nullable=False),
    )
    op.create_index("audit_at", "audit", ["at"])
    for statement in FORBID_CHANGES[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_never_changed()")
    op.drop_table("tries")
    op.drop_table("recovery_codes")
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("account", NAME, sa.ForeignKey("accounts.name"), nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
    )
    op.drop_column("accounts", "last_code")
    op.drop_column("accounts", "second_step")
