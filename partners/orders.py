"""Orders shared with a partner: the list, the order page, and the answer given in place."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select
from werkzeug.wrappers import Response

from actions import answer_drafts, documents, files, parties, reading
from actions import orders as verbs
from models.db import session
from models.orders import PURCHASE_STATUSES, SALES_STATUSES, Order
from models.shares import FieldSet, Share
from models.types import now
from partners import exporting, history, papers, talking, waiting, words
from partners.blueprint import blueprint
from policy import Invalid, Refused, allowed, attachments, find, rows, visible
from policy.actor import Actor
from policy.fields import ALWAYS, SHAREABLE
from policy.seeing import shared_with
from web import answering, uploads
from web import documents as pdf
from web.actor import actor
from web.errors import http_status
from web.incoming import whole
from web.paging import page
from web.tables import download

MOST_EXPORTED = 2_000
CURRENT = ("sent", "changed", "confirmed", "confirmed_with_changes", "partly_received", "open", "partly_shipped")
FILTERS = ("sent", "changed", "confirmed", "confirmed_with_changes", "rejected", "partly_received",
           "received", "cancelled")  # fmt: skip


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


def wanted(who: Actor, typed: str, status: str) -> Select[Any]:
    """The orders shared with us that fit what was typed and chosen."""
    query = search(who, visible(who, Order), typed) if typed else visible(who, Order)
    if status == "waiting":
        return query.where(Order.id.in_(waiting.to_confirm(who).with_only_columns(Order.id)))
    if status == "to_ship":
        return query.where(Order.id.in_(waiting.to_ship(who).with_only_columns(Order.id)))
    if status == "current":
        return query.where(Order.status.in_(CURRENT))
    return query.where(Order.status == status) if status in (*PURCHASE_STATUSES, *SALES_STATUSES) else query


def asked() -> tuple[str, str]:
    """What was typed, and the state that was chosen."""
    return request.args.get("q", "").strip()[:100], request.args.get("status", "")


@blueprint.get("/orders")
def orders() -> str:
    """The orders shared with us, the newest first; further pages arrive by htmx."""
    who, (typed, status) = actor(), asked()
    listed = page(who, wanted(who, typed, status), [Order.id], request.args.get("after"))
    reading.saw_orders(who, listed.items)
    more = url_for("partners.orders", q=typed, status=status, after=listed.next) if listed.next else None
    template = "_rows.html" if request.headers.get("HX-Request") else "list.html"
    return render_template(
        f"partners/orders/{template}", listed=listed, more_url=more, q=typed, status=status, filters=FILTERS
    )


@blueprint.get("/orders.csv")
def export_orders() -> Response:
    """The same list as a table, from the same seen records and with the rights of this moment."""
    who = actor()
    found = rows(who, wanted(who, *asked()).order_by(Order.id.desc()).limit(MOST_EXPORTED))
    reading.saw_orders(who, found, "export")
    return download("orders", exporting.HEAD, exporting.lines(found))


@blueprint.get("/orders/<number>/document")
def order_document(number: str) -> Response:
    """One order as a PDF, as far as it is shared, with a code that leads back to it."""
    found = shared_order(number)
    reading.saw_order(actor(), found, "pdf")
    return pdf.download(actor(), found, now())


@blueprint.get("/orders/<number>")
def order(number: str) -> str:
    """One order: its lines with our answer, what is shared with us, our answers so far, and the talk about it."""
    return order_page(shared_order(number))


def order_page(found: Any, problem: Invalid | Refused | None = None) -> str:
    """Render the order page, keeping what was typed, now or in a draft; shown at all, it was seen."""
    reading.saw_order(actor(), found, "page")
    draft = answer_drafts.of(actor(), found) if allowed(actor(), "order:confirm", found) else None
    return render_template(
        "partners/orders/order.html", order=found, problem=problem, draft=draft, shared=shared(found),
        documents=attachments.of_record(actor(), found), **history.answering_of(actor(), found, problem, draft),
        **talking.about(actor(), found), **papers.of_order(actor(), found),
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
        verbs.confirm(actor(), found, response, lines, form.get("note") or None, whole("version", form.get("version")),
                      form.get("reference"))  # fmt: skip
    except (Invalid, Refused) as error:
        return order_page(found, error), http_status(error)
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
        answer_drafts.keep(actor(), found, answering.typed(found, form), whole("version", form.get("version")) or 0)
        if request.headers.get("X-Kept"):
            return Response(status=204)
        flash(_("Your draft is kept. Nothing was sent yet."), "success")
    return redirect(url_for("partners.order", number=number), 303)


@blueprint.post("/orders/<number>/conversations")
@uploads.along(shared_order, "order:start_conversation", files)
def start_conversation(number: str) -> Response | tuple[str, int]:
    """Begin to talk about an order."""
    found, form = shared_order(number), request.form
    subject = form.get("subject") or _("Question about %(number)s", number=number)
    try:
        made, _stored = parties.start_as_partner(
            actor(), found, subject, form.get("body", ""), form.get("client_id") or None, uploads.sent()
        )
    except (Invalid, Refused) as error:
        return order_page(found, error), http_status(error)
    return redirect(url_for("partners.conversation", number=made.number), 303)


@blueprint.post("/orders/<number>/attachments")
@uploads.along(shared_order, "order:attach", files)
def attach(number: str) -> Response | tuple[str, int]:
    """Put documents on an order, for us and its buyer."""
    found = shared_order(number)
    try:
        documents.attach(actor(), found, uploads.sent())
    except (Invalid, Refused) as error:
        return order_page(found, error), http_status(error)
    flash(_("The documents are on %(number)s now.", number=number), "success")
    return redirect(url_for("partners.order", number=number, _anchor="documents"), 303)
