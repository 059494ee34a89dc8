"""Purchase orders in depth: the sums of a line, richer answers, changes by us, policies, notices and drafts."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.types import KeyText, Money, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0006"
down_revision = "0005"

SUMS = ("quantity_confirmed", "quantity_rejected", "quantity_increased", "quantity_cancelled", "quantity_cut")
CHANGES = ("accepted", "accepted_with_changes", "rejected")
ANSWERS = ("accepted", "changed", "rejected")


def upgrade() -> None:
    op.add_column("orders", sa.Column("asked_at", UtcDateTime(), nullable=True))
    op.create_index("ix_orders_status", "orders", ["kind", "status", "id"])
    with op.batch_alter_table("order_lines") as table:
        for name in SUMS:
            table.add_column(sa.Column(name, BIG, nullable=False, server_default="0"))
        table.add_column(sa.Column("asked", KeyText, nullable=True))
        table.add_column(sa.Column("substitute_id", BIG, nullable=True))
        table.add_column(sa.Column("deliveries", JSON, nullable=False, server_default="[]"))
        table.create_foreign_key(op.f("fk_order_lines_substitute_id"), "products", ["substitute_id"], ["id"])
    with op.batch_alter_table("order_changes") as table:
        _responses(table, "order_changes", (*CHANGES, "changed", "cancelled"))
        table.add_column(sa.Column("side", KeyText, nullable=False, server_default="supplier"))
        table.create_check_constraint(op.f("ck_order_changes_side"), "side IN ('supplier', 'buyer')")
        table.add_column(sa.Column("channel", KeyText, nullable=False, server_default="portal"))
        table.add_column(sa.Column("recorded_by_id", BIG, nullable=True))
        table.create_foreign_key(op.f("fk_order_changes_recorded_by_id"), "staff", ["recorded_by_id"], ["id"])
    with op.batch_alter_table("order_change_lines") as table:
        _responses(table, "order_change_lines", (*ANSWERS, "split", "substituted", "cancelled"))
        for name in ("unit_price", "price_before"):
            table.add_column(sa.Column(name, Money(), nullable=True))
        table.add_column(sa.Column("quantity_before", BIG, nullable=True))
        table.add_column(sa.Column("promised_before", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("substitute_id", BIG, nullable=True))
        table.add_column(sa.Column("deliveries", JSON, nullable=False, server_default="[]"))
        table.create_foreign_key(op.f("fk_order_change_lines_substitute_id"), "products", ["substitute_id"], ["id"])
    waiting = sa.text("applied_at IS NULL")
    op.create_index("ix_order_change_lines_waiting", "order_change_lines", ["change_id"], sqlite_where=waiting,
                    postgresql_where=waiting)  # fmt: skip
    _new_tables()
    _sums_so_far()
    _suppliers_rule(lambda states: states if "changed" in states else ["sent", "changed", *states[1:]])


def _responses(table: Any, name: str, allowed: tuple[str, ...]) -> None:
    """Say anew which responses a table takes."""
    table.drop_constraint(op.f(f"ck_{name}_response"), type_="check")
    words = ", ".join(f"'{one}'" for one in allowed)
    table.create_check_constraint(op.f(f"ck_{name}_response"), f"response IN ({words})")


def _new_tables() -> None:
    op.create_table(
        "supplier_policies",
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("auto_apply", KeyText, nullable=False),
        *(
            sa.Column(name, BIG, nullable=False)
            for name in ("tolerance_days", "tolerance_quantity", "tolerance_price", "price_limit", "reminder_days",
                         "answer_days", "version")
        ),
        sa.Column("prices_shown", sa.Boolean(), nullable=False),
        sa.CheckConstraint("auto_apply IN ('never', 'as_ordered', 'within_tolerance')",
                           name=op.f("ck_supplier_policies_auto_apply")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"],
                                name=op.f("fk_supplier_policies_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_supplier_policies")),
    )  # fmt: skip
    op.create_table(
        "order_notices",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("matter", KeyText, nullable=False),
        sa.Column("key", KeyText, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("delivery_id", BIG, nullable=True),
        sa.CheckConstraint("matter IN ('asked', 'unanswered', 'promised', 'chased')",
                           name=op.f("ck_order_notices_matter")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"],
                                name=op.f("fk_order_notices_organisation_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_notices_order_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_order_notices_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_notices")),
        sa.UniqueConstraint("order_id", "matter", "key", name=op.f("uq_order_notices_order_id_matter_key")),
    )  # fmt: skip
    untold = sa.text("told_at IS NULL")
    op.create_index("ix_order_notices_untold", "order_notices", ["organisation_id", "id"], sqlite_where=untold,
                    postgresql_where=untold)  # fmt: skip
    op.create_table(
        "answer_drafts",
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("typed", JSON, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_answer_drafts_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_answer_drafts_person_id")),
        sa.PrimaryKeyConstraint("order_id", "person_id", name=op.f("pk_answer_drafts")),
    )


def _sums_so_far() -> None:
    """What was applied already is confirmed; of a line that was refused nothing is to come."""
    lines = sa.table("order_lines", *(sa.column(name) for name in ("id", "status", "quantity", *SUMS)))
    said = sa.table("order_change_lines", *(sa.column(name) for name in ("line_id", "response", "applied_at")))
    applied = sa.select(said.c.line_id).where(said.c.applied_at.is_not(None))
    refused = lines.c.id.in_(applied.where(said.c.response == "rejected"))
    counts = lines.update().where(lines.c.id.in_(applied), lines.c.status == "open")
    op.execute(counts.values(quantity_confirmed=lines.c.quantity))
    nothing = lines.update().where(refused, lines.c.status == "cancelled")
    op.execute(nothing.values(quantity_rejected=lines.c.quantity, quantity=0))


def _suppliers_rule(change: Callable[[list[str]], list[str]]) -> None:
    """Let suppliers go on seeing, by rule, the orders that we changed: or no longer, on the way down."""
    rules = sa.table("share_rules", sa.column("key"), sa.column("statuses", JSON))
    own = rules.c.key == "supplier"
    for states in op.get_bind().scalars(sa.select(rules.c.statuses).where(own)).all():
        op.execute(rules.update().where(own).values(statuses=change(states)))


def downgrade() -> None:
    _suppliers_rule(lambda states: [one for one in states if one != "changed"])
    for name in ("answer_drafts", "order_notices", "supplier_policies"):
        op.drop_table(name)
    op.execute("UPDATE orders SET status = 'sent' WHERE status = 'changed'")
    op.execute("UPDATE order_lines SET quantity = quantity + quantity_rejected")
    op.execute("UPDATE order_changes SET response = 'accepted_with_changes' WHERE response IN ('changed', 'cancelled')")
    op.execute("UPDATE order_change_lines SET response = 'changed' WHERE response IN ('split', 'substituted')")
    op.execute("UPDATE order_change_lines SET response = 'rejected' WHERE response = 'cancelled'")
    op.drop_index("ix_order_change_lines_waiting", "order_change_lines")
    with op.batch_alter_table("order_change_lines") as table:
        _responses(table, "order_change_lines", ANSWERS)
        table.drop_constraint(op.f("fk_order_change_lines_substitute_id"), type_="foreignkey")
        for name in ("unit_price", "price_before", "quantity_before", "promised_before", "substitute_id", "deliveries"):
            table.drop_column(name)
    with op.batch_alter_table("order_changes") as table:
        _responses(table, "order_changes", CHANGES)
        table.drop_constraint(op.f("ck_order_changes_side"), type_="check")
        table.drop_constraint(op.f("fk_order_changes_recorded_by_id"), type_="foreignkey")
        for name in ("side", "channel", "recorded_by_id"):
            table.drop_column(name)
    with op.batch_alter_table("order_lines") as table:
        table.drop_constraint(op.f("fk_order_lines_substitute_id"), type_="foreignkey")
        for name in (*SUMS, "asked", "substitute_id", "deliveries"):
            table.drop_column(name)
    op.drop_index("ix_orders_status", "orders")
    op.drop_column("orders", "asked_at")
