"""Orders shared with a partner: the list, the order page, and the answer given in place."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select
from werkzeug.wrappers import Response

from actions import documents, files, parties, reading
from actions import orders as verbs
from models.db import session
from models.orders import PURCHASE_STATUSES, SALES_STATUSES, Order, OrderChange
from models.shares import FieldSet, Share
from partners import answering, exporting, talking, waiting, words
from partners.blueprint import blueprint
from policy import Invalid, Refused, attachments, find, has, rows, visible
from policy.actor import Actor
from policy.fields import ALWAYS, SHAREABLE
from policy.seeing import shared_with
from web import uploads
from web.actor import actor
from web.incoming import whole
from web.paging import page
from web.tables import download

MOST_EXPORTED = 2_000
FILTERS = ("sent", "confirmed", "confirmed_with_changes", "rejected", "received", "cancelled")


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
    return query.where(Order.status == status) if status in (*PURCHASE_STATUSES, *SALES_STATUSES) else query


def asked() -> tuple[str, str]:
    """What was typed, and the state that was chosen."""
    return request.args.get("q", "").strip()[:100], request.args.get("status", "")


@blueprint.get("/orders")
def orders() -> str:
    """The orders shared with us, newest number first; further pages arrive by htmx."""
    who, (typed, status) = actor(), asked()
    listed = page(who, wanted(who, typed, status), [Order.number], request.args.get("after"))
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
    found = rows(who, wanted(who, *asked()).order_by(Order.number.desc()).limit(MOST_EXPORTED))
    reading.saw_orders(who, found, "export")
    return download("orders", exporting.HEAD, exporting.lines(found))


@blueprint.get("/orders/<number>")
def order(number: str) -> str:
    """One order: its lines with our answer, what is shared with us, our answers so far, and the talk about it."""
    return order_page(shared_order(number))


def order_page(found: Any, problem: Invalid | Refused | None = None) -> str:
    """Render the order page, keeping what was typed when something went wrong; shown at all, it was seen."""
    reading.saw_order(actor(), found, "page")
    answered_so_far = versions(found)
    return render_template(
        "partners/orders/order.html", order=found, versions=answered_so_far, problem=problem,
        typed=request.form or answering.again(found, answered_so_far),
        wrong=wrong_line(problem), shared=shared(found), documents=attachments.of_order(actor(), found), **talking.about(actor(), found),
    )  # fmt: skip


def wrong_line(problem: Invalid | Refused | None) -> int | None:
    """The line that a refused answer was about."""
    place = problem.field.split(".")[1] if isinstance(problem, Invalid) and problem.field.count(".") else ""
    return int(place) if place.isdecimal() else None


def versions(found: Any) -> list[dict[str, Any]]:
    """Our own answers, newest first; what the order itself does not show us, they do not either."""
    changes = rows(
        actor(),
        visible(actor(), OrderChange).where(OrderChange.order_id == found.id).order_by(OrderChange.version.desc()),
    )
    seen = {line.line: line for line in found.lines}
    return [
        {
            "version": change.version, "response": change.response, "at": change.at, "note": change.note,
            "lines": [answered(one, seen[one.line.line]) for one in change.lines if one.line.line in seen],
        }
        for change in changes
    ]  # fmt: skip


def answered(one: Any, line: Any) -> dict[str, Any]:
    """One line of an answer, as far as its author may see the line."""
    own = one.response == "changed"
    return {
        "line": line.line, "product": line.product.name if line.product else "", "response": one.response,
        "quantity": one.quantity if own and has(line, "quantity") else None,
        "promised_at": one.promised_at if own or has(line, "promised_at") else None,
        "reason": one.reason, "applied": one.applied_at is not None,
    }  # fmt: skip


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
        verbs.confirm(actor(), found, response, lines, form.get("note") or None, whole("version", form.get("version")))
    except (Invalid, Refused) as error:
        return order_page(found, error), 422 if isinstance(error, Invalid) else 409
    flash(_("Your answer to %(number)s was sent.", number=number), "success")
    return redirect(url_for("partners.home" if form.get("from") == "home" else "partners.order", number=number), 303)


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
        return order_page(found, error), 422 if isinstance(error, Invalid) else 409
    return redirect(url_for("partners.conversation", number=made.number), 303)


@blueprint.post("/orders/<number>/attachments")
@uploads.along(shared_order, "order:attach", files)
def attach(number: str) -> Response | tuple[str, int]:
    """Put documents on an order, for us and its buyer."""
    found = shared_order(number)
    try:
        documents.attach(actor(), found, uploads.sent())
    except (Invalid, Refused) as error:
        return order_page(found, error), 422 if isinstance(error, Invalid) else 409
    flash(_("The documents are on %(number)s now.", number=number), "success")
    return redirect(url_for("partners.order", number=number, _anchor="documents"), 303)
