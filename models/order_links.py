"""Links to orders: a door from a mail to one purchase order, for one address, without an account."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now


class OrderLink(Base):
    """Answers one state of one order; once that order has a newer answer, the link only says so."""

    __tablename__ = "order_links"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    secret_hash: Mapped[Key] = mapped_column(unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    address: Mapped[str]
    answered_version: Mapped[int]  # the newest answer when it was sent
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    order = relationship("Order", lazy="joined")
    organisation = relationship("Organisation", lazy="joined")
    __table_args__ = (Index("ix_order_links_order", "order_id", text("id DESC")),)

    @property
    def state(self) -> str:
        """What whoever opens it is told: open, answered, superseded or ended."""
        if self.used_at is not None:
            return "answered"
        if self.ended_at is not None or self.expires_at <= now():
            return "ended"
        return "open" if self.order.answered_version == self.answered_version else "superseded"
