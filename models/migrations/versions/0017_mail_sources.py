"""Mail is fetched: from which folder of which mail server each address of ours gets its mail."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0017"
down_revision = "0016"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SECRETS = ("password", "token_url", "client_id", "client_secret", "refresh_token")


def upgrade() -> None:
    op.create_table(
        "mail_sources",
        sa.Column("id", BIG, nullable=False),
        sa.Column("mailbox_id", BIG, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", BIG, nullable=False),
        sa.Column("security", KeyText, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("auth", KeyText, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in SECRETS),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("uid_validity", BIG, nullable=True),
        sa.Column("last_uid", BIG, nullable=False),
        sa.Column("waiting", BIG, nullable=True),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("failures", BIG, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("lease_by", KeyText, nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailboxes.id"], name=op.f("fk_mail_sources_mailbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_sources")),
        sa.UniqueConstraint("mailbox_id", name=op.f("uq_mail_sources_mailbox_id")),
        sa.CheckConstraint("security IN ('tls', 'starttls', 'none')", name=op.f("ck_mail_sources_security")),
        sa.CheckConstraint("auth IN ('password', 'oauth2')", name=op.f("ck_mail_sources_auth")),
    )


def downgrade() -> None:
    op.drop_table("mail_sources")
