"""Drafts are kept for each audience, under the id that the message will have."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0024"
down_revision = "0023"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COPIED = "conversation_id, person_id, audience, body, at"


def upgrade() -> None:
    _anew(
        sa.Column("person_id", BIG, nullable=False), sa.Column("conversation_id", BIG, nullable=False),
        sa.Column("audience", KeyText, nullable=False), sa.Column("body", sa.Text(), nullable=False),
        sa.Column("client_id", KeyText, nullable=True), sa.Column("at", UtcDateTime(), nullable=False),
        key=("person_id", "conversation_id", "audience"),
        filled=f"INSERT INTO drafts ({COPIED}) "  # noqa: S608
               "SELECT conversation_id, person_id, coalesce(audience, 'staff'), body, at FROM drafts_before",
    )  # fmt: skip
    op.create_index(op.f("ix_drafts_conversation_id"), "drafts", ["conversation_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_drafts_conversation_id"), "drafts")
    newest = "SELECT max(at) FROM drafts_before other WHERE other.conversation_id = one.conversation_id AND other.person_id = one.person_id"
    _anew(
        sa.Column("conversation_id", BIG, nullable=False), sa.Column("person_id", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False), sa.Column("audience", KeyText, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False), key=("conversation_id", "person_id"),
        filled=f"INSERT INTO drafts ({COPIED}) SELECT conversation_id, person_id, min(audience), min(body), at FROM drafts_before one "  # noqa: S608
               f"WHERE at = ({newest}) GROUP BY conversation_id, person_id, at",
    )  # fmt: skip


def _anew(*columns: sa.Column, key: tuple[str, ...], filled: str) -> None:
    """Make the table anew around its rows: its primary key becomes another one."""
    op.rename_table("drafts", "drafts_before")
    if op.get_bind().dialect.name == "postgresql":  # there a name stays taken until its table is gone
        for name in ("pk_drafts", "fk_drafts_conversation_id", "fk_drafts_person_id"):
            op.execute(f"ALTER TABLE drafts_before RENAME CONSTRAINT {name} TO {name}_before")
    op.create_table(
        "drafts", *columns,
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_drafts_conversation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_drafts_person_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_drafts")),
    )  # fmt: skip
    op.execute(filled)
    op.drop_table("drafts_before")
