"""Invoices of suppliers: sent, matched, approved, disputed, paid."""

from typing import Any

from pydantic import StrictFloat, StrictInt, StrictStr

from actions import settling
from actions import supplier_invoices as verbs
from actions.matching import match
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.orders import Order
from models.supplier_invoices import SupplierInvoice
from policy import Actor, find, require, visible


class InvoicedLine(Given):
    line: StrictInt | None = None
    description: StrictStr | None = None
    quantity: StrictInt
    unit_price: StrictStr | StrictInt | StrictFloat


class NewInvoice(Given):
    number: StrictStr
    lines: list[InvoicedLine] | None = None
    issued_at: StrictStr | None = None
    due_at: StrictStr | None = None
    note: StrictStr | None = None
    replaces: StrictStr | None = None


@operation("GET", "/orders/<path:number>/invoices", "order", query=Paged)
def order_invoices(actor: Actor, number: str, query: Paged) -> dict[str, Any]:
    """List what the supplier of an order asks for it, and what became of that; staff also see how it matches."""
    row = find(actor, Order, number=number)
    seen = visible(actor, SupplierInvoice).where(SupplierInvoice.order_id == row.id)
    return listed(actor, seen, [SupplierInvoice.id], query, lambda one: shaped(actor, one))


def shaped(actor: Actor, one: Any) -> dict[str, Any]:
    """An invoice; for staff with what differs from order and receipt, line by line."""
    return shapes.supplier_invoice(one, None if actor.outside else match(one))


@operation("POST", "/orders/<path:number>/invoices", "order", body=NewInvoice, status=201)
def send_invoice(actor: Actor, number: str, body: NewInvoice) -> dict[str, Any]:
    """Send an invoice; without lines, for all that was shipped and is on no invoice, at the agreed prices where shown."""
    row = find(actor, Order, number=number)
    require(actor, "order:invoice", row)
    before = find(actor, SupplierInvoice, public_id=body.replaces, order_id=row.id) if body.replaces else None
    lines = None if body.lines is None else [one.model_dump() for one in body.lines]
    made = verbs.invoice(actor, row, body.number, lines, issued_at=body.issued_at, due_at=body.due_at, note=body.note,
                         replaces=before)  # fmt: skip
    return shaped(actor, find(actor, SupplierInvoice, id=made.id))


class Approval(Given):
    accepting: list[StrictInt] = []


@operation("POST", "/orders/<path:number>/invoices/<invoice>/approval", "order", body=Approval)
def approve_invoice(actor: Actor, number: str, invoice: str, body: Approval) -> dict[str, Any]:
    """Approve an invoice; `accepting` are positions that pass although they are dearer or not on the order."""
    row, found = the_invoice(actor, number, invoice)
    return shaped(actor, settling.approve(actor, row, found, body.accepting))


class DisputedLine(Given):
    position: StrictInt
    reason: StrictStr


class Dispute(Given):
    lines: list[DisputedLine]


@operation("POST", "/orders/<path:number>/invoices/<invoice>/dispute", "order", body=Dispute)
def dispute_invoice(actor: Actor, number: str, invoice: str, body: Dispute) -> dict[str, Any]:
    """Say why some lines are not paid; the supplier may send a corrected invoice."""
    row, found = the_invoice(actor, number, invoice)
    return shaped(actor, settling.dispute(actor, row, found, [one.model_dump() for one in body.lines]))


@operation("POST", "/orders/<path:number>/invoices/<invoice>/payment", "order")
def pay_invoice(actor: Actor, number: str, invoice: str) -> dict[str, Any]:
    """Say that an approved invoice is paid."""
    row, found = the_invoice(actor, number, invoice)
    return shaped(actor, settling.pay(actor, row, found))


def the_invoice(actor: Actor, number: str, invoice: str) -> tuple[Any, Any]:
    """An order that the actor may settle, and an invoice for it."""
    row = find(actor, Order, number=number)
    require(actor, "order:settle", row)
    return row, find(actor, SupplierInvoice, public_id=invoice, order_id=row.id)
