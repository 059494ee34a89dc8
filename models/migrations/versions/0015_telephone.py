"""Promises are shown, handed over and withdrawn; calls, extensions, and organisations found by their last digits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from models.telephone import backwards
from models.types import KeyText, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0015"
down_revision = "0014"

OPEN = sa.text("done_at IS NULL AND withdrawn_at IS NULL")
BEFORE = sa.text("done_at IS NULL")
WAITING = sa.text("state = 'missed' AND direction = 'inbound' AND returned_at IS NULL")
TIMES = ("answered_at", "ended_at", "returned_at")


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
    _calls()
    _numbers()


def _calls() -> None:
    with op.batch_alter_table("staff") as table:
        table.add_column(sa.Column("extension", KeyText, nullable=True))
        table.create_unique_constraint(op.f("uq_staff_extension"), ["extension"])
    op.create_table(
        "calls",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("call_key", KeyText, nullable=False),
        sa.Column("direction", KeyText, nullable=False),
        sa.Column("number", KeyText, nullable=False),
        sa.Column("state", KeyText, nullable=False),
        sa.Column("rang", sa.JSON().with_variant(JSONB, "postgresql"), nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("event_id", KeyText, nullable=True),
        sa.Column("rang_at", UtcDateTime(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in TIMES),
        sa.Column("duration_s", BIG, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calls_staff_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_calls_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_calls_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calls_public_id")),
        sa.UniqueConstraint("call_key", name=op.f("uq_calls_call_key")),
        sa.CheckConstraint("direction IN ('inbound', 'outbound')", name=op.f("ck_calls_direction")),
        sa.CheckConstraint("state IN ('ringing', 'answered', 'ended', 'missed')", name=op.f("ck_calls_state")),
    )
    op.create_index("ix_calls_waiting", "calls", ["rang_at", "id"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index("ix_calls_list", "calls", ["rang_at", "id"])
    op.create_index("ix_calls_organisation", "calls", ["organisation_id", "rang_at"])


def _numbers() -> None:
    """Organisations get the digits of the numbers that they have."""
    op.add_column("organisations", sa.Column("phone_key", KeyText, nullable=True))
    op.create_index("ix_organisations_phone", "organisations", ["phone_key"])
    table = sa.table("organisations", sa.column("id"), sa.column("phone"), sa.column("phone_key"))
    connection = op.get_bind()
    known = connection.execute(sa.select(table.c.id, table.c.phone).where(table.c.phone.is_not(None))).all()
    if found := [{"key": key, "digits": backwards(phone)} for key, phone in known]:
        step = sa.update(table).where(table.c.id == sa.bindparam("key")).values(phone_key=sa.bindparam("digits"))
        connection.execute(step, found)


def downgrade() -> None:
    op.drop_index("ix_organisations_phone", "organisations")
    op.drop_column("organisations", "phone_key")
    op.drop_table("calls")
    with op.batch_alter_table("staff") as table:
        table.drop_constraint(op.f("uq_staff_extension"), type_="unique")
        table.drop_column("extension")
    op.drop_index("ix_promises_owner", "promises")
    op.drop_index("ix_promises_open", "promises")
    with op.batch_alter_table("promises") as table:
        table.drop_constraint(op.f("fk_promises_order_id"), type_="foreignkey")
        for name in ("note", "withdrawn_at", "shown", "order_id"):
            table.drop_column(name)
    op.create_index("ix_promises_open", "promises", ["organisation_id", "due_at"], sqlite_where=BEFORE,
                    postgresql_where=BEFORE)  # fmt: skip
