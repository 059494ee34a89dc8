"""Promises are shown, handed over and withdrawn."""

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0015"
down_revision = "0014"

OPEN = sa.text("done_at IS NULL AND withdrawn_at IS NULL")
BEFORE = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_promises_open", "promises")
    with op.batch_alter_table("promises") as table:
        table.add_column(sa.Column("order_id", BIG, nullable=True))
        table.add_column(sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("note", sa.Text(), nullable=True))
        table.create_foreign_key(op.f("fk_promises_order_id"), "orders", ["order_id"], ["id"])
    for name, column in (("open", "organisation_id"), ("owner", "owner_id")):
        op.create_index(f"ix_promises_{name}", "promises", [column, "due_at"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_promises_owner", "promises")
    op.drop_index("ix_promises_open", "promises")
    with op.batch_alter_table("promises") as table:
        table.drop_constraint(op.f("fk_promises_order_id"), type_="foreignkey")
        for name in ("note", "withdrawn_at", "shown", "order_id"):
            table.drop_column(name)
    op.create_index("ix_promises_open", "promises", ["organisation_id", "due_at"], sqlite_where=BEFORE,
                    postgresql_where=BEFORE)  # fmt: skip
