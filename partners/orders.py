"""Orders shared with a partner: the list, the order page, and the answer given in place."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select
from werkzeug.wrappers import Response

from actions import answer_drafts, parties, reading
from actions import orders as verbs
from models.db import session
from models.orders import PURCHASE_STATUSES, Order
from models.shares import FieldSet, Share
from partners import history, talking, waiting, words
from partners.blueprint import blueprint
from policy import Invalid, Refused, allowed, find, rows, visible
from policy.actor import Actor
from policy.fields import ALWAYS, SHAREABLE
from policy.seeing import shared_with
from web import answering
from web.actor import actor
from web.paging import page

FILTERS = ("sent", "changed", "confirmed", "confirmed_with_changes", "rejected", "received", "cancelled")


def shared_order(number: str) -> Any:
    """Find an order among those shared with the signed-in person's organisation."""
    return find(actor(), Order, number=number)


def search(who: Actor, query: Select[Any], words_typed: str) -> Select[Any]:
    """Keep what has these words in its number, or in the partner's own reference where that is shared."""
    granted = select(FieldSet.id, FieldSet.fields).join(Share, Share.field_set_id == FieldSet.id)
    found = session.execute(granted.where(shared_with(who, "order")))
    sets = [row.id for row in found if "supplier_reference" in row.fields]
    readable = select(Share.subject_id).where(shared_with(who, "order"), Share.field_set_id.in_(sets))
    own = Order.supplier_reference.icontains(words_typed, autoescape=True) & Order.id.in_(readable)
    return query.where(or_(Order.number.icontains(words_typed, autoescape=True), own))


@blueprint.get("/orders")
def orders() -> str:
    """The orders shared with us, newest number first; further pages arrive by htmx."""
    who, typed, status = actor(), request.args.get("q", "").strip()[:100], request.args.get("status", "")
    query = search(who, visible(who, Order), typed) if typed else visible(who, Order)
    if status == "waiting":
        query = query.where(Order.id.in_(waiting.to_confirm(who).with_only_columns(Order.id)))
    elif status in PURCHASE_STATUSES:
        query = query.where(Order.status == status)
    listed = page(who, query, [Order.number], request.args.get("after"))
    more = url_for("partners.orders", q=typed, status=status, after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(
        f"partners/orders/{template}", listed=listed, more_url=more, q=typed, status=status, filters=FILTERS
    )


@blueprint.get("/orders/<number>")
def order(number: str) -> str:
    """One order: its lines with our answer, what is shared with us, our answers so far, and the talk about it."""
    found = shared_order(number)
    reading.saw_order(actor(), found, "page")
    return order_page(found)


def order_page(found: Any, problem: Invalid | Refused | None = None) -> str:
    """Render the order page, keeping what was typed when something went wrong, or before in a draft."""
    said = history.versions(actor(), found)
    draft = answer_drafts.of(actor(), found) if allowed(actor(), "order:confirm", found) else None
    newest = said[0] if said else None
    ours = newest if newest and newest["side"] == "supplier" else None
    return render_template(
        "partners/orders/order.html", order=found, versions=said, problem=problem, draft=draft,
        typed=request.form or (draft.typed if draft else answering.again(found, ours)),
        changed=newest if newest and newest["side"] == "buyer" else None, answered=ours,
        version=newest["version"] if newest else 0, wrong=answering.wrong_line(problem), shared=shared(found),
        most_deliveries=answering.MOST_DELIVERIES, **talking.about(actor(), found),
    )  # fmt: skip


def shared(found: Any) -> dict[str, Any]:
    """What we see of an order and until when, in words, and what we do not."""
    shares = visible(actor(), Share).where(Share.subject_type == "order", Share.subject_id == found.id)
    ends = [share.expires_at for share in rows(actor(), shares)]
    shown = set(reading.fields_of(found))
    names = [name for name in SHAREABLE["order"] if name not in ALWAYS["order"]]
    return {
        "until": max(ends) if ends and all(ends) else None,
        "seen": [words.FIELDS[name] for name in names if name in shown],
        "hidden": [words.FIELDS[name] for name in names if name not in shown],
    }


@blueprint.post("/orders/<number>/acknowledgement")
def acknowledge(number: str) -> Response:
    """Say that the order was received."""
    verbs.acknowledge(actor(), shared_order(number))
    flash(_("%(number)s is marked as received.", number=number), "success")
    return redirect(url_for("partners.order", number=number), 303)


@blueprint.post("/orders/<number>/confirmation")
def confirm(number: str) -> Response | tuple[str, int]:
    """Answer the order, line by line or all as ordered."""
    found, form = shared_order(number), request.form
    try:
        response, lines = answering.read(found, form)
        verbs.confirm(actor(), found, response, lines, form.get("note") or None, form.get("version", None, int),
                      form.get("reference"))  # fmt: skip
    except (Invalid, Refused) as error:
        return order_page(found, error), 422 if isinstance(error, Invalid) else 409
    answer_drafts.drop(actor(), found)
    flash(_("Your answer to %(number)s was sent.", number=number), "success")
    return redirect(url_for("partners.home" if form.get("from") == "home" else "partners.order", number=number), 303)


@blueprint.post("/orders/<number>/draft")
def keep_draft(number: str) -> Response:
    """Keep what was typed so far, or throw it away; what is kept by itself asks for no page."""
    found, form = shared_order(number), request.form
    if form.get("discard"):
        answer_drafts.drop(actor(), found)
        flash(_("Your draft is thrown away."), "success")
    else:
        answer_drafts.keep(actor(), found, answering.typed(found, form), form.get("version", 0, int))
        if request.headers.get("X-Kept"):
            return Response(status=204)
        flash(_("Your draft is kept. Nothing was sent yet."), "success")
    return redirect(url_for("partners.order", number=number), 303)


@blueprint.post("/orders/<number>/conversations")
def start_conversation(number: str) -> Response | tuple[str, int]:
    """Begin to talk about an order."""
    found, form = shared_order(number), request.form
    subject = form.get("subject") or _("Question about %(number)s", number=number)
    try:
        made, _stored = parties.start_as_partner(
            actor(), found, subject, form.get("body", ""), form.get("client_id") or None
        )
    except (Invalid, Refused) as error:
        return order_page(found, error), 422 if isinstance(error, Invalid) else 409
    return redirect(url_for("partners.conversation", number=made.number), 303)
