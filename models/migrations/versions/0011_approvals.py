"""Colleagues wait for our approval, where that is wanted."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0011"
down_revision = "0010"

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.add_column(
        "organisations", sa.Column("approves_colleagues", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "approvals",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("side", KeyText, nullable=False),
        sa.Column("kind", KeyText, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", KeyText, nullable=False),
        sa.Column("membership_id", BIG, nullable=True),
        sa.Column("subject_key", KeyText, nullable=False),
        sa.Column("state", KeyText, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_by_id", BIG, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by_id", BIG, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_approvals_organisation_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_approvals_membership_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_approvals_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_approvals_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("public_id", name=op.f("uq_approvals_public_id")),
        sa.CheckConstraint("side IN ('customer', 'partner')", name=op.f("ck_approvals_side")),
        sa.CheckConstraint("kind IN ('invitation', 'role')", name=op.f("ck_approvals_kind")),
        sa.CheckConstraint("role IN ('member', 'manager')", name=op.f("ck_approvals_role")),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'declined', 'withdrawn')", name=op.f("ck_approvals_state")
        ),
    )
    op.create_index("ix_approvals_organisation", "approvals", ["organisation_id", sa.text("id DESC")])
    op.create_index("ux_approvals_waiting", "approvals", ["organisation_id", "side", "subject_key"], unique=True,
                    sqlite_where=WAITING, postgresql_where=WAITING)  # fmt: skip


def downgrade() -> None:
    op.drop_table("approvals")
    with op.batch_alter_table("organisations") as table:
        table.drop_column("approves_colleagues")
