"""Quality issues as a customer meets them: how far each is, beside the order or the request that it comes from."""

from typing import Any

from models.issues import Issue
from models.orders import OrderLine
from policy import Actor, rows, visible
from web import issues as words


def of_order(who: Actor, order: Any) -> dict[str, Any]:
    """The issues with the lines of an order."""
    lines = visible(who, OrderLine, OrderLine.id).where(OrderLine.order_id == order.id)
    return {"issues": told(who, visible(who, Issue).where(Issue.order_line_id.in_(lines))), **words.words()}


def of_request(who: Actor, request: Any) -> dict[str, Any]:
    """The issues that come from a request."""
    return {"issues": told(who, visible(who, Issue).where(Issue.conversation_id == request.id)), **words.words()}


def told(who: Actor, query: Any) -> list[Any]:
    """A few issues, the newest first."""
    return rows(who, query.order_by(Issue.id.desc()).limit(20))
