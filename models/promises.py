"""Promises: what we owe whom by when, and what became of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, PublicId, mapped_column, now

STATES = ("open", "overdue", "kept", "withdrawn")
OPEN = "done_at IS NULL AND withdrawn_at IS NULL"


class Promise(Base):
    """What we owe whom by when; one that is `shown` stands before the customer as well."""

    __tablename__ = "promises"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    words: Mapped[str]
    shown: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    note: Mapped[str | None]  # how it was kept, or why not: for us alone
    created_at: Mapped[datetime] = mapped_column(default=now)
    owner = relationship("Staff", lazy="joined")
    person = relationship("Person", lazy="joined")
    organisation = relationship("Organisation", lazy="joined")
    conversation = relationship("Conversation", lazy="select")
    order = relationship("Order", lazy="select")
    __table_args__ = (
        Index("ix_promises_open", "organisation_id", "due_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_promises_owner", "owner_id", "due_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    @property
    def open(self) -> bool:
        """Still to be kept, in time or not."""
        return self.done_at is None and self.withdrawn_at is None

    @property
    def state(self) -> str:
        """One of STATES, at this moment."""
        if not self.open:
            return "kept" if self.done_at else "withdrawn"
        return "overdue" if self.due_at < now() else "open"

    @property
    def late(self) -> bool:
        """Kept, but after it was due."""
        return self.done_at is not None and self.done_at > self.due_at
