"""Asking for a decision at the desk: of the customer or of one partner, about a line where there is one."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import decisions
from actions.addressing import audience
from models.decisions import Decision
from models.orders import Order
from policy import Invalid, rows, visible
from staff import conversations
from staff.blueprint import blueprint
from web.actor import actor
from web.deciding import of_form
from web.saying import blamed


@blueprint.post("/conversations/<number>/decisions")
def ask_decision(number: str) -> Response | tuple[str, int]:
    """Put the question into the thread."""
    row, given = conversations.conversation(number), of_form(request.form)
    try:
        decisions.ask(actor(), row, audience=audience(actor(), row, request.form.get("audience")), **given)
    except Invalid as error:
        return conversations.page_of(row, problem=blamed(error)), 422
    flash(_("The question is in the thread."), "success")
    return redirect(url_for("staff.conversation_page", number=number), 303)


def of_order(row: Order) -> dict[str, list[Any]]:
    """The decisions asked about each line of an order, the newest first, by the line's NUMBER/LINE."""
    about = [line.public_id for line in row.lines]
    query = visible(actor(), Decision).where(Decision.about_id.in_(about)).order_by(Decision.id.desc()).limit(100)
    found: dict[str, list[Any]] = {}
    for one in rows(actor(), query):
        found.setdefault(one.about_id, []).append(one)
    return found
