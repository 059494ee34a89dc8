"""Bringing partners into a conversation, masked; introducing them; taking them out again."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from actions import conversations, parties, shares
from analytics import contact
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from models.types import now
from policy import Invalid, find
from policy.fields import ALWAYS, DEFAULT_SETS, SHAREABLE
from staff import words
from staff.blueprint import blueprint
from web.actor import actor
from web.saying import blamed

USUAL_DAYS = 90


def share_choices() -> dict[str, Any]:
    """The fields of an order that can be shared, in words, the usual ones chosen; and the usual end."""
    chosen = DEFAULT_SETS["order"]
    names = [name for name in SHAREABLE["order"] if name not in ALWAYS["order"]]
    return {
        "share_fields": [(name, words.ORDER.get(name, name), name in chosen) for name in names],
        "share_until": (now() + timedelta(days=USUAL_DAYS)).date().isoformat(),
    }


def end_of(day: str | None) -> datetime | None:
    """The end of a day given in a form. Raises Invalid."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(23, 59, 59), UTC)
    except ValueError as error:
        raise Invalid("until", _("is not a date")) from error


@blueprint.post("/conversations/<number>/parties")
def add_party(number: str) -> Response:
    """Bring a partner in, share the order behind the matter, and ask."""
    row, form = find(actor(), Conversation, number=number), request.form
    partner, until = find(actor(), Organisation, public_id=form.get("organisation", "")), end_of(form.get("until"))
    if form.get("order"):
        order = find(actor(), Order, number=form["order"])
        names = form.getlist("fields") or list(DEFAULT_SETS["order"])
        shares.share(actor(), order, partner, "respond", names, expires_at=until, conversation=row)
    parties.add(actor(), row, partner, subject=form.get("subject") or None, expires_at=until)
    if form.get("body"):
        conversations.reply(actor(), row, form["body"], audience=f"partner:{partner.id}")
    flash(_("%(name)s takes part now, masked.", name=partner.name), "success")
    return redirect(url_for("staff.conversation_page", number=number), 303)


@blueprint.post("/conversations/<number>/parties/<public_id>/removal")
def remove_party(number: str, public_id: str) -> Response:
    """Take a partner out: it hears nothing from here on."""
    row, partner = find(actor(), Conversation, number=number), find(actor(), Organisation, public_id=public_id)
    parties.remove(actor(), row, partner)
    flash(_("%(name)s no longer takes part.", name=partner.name), "success")
    return redirect(url_for("staff.conversation_page", number=number), 303)


@blueprint.post("/conversations/<number>/parties/<public_id>/introduction")
def introduce_party(number: str, public_id: str) -> Response:
    """Let customer and partner know each other from here on."""
    row, partner = find(actor(), Conversation, number=number), find(actor(), Organisation, public_id=public_id)
    parties.introduce(actor(), row, partner)
    flash(_("The customer and %(name)s know each other from here on.", name=partner.name), "success")
    return redirect(url_for("staff.conversation_page", number=number), 303)


@blueprint.route("/conversations/new", methods=["GET"])
def new_conversation() -> str:
    """Begin a conversation on somebody's behalf."""
    return new_page()


def new_page(problem: str | None = None) -> str:
    """The form of a new conversation, with what was typed."""
    found = (
        find(actor(), Organisation, public_id=request.values["organisation"])
        if request.values.get("organisation")
        else None
    )
    return render_template("staff/conversations/new.html", organisation=found, typed=request.form, problem=problem,
                           often=contact.frequency(found.id) if found else None)  # fmt: skip


@blueprint.post("/conversations")
def start_conversation() -> Response | tuple[str, int]:
    """Begin it, with the first message to the customer or as a note."""
    form = request.form
    organisation = find(actor(), Organisation, public_id=form.get("organisation", ""))
    try:
        made, _stored = conversations.start(
            actor(), form.get("subject", ""), form.get("body", ""), organisation=organisation,
            audience="customer" if form.get("audience") == "customer" else "staff",
            message_client_id=form.get("client_id") or None,
        )  # fmt: skip
    except Invalid as error:
        return new_page(blamed(error)), 422
    return redirect(url_for("staff.conversation_page", number=made.number), 303)
