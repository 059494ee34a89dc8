"""The confirmation history of an order: what its supplier answered and what we changed, as the supplier may see it."""

from typing import Any

from models.orders import OrderChange, deliveries_of
from policy import Actor, has, rows, visible


def versions(who: Actor, found: Any) -> list[dict[str, Any]]:
    """What both sides said, newest first; what the order itself does not show us, its history does not either."""
    query = visible(who, OrderChange).where(OrderChange.order_id == found.id)
    changes = rows(who, query.order_by(OrderChange.version.desc()))
    seen = {line.line: line for line in found.lines}
    return [
        {
            "version": change.version, "side": change.side, "response": change.response, "at": change.at,
            "note": change.note, "channel": change.channel,
            "lines": [answered(one, seen[one.line.line], change.side) for one in change.lines],
        }
        for change in changes
    ]  # fmt: skip


def answered(one: Any, line: Any, side: str) -> dict[str, Any]:
    """One line of an answer or change, as far as its reader may see the line."""
    own = side == "supplier" and one.response not in ("accepted", "rejected")
    quantity, promised, price = has(line, "quantity"), has(line, "promised_at"), has(line, "unit_price")
    return {
        "line": line.line, "product": line.product.name if line.product else "", "response": one.response,
        "quantity": one.quantity if own or quantity else None, "promised_at": one.promised_at if own or promised else None,
        "quantity_before": one.quantity_before if quantity else None,
        "promised_before": one.promised_before if promised else None,
        "unit_price": one.unit_price if price else None, "price_before": one.price_before if price else None,
        "deliveries": deliveries_of(one.deliveries), "substitute": one.substitute,
        "reason": one.reason, "applied": one.applied_at is not None,
    }  # fmt: skip
