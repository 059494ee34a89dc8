"""Purchasing: how we deal with each supplier, what it is to be told of its orders, and answers it has begun to write."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.types import Base, Id, Key, mapped_column, now

AUTO_APPLY = ("never", "as_ordered", "within_tolerance")
MATTERS = ("asked", "unanswered", "promised", "chased")


class SupplierPolicy(Base):
    """What is agreed with one supplier; one without a row has the defaults."""

    __tablename__ = "supplier_policies"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    auto_apply: Mapped[Key] = mapped_column(default="as_ordered")
    tolerance_days: Mapped[int] = mapped_column(default=0)
    tolerance_quantity: Mapped[int] = mapped_column(default=0)  # percent less than ordered
    tolerance_price: Mapped[int] = mapped_column(default=0)  # percent more than ordered
    price_limit: Mapped[int] = mapped_column(default=10)  # percent up to which the supplier may answer another price
    prices_shown: Mapped[bool] = mapped_column(default=False)
    reminder_days: Mapped[int] = mapped_column(default=3)  # before the promised date; 0: never
    answer_days: Mapped[int] = mapped_column(default=2)  # without an answer; 0: never
    mail_orders: Mapped[bool] = mapped_column(default=False)  # as they are sent, without anybody asking
    access_code_hash: Mapped[str | None]  # asked before an order is shown through the link in its mail
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (CheckConstraint("auto_apply IN ('never', 'as_ordered', 'within_tolerance')", name="auto_apply"),)

    @property
    def access_code(self) -> bool:
        """Whether a code is asked for; which one is kept nowhere."""
        return self.access_code_hash is not None


class OrderNotice(Base):
    """One thing that a supplier is to be told about one order, by mail and once; several go into one mail."""

    __tablename__ = "order_notices"
    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    matter: Mapped[Key]
    key: Mapped[Key]  # which one of its kind: the version asked about, the day promised, the day chased
    at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))  # none: nobody had an address
    order = relationship("Order")
    delivery = relationship("Delivery")
    __table_args__ = (
        UniqueConstraint("order_id", "matter", "key"),
        CheckConstraint("matter IN ('asked', 'unanswered', 'promised', 'chased')", name="matter"),
        Index("ix_order_notices_untold", "organisation_id", "id", sqlite_where=text("told_at IS NULL"),
              postgresql_where=text("told_at IS NULL")),
    )  # fmt: skip


class AnswerDraft(Base):
    """What one person has begun to answer to one order, as it was typed, and the version it is an answer to."""

    __tablename__ = "answer_drafts"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    version: Mapped[int]
    typed: Mapped[dict] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
