"""What stands beside a conversation: the customer, the line it is about and who else waits for it, shares, contacts."""

from typing import Any

from sqlalchemy import select

from actions import supply
from models.conversations import Conversation
from models.db import session
from models.issues import Issue
from models.orders import Order, OrderLine, SupplyLink
from models.shares import Share
from models.staff import Team
from policy import Actor, first, rows, visible
from policy.seeing import active


def teams(actor: Actor) -> list[Team]:
    """The teams that work can be given to."""
    return rows(actor, visible(actor, Team).where(Team.archived_at.is_(None)).order_by(Team.name_key))


def of(actor: Actor, row: Conversation) -> dict[str, Any]:
    """Everything the context pane shows."""
    order, line = about(actor, row)
    purchases = feeding(line) if line else ([order] if order and order.kind == "purchase" else [])
    return {
        "order": order,
        "line": line,
        "position": supply.position(line.product_id) if line and line.product_id else None,
        "purchases": purchases,
        "shares": shares(actor, row, purchases),
        "partners": partners(row, line, purchases),
        "issues": issues(actor, row),
    }


def about(actor: Actor, row: Conversation) -> tuple[Order | None, OrderLine | None]:
    """The order and line that a conversation is about."""
    if row.about_type not in ("order", "order_line") or not row.about_id:
        return None, None
    number, _, place = row.about_id.partition("/")
    order = first(actor, Order, number=number)
    lines = [line for line in order.lines if str(line.line) == place] if order and place else []
    return order, lines[0] if lines else None


def issues(actor: Actor, row: Conversation) -> list[Issue]:
    """The quality issues that this conversation is about."""
    return rows(actor, visible(actor, Issue).where(Issue.conversation_id == row.id).order_by(Issue.id).limit(20))


def feeding(line: OrderLine) -> list[Order]:
    """The purchase orders that a sales line waits for; without a link, the open ones of its product."""
    linked = select(Order).join(OrderLine, OrderLine.order_id == Order.id)
    linked = linked.join(SupplyLink, SupplyLink.purchase_line_id == OrderLine.id)
    found = session.scalars(linked.where(SupplyLink.sales_line_id == line.id).distinct()).unique().all()
    if found:
        return list(found)
    same = select(Order).join(OrderLine).where(OrderLine.product_id == line.product_id, Order.kind == "purchase")
    open_ones = same.where(Order.status.in_(("sent", "confirmed", "confirmed_with_changes", "partly_received")))
    return list(session.scalars(open_ones.distinct()).unique().all())


def shares(actor: Actor, row: Conversation, purchases: list[Order]) -> list[Share]:
    """What partners may see of this matter now."""
    orders = [order.id for order in purchases]
    mine = (Share.subject_type == "conversation") & (Share.subject_id == row.id)
    theirs = (Share.subject_type == "order") & (Share.subject_id.in_(orders))
    return rows(actor, visible(actor, Share).where(active(), mine | theirs).order_by(Share.id))


def partners(row: Conversation, line: OrderLine | None, purchases: list[Order]) -> list[dict[str, Any]]:
    """Suppliers that could be asked here: those of the purchase orders behind the line that do not take part yet."""
    present = {p.organisation_id for p in row.parties if p.takes_part}
    found = {order.organisation_id: {"organisation": order.organisation, "order": order} for order in purchases}
    if line and line.product and line.product.supplier and line.product.supplier_id not in found:
        found[line.product.supplier_id] = {"organisation": line.product.supplier, "order": None}
    return [one for key, one in found.items() if key not in present]
