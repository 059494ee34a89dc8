"""With suppliers it is agreed whether orders are mailed as they are sent, and a code for what is mailed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "supplier_policies", sa.Column("mail_orders", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("supplier_policies", sa.Column("access_code_hash", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("supplier_policies") as table:
        table.drop_column("access_code_hash")
        table.drop_column("mail_orders")
