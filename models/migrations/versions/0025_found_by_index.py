"""What is live of an organisation, old numbers and timelines are found by indexes, on SQLite as well."""

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


LIVE = sa.text("status IN ('new', 'open', 'waiting_on_customer', 'waiting_on_partner')")
OLD = sa.text("external_reference IS NOT NULL")


def upgrade() -> None:
    _made("{} = 1")
    newest = ["organisation_id", sa.text("updated_at DESC"), sa.text("number DESC")]
    op.create_index(
        "ix_conversations_organisation_live", "conversations", newest, sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.drop_index("ix_conversations_external_reference", "conversations")
    op.create_index(
        "ix_conversations_external_reference",
        "conversations",
        ["external_reference"],
        sqlite_where=OLD,
        postgresql_where=OLD,
    )


def downgrade() -> None:
    op.drop_index("ix_conversations_external_reference", "conversations")
    op.create_index("ix_conversations_external_reference", "conversations", ["external_reference"])
    op.drop_index("ix_conversations_organisation_live", "conversations")
    _made("{}")


def _made(words: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL knows that both say the same; SQLite goes by the words
    for name, table, columns, truth in INDEXES:
        op.drop_index(name, table)
        op.create_index(name, table, columns, sqlite_where=sa.text(words.format(truth)))
