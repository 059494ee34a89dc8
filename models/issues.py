"""Quality issues: what was wrong with goods, the 8D steps that answer it, what it cost, and what became of the goods."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now

DEFECTS = ("damaged", "faulty", "wrong", "short", "label", "other")
SEVERITIES = ("minor", "major", "critical")
RETURNS = ("none", "asked", "on_its_way", "received", "scrapped")
PAYERS = ("us", "partner")


@dataclass(frozen=True, slots=True)
class Discipline:
    """One of the eight: who answers it, and within how many days of the opening it usually is."""

    key: str
    side: str
    days: int


DISCIPLINES = (
    Discipline("D1", "partner", 2), Discipline("D2", "staff", 0), Discipline("D3", "partner", 2),
    Discipline("D4", "partner", 10), Discipline("D5", "partner", 14), Discipline("D6", "partner", 30),
    Discipline("D7", "partner", 45), Discipline("D8", "staff", 60),
)  # fmt: skip
SIDES = {one.key: one.side for one in DISCIPLINES}
PARTNERS = tuple(one.key for one in DISCIPLINES if one.side == "partner")

# How far it is, in the customer's terms, and the step after which it is so far; the opening is the first.
STAGES = (("secured", "D3"), ("cause_found", "D4"), ("remedied", "D6"))


class Issue(Base):
    """A problem with an order line, taken up with whoever supplied it; what is said about it is a conversation."""

    __tablename__ = "issues"
    id: Mapped[Id]
    number: Mapped[Key] = mapped_column(unique=True)
    status: Mapped[Key] = mapped_column(default="open")
    title: Mapped[str]
    defect: Mapped[Key]
    severity: Mapped[Key] = mapped_column(default="major")
    quantity: Mapped[int | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))  # the customer who has it
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    purchase_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    for_customer: Mapped[bool] = mapped_column(default=False)  # the customer sees how far it is
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    return_state: Mapped[Key] = mapped_column(default="none")
    return_quantity: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    organisation = relationship("Organisation", lazy="joined")
    opened_by = relationship("Person", lazy="joined")
    line = relationship("OrderLine", foreign_keys=[order_line_id], lazy="joined", innerjoin=True)
    purchase_line = relationship("OrderLine", foreign_keys=[purchase_line_id], lazy="joined")
    conversation = relationship("Conversation", lazy="select")
    steps = relationship("IssueStep", back_populates="issue", lazy="selectin", order_by="IssueStep.step")
    costs = relationship("IssueCost", back_populates="issue", lazy="selectin", order_by="IssueCost.id")
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        CheckConstraint("defect IN ('damaged', 'faulty', 'wrong', 'short', 'label', 'other')", name="defect"),
        CheckConstraint("severity IN ('minor', 'major', 'critical')", name="severity"),
        CheckConstraint("return_state IN ('none', 'asked', 'on_its_way', 'received', 'scrapped')", name="return_state"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("return_quantity > 0", name="return_quantity"),
        Index("ix_issues_recent", text("opened_at DESC"), text("number DESC")),
        Index("ix_issues_line", "order_line_id"),
        Index("ix_issues_organisation", "organisation_id", text("opened_at DESC"), text("number DESC")),
    )

    def step(self, key: str) -> "IssueStep | None":
        """One of the eight steps."""
        return next((one for one in self.steps if one.step == key), None)

    @property
    def stage(self) -> str:
        """How far it is in the customer's terms: taken_up, secured, cause_found, remedied or closed."""
        if self.status == "closed":
            return "closed"
        done = {one.step for one in self.steps if one.done_at}
        return next((stage for stage, key in reversed(STAGES) if key in done), "taken_up")

    @property
    def due_at(self) -> datetime | None:
        """When the next of the partner's steps is due; none when all are done."""
        waiting = [one.due_at for one in self.steps if one.done_at is None and one.step in PARTNERS and one.due_at]
        return min(waiting, default=None) if self.status == "open" else None

    @property
    def late(self) -> bool:
        """Whether the partner's next step is overdue."""
        return self.due_at is not None and self.due_at < now()

    @property
    def goods_return(self) -> dict[str, str | int | None] | None:
        """What becomes of the goods; none when nothing was said."""
        if self.return_state == "none":
            return None
        return {"state": self.return_state, "quantity": self.return_quantity}


class IssueStep(Base):
    """One of the eight disciplines: what was found or done, by whom, until when and when."""

    __tablename__ = "issue_steps"
    id: Mapped[Id]
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"))
    step: Mapped[Key]
    text: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    signed_as: Mapped[str | None]  # the name that somebody gave who uses a shared mailbox
    author_side: Mapped[Key | None]
    author_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    changed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    issue = relationship("Issue", back_populates="steps")
    author = relationship("Person", lazy="joined")
    author_organisation = relationship("Organisation", lazy="joined")
    __table_args__ = (
        UniqueConstraint("issue_id", "step"),
        CheckConstraint("step IN ('D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7', 'D8')", name="step"),
    )

    @property
    def answered_by(self) -> str | None:
        """Who answered it, by name."""
        return self.signed_as or (self.author.name if self.author else None)

    @property
    def side(self) -> str:
        """Whose to answer it usually is: the partner's or ours."""
        return SIDES[self.step]


class IssueCost(Base):
    """What a problem has cost, and who bears it."""

    __tablename__ = "issue_costs"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), index=True)
    words: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    payer: Mapped[Key]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    issue = relationship("Issue", back_populates="costs")
    by = relationship("Person", lazy="joined")
    __table_args__ = (
        CheckConstraint("payer IN ('us', 'partner')", name="payer"),
        CheckConstraint("amount > 0", name="amount"),
    )
