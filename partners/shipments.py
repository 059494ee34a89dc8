"""Shipments of a supplier: announcing what is sent of an order, and taking back what was announced by mistake."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import reading
from actions import shipments as verbs
from models.billing import Shipment
from partners.blueprint import blueprint
from partners.orders import shared_order
from policy import Invalid, Refused, find, require
from web import answering, goods
from web.actor import actor
from web.errors import http_status


@blueprint.get("/orders/<number>/shipments/new")
def new_shipment(number: str) -> str:
    """The form: what can be sent now, filled in."""
    found = shared_order(number)
    require(actor(), "order:ship", found)
    return shipment_page(found)


def shipment_page(found: Any, problem: Invalid | Refused | None = None) -> str:
    """Render the form, keeping what was typed."""
    reading.saw_order(actor(), found, "page")
    return render_template(
        "partners/orders/ship.html", order=found, problem=problem, typed=request.form, to_send=verbs.to_send(found),
        wrong=answering.wrong_line(problem),
    )  # fmt: skip


@blueprint.post("/orders/<number>/shipments")
def announce(number: str) -> Response | tuple[str, int]:
    """Say what is sent."""
    found, form = shared_order(number), request.form
    require(actor(), "order:ship", found)
    try:
        made = verbs.announce(actor(), found, goods.sent(found, form), **goods.how(form))
    except (Invalid, Refused) as error:
        return shipment_page(found, error), http_status(error)
    flash(_("Shipment %(shipment)s of %(number)s is announced.", shipment=made.number, number=number), "success")
    return redirect(url_for("partners.order", number=number, _anchor="shipments"), 303)


@blueprint.post("/orders/<number>/shipments/<public_id>/withdrawal")
def withdraw(number: str, public_id: str) -> Response:
    """Take an announcement back."""
    found = shared_order(number)
    shipment = find(actor(), Shipment, public_id=public_id)
    verbs.withdraw(actor(), found, shipment)
    flash(_("Shipment %(shipment)s is taken back.", shipment=shipment.number), "success")
    return redirect(url_for("partners.order", number=number, _anchor="shipments"), 303)
