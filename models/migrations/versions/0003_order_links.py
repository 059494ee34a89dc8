"""Links from an order's mail to its answer, and looks of people without an account."""

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "order_links",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("secret_hash", KEY, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("answered_version", BIG, nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_links_order_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_order_links_organisation_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_order_links_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_links")),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_links_public_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_order_links_secret_hash")),
    )
    op.create_index("ix_order_links_order", "order_links", ["order_id", sa.literal_column("id DESC")])
    with op.batch_alter_table("read_log") as table:
        table.add_column(sa.Column("address", sa.Text(), nullable=True))
        table.alter_column("person_id", existing_type=BIG, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM read_log WHERE person_id IS NULL")
    with op.batch_alter_table("read_log") as table:
        table.alter_column("person_id", existing_type=BIG, nullable=False)
        table.drop_column("address")
    op.drop_index("ix_order_links_order", "order_links")
    op.drop_table("order_links")
