"""Carriers at the desk: who brings a sales order."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from actions import carriers
from models.orders import Order
from models.organisations import Organisation, Relation
from policy import find, rows, visible
from staff.blueprint import blueprint
from web.actor import actor

MANY = 200


def offered() -> list[Organisation]:
    """Whom an order can be given to: those who ship for somebody."""
    ships = select(Relation.from_id).where(Relation.kind == "ships_for", Relation.ended_at.is_(None))
    query = visible(actor(), Organisation).where(Organisation.id.in_(ships), Organisation.archived_at.is_(None))
    return rows(actor(), query.order_by(Organisation.name_key).limit(MANY))


@blueprint.post("/orders/<number>/carrier")
def assign_carrier(number: str) -> Response:
    """Give an order to a carrier, or to nobody."""
    row, chosen = find(actor(), Order, number=number), request.form.get("carrier", "")
    carrier = find(actor(), Organisation, public_id=chosen) if chosen else None
    carriers.assign(actor(), row, carrier)
    flash(_("%(name)s carries it.", name=carrier.name) if carrier else _("Nobody carries it."), "success")
    return redirect(url_for("staff.order", number=number), 303)
