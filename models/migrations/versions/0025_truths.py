"""SQLite looks into indexes of rows where something is true by the words in which it is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

INDEXES = (
    (
        "ix_interactions_timeline",
        "interactions",
        ["organisation_id", sa.text("at DESC"), sa.text("id DESC")],
        "timeline",
    ),
    ("ix_interactions_person", "interactions", ["person_id", sa.text("at DESC")], "touchpoint"),
    ("ix_notice_matters_waiting", "notice_matters", ["person_id"], "waits"),
)


def upgrade() -> None:
    _made("{} = 1")


def downgrade() -> None:
    _made("{}")


def _made(words: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL knows that both say the same
    for name, table, columns, truth in INDEXES:
        op.drop_index(name, table)
        op.create_index(name, table, columns, sqlite_where=sa.text(words.format(truth)))
