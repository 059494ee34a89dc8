"""Files that people send, and what they are attached to."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("key", KeyText, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", KeyText, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("sha256", KeyText, nullable=False),
        sa.Column("state", KeyText, nullable=False),
        sa.Column("scanned", KeyText, nullable=False),
        sa.Column("preview", KeyText, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('receiving', 'uploaded', 'attached')", name=op.f("ck_files_state")),
        sa.CheckConstraint("scanned IN ('no', 'clean', 'infected')", name=op.f("ck_files_scanned")),
        sa.CheckConstraint("preview IN ('none', 'wanted', 'made', 'failed')", name=op.f("ck_files_preview")),
        sa.CheckConstraint("size > 0", name=op.f("ck_files_size")),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_files_owner_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_files_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_files_public_id")),
        sa.UniqueConstraint("key", name=op.f("uq_files_key")),
    )
    op.create_index("ix_files_organisation", "files", ["organisation_id", "size"])
    op.create_index("ix_files_owner", "files", ["owner_id", sa.text("created_at DESC")])
    op.create_table(
        "attachments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("subject_type", KeyText, nullable=False),
        sa.Column("subject_id", BIG, nullable=False),
        sa.Column("audience", KeyText, nullable=True),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("subject_type IN ('message', 'order')", name=op.f("ck_attachments_subject_type")),
        sa.CheckConstraint("(subject_type = 'message') = (audience IS NULL)", name=op.f("ck_attachments_audience")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_attachments_file_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_attachments_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("file_id", name=op.f("uq_attachments_file_id")),
    )
    op.create_index("ix_attachments_subject", "attachments", ["subject_type", "subject_id"])


def downgrade() -> None:
    op.drop_table("attachments")
    op.drop_table("files")
