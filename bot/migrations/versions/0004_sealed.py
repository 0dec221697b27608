"""What people wrote is sealed: the columns that hold it, and all that lies in them."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"

#: For each table its primary key, and the columns that are sealed from now on.
SEALED = {
    "messages": (("conversation", "number"), ("text", "reply")),
    "talks": (("number",), ("card", "follow_up", "said_after")),
    "events": (("number",), ("why",)),
    "switches": (("channel", "what"), ("reason",)),
    "bookings": (("number",), ("name", "phone", "about", "outcome")),
    "telegram_updates": (("number",), ("payload",)),
    "telegram_outbox": (("number",), ("payload",)),
}
#: Those of them that were JSON. SQLite keeps text in such a column as it is.
JSON = (("messages", "reply"), ("talks", "card"), ("telegram_updates", "payload"), ("telegram_outbox", "payload"))
AT_ONCE = 1000


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column in JSON:
            op.alter_column(table, column, type_=sa.Text, postgresql_using=f"{column}::text")
    op.create_table("keys_in_use", sa.Column("id", sa.String(20), primary_key=True))
    keys = context.config.attributes["keys"]
    # JSON's null was a reply that is not there.
    change(lambda text, place: None if text == "null" and place == "messages.reply" else keys.seal(text, place))


def downgrade() -> None:
    change(context.config.attributes["keys"].open)
    op.drop_table("keys_in_use")
    if op.get_bind().dialect.name == "postgresql":
        for table, column in JSON:
            op.alter_column(table, column, type_=sa.JSON, postgresql_using=f"{column}::json")


def change(how: Callable[[str, str], str | None]) -> None:
    """Put every text that is there, with its place, through `how`."""
    for name, (key, columns) in SEALED.items():
        table = sa.table(name, *(sa.column(column) for column in (*key, *columns)))
        keys, texts = [table.c[column] for column in key], [table.c[column] for column in columns]
        query = sa.select(*keys, *texts).order_by(*keys).limit(AT_ONCE)
        rows = op.get_bind().execute(query).mappings().all()
        while rows:
            for row in rows:
                values = {column: how(row[column], f"{name}.{column}") for column in columns if row[column] is not None}
                this = [column == row[column.name] for column in keys]
                op.get_bind().execute(sa.update(table).where(*this).values(values))
            last = sa.tuple_(*(rows[-1][column] for column in key))
            rows = op.get_bind().execute(query.where(sa.tuple_(*keys) > last)).mappings().all()
