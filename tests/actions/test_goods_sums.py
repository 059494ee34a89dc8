"""What is confirmed, on its way, here and paid of an order stays in balance, whatever both sides do in whatever order."""

import os
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as any_

from actions import order_changes, orders, receipts, settling, shipments, supplier_invoices, suppliers
from models import db
from models.billing import Shipment
from models.orders import Order, OrderChange
from models.organisations import Organisation
from models.supplier_invoices import SupplierInvoice
from policy import Forbidden, Invalid, NotFound, Refused, find, rows, visible
from tests.actions.test_order_sums import at_once, made
from tests.world import World

NUMBERS = count()


def order(actor: Any, number: str) -> Any:
    return find(actor, Order, number=number)


def newest(world: World, number: str, table: Any) -> Any:
    own = visible(world.nancy, table).where(table.order_id == order(world.nancy, number).id)
    return (rows(world.nancy, own.order_by(table.id.desc()).limit(3)) or [None])[0]


def announce(world: World, number: str, place: int, amount: int) -> None:
    shipments.announce(world.charlotte, order(world.charlotte, number), [{"line": place, "quantity": amount}])


def receive(world: World, number: str, amount: int) -> None:
    found = newest(world, number, Shipment)
    if found:
        lines = [{"line": one.line.line, "quantity": amount} for one in found.lines] if amount else []
        receipts.receive(world.margaret, order(world.margaret, number), found, lines)


def withdraw(world: World, number: str) -> None:
    if found := newest(world, number, Shipment):
        shipments.withdraw(world.nancy, order(world.nancy, number), found)


def invoice(world: World, number: str, place: int, amount: int) -> None:
    lines = [{"line": place, "quantity": amount, "unit_price": "0"}] if amount else None
    supplier_invoices.invoice(world.charlotte, order(world.charlotte, number), f"R-{next(NUMBERS)}", lines)


def settle(world: World, number: str, agree: bool) -> None:
    if found := newest(world, number, SupplierInvoice):
        row = order(world.margaret, number)
        if agree:
            settling.approve(world.margaret, row, found, [1, 2])
        else:
            settling.dispute(world.margaret, row, found, [{"position": 1, "reason": "No"}])


def change(world: World, number: str, place: int, amount: int) -> None:
    order_changes.change(world.margaret, order(world.margaret, number), [{"line": place, "quantity": amount}])


def answer(world: World, number: str, amount: int) -> None:
    line = {"line": 1, "response": "changed", "quantity": amount, "promised_at": "2026-07-01"}
    response = ("accepted_with_changes", [line]) if amount else ("accepted", [])
    orders.confirm(world.charlotte, order(world.charlotte, number), *response)


def apply(world: World, number: str) -> None:
    row = order(world.margaret, number)
    orders.apply_answer(
        world.margaret, row, find(world.margaret, OrderChange, order_id=row.id, version=row.answered_version)
    )


PLACES, AMOUNTS = any_.integers(1, 2), any_.integers(0, 45)
EXAMPLES = int(os.environ.get("EXAMPLES", "12"))  # `make sums` tries hundreds
STEPS = any_.one_of(
    any_.tuples(any_.just(announce), PLACES, AMOUNTS), any_.tuples(any_.just(receive), AMOUNTS),
    any_.tuples(any_.just(withdraw)), any_.tuples(any_.just(invoice), PLACES, AMOUNTS),
    any_.tuples(any_.just(settle), any_.booleans()), any_.tuples(any_.just(change), PLACES, AMOUNTS),
    any_.tuples(any_.just(answer), AMOUNTS), any_.tuples(any_.just(apply)),
)  # fmt: skip


def balance(world: World, number: str) -> None:
    """The sums of each line are those of its papers, and none is beyond the one before it."""
    row = order(world.nancy, number)
    shipped = rows(world.nancy, visible(world.nancy, Shipment).where(Shipment.order_id == row.id))
    asked = rows(world.nancy, visible(world.nancy, SupplierInvoice).where(SupplierInvoice.order_id == row.id))
    for line in row.lines:
        own = [(one, part) for one in shipped for part in one.lines if part.line_id == line.id]
        assert line.quantity_announced == sum(part.quantity for one, part in own if one.state == "on_its_way")
        assert line.quantity_shipped == sum(part.quantity_received for one, part in own if one.state == "received")
        paid = [part.quantity for one in asked if one.state in ("approved", "paid")
                for part in one.lines if part.line_id == line.id]  # fmt: skip
        assert line.quantity_invoiced == sum(paid)
        assert 0 <= line.quantity_invoiced <= line.quantity_shipped <= line.quantity_gone <= line.quantity
        assert line.agreed == line.quantity_confirmed + line.quantity_rejected + line.unconfirmed
    if row.status == "received":
        assert not any(line.quantity_open for line in row.lines)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=any_.lists(STEPS, min_size=3, max_size=14))
def test_goods_and_invoices_balance_at_every_step(world: World, steps: list[tuple[Any, ...]]) -> None:
    with db.unit(write=True):
        number = made(world)
        orders.confirm(world.charlotte, order(world.charlotte, number), "accepted")
    for step, *arguments in steps:
        try:
            with db.unit(write=True):
                step(world, number, *arguments)
        except (Refused, Invalid, Forbidden, NotFound):
            pass
        with db.unit(write=False):
            balance(world, number)


def test_of_twenty_who_announce_the_same_last_quantity_one_succeeds(world: World) -> None:
    with db.unit(write=True):
        exotic = find(world.nancy, Organisation, id=world.exotic)
        suppliers.change_policy(world.steven, exotic, {"auto_apply": "as_ordered"})
        number = made(world)
        orders.confirm(world.charlotte, order(world.charlotte, number), "accepted")

    def last() -> None:
        try:
            shipments.announce(world.charlotte, order(world.charlotte, number), [{"line": 1, "quantity": 40}])
        except Invalid as invalid:
            raise Refused("invalid", str(invalid)) from invalid

    came = at_once(last, 20)
    assert came.count("done") == 1
    assert set(came) <= {"done", "conflict", "invalid"}
    with db.unit(write=False):
        balance(world, number)
        assert order(world.nancy, number).lines[0].quantity_announced == 40


def test_of_twenty_who_approve_an_invoice_at_once_one_succeeds(world: World) -> None:
    with db.unit(write=True):
        number = made(world)
        orders.confirm(world.charlotte, order(world.charlotte, number), "accepted")
        receipts.receive(
            world.nancy, order(world.nancy, number), shipments.announce(world.nancy, order(world.nancy, number))
        )
        lines = [{"line": 1, "quantity": 40, "unit_price": "0"}]
        key = supplier_invoices.invoice(world.charlotte, order(world.charlotte, number), f"R-{next(NUMBERS)}", lines).id

    def approve() -> None:
        found = find(world.margaret, SupplierInvoice, id=key)
        settling.approve(world.margaret, order(world.margaret, number), found, [1])

    assert sorted(at_once(approve, 20)) == ["conflict"] * 19 + ["done"]
    with db.unit(write=False):
        balance(world, number)
