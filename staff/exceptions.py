"""Exceptions at the desk: what does not go as ordered, settled many at once."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from actions import many_orders
from analytics.exceptions import ANSWERED, KINDS, counts, key_of, of_kind
from models.orders import Order, OrderChange, OrderChangeLine, OrderLine
from policy import rows, visible
from staff import many
from staff.blueprint import blueprint
from web import answering
from web.actor import actor
from web.incoming import number
from web.paging import next_url, page


@blueprint.get("/exceptions")
def exceptions_page() -> str:
    """One kind as a list; further pages arrive by htmx."""
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else "answers"
    query = of_kind(actor(), kind)
    if kind in ANSWERED:
        query = query.options(joinedload(OrderChangeLine.change).joinedload(OrderChange.order))
    elif kind == "overdue":
        query = query.options(joinedload(OrderLine.order))
    listed = page(actor(), query, [key_of(kind)], request.args.get("after"), descending=False)
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(
        f"staff/exceptions/{template}", kind=kind, kinds=KINDS, items=[shown(kind, one) for one in listed.items],
        more_url=next_url("staff.exceptions_page", listed, kind=kind), applies=kind in ANSWERED,
        counts={} if request.headers.get("HX-Request") else counts(actor()),
    )  # fmt: skip


def shown(kind: str, one: Any) -> dict[str, Any]:
    """One row: the order, the line and what was said of it, and the key by which it is chosen."""
    if kind == "unanswered":
        return {"order": one, "line": None, "key": one.number, "at": one.asked_at or one.ordered_at}
    if kind == "overdue":
        due = one.expected_at or one.promised_at or one.order.required_at
        return {"order": one.order, "line": one, "key": one.order.number, "at": due}
    order = one.change.order
    return {
        "order": order, "line": one.line, "key": f"{order.number}:{one.change.version}:{one.line.line}",
        "at": one.change.at, "said": answering.said(one, one.line),
    }  # fmt: skip


@blueprint.post("/exceptions/applications")
def apply_many() -> Response:
    """Apply the chosen lines of answers, each by itself."""
    found, strange = [], 0
    for key in many.chosen():
        order, version, line = (key.rsplit(":", 2) + ["", ""])[:3]
        query = visible(actor(), OrderChange).join(Order, Order.id == OrderChange.order_id)
        query = query.where(Order.number == order, OrderChange.version == (number(version) or 0))
        change = next(iter(rows(actor(), query.limit(1))), None)
        if change is None or number(line) is None:
            strange += 1
        else:
            found.append((change.order, change, number(line) or 0))
    made = many_orders.apply_lines(actor(), found)
    flash(ngettext("%(num)d line applied", "%(num)d lines applied", made.done)
          + ngettext(" in %(num)d order.", " in %(num)d orders.", len(made.orders)), "success")  # fmt: skip
    return back(made, strange)


@blueprint.post("/exceptions/reminders")
def chase_many() -> Response:
    """Remind the suppliers of the chosen orders, each order once a day."""
    found, strange = many.chosen_orders()
    made = many_orders.chase(actor(), found)
    flash(ngettext("%(num)d supplier reminded", "%(num)d suppliers reminded", many.suppliers(found, made))
          + ngettext(" of %(num)d order.", " of %(num)d orders.", made.done), "success")  # fmt: skip
    return back(made, strange)


def back(made: many_orders.Outcome, strange: int) -> Response:
    """Say what was not done and why, and show the list again."""
    many.told(made, strange)
    kind = request.form.get("kind", "")
    return redirect(url_for("staff.exceptions_page", kind=kind if kind in KINDS else None), 303)
