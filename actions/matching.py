"""Matching: a supplier's invoice held three ways, line by line, against what was agreed and against what came in."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from models.db import session
from models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from models.words import Words, listed

MORE, DEARER, STRANGE = "more", "dearer", "not_ordered"


@dataclass(frozen=True, slots=True)
class Matched:
    """One invoiced line beside the order and the receipts; `wrong` is empty when all three agree."""

    line: SupplierInvoiceLine
    agreed: int | None
    received: int | None
    free: int  # received, and on no other invoice
    price: Decimal | None
    wrong: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.wrong

    @property
    def payable(self) -> bool:
        """Whether it may be approved, if need be with our consent to what differs."""
        return MORE not in self.wrong


def match(invoice: SupplierInvoice) -> list[Matched]:
    """Hold one invoice against its order and what came in of it."""
    claimed = _claimed_before(invoice)
    return [_match(one, claimed.get(one.line_id or 0, 0)) for one in invoice.lines]


def in_words(found: Matched, priced: bool = True) -> Words:
    """What is wrong with a line, in words; without the agreed price for a supplier to whom prices are not shown."""
    dearer = Words("no price was agreed")
    if found.price is not None:
        dearer = Words("agreed was %(price)s", price=f"{found.price:.2f}")
    more = Words("nothing of it is left to invoice")
    if found.free:
        more = Words("only %(free)s came in that are on no other invoice", free=found.free)
    said = {
        MORE: more,
        DEARER: dearer if priced else Words("it is dearer than agreed"),
        STRANGE: Words("it is not on the order"),
    }
    return listed([said[one] for one in found.wrong], "; ")


def _match(one: SupplierInvoiceLine, claimed: int) -> Matched:
    if one.line is None:
        return Matched(one, None, None, 0, None, (STRANGE,))
    line, counted = one.line, one.invoice.state in ("approved", "paid")
    free = line.quantity_shipped - line.quantity_invoiced - claimed + (one.quantity if counted else 0)
    price = line.net_price
    wrong = [MORE] if one.quantity > free else []
    if price is None or one.unit_price > price:
        wrong.append(DEARER)
    return Matched(one, line.quantity, line.quantity_shipped, max(0, free), price, tuple(wrong))


def _claimed_before(invoice: SupplierInvoice) -> dict[int, int]:
    """What invoices that came earlier, and that we still look at, ask for on each line."""
    if invoice.state in ("approved", "paid"):
        return {}
    claimed = (
        select(SupplierInvoiceLine.line_id, func.sum(SupplierInvoiceLine.quantity))
        .join(SupplierInvoice, SupplierInvoice.id == SupplierInvoiceLine.invoice_id)
        .where(SupplierInvoice.order_id == invoice.order_id, SupplierInvoice.id < invoice.id,
               SupplierInvoice.state == "sent", SupplierInvoiceLine.line_id.is_not(None))
        .group_by(SupplierInvoiceLine.line_id)
    )  # fmt: skip
    return {line or 0: int(number) for line, number in session.execute(claimed)}


def standing(lines: Sequence[int]) -> dict[int, int]:
    """How many of some order lines are on invoices that stand: looked at, disputed, approved or paid."""
    query = (
        select(SupplierInvoiceLine.line_id, func.sum(SupplierInvoiceLine.quantity))
        .join(SupplierInvoice, SupplierInvoice.id == SupplierInvoiceLine.invoice_id)
        .where(SupplierInvoiceLine.line_id.in_(list(lines)), SupplierInvoice.state != "replaced")
        .group_by(SupplierInvoiceLine.line_id)
    )
    return {line or 0: int(number) for line, number in session.execute(query)}
