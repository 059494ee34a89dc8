"""Mail that comes in: our addresses, every mail as it came, what is not verified, and addresses that do not work."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0014"
down_revision = "0013"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state IN ('stored', 'held', 'failed')")


def upgrade() -> None:
    _mailboxes()
    _mails()
    op.add_column("conversations", sa.Column("unverified", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("contact_points", sa.Column("bounced_at", UtcDateTime(), nullable=True))
    op.add_column("deliveries", sa.Column("reply_hash", KeyText, nullable=True))
    op.create_index("ix_deliveries_reply_hash", "deliveries", ["reply_hash"], unique=True)


def _mailboxes() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", KeyText, nullable=False),
        sa.Column("team_id", BIG, nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_mailboxes_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailboxes_public_id")),
        sa.UniqueConstraint("address_key", name=op.f("uq_mailboxes_address_key")),
    )


def _mails() -> None:
    op.create_table(
        "inbound_mails",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("mailbox_id", BIG, nullable=False),
        sa.Column("sha256", KeyText, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("storage_key", KeyText, nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("message_id", KeyText, nullable=True),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("sender_key", KeyText, nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("dmarc", KeyText, nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("state", KeyText, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("released", BIG, nullable=False),
        sa.Column("linked_to_id", BIG, nullable=True),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("message_key", KeyText, nullable=True),
        sa.CheckConstraint(
            "state IN ('stored', 'filed', 'held', 'failed', 'discarded')", name=op.f("ck_inbound_mails_state")
        ),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailboxes.id"], name=op.f("fk_inbound_mails_mailbox_id")),
        sa.ForeignKeyConstraint(["linked_to_id"], ["conversations.id"], name=op.f("fk_inbound_mails_linked_to_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_inbound_mails_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mails")),
        sa.UniqueConstraint("public_id", name=op.f("uq_inbound_mails_public_id")),
        sa.UniqueConstraint("mailbox_id", "sha256", name=op.f("uq_inbound_mails_mailbox_id_sha256")),
        sa.UniqueConstraint("message_key", name=op.f("uq_inbound_mails_message_key")),
    )
    op.create_index(op.f("ix_inbound_mails_conversation_id"), "inbound_mails", ["conversation_id"])
    op.create_index("ix_inbound_mails_message_id", "inbound_mails", ["message_id"])
    op.create_index(
        "ix_inbound_mails_open", "inbound_mails", [sa.text("id DESC")], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_reply_hash", "deliveries")
    op.drop_column("deliveries", "reply_hash")
    op.drop_column("contact_points", "bounced_at")
    op.drop_column("conversations", "unverified")
    op.drop_table("inbound_mails")
    op.drop_table("mailboxes")
