"""Changes at the desk: what we change or cancel after an order was sent, and reminding its supplier."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import order_changes, order_notices
from models.orders import Order
from policy import Invalid, Refused, require
from staff.answers import the_order
from staff.blueprint import blueprint
from web import answering
from web.actor import actor
from web.errors import http_status
from web.incoming import whole


@blueprint.get("/orders/<number>/change")
def new_change(number: str) -> str:
    """The form with which lines are changed or cancelled."""
    row = the_order(number)
    require(actor(), "order:change", row)
    return change_page(row)


def change_page(row: Order, problem: Invalid | Refused | None = None) -> str:
    """Render the form, keeping what was typed."""
    return render_template(
        "staff/orders/change.html", order=row, problem=problem, typed=request.form,
        wrong=answering.wrong_line(problem),
    )  # fmt: skip


@blueprint.post("/orders/<number>/changes")
def change_order(number: str) -> Response | tuple[str, int]:
    """Change what differs from what is ordered, or cancel all of it; the supplier is asked again."""
    row, form = the_order(number), request.form
    version, note = whole("version", form.get("version")), form.get("note") or None
    try:
        if form.get("cancel"):
            order_changes.cancel(actor(), row, note, version)
        else:
            order_changes.change(actor(), row, differences(row, form), note, version)
    except (Invalid, Refused) as error:
        return change_page(row, error), http_status(error)
    flash(_("%(name)s is asked again.", name=row.organisation.name), "success")
    return redirect(url_for("staff.order", number=number), 303)


def differences(row: Order, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines of the form that differ from what is ordered."""
    found = []
    for line in row.lines:
        name = f"line-{line.line}"
        number, day = whole(f"lines.{line.line}.quantity", form.get(f"{name}-quantity")), form.get(f"{name}-date")
        given: dict[str, Any] = {"line": line.line, "reason": form.get(f"{name}-reason") or None}
        if number is not None and number != line.quantity:
            given["quantity"] = number
        if day and (line.promised_at is None or day != line.promised_at.date().isoformat()):
            given["promised_at"] = day
        if len(given) > 2:
            found.append(given)
    return found


@blueprint.post("/orders/<number>/reminders")
def chase_order(number: str) -> Response:
    """Remind the supplier of what it has not answered or delivered."""
    row = the_order(number)
    order_notices.chase(actor(), row)
    flash(_("%(name)s is reminded of %(number)s.", name=row.organisation.name, number=number), "success")
    return redirect(url_for("staff.order", number=number), 303)
