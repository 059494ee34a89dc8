"""Suppliers' invoices: made from what was shipped of an order, sent once, and sent corrected when we dispute them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from actions.checks import checked, is_whole, whole
from actions.matching import standing
from actions.offers import moment, unit_price
from actions.order_state import claim, log
from models import text
from models.db import session
from models.orders import Order, OrderLine
from models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from models.types import now
from models.words import Words
from policy import Actor, Invalid, NotFound, Refused, has, require
from policy.seen import unwrap

MOST_LINES, MOST = 500, 10**9


@dataclass(frozen=True, slots=True)
class Proposed:
    """One line of an invoice as it is offered: what was shipped and is on no invoice, at the agreed price where shown."""

    line: int
    product: str
    quantity: int
    unit_price: Decimal | None


def propose(order: Any) -> list[Proposed]:
    """Offer the lines of an invoice from what was shipped of an order, as far as its reader sees quantities and prices."""
    row: Order = unwrap(order)
    known, taken = {line.line: line for line in row.lines}, standing([line.id for line in row.lines])
    found = []
    for seen in order.lines:
        line = known[seen.line]
        number = line.quantity_gone - taken.get(line.id, 0)
        if has(seen, "quantity") and number > 0:
            found.append(Proposed(line.line, _name(line), number, _agreed(line, seen)))
    return found


def _agreed(line: OrderLine, seen: Any) -> Decimal | None:
    """What is agreed for one, as far as its reader sees how that comes about."""
    if not has(seen, "unit_price"):
        return None
    return line.net_price if has(seen, "discount") else line.unit_price


def invoice(
    actor: Actor,
    order: Any,
    number: str,
    lines: Sequence[Mapping[str, Any]] | None = None,
    *,
    issued_at: Any = None,
    due_at: Any = None,
    note: str | None = None,
    replaces: Any = None,
) -> SupplierInvoice:
    """Send an invoice for an order as its supplier; `replaces` is the disputed one that it corrects.

    Each of `lines` is {line, quantity, unit_price} or, for what is on no line, {description, quantity, unit_price}; None is
    what `propose` offers. What is wrong with it is found when it is matched, not here. Raises Forbidden, NotFound, Invalid
    naming the line, and Refused with `conflict`.
    """
    require(actor, "order:invoice", order)
    row, before = unwrap(order), unwrap(replaces)
    claim(row)
    version = _replace(row, before)
    issued = moment("issued_at", issued_at) or now()
    made = SupplierInvoice(
        order_id=row.id, organisation_id=row.organisation_id, number=checked("number", text.line, number), version=version,
        replaces_id=before.id if before else None, issued_at=_issued(row, issued), due_at=_due(issued, due_at),
        currency=row.currency, note=checked("note", text.clean, note) if note else None, person_id=actor.person_id,
        channel="api" if actor.token_id else "portal", lines=_read(order, lines),
    )  # fmt: skip
    _store(made)
    words = f"Invoice {made.number} for {row.number}: {made.total:.2f} {made.currency}"
    log(actor, "invoice_received", row, words + (", corrected" if before else ""), "inbound",
        {"invoice": made.number, "version": made.version}, channel=made.channel, customers=False)  # fmt: skip
    return made


def _replace(row: Order, before: SupplierInvoice | None) -> int:
    """Let the disputed invoice go, and count one version on."""
    if before is None:
        return 1
    if before.order_id != row.id:
        raise NotFound
    session.refresh(before)
    if before.state != "disputed":
        raise Refused(
            "conflict", "Invoice %(number)s is not disputed: there is nothing to correct.", number=before.number
        )
    before.state = "replaced"
    return before.version + 1


def _store(made: SupplierInvoice) -> None:
    """Keep it, unless the supplier has sent one of that number; the database decides between two at once."""
    taken = select(SupplierInvoice.id).where(
        SupplierInvoice.organisation_id == made.organisation_id, SupplierInvoice.number == made.number,
        SupplierInvoice.version == made.version,
    )  # fmt: skip
    try:
        with session.begin_nested():
            if session.scalar(taken) is not None:
                raise Invalid("number", "is taken: you have sent an invoice %(number)s already", number=made.number)
            session.add(made)
            session.flush()
    except IntegrityError as error:
        raise Invalid("number", "is taken: you have sent an invoice %(number)s already", number=made.number) from error
    session.refresh(made)


def _issued(row: Order, at: Any) -> Any:
    if at.date() > (now() + timedelta(days=1)).date():
        raise Invalid("issued_at", "lies in the future")
    if row.ordered_at is not None and at.date() < row.ordered_at.date():
        raise Invalid("issued_at", "lies before the order was placed")
    return at


def _due(issued: Any, given: Any) -> Any:
    at = moment("due_at", given)
    if at is not None and at.date() < issued.date():
        raise Invalid("due_at", "lies before the day of the invoice")
    return at


def _read(order: Any, lines: Any) -> list[SupplierInvoiceLine]:
    row: Order = unwrap(order)
    if lines is None:
        lines = [{"line": one.line, "quantity": one.quantity, "unit_price": one.unit_price} for one in propose(order)]
    if isinstance(lines, str) or not isinstance(lines, Sequence) or not 1 <= len(lines) <= MOST_LINES:
        raise Invalid("lines", "must be a list of 1 to %(most)s lines", most=MOST_LINES)
    seen, known = {line.line: line for line in order.lines}, {line.line: line for line in row.lines}
    found, named = [], set()
    for position, given in enumerate(lines, 1):
        if not isinstance(given, Mapping):
            raise Invalid("lines", "must be a list of {line, quantity, unit_price}")
        place = given.get("line")
        if place is not None and (not is_whole(place) or place not in seen):
            raise Invalid(
                "lines",
                "line %(place)s is no line of %(number)s: leave the line out and describe it",
                place=place,
                number=row.number,
            )
        if place in named:
            raise Invalid("lines", "line %(place)s is invoiced twice: put it together", place=place)
        named |= {place} - {None}
        found.append(_line(position, known.get(place) if place is not None else None, given))
    return found


def _line(position: int, line: OrderLine | None, given: Mapping[str, Any]) -> SupplierInvoiceLine:
    name = f"lines.{line.line if line else position}"
    title = Words("Line %(line)s", line=line.line) if line else Words("Position %(position)s", position=position)
    words = _name(line) if line else checked(f"{name}.description", text.line, given.get("description") or "")
    wrong = Words("%(title)s: the quantity must be a whole number, 1 or more.", title=title)
    number = whole(f"{name}.quantity", given.get("quantity"), wrong, least=1, most=MOST)
    # Whether a price is the agreed one is nothing that a refusal may tell.
    price = unit_price(f"{name}.unit_price", title, given.get("unit_price"))
    return SupplierInvoiceLine(position=position, line_id=line.id if line else None, line=line, description=words,
                               quantity=number, unit_price=price)  # fmt: skip


def _name(line: OrderLine) -> str:
    product = line.substitute or line.product
    return product.name if product else f"Line {line.line}"
