"""What of approvals and promises somebody was told or will be, up to when they have looked at their notices, and devices that are told."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0021"
down_revision = "0020"

WAITING = sa.text("waits")


def upgrade() -> None:
    op.create_table(
        "notice_matters",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("kind", KeyText, nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("stage", KeyText, nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('approval', 'decision', 'promise')", name=op.f("ck_notice_matters_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notice_matters_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_matters")),
        sa.UniqueConstraint(
            "person_id", "kind", "subject_id", "stage", name=op.f("uq_notice_matters_person_id_kind_subject_id_stage")
        ),
    )
    op.create_index(
        "ix_notice_matters_waiting", "notice_matters", ["person_id"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("session_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", KeyText, nullable=False),
        sa.Column("p256dh", KeyText, nullable=False),
        sa.Column("auth", KeyText, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_push_subscriptions_session_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_push_subscriptions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_push_subscriptions_public_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_push_subscriptions_session_id")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscriptions_endpoint_hash")),
    )
    op.create_index(op.f("ix_push_subscriptions_person_id"), "push_subscriptions", ["person_id"])
    for table in ("memberships", "staff"):
        op.add_column(table, sa.Column("notices_seen_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table in ("memberships", "staff"):
        op.drop_column(table, "notices_seen_at")
    op.drop_table("push_subscriptions")
    op.drop_table("notice_matters")
