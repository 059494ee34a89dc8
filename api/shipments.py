"""Shipments: announced by suppliers, sent by us, received."""

from typing import Any

from pydantic import StrictInt, StrictStr

from actions import reading, receipts
from actions import shipments as verbs
from api import shapes
from api.lists import Paged, listed
from api.operations import Given, operation
from models.billing import Shipment
from models.orders import Order
from policy import Actor, find, require, visible


class ShippedLine(Given):
    line: StrictInt
    quantity: StrictInt


class NewShipment(Given):
    lines: list[ShippedLine] | None = None
    number: StrictStr | None = None
    carrier: StrictStr | None = None
    tracking: StrictStr | None = None
    packages: StrictInt | None = None
    expected_at: StrictStr | None = None
    note: StrictStr | None = None


@operation("GET", "/orders/<path:number>/shipments", "order", query=Paged)
def order_shipments(actor: Actor, number: str, query: Paged) -> dict[str, Any]:
    """List the shipments of an order: a supplier its own, a customer those on their way to it."""
    row = find(actor, Order, number=number)
    reading.saw_order(actor, row, "api")
    seen = visible(actor, Shipment).where(Shipment.order_id == row.id)
    return listed(actor, seen, [Shipment.id], query, shapes.shipment)


@operation("POST", "/orders/<path:number>/shipments", "order", body=NewShipment, status=201)
def announce_shipment(actor: Actor, number: str, body: NewShipment) -> dict[str, Any]:
    """Say what is sent, line by line; without lines, all that is confirmed and not shipped yet."""
    row = find(actor, Order, number=number)
    require(actor, "order:ship", row)
    given = body.model_dump()
    lines = None if body.lines is None else [one.model_dump() for one in body.lines]
    made = verbs.announce(actor, row, lines, **{name: given[name] for name in given if name != "lines"})
    return shapes.shipment(find(actor, Shipment, id=made.id))


class ReceivedLine(Given):
    line: StrictInt
    quantity: StrictInt
    reason: StrictStr | None = None


class Receipt(Given):
    lines: list[ReceivedLine] = []


@operation("POST", "/orders/<path:number>/shipments/<shipment>/receipt", "order", body=Receipt)
def receive_shipment(actor: Actor, number: str, shipment: str, body: Receipt) -> dict[str, Any]:
    """Write down what came in of a shipment; lines left out came in as announced."""
    row = find(actor, Order, number=number)
    require(actor, "order:receive", row)
    found = find(actor, Shipment, public_id=shipment, order_id=row.id)
    return shapes.shipment(receipts.receive(actor, row, found, [one.model_dump() for one in body.lines]))


@operation("POST", "/orders/<path:number>/shipments/<shipment>/withdrawal", "order", status=204)
def withdraw_shipment(actor: Actor, number: str, shipment: str) -> None:
    """Take back what was announced by mistake and is not received."""
    row = find(actor, Order, number=number)
    require(actor, "order:ship", row)
    verbs.withdraw(actor, row, find(actor, Shipment, public_id=shipment, order_id=row.id))
