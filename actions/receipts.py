"""Receipts: what of a shipment came in, line by line, and how far its purchase order is with that."""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.applying import settle
from actions.checks import by_place, checked, listed, whole
from actions.order_state import claim, log
from actions.shipments import follow, still_coming, the_coming
from models import text
from models.billing import Shipment, ShipmentLine
from models.db import session
from models.orders import Order
from models.types import now
from models.words import Words
from policy import Actor, Invalid, require


def receive(actor: Actor, order: Any, shipment: Any, lines: Sequence[Mapping[str, Any]] = ()) -> Shipment:
    """Write down what came in of a shipment, once; lines that are not named came in as announced.

    Each of `lines` is {line, quantity, reason?}. What is missing is open again, and its supplier may send it. Raises
    Forbidden, NotFound, Invalid naming the line, and Refused with `conflict` the second time.
    """
    require(actor, "order:receive", order)
    row, found = the_coming(order, shipment)
    claim(row)
    session.refresh(found)
    still_coming(found)
    given = _read(found, lines)
    found.received_at = found.delivered_at = now()
    found.received_by_id = actor.staff_id
    for one in found.lines:
        one.quantity_received, one.reason = given.get(one.line.line, (one.quantity, None))
        one.line.quantity_announced -= one.quantity
        one.line.quantity_shipped += one.quantity_received
    settle(actor, row)
    log(actor, "shipment_received", row, _words(row, found), "internal",
        {"shipment": found.number, "lines": [_plain(one) for one in found.lines]})  # fmt: skip
    follow(actor, row, [one.line for one in found.lines])
    return found


def _read(found: Shipment, lines: Any) -> dict[int, tuple[int, str | None]]:
    known = {one.line.line: one for one in found.lines}
    given: dict[int, tuple[int, str | None]] = {}
    strange, twice = Words("line %(place)s is not in this shipment"), Words("line %(place)s is named twice")
    for place, one in by_place(listed(lines), known, strange, twice):
        reason = checked(f"lines.{place}.reason", text.clean, one["reason"]) if one.get("reason") else None
        given[place] = _quantity(known[place], one.get("quantity")), reason
    return given


def _quantity(one: ShipmentLine, value: Any) -> int:
    """How many came in: more than announced only as far as that is agreed and not on its way otherwise."""
    line, field = one.line, f"lines.{one.line.line}.quantity"
    if value is None:
        return one.quantity
    given = whole(field, value, Words("Line %(line)s: the quantity must be a whole number, 0 or more.", line=line.line))
    most = line.quantity - line.quantity_gone + one.quantity
    if given > most:
        raise Invalid(
            field,
            "Line %(line)s: %(most)s at most belong to this order; keep the rest apart and tell its sender.",
            line=line.line,
            most=most,
        )
    return given


def _words(row: Order, found: Shipment) -> str:
    different = [one for one in found.lines if one.quantity_received != one.quantity]
    how = f"differs in {len(different)} of its lines" if different else "came in as announced"
    return f"Shipment {found.number} of {row.number} {how}"


def _plain(one: ShipmentLine) -> dict[str, Any]:
    return {"line": one.line.line, "announced": one.quantity, "received": one.quantity_received, "reason": one.reason}
