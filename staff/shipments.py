"""Shipments at the desk: what suppliers send us and what came in of it, and what we send customers."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import receipts
from actions import shipments as verbs
from analytics import goods as lists
from models.billing import Shipment
from models.orders import Order
from policy import Invalid, Refused, find, require, rows, visible
from staff.answers import the_order
from staff.blueprint import blueprint
from web import answering, goods
from web.actor import actor
from web.errors import http_status
from web.paging import next_url, page


def of_order(row: Order) -> list[Any]:
    """The shipments of an order, what is still to come at the head."""
    found = visible(actor(), Shipment).where(Shipment.order_id == row.id)
    return rows(actor(), found.order_by(Shipment.received_at.is_not(None), Shipment.id.desc()))


@blueprint.get("/shipments")
def shipments() -> str:
    """What is on its way to us, or came in; further pages arrive by htmx."""
    show = request.args.get("show", "")
    show = show if show in lists.SHIPMENTS else "coming"
    order = [Shipment.id]
    listed = page(
        actor(), lists.shipments(actor(), show), order, request.args.get("after"), descending=show == "received"
    )
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    more = next_url("staff.shipments", listed, show=show)
    return render_template(f"staff/shipments/{template}", listed=listed, more_url=more, show=show)


@blueprint.get("/orders/<number>/shipments/new")
def new_shipment(number: str) -> str:
    """The form: to a customer, or for a supplier that told us otherwise."""
    row = the_order(number)
    require(actor(), "order:ship", row)
    return shipment_page(row)


def shipment_page(row: Order, problem: Invalid | Refused | None = None) -> str:
    """Render the form, keeping what was typed."""
    return render_template(
        "staff/orders/ship.html", order=row, problem=problem, typed=request.form, to_send=verbs.to_send(row),
        wrong=answering.wrong_line(problem),
    )  # fmt: skip


@blueprint.post("/orders/<number>/shipments")
def announce(number: str) -> Response | tuple[str, int]:
    """Write down what is sent."""
    row, form = the_order(number), request.form
    require(actor(), "order:ship", row)
    try:
        made = verbs.announce(actor(), row, goods.sent(row, form), **goods.how(form))
    except (Invalid, Refused) as error:
        return shipment_page(row, error), http_status(error)
    flash(_("Shipment %(shipment)s of %(number)s is written down.", shipment=made.number, number=number), "success")
    return redirect(url_for("staff.order", number=number, _anchor="shipments"), 303)


@blueprint.get("/orders/<number>/shipments/<public_id>")
def shipment(number: str, public_id: str) -> str:
    """One shipment: what was announced, and what came in or is to be counted."""
    row = the_order(number)
    return receipt_page(row, find(actor(), Shipment, public_id=public_id, order_id=row.id))


def receipt_page(row: Order, found: Any, problem: Invalid | Refused | None = None) -> str:
    """Render the page of a shipment, keeping what was typed."""
    return render_template(
        "staff/shipments/shipment.html", order=row, shipment=found, problem=problem, typed=request.form,
        wrong=answering.wrong_line(problem),
    )  # fmt: skip


@blueprint.post("/orders/<number>/shipments/<public_id>/receipt")
def receive(number: str, public_id: str) -> Response | tuple[str, int]:
    """Write down what came in."""
    row = the_order(number)
    found = find(actor(), Shipment, public_id=public_id, order_id=row.id)
    try:
        receipts.receive(actor(), row, found, goods.received(found, request.form))
    except (Invalid, Refused) as error:
        return receipt_page(row, found, error), http_status(error)
    flash(_("Shipment %(shipment)s is received.", shipment=found.number), "success")
    return redirect(url_for("staff.order", number=number, _anchor="shipments"), 303)


@blueprint.post("/orders/<number>/shipments/<public_id>/withdrawal")
def withdraw(number: str, public_id: str) -> Response:
    """Take back what was announced by mistake."""
    row = the_order(number)
    found = find(actor(), Shipment, public_id=public_id, order_id=row.id)
    verbs.withdraw(actor(), row, found)
    flash(_("Shipment %(shipment)s is taken back.", shipment=found.number), "success")
    return redirect(url_for("staff.order", number=number, _anchor="shipments"), 303)
