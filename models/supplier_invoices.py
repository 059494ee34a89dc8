"""Suppliers' invoices: what they ask for the goods of a purchase order, and what became of it."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now

INVOICE_STATES = ("sent", "disputed", "approved", "paid", "replaced")
CENT = Decimal("0.01")


class SupplierInvoice(Base):
    """One invoice for one purchase order; a corrected one is a row of its own, one version on, and replaces it."""

    __tablename__ = "supplier_invoices"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[Key]
    version: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("supplier_invoices.id"))
    state: Mapped[Key] = mapped_column(default="sent")
    issued_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    currency: Mapped[str]
    note: Mapped[str | None]
    channel: Mapped[Key] = mapped_column(default="portal")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    disputed_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    paid_at: Mapped[datetime | None]
    order = relationship("Order", lazy="joined")
    approved_by = relationship("Staff", lazy="select")
    lines = relationship(
        "SupplierInvoiceLine", back_populates="invoice", lazy="selectin", order_by="SupplierInvoiceLine.position"
    )
    __table_args__ = (
        UniqueConstraint("organisation_id", "number", "version"),
        CheckConstraint("state IN ('sent', 'disputed', 'approved', 'paid', 'replaced')", name="state"),
        Index("ix_supplier_invoices_state", "state", "id"),
    )

    @property
    def total(self) -> Decimal:
        """The sum of the lines, each rounded once."""
        return sum((line.amount for line in self.lines), Decimal(0))


class SupplierInvoiceLine(Base):
    """One position: so many of an order line, or something that is on no line of the order."""

    __tablename__ = "supplier_invoice_lines"
    id: Mapped[Id]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("supplier_invoices.id"))
    position: Mapped[int]
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    description: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]
    accepted: Mapped[bool] = mapped_column(default=False)  # approved by us although it differs
    disputed: Mapped[str | None]  # why we do not pay it
    invoice = relationship("SupplierInvoice", back_populates="lines")
    line = relationship("OrderLine", lazy="joined")
    __table_args__ = (
        UniqueConstraint("invoice_id", "position"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    @property
    def amount(self) -> Decimal:
        return (self.unit_price * self.quantity).quantize(CENT, ROUND_HALF_UP)
