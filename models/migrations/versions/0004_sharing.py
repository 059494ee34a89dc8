"""Share rules and the shares they make, shares of single lines, relations that end, lists in the read log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.types import UtcDateTime, opaque

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0004"
down_revision = "0003"

LIVE = sa.text("rule_id IS NOT NULL AND revoked_at IS NULL")
BUSINESS = sa.text("to_id IS NULL")
KEYS = (("shares", "rule_id", "share_rules"), ("shares", "revoked_by_id", "people"))


def upgrade() -> None:
    _rules()
    op.add_column("shares", sa.Column("rule_id", BIG, nullable=True))
    op.add_column("shares", sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("shares", sa.Column("revoked_by_id", BIG, nullable=True))
    op.create_index("ux_shares_rule", "shares", ["rule_id", "subject_type", "subject_id", "organisation_id"],
                    unique=True, sqlite_where=LIVE, postgresql_where=LIVE)  # fmt: skip
    op.create_table(
        "share_lines",
        sa.Column("share_id", BIG, nullable=False),
        sa.Column("line_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name=op.f("fk_share_lines_share_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_share_lines_line_id")),
        sa.PrimaryKeyConstraint("share_id", "line_id", name=op.f("pk_share_lines")),
    )
    _relations()
    _reads()
    if op.get_bind().dialect.name != "sqlite":  # SQLite cannot add a constraint to a table that is there
        for table, column, other in KEYS:
            op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, other, [column], ["id"])


def _rules() -> None:
    op.create_table(
        "share_rules",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("noun", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("through", KEY, nullable=False),
        sa.Column("statuses", JSON, nullable=False),
        sa.Column("level", KEY, nullable=False),
        sa.Column("field_set_id", BIG, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("days", BIG, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("noun IN ('order')", name=op.f("ck_share_rules_noun")),
        sa.CheckConstraint("kind IN ('sales', 'purchase')", name=op.f("ck_share_rules_kind")),
        sa.CheckConstraint(
            "through IN ('organisation', 'carrier', 'distributes_for')", name=op.f("ck_share_rules_through")
        ),
        sa.CheckConstraint("level IN ('read', 'comment', 'respond', 'edit')", name=op.f("ck_share_rules_level")),
        sa.CheckConstraint("days >= 0", name=op.f("ck_share_rules_days")),
        sa.ForeignKeyConstraint(["field_set_id"], ["field_sets.id"], name=op.f("fk_share_rules_field_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_rules")),
        sa.UniqueConstraint("public_id", name=op.f("uq_share_rules_public_id")),
        sa.UniqueConstraint("key", name=op.f("uq_share_rules_key")),
    )


def _relations() -> None:
    op.add_column("relations", sa.Column("public_id", KEY, nullable=True))
    op.add_column("relations", sa.Column("ended_at", UtcDateTime(), nullable=True))
    relations = sa.table("relations", sa.column("id"), sa.column("public_id"))
    connection = op.get_bind()
    for key in connection.scalars(sa.select(relations.c.id)).all():
        connection.execute(relations.update().where(relations.c.id == key).values(public_id=opaque()))
    op.create_index(op.f("uq_relations_public_id"), "relations", ["public_id"], unique=True)
    op.create_index("ux_relations_business", "relations", ["kind", "from_id"], unique=True,
                    sqlite_where=BUSINESS, postgresql_where=BUSINESS)  # fmt: skip


def _reads() -> None:
    op.create_table(
        "read_log_records",
        sa.Column("read_id", BIG, nullable=False),
        sa.Column("subject_id", KEY, nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["read_id"], ["read_log.id"], name=op.f("fk_read_log_records_read_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_read_log_records_owner_id")),
        sa.PrimaryKeyConstraint("read_id", "subject_id", name=op.f("pk_read_log_records")),
    )
    op.create_index("ix_read_log_records_subject", "read_log_records", ["subject_id", "read_id"])
    op.create_index("ix_read_log_records_owner", "read_log_records", ["owner_id", "read_id"])
    newest = [sa.literal_column("at DESC"), sa.literal_column("id DESC")]
    op.create_index("ix_read_log_reader", "read_log", ["organisation_id", *newest])
    op.create_index("ix_read_log_owner", "read_log", ["owner_id", *newest])
    op.create_index("ix_read_log_at", "read_log", ["at"])


def downgrade() -> None:
    for name in ("ix_read_log_at", "ix_read_log_owner", "ix_read_log_reader"):
        op.drop_index(name, table_name="read_log")
    op.drop_table("read_log_records")
    if op.get_bind().dialect.name != "sqlite":
        for table, column, _ in KEYS:
            op.drop_constraint(op.f(f"fk_{table}_{column}"), table, type_="foreignkey")
    op.drop_index("ux_relations_business", table_name="relations")
    op.drop_index(op.f("uq_relations_public_id"), table_name="relations")
    op.drop_column("relations", "ended_at")
    op.drop_column("relations", "public_id")
    op.drop_table("share_lines")
    op.drop_index("ux_shares_rule", table_name="shares")
    for column in ("revoked_by_id", "whole", "rule_id"):
        op.drop_column("shares", column)
    op.drop_table("share_rules")
