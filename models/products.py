"""Products as the business sells and buys them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, PublicId, mapped_column


class Product(Base):
    """An article of trade, with our number for it, the supplier's, and what is in stock."""

    __tablename__ = "products"
    id: Mapped[Id]
    public_id: Mapped[PublicId]
    source: Mapped[Key | None]
    external_reference: Mapped[Key | None]
    sku: Mapped[Key] = mapped_column(index=True)
    gtin: Mapped[Key | None] = mapped_column(index=True)
    name: Mapped[str]
    name_key: Mapped[Key]
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    supplier_sku: Mapped[str | None]
    unit: Mapped[str | None]
    pack: Mapped[str | None]
    price: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(default="USD")
    stock: Mapped[int] = mapped_column(default=0)
    on_order: Mapped[int] = mapped_column(default=0)
    next_arrival: Mapped[datetime | None]
    discontinued: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    supplier = relationship("Organisation", lazy="select")
    __table_args__ = (UniqueConstraint("source", "external_reference"), Index("ix_products_list", "name_key", "id"))
