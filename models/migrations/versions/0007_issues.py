"""Quality issues with their steps and costs; shares and attachments of them."""

import sqlalchemy as sa
from alembic import op

from models.types import KeyText, UtcDateTime

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHECKS = (
    ("shares", "subject_type", "subject_type IN ('order', 'conversation')",
     "subject_type IN ('order', 'conversation', 'issue')"),
    ("attachments", "subject_type", "subject_type IN ('message', 'order')",
     "subject_type IN ('message', 'order', 'issue')"),
)  # fmt: skip


def upgrade() -> None:
    _issues()
    _steps()
    _costs()
    for table, name, _before, after in CHECKS:
        _check(table, name, after)


def _check(table: str, name: str, condition: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def _issues() -> None:
    op.create_table(
        "issues",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", KeyText, nullable=False),
        sa.Column("status", KeyText, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("defect", KeyText, nullable=False),
        sa.Column("severity", KeyText, nullable=False),
        sa.Column("quantity", BIG, nullable=True),
        sa.Column("organisation_id", BIG, nullable=True),
        sa.Column("order_line_id", BIG, nullable=False),
        sa.Column("purchase_line_id", BIG, nullable=True),
        sa.Column("conversation_id", BIG, nullable=True),
        sa.Column("for_customer", sa.Boolean(), nullable=False),
        sa.Column("opened_by_id", BIG, nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("return_state", KeyText, nullable=False),
        sa.Column("return_quantity", BIG, nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_issues_status")),
        sa.CheckConstraint(
            "defect IN ('damaged', 'faulty', 'wrong', 'short', 'label', 'other')", name=op.f("ck_issues_defect")
        ),
        sa.CheckConstraint("severity IN ('minor', 'major', 'critical')", name=op.f("ck_issues_severity")),
        sa.CheckConstraint(
            "return_state IN ('none', 'asked', 'on_its_way', 'received', 'scrapped')",
            name=op.f("ck_issues_return_state"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_issues_quantity")),
        sa.CheckConstraint("return_quantity > 0", name=op.f("ck_issues_return_quantity")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_issues_organisation_id")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_issues_order_line_id")),
        sa.ForeignKeyConstraint(["purchase_line_id"], ["order_lines.id"], name=op.f("fk_issues_purchase_line_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_issues_conversation_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["people.id"], name=op.f("fk_issues_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sa.UniqueConstraint("number", name=op.f("uq_issues_number")),
    )
    op.create_index("ix_issues_recent", "issues", [sa.text("opened_at DESC"), sa.text("number DESC")])
    op.create_index("ix_issues_line", "issues", ["order_line_id"])
    op.create_index(op.f("ix_issues_conversation_id"), "issues", ["conversation_id"])
    op.create_index(
        "ix_issues_organisation", "issues", ["organisation_id", sa.text("opened_at DESC"), sa.text("number DESC")]
    )


def _steps() -> None:
    op.create_table(
        "issue_steps",
        sa.Column("id", BIG, nullable=False),
        sa.Column("issue_id", BIG, nullable=False),
        sa.Column("step", KeyText, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("author_side", KeyText, nullable=True),
        sa.Column("author_organisation_id", BIG, nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.CheckConstraint(
            "step IN ('D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8')", name=op.f("ck_issue_steps_step")
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_issue_steps_issue_id")),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_issue_steps_author_id")),
        sa.ForeignKeyConstraint(
            ["author_organisation_id"], ["organisations.id"], name=op.f("fk_issue_steps_author_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_steps")),
        sa.UniqueConstraint("issue_id", "step", name=op.f("uq_issue_steps_issue_id_step")),
    )


def _costs() -> None:
    op.create_table(
        "issue_costs",
        sa.Column("id", BIG, nullable=False),
        sa.Column("public_id", KeyText, nullable=False),
        sa.Column("issue_id", BIG, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payer", KeyText, nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("payer IN ('us', 'partner')", name=op.f("ck_issue_costs_payer")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_issue_costs_amount")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_issue_costs_issue_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_issue_costs_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_costs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_issue_costs_public_id")),
    )
    op.create_index(op.f("ix_issue_costs_issue_id"), "issue_costs", ["issue_id"])


def downgrade() -> None:
    op.execute("DELETE FROM attachments WHERE subject_type = 'issue'")
    op.execute("DELETE FROM shares WHERE subject_type = 'issue'")
    for table, name, before, _after in CHECKS:
        _check(table, name, before)
    op.drop_table("issue_costs")
    op.drop_table("issue_steps")
    op.drop_table("issues")
