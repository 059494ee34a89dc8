"""Orders, and the suppliers' answers to them."""

from typing import Any, Literal

from pydantic import StrictStr
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from actions import documents, progress, reading
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.db import session
from models.orders import Order, OrderLine, SupplyLink
from policy import Actor, find, visible


class OrderQuery(Paged):
    kind: Literal["sales", "purchase"] | None = None
    status: str | None = None
    q: str | None = None


@operation("GET", "/orders", "order", query=OrderQuery)
def orders(actor: Actor, query: OrderQuery) -> dict[str, Any]:
    """List orders, the latest first; `q` is an exact number."""
    seen = visible(actor, Order)
    if query.kind:
        seen = seen.where(Order.kind == query.kind)
    if query.status:
        seen = seen.where(Order.status == query.status)
    if query.q:
        own = [Order.number == query.q]
        if actor.side != "partner":
            own.append(Order.customer_reference == query.q)
        seen = seen.where(or_(*own))
    # A partner's list is not sorted by a date that it may not see.
    order = [Order.id] if actor.side == "partner" else [Order.ordered_at, Order.number]
    return listed(actor, seen, order, query, lambda row: shapes.order(actor, row), saw=reading.saw_orders)


@operation("GET", "/orders/<path:number>", "order")
def order(actor: Actor, number: str) -> dict[str, Any]:
    """Read one order with its lines; staff also see what supplies what."""
    row = find(actor, Order, number=number)
    reading.saw_order(actor, row, "api")
    shape = shapes.order(actor, row, supply(row) if actor.side == "staff" else None) | shapes.documents(actor, row)
    return shapes.progress(shape, progress.of_order(row)) if row.kind == "sales" and actor.side != "partner" else shape


class Documents(Given):
    attachments: list[StrictStr]
    audience: Literal["everyone", "customer", "partner", "staff"] | None = None


@operation("POST", "/orders/<path:number>/attachments", "order", body=Documents, status=201)
def attach_documents(actor: Actor, number: str, body: Documents) -> dict[str, Any]:
    """Put files on an order; staff say for whom (left out: only us), a partner's are for it and us."""
    row = find(actor, Order, number=number)
    documents.attach(actor, row, body.attachments, body.audience)
    return shapes.documents(actor, find(actor, Order, number=number))


def supply(row: Order) -> dict[int, list[dict[str, Any]]]:
    """For each line, the lines it feeds or waits for, with the quantity."""
    near, far, owner = aliased(OrderLine), aliased(OrderLine), aliased(Order)
    found: dict[int, list[dict[str, Any]]] = {line.id: [] for line in row.lines}
    own, other = (SupplyLink.sales_line_id, SupplyLink.purchase_line_id)
    if row.kind == "purchase":
        own, other = other, own
    query = (
        select(near.id, owner.number, far.line, SupplyLink.quantity)
        .join(near, near.id == own).join(far, far.id == other).join(owner, owner.id == far.order_id)
        .where(near.order_id == row.id).select_from(SupplyLink).order_by(owner.number, far.line)
    )  # fmt: skip
    for line, number, place, quantity in session.execute(query):
        found[line].append({"order_line": f"{number}/{place}", "quantity": quantity})
    return found
