"""Orders: what was ordered, what has left, what is still to come and when."""

from flask import Response, render_template, request
from sqlalchemy import or_

from actions import progress
from models.billing import Invoice, Shipment
from models.conversations import Conversation
from models.orders import Order
from models.promises import Promise
from models.shares import Share
from models.types import now
from policy import Actor, attachments, find, rows, visible
from portal import issues, promises, words
from portal.blueprint import blueprint
from web import documents
from web.actor import actor
from web.paging import next_url, page

ORDER = [Order.ordered_at, Order.number]
OPEN = ("open", "partly_shipped")


def step(order: object, shipments: list[object]) -> int:
    """How far an order is: 0 received, 1 being prepared, 2 on its way, 3 delivered, 4 all done."""
    status = order.status  # type: ignore[attr-defined]
    if status == "shipped" and shipments and all(one.delivered_at for one in shipments):  # type: ignore[attr-defined]
        return 4
    return {"open": 1, "partly_shipped": 2, "shipped": 2}.get(status, 0)


@blueprint.get("/orders")
def orders() -> str:
    """Orders, the latest first; found by our number or the customer's own."""
    show, q = request.args.get("show", ""), request.args.get("q", "").strip()
    query = visible(actor(), Order)
    if show in ("open", "shipped", "cancelled"):
        query = query.where(Order.status.in_(OPEN if show == "open" else (show,)))
    if q:
        query = query.where(or_(Order.number == q, Order.customer_reference == q))
    listed = page(actor(), query, ORDER, request.args.get("after"))
    more = next_url("portal.orders", listed)
    template = "portal/orders/_rows.html" if request.headers.get("HX-Request") else "portal/orders/list.html"
    return render_template(template, listed=listed, more_url=more, show=show, q=q, step=step)


@blueprint.get("/orders/<number>")
def order(number: str) -> str:
    """One order: its lines with their dates, shipments, invoices and requests; each line can be asked about."""
    found = find(actor(), Order, number=number)
    parcels = rows(actor(), visible(actor(), Shipment).where(Shipment.order_id == found.id).order_by(Shipment.id))
    bills = rows(actor(), visible(actor(), Invoice).where(Invoice.order_id == found.id).order_by(Invoice.id))
    return render_template(
        "portal/orders/order.html", order=found, shipments=parcels, invoices=bills, step=step(found, parcels),
        requests=about(actor(), found.number), documents=attachments.of_record(actor(), found),
        readers=readers(actor(), found), progress=progress.of_order(found),
        products={line.line: line.description for line in found.lines}, promises=promises.of(actor(), Promise.order_id == found.id),
        **issues.of_order(actor(), found),
    )  # fmt: skip


@blueprint.get("/orders/<number>/document")
def order_document(number: str) -> Response:
    """One order as a PDF, with a code that leads back to it."""
    return documents.download(actor(), find(actor(), Order, number=number), now())


def readers(who: Actor, order: object) -> list[dict[str, object]]:
    """For the customer's manager: which partners may see this order, by what they are and never by name."""
    query = visible(who, Share).where(Share.subject_type == "order", Share.subject_id == order.id)  # type: ignore[attr-defined]
    return [{"share": one, "words": words.of(one.fields)} for one in rows(who, query.order_by(Share.id).limit(50))]


def about(who: Actor, number: str) -> list[object]:
    """The requests about an order or one of its lines."""
    own = Conversation.about_id == number
    line = Conversation.about_id.startswith(f"{number}/", autoescape=True)
    query = visible(who, Conversation).where(Conversation.about_type.in_(("order", "order_line")), or_(own, line))
    return rows(who, query.order_by(Conversation.updated_at.desc()).limit(20))
