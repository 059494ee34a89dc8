"""How people want to be told by mail, and what waits for their digests."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0016"
down_revision = "0015"

WAITING = sa.text("waits_from IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "notice_choices",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("pace", KeyText, nullable=False),
        sa.Column("quiet_from", BIG, nullable=True),
        sa.Column("quiet_until", BIG, nullable=True),
        sa.Column("digest_at", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.CheckConstraint("pace IN ('at_once', 'daily', 'never')", name=op.f("ck_notice_choices_pace")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notice_choices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choices")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notice_choices_person_id")),
    )
    op.create_table(
        "digest_matters",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("waits_from", BIG, nullable=True),
        sa.Column("told", BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_digest_matters_person_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_digest_matters_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_matters")),
        sa.UniqueConstraint("person_id", "conversation_id", name=op.f("uq_digest_matters_person_id_conversation_id")),
    )
    op.create_index(
        "ix_digest_matters_waiting", "digest_matters", ["person_id"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_index("ix_deliveries_person", "deliveries", ["person_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_person", "deliveries")
    op.drop_table("digest_matters")
    op.drop_table("notice_choices")
