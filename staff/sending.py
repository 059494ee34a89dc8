"""Many purchase orders sent at once: each by itself, and each that is refused is named with its reason."""

from flask import flash, redirect, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from actions import many_orders
from models.orders import Order
from policy import rows, visible
from staff.blueprint import blueprint
from web.actor import actor
from web.saying import said

MOST_AT_ONCE, REASONS_SHOWN = 200, 5


def chosen() -> list[str]:
    """The keys that were chosen in a list, or all that were shown there."""
    name = "shown" if request.form.get("all") else "chosen"
    return list(dict.fromkeys(request.form.getlist(name)))[:MOST_AT_ONCE]


def told(made: many_orders.Outcome, strange: int) -> None:
    """Say what was not done and why; what nobody can name is only counted."""
    for which, why in made.refused[:REASONS_SHOWN]:
        flash(f"{which}: {said(why)}", "warning")
    if left := max(0, len(made.refused) - REASONS_SHOWN) + strange:
        flash(ngettext("%(num)d more was not done.", "%(num)d more were not done.", left), "warning")


@blueprint.post("/orders/dispatches")
def send_many() -> Response:
    """Send the chosen drafts to their suppliers for confirmation, each by itself."""
    wanted = chosen()
    found = rows(actor(), visible(actor(), Order).where(Order.number.in_(wanted)).order_by(Order.id))
    made = many_orders.send(actor(), found)
    suppliers = len({one.organisation_id for one in found if one.number in made.orders})
    flash(ngettext("%(num)d order sent", "%(num)d orders sent", made.done)
          + ngettext(" to %(num)d supplier.", " to %(num)d suppliers.", suppliers), "success")  # fmt: skip
    told(made, len(wanted) - len(found))
    return redirect(url_for("staff.orders", kind="purchase", status="draft"), 303)
