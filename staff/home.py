"""The desk's home: what is promised, what nobody owns, what suppliers have not answered or answered differently."""

from typing import Any

from flask import render_template
from sqlalchemy import select

from analytics import exceptions, goods
from models.billing import Shipment
from models.conversations import Conversation
from models.orders import ASKED, Order, OrderChange, OrderChangeLine
from models.promises import Promise
from models.supplier_invoices import SupplierInvoice
from policy import Actor, rows, visible
from staff import promises, queues, shares
from staff.blueprint import blueprint
from web.actor import actor

FEW = 8


@blueprint.get("/")
def home() -> str:
    """A calm start."""
    who = actor()
    mine = queues.queue(who, "mine").order_by(Conversation.updated_at.desc()).limit(FEW)
    return render_template(
        "staff/home.html", promises=rows(who, promises.mine(who).order_by(Promise.due_at).limit(FEW)), mine=rows(who, mine),
        broken=broken(who),
        waiting=queues.count(queues.queue(who, "waiting")), unassigned=queues.count(queues.queue(who, "unassigned")),
        unanswered=unanswered(who), differing=differing(who), ending=shares.ending(who),
        exceptions=exceptions.counts(who), drafts=queues.count(drafts(who), Order.id),
        coming=rows(who, goods.shipments(who, "coming").order_by(Shipment.expected_at, Shipment.id).limit(FEW)),
        to_check=rows(who, goods.invoices(who, "sent").order_by(SupplierInvoice.id).limit(FEW)),
    )  # fmt: skip


def broken(who: Actor) -> list[Promise]:
    """For leads: what colleagues should have kept by now, the longest overdue first."""
    if who.role not in ("lead", "admin"):
        return []
    return rows(who, promises.overdue(who).where(Promise.owner_id != who.staff_id).order_by(Promise.due_at).limit(FEW))


def drafts(who: Actor) -> Any:
    """Purchase orders that nobody has sent yet."""
    return visible(who, Order).where(Order.kind == "purchase", Order.status == "draft")


def unanswered(who: Actor) -> list[Order]:
    """Purchase orders that wait for their supplier, the most urgent first."""
    query = visible(who, Order).where(Order.kind == "purchase", Order.status.in_(ASKED))
    return rows(who, query.order_by(Order.required_at, Order.number).limit(FEW))


def differing(who: Actor) -> list[Any]:
    """Purchase orders answered with changes that nobody has applied."""
    open_lines = (
        select(OrderChange.order_id).join(OrderChangeLine, OrderChangeLine.change_id == OrderChange.id)
        .where(OrderChangeLine.applied_at.is_(None), OrderChangeLine.response != "accepted")
    )  # fmt: skip
    query = visible(who, Order).where(
        Order.id.in_(open_lines), Order.status.in_(("confirmed_with_changes", "rejected"))
    )
    return rows(who, query.order_by(Order.required_at, Order.number).limit(FEW))
