"""Many purchase orders sent at once: each by itself, and each that is refused is named with its reason."""

from flask import flash, redirect, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from actions import many_orders
from staff import many
from staff.blueprint import blueprint
from web.actor import actor


@blueprint.post("/orders/dispatches")
def send_many() -> Response:
    """Send the chosen drafts to their suppliers for confirmation, each by itself."""
    found, strange = many.chosen_orders()
    made = many_orders.send(actor(), found)
    flash(ngettext("%(num)d order sent", "%(num)d orders sent", made.done)
          + ngettext(" to %(num)d supplier.", " to %(num)d suppliers.", many.suppliers(found, made)), "success")  # fmt: skip
    many.told(made, strange)
    return redirect(url_for("staff.orders", kind="purchase", status="draft"), 303)
