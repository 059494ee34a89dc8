"""Conversations come from other systems: found by their old number, and by the Message-IDs of their mails."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText

revision = "0019"
down_revision = "0018"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_index("ix_conversations_external_reference", "conversations", ["external_reference"])
    op.create_table(
        "former_mails",
        sa.Column("id", BIG, nullable=False),
        sa.Column("message_id", KeyText, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_former_mails_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_mails")),
    )
    op.create_index("ix_former_mails_message_id", "former_mails", ["message_id"])
    op.create_table(
        "former_addresses",
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("address_key", KeyText, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_former_addresses_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "address_key", name=op.f("pk_former_addresses")),
    )


def downgrade() -> None:
    op.drop_table("former_addresses")
    op.drop_table("former_mails")
    op.drop_index("ix_conversations_external_reference", table_name="conversations")
