"""What of approvals and promises somebody was told or will be, and up to when they have looked at their notices."""

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
    for table in ("memberships", "staff"):
        op.add_column(table, sa.Column("notices_seen_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table in ("memberships", "staff"):
        op.drop_column(table, "notices_seen_at")
    op.drop_table("notice_matters")
