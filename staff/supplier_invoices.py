"""Suppliers' invoices at the desk: matched against order and receipt, approved, disputed, paid."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import settling, suppliers
from actions.matching import in_words, match
from analytics import goods as lists
from models.orders import Order
from models.supplier_invoices import INVOICE_STATES, SupplierInvoice
from policy import Invalid, Refused, find, rows, visible
from staff.answers import the_order
from staff.blueprint import blueprint
from web import goods
from web.actor import actor
from web.errors import http_status
from web.paging import next_url, page


def of_order(row: Order) -> list[Any]:
    """The invoices for an order, the newest first."""
    found = visible(actor(), SupplierInvoice).where(SupplierInvoice.order_id == row.id)
    return rows(actor(), found.order_by(SupplierInvoice.id.desc()))


@blueprint.get("/supplier-invoices")
def supplier_invoices() -> str:
    """Suppliers' invoices, those to check first; further pages arrive by htmx."""
    show = request.args.get("show", "sent")
    query = lists.invoices(actor(), show)
    listed = page(actor(), query, [SupplierInvoice.id], request.args.get("after"), descending=show != "sent")
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    more = next_url("staff.supplier_invoices", listed, show=show)
    return render_template(
        f"staff/supplier_invoices/{template}", listed=listed, more_url=more, show=show, states=INVOICE_STATES
    )


def the_invoice(row: Order, public_id: str) -> SupplierInvoice:
    """Find an invoice for an order."""
    return find(actor(), SupplierInvoice, public_id=public_id, order_id=row.id)


@blueprint.get("/orders/<number>/invoices/<public_id>")
def supplier_invoice(number: str, public_id: str) -> str:
    """One invoice, line by line beside the order and what came in."""
    row = the_order(number)
    return invoice_page(row, the_invoice(row, public_id))


def invoice_page(row: Order, found: SupplierInvoice, problem: Exception | None = None) -> str:
    """Render the page, keeping what was typed."""
    matched = match(found)
    return render_template(
        "staff/supplier_invoices/invoice.html", order=row, invoice=found, matched=matched, problem=problem,
        typed=request.form, accepted=goods.accepted(request.form), in_words=in_words,
        priced=suppliers.policy_of(row.organisation_id).prices_shown,
        ready=all(one.ok for one in matched), payable=all(one.payable for one in matched),
    )  # fmt: skip


@blueprint.post("/orders/<number>/invoices/<public_id>/approval")
def approve_invoice(number: str, public_id: str) -> Response | tuple[str, int]:
    """Approve an invoice, with what we let pass."""
    row = the_order(number)
    found = the_invoice(row, public_id)
    try:
        settling.approve(actor(), row, found, goods.accepted(request.form))
    except (Invalid, Refused) as error:
        return invoice_page(row, found, error), http_status(error)
    flash(_("Invoice %(invoice)s is approved.", invoice=found.number), "success")
    return redirect(url_for("staff.supplier_invoice", number=number, public_id=public_id), 303)


@blueprint.post("/orders/<number>/invoices/<public_id>/dispute")
def dispute_invoice(number: str, public_id: str) -> Response | tuple[str, int]:
    """Say why some of it is not paid."""
    row = the_order(number)
    found = the_invoice(row, public_id)
    try:
        settling.dispute(actor(), row, found, goods.disputed(found, request.form))
    except (Invalid, Refused) as error:
        return invoice_page(row, found, error), http_status(error)
    flash(_("%(name)s reads why invoice %(invoice)s is disputed.", name=row.organisation.name, invoice=found.number),
          "success")  # fmt: skip
    return redirect(url_for("staff.supplier_invoice", number=number, public_id=public_id), 303)


@blueprint.post("/orders/<number>/invoices/<public_id>/payment")
def pay_invoice(number: str, public_id: str) -> Response:
    """Say that it is paid."""
    row = the_order(number)
    found = the_invoice(row, public_id)
    settling.pay(actor(), row, found)
    flash(_("Invoice %(invoice)s is paid.", invoice=found.number), "success")
    return redirect(url_for("staff.supplier_invoice", number=number, public_id=public_id), 303)
