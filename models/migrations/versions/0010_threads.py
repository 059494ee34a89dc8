"""Decisions in conversations, earlier messages released to a party, conversations merged into others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from models.types import KeyText, UtcDateTime

revision = "0010"
down_revision = "0009"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIST = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _decisions()
    _releases()
    with op.batch_alter_table("conversations") as batch:
        batch.add_column(sa.Column("merged_into_id", BIG, nullable=True))
        batch.create_foreign_key(op.f("fk_conversations_merged_into_id"), "conversations", ["merged_into_id"], ["id"])
    op.create_index(op.f("ix_conversations_merged_into_id"), "conversations", ["merged_into_id"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("asker", KeyText, nullable=False),
        sa.Column("audience", KeyText, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answers", LIST, nullable=False),
        sa.Column("about_id", KeyText, nullable=True),
        sa.Column("asked_by_id", BIG, nullable=True),
        sa.Column("state", KeyText, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'answered', 'withdrawn')", name=op.f("ck_decisions_state")),
        sa.CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name=op.f("ck_decisions_answer")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_decisions_conversation_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_decisions_asked_by_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_decisions_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_decisions_public_id")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_decisions_conversation_id_seq")),
    )
    op.create_index("ix_decisions_about", "decisions", ["about_id"])


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("shown_seq", BIG, nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_releases_conversation_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_releases_organisation_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_releases_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("conversation_id", "shown_seq", name=op.f("uq_releases_conversation_id_shown_seq")),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_conversations_merged_into_id"), "conversations")
    with op.batch_alter_table("conversations") as batch:
        batch.drop_constraint(op.f("fk_conversations_merged_into_id"), type_="foreignkey")
        batch.drop_column("merged_into_id")
    op.drop_table("releases")
    op.drop_table("decisions")
