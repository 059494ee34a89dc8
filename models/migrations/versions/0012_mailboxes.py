"""Shared mailboxes, the names given on their devices, and who signed what with such a name."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0012"
down_revision = "0011"

SIGNED = ("messages", "order_changes", "issue_steps", "decisions", "interactions", "read_log")


def upgrade() -> None:
    op.add_column("memberships", sa.Column("mailbox", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("approvals", sa.Column("mailbox", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "mailbox_devices",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("membership_id", BIG, nullable=False),
        sa.Column("secret_hash", KeyText, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_mailbox_devices_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_devices")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailbox_devices_public_id")),
        sa.UniqueConstraint("membership_id", "secret_hash", name=op.f("uq_mailbox_devices_membership_id_secret_hash")),
    )
    with op.batch_alter_table("tokens") as table:
        table.add_column(sa.Column("mailbox_device_id", BIG, nullable=True))
        table.create_foreign_key(op.f("fk_tokens_mailbox_device_id"), "mailbox_devices", ["mailbox_device_id"], ["id"])
    for name in SIGNED:
        op.add_column(name, sa.Column("signed_as", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in SIGNED:
        op.drop_column(name, "signed_as")
    with op.batch_alter_table("tokens") as table:
        table.drop_constraint(op.f("fk_tokens_mailbox_device_id"), type_="foreignkey")
        table.drop_column("mailbox_device_id")
    op.drop_table("mailbox_devices")
    op.drop_column("approvals", "mailbox")
    op.drop_column("memberships", "mailbox")
