"""Shipments on their way to us, line by line, and the invoices of suppliers."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, Money, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0009"
down_revision = "0008"

SUMS = ("quantity_announced", "quantity_invoiced")
COMING = "organisation_id IS NOT NULL AND received_at IS NULL AND withdrawn_at IS NULL"
DETAILS: tuple[tuple[str, sa.types.TypeEngine], ...] = (
    ("organisation_id", BIG), ("person_id", BIG), ("expected_at", UtcDateTime()), ("packages", BIG), ("note", sa.Text()),
    ("received_at", UtcDateTime()), ("received_by_id", BIG), ("withdrawn_at", UtcDateTime()),
)  # fmt: skip
POINTS = (("organisation_id", "organisations"), ("person_id", "people"), ("received_by_id", "staff"))


def upgrade() -> None:
    with op.batch_alter_table("order_lines") as table:
        for name in SUMS:
            table.add_column(sa.Column(name, BIG, nullable=False, server_default="0"))
    with op.batch_alter_table("shipments") as table:
        for name, kind in DETAILS:
            table.add_column(sa.Column(name, kind, nullable=True))
        for name, other in POINTS:
            table.create_foreign_key(op.f(f"fk_shipments_{name}"), other, [name], ["id"])
    op.create_index("ix_shipments_coming", "shipments", ["organisation_id", "id"], sqlite_where=sa.text(COMING),
                    postgresql_where=sa.text(COMING))  # fmt: skip
    _shipment_lines()
    _invoices()


def _shipment_lines() -> None:
    op.create_table(
        "shipment_lines",
        sa.Column("id", BIG, nullable=False),
        sa.Column("shipment_id", BIG, nullable=False),
        sa.Column("line_id", BIG, nullable=False),
        sa.Column("quantity", BIG, nullable=False),
        sa.Column("quantity_received", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_lines_quantity")),
        sa.CheckConstraint("quantity_received >= 0", name=op.f("ck_shipment_lines_quantity_received")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_lines_shipment_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_shipment_lines_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_lines")),
        sa.UniqueConstraint("shipment_id", "line_id", name=op.f("uq_shipment_lines_shipment_id_line_id")),
    )
    op.create_index("ix_shipment_lines_line_id", "shipment_lines", ["line_id"])


def _invoices() -> None:
    name = "supplier_invoices"
    points = (("order_id", "orders"), ("organisation_id", "organisations"), ("replaces_id", name),
              ("person_id", "people"), ("approved_by_id", "staff"))  # fmt: skip
    op.create_table(
        name,
        sa.Column("id", BIG, nullable=False),
        *(sa.Column(one, KeyText, nullable=False) for one in ("public_id", "number", "state", "channel")),
        *(sa.Column(one, BIG, nullable=False) for one in ("order_id", "organisation_id", "version")),
        *(sa.Column(one, BIG, nullable=True) for one in ("replaces_id", "person_id", "approved_by_id")),
        *(sa.Column(one, UtcDateTime(), nullable=False) for one in ("issued_at", "at")),
        *(sa.Column(one, UtcDateTime(), nullable=True) for one in ("due_at", "disputed_at", "approved_at", "paid_at")),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('sent', 'disputed', 'approved', 'paid', 'replaced')",
                           name=op.f(f"ck_{name}_state")),
        *(sa.ForeignKeyConstraint([one], [f"{other}.id"], name=op.f(f"fk_{name}_{one}")) for one, other in points),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{name}_public_id")),
        sa.UniqueConstraint("organisation_id", "number", "version", name=op.f(f"uq_{name}_organisation_id_number_version")),
    )  # fmt: skip
    op.create_index("ix_supplier_invoices_order_id", name, ["order_id"])
    op.create_index("ix_supplier_invoices_state", name, ["state", "id"])
    name = "supplier_invoice_lines"
    op.create_table(
        name,
        sa.Column("id", BIG, nullable=False),
        *(sa.Column(one, BIG, nullable=False) for one in ("invoice_id", "position", "quantity")),
        sa.Column("line_id", BIG, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit_price", Money(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("disputed", sa.Text(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f(f"ck_{name}_quantity")),
        sa.ForeignKeyConstraint(["invoice_id"], ["supplier_invoices.id"], name=op.f(f"fk_{name}_invoice_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f(f"fk_{name}_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f(f"uq_{name}_invoice_id_position")),
    )
    op.create_index("ix_supplier_invoice_lines_line_id", name, ["line_id"])


def downgrade() -> None:
    for name in ("supplier_invoice_lines", "supplier_invoices", "shipment_lines"):
        op.drop_table(name)
    op.execute("DELETE FROM shipments WHERE organisation_id IS NOT NULL")
    op.drop_index("ix_shipments_coming", "shipments")
    with op.batch_alter_table("shipments") as table:
        for name, _ in POINTS:
            table.drop_constraint(op.f(f"fk_shipments_{name}"), type_="foreignkey")
        for name, _ in DETAILS:
            table.drop_column(name)
    with op.batch_alter_table("order_lines") as table:
        for name in SUMS:
            table.drop_column(name)
