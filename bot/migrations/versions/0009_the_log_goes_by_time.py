"""A line of the log of acts is deleted only when a later line says up to which moment lines were."""

from alembic import op

revision = "0009"
down_revision = "0008"

#: The line's time as `bot.store.retaining` writes it. Whoever deletes leaves a trace that cannot be changed.
FORBID_DELETION = {
    "sqlite": [
        "CREATE TRIGGER audit_goes_by_time BEFORE DELETE ON audit "
        "WHEN NOT EXISTS (SELECT 1 FROM audit WHERE what = 'audit/delete' AND about > OLD.at) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log goes by time alone'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION audit_goes_by_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'TRUNCATE' OR NOT EXISTS (SELECT 1 FROM audit WHERE what = 'audit/delete' AND about COLLATE \"C\" "
        "> to_char(OLD.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')) "
        "THEN RAISE EXCEPTION 'the audit log goes by time alone'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER audit_goes_by_time BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_goes_by_time()",
        "CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_goes_by_time()",
    ],
}


def upgrade() -> None:
    op.create_index("audit_what", "audit", ["what", "about"])
    for statement in FORBID_DELETION[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("audit_what", "audit")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_goes_by_time")
    else:
        op.execute("DROP FUNCTION audit_goes_by_time() CASCADE")
