"""Invoices: what is due, what is late, what is paid."""

from flask import Response, make_response, render_template, request
from sqlalchemy import and_, or_

from models.billing import Invoice
from models.types import now
from policy import find, visible
from portal.blueprint import blueprint
from web import documents
from web.actor import actor
from web.paging import next_url, page
from web.product import product

ORDER = [Invoice.issued_at, Invoice.number]


@blueprint.get("/invoices")
def invoices() -> str:
    """Invoices, the latest first."""
    show = request.args.get("show", "")
    query = visible(actor(), Invoice)
    unpaid = Invoice.paid_at.is_(None)
    filters = {
        "due": and_(unpaid, or_(Invoice.due_at.is_(None), Invoice.due_at >= now())),
        "overdue": and_(unpaid, Invoice.due_at < now()),
        "paid": Invoice.paid_at.is_not(None),
    }
    if show in filters:
        query = query.where(filters[show])
    listed = page(actor(), query, ORDER, request.args.get("after"))
    more = next_url("portal.invoices", listed)
    template = "portal/invoices/_rows.html" if request.headers.get("HX-Request") else "portal/invoices/list.html"
    return render_template(template, listed=listed, more_url=more, show=show)


@blueprint.get("/invoices/<public_id>")
def invoice(public_id: str) -> str:
    """One invoice, ready to be printed."""
    found = find(actor(), Invoice, public_id=public_id)
    return render_template("portal/invoices/invoice.html", invoice=found)


@blueprint.get("/invoices/<public_id>/document")
def invoice_document(public_id: str) -> Response:
    """One invoice as a PDF."""
    found = find(actor(), Invoice, public_id=public_id)
    made = make_response(documents.invoice(actor(), found, product().config["SETTINGS"].business_name))
    made.content_type = "application/pdf"
    made.headers["Content-Disposition"] = f'attachment; filename="{documents.file_name(found)}"'
    return made
