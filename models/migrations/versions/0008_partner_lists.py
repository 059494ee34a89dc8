"""A partner's lists read its shares from their index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME, LIVE = "ix_shares_reader", sa.text("revoked_at IS NULL")
BEFORE = ["organisation_id", "subject_type", "subject_id"]


def upgrade() -> None:
    _index([*BEFORE, "expires_at", "rule_id", "person_id"])


def downgrade() -> None:
    _index(BEFORE)


def _index(columns: list[str]) -> None:
    op.drop_index(NAME, table_name="shares")
    op.create_index(NAME, "shares", columns, sqlite_where=LIVE, postgresql_where=LIVE)
