"""Invoices of a supplier: made from what was shipped, what became of them, and corrected when they are disputed."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import reading
from actions import supplier_invoices as verbs
from models.supplier_invoices import INVOICE_STATES, SupplierInvoice
from models.types import now
from partners.blueprint import blueprint
from partners.orders import shared_order
from policy import Invalid, Refused, find, has, require, visible
from web import answering, goods
from web.actor import actor
from web.errors import http_status
from web.paging import next_url, page


@blueprint.get("/invoices")
def invoices() -> str:
    """Our invoices and what became of them, the newest first; further pages arrive by htmx."""
    show = request.args.get("show", "")
    query = visible(actor(), SupplierInvoice)
    if show in INVOICE_STATES:
        query = query.where(SupplierInvoice.state == show)
    listed = page(actor(), query, [SupplierInvoice.id], request.args.get("after"))
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    more = next_url("partners.invoices", listed, show=show or None)
    return render_template(f"partners/invoices/{template}", listed=listed, more_url=more, show=show)


@blueprint.get("/orders/<number>/invoices/new")
def new_invoice(number: str) -> str:
    """The form, filled in from what was shipped, or from the invoice that is corrected."""
    found = shared_order(number)
    require(actor(), "order:invoice", found)
    return invoice_page(found, corrected(found, request.args.get("replaces")))


def corrected(found: Any, public_id: str | None) -> Any:
    """The invoice of this order that is corrected; None when there is none."""
    return find(actor(), SupplierInvoice, public_id=public_id, order_id=found.id) if public_id else None


def invoice_page(found: Any, before: Any, problem: Invalid | Refused | None = None) -> str:
    """Render the form, keeping what was typed."""
    reading.saw_order(actor(), found, "page")
    typed = request.form or (again(before) if before else offered(found))
    return render_template(
        "partners/invoices/new.html", order=found, problem=problem, typed=typed, before=before, free=goods.FREE_POSITIONS,
        wrong=answering.wrong_line(problem), today=now().date().isoformat(),
        currency=found.currency if has(found, "currency") else "",
        priced=any(has(line, "unit_price") for line in found.lines),
    )  # fmt: skip


def offered(found: Any) -> dict[str, str]:
    """What was shipped and is not invoiced."""
    shown = {}
    for one in verbs.propose(found):
        shown[f"line-{one.line}"] = str(one.quantity)
        if one.unit_price is not None:
            shown[f"line-{one.line}-price"] = in_figures(one.unit_price)
    return shown


def again(before: Any) -> dict[str, str]:
    """What the disputed invoice said."""
    shown, place = {"number": before.number}, 0
    for line in before.lines:
        if line.line is not None:
            name, shown[f"line-{line.line.line}"] = f"line-{line.line.line}", str(line.quantity)
        else:
            place += 1
            name = f"more-{place}"
            shown |= {name: line.description, f"{name}-quantity": str(line.quantity)}
        shown[f"{name}-price"] = in_figures(line.unit_price)
    return shown


def in_figures(price: Any) -> str:
    """A price as it is typed: at least two places, four where it needs them."""
    return f"{price:.2f}" if price == round(price, 2) else f"{price:.4f}"


@blueprint.post("/orders/<number>/invoices")
def send_invoice(number: str) -> Response | tuple[str, int]:
    """Send an invoice."""
    found, form = shared_order(number), request.form
    require(actor(), "order:invoice", found)
    before = corrected(found, form.get("replaces"))
    try:
        made = verbs.invoice(
            actor(), found, form.get("number", ""), goods.invoiced(found, form), issued_at=form.get("issued_at") or None,
            due_at=form.get("due_at") or None, note=form.get("note") or None, replaces=before,
        )  # fmt: skip
    except (Invalid, Refused) as error:
        return invoice_page(found, before, error), http_status(error)
    flash(_("Invoice %(invoice)s was sent.", invoice=made.number), "success")
    return redirect(url_for("partners.order", number=number, _anchor="invoices"), 303)
