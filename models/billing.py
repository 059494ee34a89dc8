"""Shipments (ours to customers, suppliers' to us) and the invoices of customers."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now

_COMING = text("organisation_id IS NOT NULL AND received_at IS NULL AND withdrawn_at IS NULL")


class Shipment(Base):
    """What left a house for an order, with whom, under which tracking number.

    Of a sales order it left ours. Of a purchase order its supplier announced it; it counts as here once it is received.
    """

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
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))  # the supplier on its way to us
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    expected_at: Mapped[datetime | None]
    packages: Mapped[int | None]
    note: Mapped[str | None]
    received_at: Mapped[datetime | None]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    order = relationship("Order", lazy="joined")
    received_by = relationship("Staff", lazy="select")
    lines = relationship("ShipmentLine", back_populates="shipment", lazy="selectin", order_by="ShipmentLine.id")
    __table_args__ = (
        UniqueConstraint("source", "external_reference"),
        Index("ix_shipments_coming", "organisation_id", "id", sqlite_where=_COMING, postgresql_where=_COMING),
    )

    @property
    def state(self) -> str:
        """withdrawn, received, on_its_way (to us), delivered or sent (by us)."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.organisation_id is None:
            return "delivered" if self.delivered_at else "sent"
        return "received" if self.received_at else "on_its_way"


class ShipmentLine(Base):
    """So many of an order line are in a shipment; what came in is counted when it is received."""

    __tablename__ = "shipment_lines"
    id: Mapped[Id]
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    quantity: Mapped[int]
    quantity_received: Mapped[int | None]
    reason: Mapped[str | None]  # why another quantity came in
    shipment = relationship("Shipment", back_populates="lines")
    line = relationship("OrderLine", lazy="joined")
    __table_args__ = (
        UniqueConstraint("shipment_id", "line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("quantity_received >= 0", name="quantity_received"),
    )


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
