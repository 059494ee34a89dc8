"""What waits for a partner, to confirm, ship, invoice, correct and answer; every number comes from rows it may see."""

from typing import Any

from flask import g
from sqlalchemy import Select, Text, case, cast, exists, func, select

from actions.matters import own_orders, to_confirm
from models.conversations import Conversation, live
from models.db import session
from models.issues import PARTNERS, Issue, IssueStep
from models.messages import Message
from models.orders import Order, OrderLine
from models.shares import FieldSet, Share
from models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from policy import Actor, visible
from policy.doing import ARRIVING, INVOICEABLE
from policy.seeing import shared_with

MOST_COUNTED = 99


def to_ship(who: Actor) -> Select[Any]:
    """The orders of which something is confirmed and not shipped yet, and that this reader may ship."""
    confirmed = case((Order.answered_version == 0, OrderLine.quantity), else_=OrderLine.quantity_confirmed)
    left = select(OrderLine.id).where(
        OrderLine.order_id == Order.id, OrderLine.status == "open", OrderLine.asked.is_(None),
        confirmed > OrderLine.quantity_shipped + OrderLine.quantity_announced,
    )  # fmt: skip
    return own_orders(who).where(Order.status.in_(ARRIVING), exists(left.correlate(Order)))


def to_invoice(who: Actor) -> Select[Any]:
    """The orders of which something came in that no invoice of ours asks for."""
    asked = select(func.coalesce(func.sum(SupplierInvoiceLine.quantity), 0)).join(
        SupplierInvoice, SupplierInvoice.id == SupplierInvoiceLine.invoice_id
    )
    asked = asked.where(SupplierInvoiceLine.line_id == OrderLine.id, SupplierInvoice.state != "replaced")
    left = select(OrderLine.id).where(
        OrderLine.order_id == Order.id, OrderLine.quantity_shipped > asked.correlate(OrderLine).scalar_subquery()
    )
    return own_orders(who).where(Order.status.in_(INVOICEABLE), exists(left.correlate(Order)))


def to_correct(who: Actor) -> Select[Any]:
    """Our invoices that are disputed."""
    return visible(who, SupplierInvoice).where(SupplierInvoice.state == "disputed")


def to_answer(who: Actor) -> Select[Any]:
    """The open conversations in which somebody else spoke last."""
    said = visible(who, Message, func.max(Message.seq)).where(
        Message.conversation_id == Conversation.id, Message.kind == "message"
    )
    last = said.correlate(Conversation).scalar_subquery()
    theirs = select(Message.id).where(
        Message.conversation_id == Conversation.id, Message.seq == last,
        Message.author_organisation_id.is_distinct_from(who.organisation_id),
    )  # fmt: skip
    return visible(who, Conversation).where(live(), exists(theirs.correlate(Conversation)))


def to_resolve(who: Actor) -> Select[Any]:
    """The open issues with a step that waits for this partner, and that this reader may answer."""
    named = cast(FieldSet.fields, Text).contains('"steps"')
    answerable = select(Share.subject_id).join(FieldSet, FieldSet.id == Share.field_set_id)
    answerable = answerable.where(shared_with(who, "issue"), Share.level.in_(("respond", "edit")), named)
    left = select(IssueStep.id).where(
        IssueStep.issue_id == Issue.id, IssueStep.step.in_(PARTNERS), IssueStep.done_at.is_(None)
    )
    return visible(who, Issue).where(Issue.status == "open", Issue.id.in_(answerable), exists(left))


def count(query: Select[Any], column: Any) -> int:
    """How many rows a query has, counted to 100 and no further."""
    few = query.with_only_columns(column).order_by(None).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def capped(number: int) -> str:
    """A count as it is shown."""
    return f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)


def counts(who: Actor) -> tuple[int, int, int]:
    """Orders to confirm, conversations and issues to answer; asked once per page."""
    if "partner_counts" not in g:
        asked = (
            count(to_confirm(who), Order.id),
            count(to_answer(who), Conversation.id),
            count(to_resolve(who), Issue.id),
        )
        g.partner_counts = asked
    orders, conversations, issues = g.partner_counts
    return orders, conversations, issues


def goods_counts(who: Actor) -> dict[str, int]:
    """Orders to ship and to invoice, and invoices to correct; asked once per page."""
    if "partner_goods" not in g:
        g.partner_goods = {
            "ship": count(to_ship(who), Order.id), "invoice": count(to_invoice(who), Order.id),
            "correct": count(to_correct(who), SupplierInvoice.id),
        }  # fmt: skip
    found: dict[str, int] = g.partner_goods
    return found
