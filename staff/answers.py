"""Answers at the desk: what a supplier said, whom it moves, letting it count, telling them, and keying one in for it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import documents, files, supply, telling
from actions import orders as verbs
from actions.affected import affected, pending
from models.orders import Order, OrderChange
from policy import Invalid, Refused, find, require, rows, visible
from staff.blueprint import blueprint
from web import answering, uploads
from web.actor import actor
from web.errors import http_status
from web.incoming import whole

MADE_BY = ("email", "telephone", "post", "in_person")


def the_order(number: str) -> Order:
    """Find an order."""
    return find(actor(), Order, number=number)


def of_order(row: Order) -> list[dict[str, Any]]:
    """What both sides said, newest first: what applying the newest answer would do, and what applying others did."""
    found = visible(actor(), OrderChange).where(OrderChange.order_id == row.id).order_by(OrderChange.version.desc())
    return [answer(row, change) for change in rows(actor(), found)]


def answer(row: Order, change: OrderChange) -> dict[str, Any]:
    """One answer or change: its lines, and the sales lines behind it before or after."""
    newest = change.version == row.answered_version and change.side == "supplier"
    waiting = pending(change) if newest else []
    products = {one.line.product_id: one.line.description for one in waiting if one.response != "accepted"}
    positions = {name: supply.position(key) for key, name in products.items() if key}
    return {
        "change": change, "waiting": waiting, "preview": affected(change) if waiting else [], "positions": positions,
        "lines": [answering.said(one, one.line) | {"row": one} for one in change.lines],
        "notices": telling.notices(actor(), change, row.number),
    }  # fmt: skip


def change_of(row: Order, version: int) -> OrderChange:
    """Find one answer to an order."""
    return find(actor(), OrderChange, order_id=row.id, version=version)


@blueprint.post("/orders/<number>/answers/<int:version>/application")
def apply_answer(number: str, version: int) -> Response:
    """Make an answer count; the page then shows whom it moves."""
    row = the_order(number)
    moved = verbs.apply_answer(actor(), row, change_of(row, version), whole("line", request.form.get("line")))
    late = len({one.order for one in moved if one.state != "safe"})
    flash(_("Applied. Orders late or short: %(n)s.", n=late), "success")
    return redirect(url_for("staff.order", number=number, _anchor=f"answer-{version}"), 303)


@blueprint.post("/orders/<number>/answers/<int:version>/notices")
def tell_affected(number: str, version: int) -> Response:
    """Send, fold or leave the notice of each affected order, as chosen."""
    row, form = the_order(number), request.form
    ways = {name.removeprefix("way-"): form[name] for name in form if name.startswith("way-")}
    words = {name.removeprefix("words-"): form[name] for name in form if name.startswith("words-")}
    told = verbs.tell_affected(actor(), row, change_of(row, version), ways, words)
    flash(_("Customers told: %(n)s.", n=len(told)), "success")
    return redirect(url_for("staff.order", number=number, _anchor=f"answer-{version}"), 303)


@blueprint.get("/orders/<number>/answer")
def new_answer(number: str) -> str:
    """The form for an answer that came by mail, on paper or by telephone."""
    row = the_order(number)
    require(actor(), "order:record_answer", row)
    return answer_page(row)


def answer_page(row: Order, problem: Invalid | Refused | None = None) -> str:
    """Render the form, keeping what was typed."""
    return render_template(
        "staff/orders/record.html", order=row, problem=problem, typed=request.form, channels=MADE_BY,
        wrong=answering.wrong_line(problem), most_deliveries=answering.MOST_DELIVERIES,
    )  # fmt: skip


@blueprint.post("/orders/<number>/answers")
@uploads.along(the_order, "order:record_answer", files)
def record_answer(number: str) -> Response | tuple[str, int]:
    """Write down what the supplier answered, with the proof of it on the order."""
    row, form = the_order(number), request.form
    try:
        response, lines = answering.read(row, form)
        verbs.record_answer(actor(), row, response, lines, form.get("note") or None, whole("version", form.get("version")),
                            form.get("reference"), form.get("channel", "email"))  # fmt: skip
        if proof := uploads.sent():
            documents.attach(actor(), row, proof)
    except (Invalid, Refused) as error:
        return answer_page(row, error), http_status(error)
    flash(
        _("The answer of %(name)s to %(number)s is written down.", name=row.organisation.name, number=number), "success"
    )
    return redirect(url_for("staff.order", number=number, _anchor=f"answer-{row.answered_version}"), 303)
