"""Mails are filed by personal addresses and come by webhooks; old mails are remembered with whom they were from or to."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0023"
down_revision = "0022"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _allow("tokens", "purpose", "'api', 'invitation', 'reset', 'calendar', 'mail_log'")
    _allow("attachments", "subject_type", "'message', 'order', 'issue', 'interaction'")
    op.add_column("former_mails", sa.Column("address_key", KeyText, nullable=True))
    op.add_column("former_mails", sa.Column("at", UtcDateTime(), nullable=True))
    op.create_index("ix_former_mails_reader", "former_mails", ["conversation_id", "address_key"])
    op.create_table(
        "logged_mails",
        sa.Column("mail_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=True),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("interaction_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["inbound_mails.id"], name=op.f("fk_logged_mails_mail_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_logged_mails_staff_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_logged_mails_organisation_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_logged_mails_by_id")),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name=op.f("fk_logged_mails_interaction_id")),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_logged_mails")),
    )
    op.create_index(op.f("ix_logged_mails_staff_id"), "logged_mails", ["staff_id"])
    _hooks()


def _hooks() -> None:
    op.create_table(
        "mail_hooks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("mailbox_id", BIG, nullable=False),
        sa.Column("service", KeyText, nullable=False),
        sa.Column("secret_hash", KeyText, nullable=False),
        sa.Column("signing_key", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("service IN ('mailgun', 'sendgrid', 'postmark')", name=op.f("ck_mail_hooks_service")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailboxes.id"], name=op.f("fk_mail_hooks_mailbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_hooks")),
        sa.UniqueConstraint("mailbox_id", name=op.f("uq_mail_hooks_mailbox_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_mail_hooks_secret_hash")),
    )
    op.create_table(
        "signed_mails",
        sa.Column("token_hash", KeyText, nullable=False),
        sa.Column("sha256", KeyText, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_signed_mails")),
    )
    op.create_index(op.f("ix_signed_mails_at"), "signed_mails", ["at"])


def downgrade() -> None:
    op.drop_table("signed_mails")
    op.drop_table("mail_hooks")
    op.drop_table("logged_mails")
    op.drop_index("ix_former_mails_reader", "former_mails")
    op.drop_column("former_mails", "at")
    op.drop_column("former_mails", "address_key")
    op.execute("DELETE FROM attachments WHERE subject_type = 'interaction'")
    _allow("attachments", "subject_type", "'message', 'order', 'issue'")
    op.execute("DELETE FROM tokens WHERE purpose = 'mail_log'")
    _allow("tokens", "purpose", "'api', 'invitation', 'reset', 'calendar'")


def _allow(table: str, column: str, words: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({words})")
