"""Papers that go with the goods: the lines of shipments and of suppliers' invoices, as an outsider sees them."""

from typing import Any

from models.billing import Shipment
from policy.actor import Actor
from policy.seen import Seen

_NAMES = {
    "shipment": frozenset({"quantity"}),
    "own shipment": frozenset({"quantity", "quantity_received", "reason"}),
    "invoice": frozenset({"position", "description", "quantity", "unit_price", "amount", "disputed"}),
}


def children(actor: Actor, row: Any) -> dict[str, Any]:
    """The number of its order, and its lines: what their writer wrote, and which line of the order each is about."""
    kind = "invoice"
    if isinstance(row, Shipment):
        kind = "own shipment" if actor.side == "partner" else "shipment"
    return {
        "order": Seen(row.order, frozenset({"number"}), frozenset()),
        "lines": [_line(line, _NAMES[kind]) for line in row.lines],
    }


def _line(row: Any, names: frozenset[str]) -> Seen:
    return Seen(row, names, frozenset(), {"line": _of_order(row.line)})


def _of_order(line: Any) -> Seen | None:
    return Seen(line, frozenset({"line"}), frozenset()) if line else None
