"""Sales and purchase orders, their lines, what links them, and the suppliers' answers."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column, now

SALES_STATUSES = ("draft", "open", "partly_shipped", "shipped", "cancelled")
PURCHASE_STATUSES = (
    "draft", "sent", "changed", "confirmed", "confirmed_with_changes", "rejected", "partly_received", "received", "cancelled",
)  # fmt: skip
ASKED = ("sent", "changed")  # the supplier's answer is waited for: never given, or to what the buyer changed since
RESPONSES = ("accepted", "accepted_with_changes", "rejected")
LINE_RESPONSES = ("accepted", "changed", "split", "substituted", "rejected")


def deliveries_of(stored: list[dict[str, Any]]) -> list[tuple[int, datetime]]:
    """The deliveries that a line is split into, as (quantity, day), the first one first."""
    return [(one["quantity"], datetime.fromisoformat(one["promised_at"])) for one in stored]


class Order(Base):
    """A sales order of a customer, or a purchase order to a supplier; `number` is unique over both."""

    __tablename__ = "orders"
    id: Mapped[Id]
    number: Mapped[Key] = mapped_column(unique=True)
    kind: Mapped[Key]
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    customer_reference: Mapped[Key | None]
    supplier_reference: Mapped[Key | None]
    status: Mapped[Key]
    ordered_at: Mapped[datetime | None]
    required_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    currency: Mapped[str] = mapped_column(default="USD")
    carrier: Mapped[str | None]
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    freight: Mapped[Decimal | None]
    ship_to_name: Mapped[str | None]
    ship_to_street: Mapped[str | None]
    ship_to_city: Mapped[str | None]
    ship_to_region: Mapped[str | None]
    ship_to_postcode: Mapped[str | None]
    ship_to_country: Mapped[str | None]
    as_of: Mapped[datetime] = mapped_column(default=now)
    asked_at: Mapped[datetime | None]  # when the supplier was last asked: sent, or changed by us
    answered_version: Mapped[int] = mapped_column(default=0)  # the newest of `changes`, of either side
    version: Mapped[int] = mapped_column(default=1)
    organisation = relationship("Organisation", foreign_keys=[organisation_id], lazy="joined")
    location = relationship("Location", lazy="joined")
    owner = relationship("Staff")
    lines = relationship("OrderLine", back_populates="order", lazy="selectin", order_by="OrderLine.line")
    changes = relationship("OrderChange", back_populates="order", order_by="OrderChange.version")
    shipments = relationship("Shipment", order_by="Shipment.id", viewonly=True)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("kind IN ('sales', 'purchase')", name="kind"),
        UniqueConstraint("source", "external_reference", "kind"),
        Index("ix_orders_recent", "kind", text("ordered_at DESC"), text("number DESC")),
        Index("ix_orders_organisation", "organisation_id", text("ordered_at DESC"), text("number DESC")),
        Index("ix_orders_status", "kind", "status", "id"),
        Index("ix_orders_customer_reference", "customer_reference"),
        Index("ix_orders_supplier_reference", "supplier_reference"),
    )

    @property
    def ship_to(self) -> dict[str, str | None]:
        """Where the goods go."""
        parts = ("name", "street", "city", "region", "postcode", "country")
        return {part: getattr(self, f"ship_to_{part}") for part in parts}

    @property
    def total(self) -> Decimal:
        """The sum of the lines, each rounded once, before freight."""
        return sum((line.amount for line in self.lines), Decimal(0))


class OrderLine(Base):
    """One position; name and price are snapshots, so that an order reads the same for ever.

    Of a purchase line, `quantity` is what is to come: agreed = quantity + rejected = confirmed + rejected + unconfirmed,
    and agreed = first ordered + increased - cancelled. A substitute counts on the line that it replaces.
    """

    __tablename__ = "order_lines"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    line: Mapped[int]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    description: Mapped[str]
    customer_sku: Mapped[str | None]
    supplier_sku: Mapped[str | None]
    pack: Mapped[str | None]
    quantity: Mapped[int]
    quantity_shipped: Mapped[int] = mapped_column(default=0)  # left us (sales), or came in (purchase)
    quantity_announced: Mapped[int] = mapped_column(default=0)  # on its way to us, and not here yet
    quantity_invoiced: Mapped[int] = mapped_column(default=0)  # by the supplier, and approved by us
    quantity_confirmed: Mapped[int] = mapped_column(default=0)  # answered by the supplier, and applied
    quantity_rejected: Mapped[int] = mapped_column(default=0)
    quantity_increased: Mapped[int] = mapped_column(default=0)  # by us, since it was first ordered
    quantity_cancelled: Mapped[int] = mapped_column(default=0)
    quantity_cut: Mapped[int] = mapped_column(default=0)  # cancelled by us, and the supplier has not agreed yet
    asked: Mapped[Key | None]  # what we changed since the supplier's last word: changed, cancelled
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    deliveries: Mapped[list] = mapped_column(default=list)  # when it comes in several: [{quantity, promised_at}]
    unit_price: Mapped[Decimal | None]
    discount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    promised_at: Mapped[datetime | None]  # what the supplier, or we, said
    expected_at: Mapped[datetime | None]  # what we now reckon with
    status: Mapped[Key] = mapped_column(default="open")
    order = relationship("Order", back_populates="lines")
    product = relationship("Product", foreign_keys=[product_id], lazy="joined")
    substitute = relationship("Product", foreign_keys=[substitute_id], lazy="joined")
    __table_args__ = (
        UniqueConstraint("order_id", "line"),
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("quantity_shipped >= 0", name="quantity_shipped"),
        CheckConstraint("status IN ('open', 'cancelled')", name="status"),
        Index("ix_order_lines_product", "product_id", "order_id"),
    )

    @property
    def quantity_open(self) -> int:
        return max(0, self.quantity - self.quantity_shipped) if self.status == "open" else 0

    @property
    def quantity_gone(self) -> int:
        """What has left already, and is here or on its way: neither side can take it back."""
        return self.quantity_shipped + self.quantity_announced

    @property
    def net_price(self) -> Decimal | None:
        """The price of one, less discount."""
        return None if self.unit_price is None else self.unit_price * (1 - self.discount)

    @property
    def agreed(self) -> int:
        """What both sides reckon with, before the supplier rejects any of it."""
        return self.quantity + self.quantity_rejected

    @property
    def first_ordered(self) -> int:
        return self.agreed - self.quantity_increased + self.quantity_cancelled

    @property
    def unconfirmed(self) -> int:
        """What the supplier has still to confirm, or has and we have still to apply."""
        return self.quantity - self.quantity_confirmed

    @property
    def answerable(self) -> bool:
        """Whether the supplier has something to say to it: it is open, or we cancelled it and were not answered."""
        return self.status == "open" or self.asked == "cancelled"

    @property
    def amount(self) -> Decimal:
        """Quantity times price less discount, rounded half up once."""
        price = self.unit_price or Decimal(0)
        return (price * self.quantity * (1 - self.discount)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def public_id(self) -> str:
        return f"{self.order.number}/{self.line}"


class SupplyLink(Base):
    """So many of a purchase line are meant for a sales line: how a supplier's answer reaches the customer."""

    __tablename__ = "supply_links"
    id: Mapped[Id]
    purchase_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    sales_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    quantity: Mapped[int]
    proposed: Mapped[bool] = mapped_column(default=True)
    purchase_line = relationship("OrderLine", foreign_keys=[purchase_line_id])
    sales_line = relationship("OrderLine", foreign_keys=[sales_line_id])
    __table_args__ = (
        UniqueConstraint("purchase_line_id", "sales_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )


class OrderChange(Base):
    """The supplier's answer to one state of a purchase order, or a change of it by us; versions count from 1."""

    __tablename__ = "order_changes"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    version: Mapped[int]
    side: Mapped[Key] = mapped_column(default="supplier")
    response: Mapped[Key]
    note: Mapped[str | None]
    channel: Mapped[Key] = mapped_column(default="portal")  # how the answer came
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who keyed it in for the supplier
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    signed_as: Mapped[str | None]  # the name that somebody gave who uses a shared mailbox
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    order = relationship("Order", back_populates="changes")
    person = relationship("Person", lazy="joined")
    recorded_by = relationship("Staff", lazy="joined")
    lines = relationship("OrderChangeLine", back_populates="change", lazy="selectin", order_by="OrderChangeLine.id")
    __table_args__ = (
        UniqueConstraint("order_id", "version"),
        CheckConstraint("side IN ('supplier', 'buyer')", name="side"),
        CheckConstraint(
            "response IN ('accepted', 'accepted_with_changes', 'rejected', 'changed', 'cancelled')", name="response"
        ),
    )


class OrderChangeLine(Base):
    """The answer for one line; it counts once the buyer has applied it, and only once."""

    __tablename__ = "order_change_lines"
    id: Mapped[Id]
    change_id: Mapped[int] = mapped_column(ForeignKey("order_changes.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    response: Mapped[Key]
    quantity: Mapped[int]
    promised_at: Mapped[datetime | None]
    unit_price: Mapped[Decimal | None]
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    deliveries: Mapped[list] = mapped_column(default=list)
    quantity_before: Mapped[int | None]
    promised_before: Mapped[datetime | None]
    price_before: Mapped[Decimal | None]
    reason: Mapped[str | None]
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    change = relationship("OrderChange", back_populates="lines")
    line = relationship("OrderLine", lazy="joined")
    substitute = relationship("Product", lazy="joined")
    __table_args__ = (
        UniqueConstraint("change_id", "line_id"),
        CheckConstraint(
            "response IN ('accepted', 'changed', 'split', 'substituted', 'rejected', 'cancelled')", name="response"
        ),
        Index(
            "ix_order_change_lines_waiting",
            "change_id",
            sqlite_where=text("applied_at IS NULL"),
            postgresql_where=text("applied_at IS NULL"),
        ),
        CheckConstraint("quantity >= 0", name="quantity"),
    )
