"""Invitations in waves: many people at a pace, what became of each, and who wants none; codes for mailed orders."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0022"
down_revision = "0021"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAMED = sa.text("token_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "waves",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("side", KeyText, nullable=False),
        sa.Column("country", KeyText, nullable=True),
        sa.Column("state", KeyText, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("per_minute", BIG, nullable=False),
        sa.Column("rest_days", BIG, nullable=False),
        sa.Column("most_contacts", BIG, nullable=False),
        sa.Column("round", BIG, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("looked_sent", BIG, nullable=False),
        sa.Column("looked_bounced", BIG, nullable=False),
        sa.Column("again_of_id", BIG, nullable=True),
        sa.Column("by_id", BIG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'running', 'paused', 'halted', 'stopped', 'done')", name=op.f("ck_waves_state")
        ),
        sa.CheckConstraint("side IN ('customer', 'partner')", name=op.f("ck_waves_side")),
        sa.ForeignKeyConstraint(["again_of_id"], ["waves.id"], name=op.f("fk_waves_again_of_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_waves_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
        sa.UniqueConstraint("public_id", name=op.f("uq_waves_public_id")),
    )
    _invitees()
    op.add_column("contact_points", sa.Column("declined_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("sign_in_codes") as table:
        table.alter_column("login_id", existing_type=BIG, nullable=True)
        table.add_column(sa.Column("order_link_id", BIG, nullable=True))
        table.create_foreign_key(op.f("fk_sign_in_codes_order_link_id"), "order_links", ["order_link_id"], ["id"])
        table.create_check_constraint(op.f("ck_sign_in_codes_owner"), "(login_id IS NULL) <> (order_link_id IS NULL)")
        table.create_index("ix_sign_in_codes_order_link_id", ["order_link_id"])


def _invitees() -> None:
    to = {"wave_id": "waves", "person_id": "people", "membership_id": "memberships", "login_id": "logins",
          "token_id": "tokens", "delivery_id": "deliveries"}  # fmt: skip
    op.create_table(
        "invitees",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("line", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("membership_id", BIG, nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", KeyText, nullable=True),
        sa.Column("state", KeyText, nullable=False),
        sa.Column("reason", KeyText, nullable=True),
        sa.Column("count", BIG, nullable=True),
        sa.Column("login_id", BIG, nullable=True),
        sa.Column("token_id", BIG, nullable=True),
        sa.Column("delivery_id", BIG, nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'left_out', 'sent', 'withdrawn')", name=op.f("ck_invitees_state")
        ),
        *(sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_invitees_{name}")) for name, table in to.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitees")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitees_public_id")),
        sa.UniqueConstraint("wave_id", "person_id", name=op.f("uq_invitees_wave_id_person_id")),
    )  # fmt: skip
    op.create_index("ix_invitees_list", "invitees", ["wave_id", "state", "id"])
    op.create_index("ix_invitees_login", "invitees", ["login_id", "state"])
    op.create_index("ix_invitees_token", "invitees", ["token_id"], sqlite_where=NAMED, postgresql_where=NAMED)


def downgrade() -> None:
    op.execute("DELETE FROM sign_in_codes WHERE login_id IS NULL")
    with op.batch_alter_table("sign_in_codes") as table:
        table.drop_index("ix_sign_in_codes_order_link_id")
        table.drop_constraint(op.f("ck_sign_in_codes_owner"), type_="check")
        table.drop_constraint(op.f("fk_sign_in_codes_order_link_id"), type_="foreignkey")
        table.drop_column("order_link_id")
        table.alter_column("login_id", existing_type=BIG, nullable=False)
    op.drop_column("contact_points", "declined_at")
    op.drop_table("invitees")
    op.drop_table("waves")
