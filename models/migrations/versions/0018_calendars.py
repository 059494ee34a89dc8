"""Tokens may lead to a calendar."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    _allow("'api', 'invitation', 'reset', 'calendar'")


def downgrade() -> None:
    op.execute("DELETE FROM tokens WHERE purpose = 'calendar'")
    _allow("'api', 'invitation', 'reset'")


def _allow(purposes: str) -> None:
    with op.batch_alter_table("tokens") as table:
        table.drop_constraint(op.f("ck_tokens_purpose"), type_="check")
        table.create_check_constraint(op.f("ck_tokens_purpose"), f"purpose IN ({purposes})")
