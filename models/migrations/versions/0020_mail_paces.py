"""Mail leaves at a pace: how many mails to each domain leave in which minute."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0020"
down_revision = "0019"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail_paces",
        sa.Column("domain", KeyText, nullable=False),
        sa.Column("minute", UtcDateTime(), nullable=False),
        sa.Column("taken", BIG, nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_mail_paces")),
    )


def downgrade() -> None:
    op.drop_table("mail_paces")
