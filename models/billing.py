"""Shipments and invoices, as the other system reports them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now


class Shipment(Base):
    """What left the house for an order, with whom, under which tracking number."""

    __tablename__ = "shipments"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    number: Mapped[Key] = mapped_column(index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    carrier: Mapped[str | None]
    tracking: Mapped[Key | None] = mapped_column(index=True)
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    order = relationship("Order", lazy="joined")
    __table_args__ = (UniqueConstraint("source", "external_reference"),)


class Invoice(Base):
    """What a customer owes or has paid for an order."""

    __tablename__ = "invoices"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    number: Mapped[Key] = mapped_column(index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    issued_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    total: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(default="USD")
    paid_at: Mapped[datetime | None]
    order = relationship("Order", lazy="joined")
    organisation = relationship("Organisation", lazy="select")
    __table_args__ = (
        UniqueConstraint("source", "external_reference"),
        Index("ix_invoices_organisation", "organisation_id", text("issued_at DESC"), text("number DESC")),
    )

    @property
    def status(self) -> str:
        """paid, overdue or due."""
        if self.paid_at:
            return "paid"
        return "overdue" if self.due_at and self.due_at < now() else "due"
