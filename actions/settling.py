"""Settling: approving, disputing and paying the invoices of suppliers."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from actions.checks import by_place, checked, listed
from actions.matching import in_words, match
from actions.order_state import claim, log
from models import text
from models.db import session
from models.orders import Order
from models.supplier_invoices import SupplierInvoice
from models.types import now
from models.words import Words
from policy import Actor, Invalid, NotFound, Refused, require
from policy.seen import unwrap


def approve(actor: Actor, order: Any, invoice: Any, accepting: Collection[int] = ()) -> SupplierInvoice:
    """Approve an invoice whose every line is as ordered and received.

    `accepting` are positions of lines that we let pass although they are dearer or not on the order; what did not come in
    is never approved. Raises Forbidden, NotFound, Invalid naming the line, and Refused with `conflict`.
    """
    row, found = _take(actor, order, invoice, "sent")
    for one in match(found):
        if one.ok:
            continue
        position = one.line.position
        if not one.payable or position not in accepting:
            raise Invalid(f"lines.{position}", "Position %(position)s, %(description)s: %(words)s.", position=position,
                          description=one.line.description, words=in_words(one))  # fmt: skip
        one.line.accepted = True
    for line in found.lines:
        if line.line is not None:
            line.line.quantity_invoiced += line.quantity
    found.state, found.approved_at, found.approved_by_id = "approved", now(), actor.staff_id
    _log(actor, "invoice_approved", row, found, f"Invoice {found.number} for {row.number} approved")
    return found


def dispute(actor: Actor, order: Any, invoice: Any, lines: Sequence[Mapping[str, Any]]) -> SupplierInvoice:
    """Say why some lines of an invoice are not paid: its supplier reads it, and may send a corrected one.

    Each of `lines` is {position, reason}. Raises Forbidden, NotFound, Invalid, and Refused with `conflict`.
    """
    row, found = _take(actor, order, invoice, "sent")
    known, reasons = {line.position: line for line in found.lines}, {}
    listed(lines, Words("must be a list with a line or more: say what is disputed, and why"), least=1)
    strange = Words("%(place)s is no position of this invoice")
    for place, one in by_place(lines, known, strange, None, key="position"):
        reasons[place] = checked(f"lines.{place}.reason", text.line, one.get("reason") or "")
    for place, reason in reasons.items():
        known[place].disputed = reason
    found.state, found.disputed_at = "disputed", now()
    words = "; ".join(f"{known[place].description}: {reason}" for place, reason in reasons.items())
    _log(
        actor, "invoice_disputed", row, found, f"Invoice {found.number} for {row.number} disputed: {words}", "outbound"
    )
    return found


def pay(actor: Actor, order: Any, invoice: Any) -> SupplierInvoice:
    """Say that an approved invoice is paid. Raises Forbidden, NotFound, and Refused with `conflict`."""
    row, found = _take(actor, order, invoice, "approved")
    found.state, found.paid_at = "paid", now()
    _log(actor, "invoice_paid", row, found, f"Invoice {found.number} for {row.number} paid")
    return found


SAID = {"sent": Words("waiting to be checked"), "disputed": Words("disputed"), "approved": Words("approved"),
        "paid": Words("paid"), "replaced": Words("replaced by a corrected one")}  # fmt: skip


def _take(actor: Actor, order: Any, invoice: Any, state: str) -> tuple[Order, SupplierInvoice]:
    """Take the order, and its invoice in the state that the verb is for."""
    require(actor, "order:settle", order)
    row, found = unwrap(order), unwrap(invoice)
    if found.order_id != row.id:
        raise NotFound
    claim(row)
    session.refresh(found)
    if found.state != state:
        raise Refused(
            "conflict",
            "Invoice %(number)s is %(state)s, not %(wanted)s.",
            number=found.number,
            state=SAID[found.state],
            wanted=SAID[state],
        )
    return row, found


def _log(actor: Actor, kind: str, row: Order, found: SupplierInvoice, words: str, direction: str = "internal") -> None:
    log(actor, kind, row, words, direction, {"invoice": found.number, "version": found.version},
        customers=False)  # fmt: skip
    session.flush()
