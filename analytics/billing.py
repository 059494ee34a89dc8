"""Billing: what an organisation bought within a year, has open, owes and owes late."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select

from models.billing import Invoice
from models.db import session
from models.orders import Order
from models.types import now


@dataclass(frozen=True, slots=True)
class Account:
    """Amounts in the organisation's currency."""

    sold: Decimal
    owed: Decimal
    overdue: Decimal
    open_orders: int


def account(organisation_id: int) -> Account:
    """Sum up an organisation's invoices and count its open orders."""
    own = Invoice.organisation_id == organisation_id
    unpaid = Invoice.paid_at.is_(None)

    def total(*conditions: object) -> Decimal:
        return session.scalar(select(func.sum(Invoice.total)).where(own, *conditions)) or Decimal(0)  # type: ignore[arg-type]

    orders = select(func.count()).select_from(Order).where(
        Order.organisation_id == organisation_id, Order.status.in_(("open", "partly_shipped"))
    )  # fmt: skip
    return Account(total(Invoice.issued_at > now() - timedelta(days=365)), total(unpaid),
                   total(unpaid, Invoice.due_at < now()), session.scalar(orders) or 0)  # fmt: skip
