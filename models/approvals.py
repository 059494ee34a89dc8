"""Approvals: what a manager outside asked for and we decide first, for organisations where that is wanted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now


class Approval(Base):
    """One colleague to be invited, or to be made a manager, once somebody of ours agrees."""

    __tablename__ = "approvals"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    side: Mapped[Key]
    kind: Mapped[Key]
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[Key]
    mailbox: Mapped[bool] = mapped_column(default=False)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("memberships.id"))  # whose role; none: a newcomer's
    subject_key: Mapped[Key]  # who it is about: of one person one thing waits at a time
    state: Mapped[Key] = mapped_column(default="waiting")
    reason: Mapped[str | None]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    organisation = relationship("Organisation", lazy="joined", innerjoin=True)
    membership = relationship("Membership", lazy="joined")
    asked_by = relationship("Person", foreign_keys=[asked_by_id], lazy="joined", innerjoin=True)
    decided_by = relationship("Person", foreign_keys=[decided_by_id], lazy="joined")
    __table_args__ = (
        CheckConstraint("side IN ('customer', 'partner')", name="side"),
        CheckConstraint("kind IN ('invitation', 'role')", name="kind"),
        CheckConstraint("role IN ('member', 'manager')", name="role"),
        CheckConstraint("state IN ('waiting', 'approved', 'declined', 'withdrawn')", name="state"),
        Index("ix_approvals_organisation", "organisation_id", text("id DESC")),
        Index("ux_approvals_waiting", "organisation_id", "side", "subject_key", unique=True,
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
    )  # fmt: skip

    @property
    def asker(self) -> str:
        """Who asked for it, by name."""
        return str(self.asked_by.name)
