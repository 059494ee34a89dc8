"""Suppliers' invoices: made from what was shipped, matched three ways, approved, disputed, corrected and paid."""

from decimal import Decimal
from typing import Any

import pytest

from actions import matching, orders, receipts, settling, shipments, supplier_invoices, suppliers
from models import db
from models.interactions import Interaction
from models.orders import Order
from models.organisations import Organisation
from models.supplier_invoices import SupplierInvoice
from policy import Forbidden, Hidden, Invalid, NotFound, Refused, find, rows, visible
from tests.world import World

GOOD = {"line": 1, "quantity": 25, "unit_price": "19"}


def order(actor: Any) -> Any:
    return find(actor, Order, number="PO-1001")


@pytest.fixture(autouse=True)
def here(world: World) -> None:
    """Of PO-1001, with its prices shown, 25 of 40 Chang and all syrup are shipped; 20 of the Chang came in."""
    with db.unit(write=True):
        exotic = find(world.nancy, Organisation, id=world.exotic)
        suppliers.change_policy(world.steven, exotic, {"prices_shown": True})
        orders.share_with_supplier(world.nancy, order(world.nancy))
        orders.confirm(world.charlotte, order(world.charlotte), "accepted")
        lines = [{"line": 1, "quantity": 25}, {"line": 2, "quantity": 70}]
        made = shipments.announce(world.charlotte, order(world.charlotte), lines)
        receipts.receive(world.margaret, order(world.margaret), made, [{"line": 1, "quantity": 20}])


def send(world: World, *lines: dict[str, Any], number: str = "R-1", **how: Any) -> int:
    with db.unit(write=True):
        if isinstance(how.get("replaces"), int):
            how["replaces"] = find(world.charlotte, SupplierInvoice, id=how["replaces"])
        return supplier_invoices.invoice(world.charlotte, order(world.charlotte), number, list(lines) or None, **how).id


def settle(world: World, verb: Any, invoice: int, *more: Any) -> None:
    with db.unit(write=True):
        verb(world.margaret, order(world.margaret), find(world.margaret, SupplierInvoice, id=invoice), *more)


def state(world: World, invoice: int) -> str:
    with db.unit(write=False):
        return str(find(world.charlotte, SupplierInvoice, id=invoice).state)


def wrong(world: World, invoice: int) -> list[tuple[str, ...]]:
    with db.unit(write=False):
        return [one.wrong for one in matching.match(find(world.nancy, SupplierInvoice, id=invoice))]


def test_without_lines_it_asks_for_what_was_shipped_at_the_agreed_prices(world: World) -> None:
    made = send(world)
    with db.unit(write=False):
        found = find(world.charlotte, SupplierInvoice, id=made)
        assert [(one.line.line, one.quantity, one.unit_price) for one in found.lines] == [(1, 20, 19), (2, 70, 10)]
        assert (found.total, found.state) == (Decimal(1080), "sent")
        assert supplier_invoices.propose(order(world.charlotte)) == []
    assert wrong(world, made) == [(), ()]


def test_an_invoice_that_agrees_is_approved_and_paid_and_its_supplier_sees_that(world: World) -> None:
    made = send(world)
    for verb, after in ((settling.approve, "approved"), (settling.pay, "paid")):
        settle(world, verb, made)
        assert state(world, made) == after
        with pytest.raises(Refused, match=f"is {settling.SAID[after]}"):
            settle(world, verb, made)
    with db.unit(write=False):
        assert [line.quantity_invoiced for line in order(world.nancy).lines] == [20, 70]


def test_each_line_is_held_against_order_and_receipt(world: World) -> None:
    strange = {"description": "Freight", "quantity": 1, "unit_price": "12.50"}
    made = send(world, GOOD, {"line": 2, "quantity": 70, "unit_price": "10.01"}, strange)
    assert wrong(world, made) == [("more",), ("dearer",), ("not_ordered",)]
    with pytest.raises(Invalid, match="only 20 came in that are on no other invoice"):
        settle(world, settling.approve, made, [1, 2, 3])
    made = send(world, {**GOOD, "quantity": 20, "unit_price": "18.50"}, strange, number="R-2")
    assert wrong(world, made) == [("more",), ("not_ordered",)]  # the first one asks for the same goods


def test_what_is_dearer_or_not_ordered_passes_only_when_we_say_so(world: World) -> None:
    freight = {"description": "Freight", "quantity": 1, "unit_price": "12.50"}
    made = send(world, {"line": 1, "quantity": 20, "unit_price": "20"}, freight)
    with pytest.raises(Invalid, match=r"Position 2, Freight: it is not on the order"):
        settle(world, settling.approve, made, [1])
    settle(world, settling.approve, made, [1, 2])
    with db.unit(write=False):
        assert [one.accepted for one in find(world.nancy, SupplierInvoice, id=made).lines] == [True, True]


def test_a_disputed_invoice_says_why_and_is_replaced_by_a_corrected_one(world: World) -> None:
    made = send(world, GOOD)
    settle(world, settling.dispute, made, [{"position": 1, "reason": "20 came in, 5 were broken"}])
    with db.unit(write=False):
        found = find(world.charlotte, SupplierInvoice, id=made)
        assert (found.state, found.lines[0].disputed) == ("disputed", "20 came in, 5 were broken")
    corrected = send(world, {**GOOD, "quantity": 20}, replaces=made)  # under the same number
    with db.unit(write=False):
        assert find(world.charlotte, SupplierInvoice, id=corrected).version == 2
    assert (state(world, made), wrong(world, corrected)) == ("replaced", [()])
    with pytest.raises(Refused, match="is not disputed"):
        send(world, GOOD, number="R-3", replaces=made)
    settle(world, settling.approve, corrected)


@pytest.mark.parametrize(("line", "why"), [
    ({"line": 7, "quantity": 1, "unit_price": "1"}, "line 7 is no line of PO-1001"), ({**GOOD, "quantity": 0}, "1 or more"),
    ({**GOOD, "unit_price": "x"}, "must be a number such as"), ({**GOOD, "unit_price": "-1"}, "must be a number such as"),
    ({"quantity": 1, "unit_price": "1"}, "must not be blank|is empty|empty"), ({**GOOD, "unit_price": "NaN"}, "must be a number"),
])  # fmt: skip
def test_what_is_no_invoice_is_refused_in_words(world: World, line: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        send(world, line)
    with pytest.raises(Invalid, match="line 1 is invoiced twice"):
        send(world, GOOD, GOOD)


def test_a_number_is_taken_once_and_days_make_sense(world: World) -> None:
    send(world, GOOD)
    with pytest.raises(Invalid, match="is taken: you have sent an invoice R-1 already"):
        send(world, GOOD)
    for how, why in (({"issued_at": "2001-01-01"}, "before the order"), ({"issued_at": "2999-01-01"}, "in the future"),
                     ({"due_at": "2001-01-01"}, "before the day of the invoice")):  # fmt: skip
        with pytest.raises(Invalid, match=why):
            send(world, GOOD, number="R-2", **how)


def test_prices_that_are_not_shown_are_typed_by_the_supplier_and_told_by_nothing(world: World) -> None:
    with db.unit(write=True):
        exotic = find(world.nancy, Organisation, id=world.exotic)
        suppliers.change_policy(world.steven, exotic, {"prices_shown": False})
    with db.unit(write=False):
        assert [one.unit_price for one in supplier_invoices.propose(order(world.charlotte))] == [None, None]
    made = send(world, {**GOOD, "unit_price": "999"})
    with db.unit(write=False):
        found = find(world.charlotte, SupplierInvoice, id=made)
        with pytest.raises(Hidden):
            _ = found.lines[0].accepted
    with pytest.raises(Invalid, match="the price must be a number"):
        send(world, number="R-2")


def test_an_invoice_is_seen_by_its_supplier_and_us_alone(world: World) -> None:
    made = send(world, GOOD)
    for who in (world.yoshi, world.renate, world.greta):
        with db.unit(write=False):
            assert not rows(who, visible(who, SupplierInvoice))
    for who in (world.charlotte, world.yoshi):
        with pytest.raises((Forbidden, NotFound)), db.unit(write=True):
            settling.approve(who, order(who), find(world.nancy, SupplierInvoice, id=made))
    with db.unit(write=False):
        kinds = {
            one.organisation_id for one in rows(world.nancy, visible(world.nancy, Interaction)) if "R-1" in one.summary
        }
    assert kinds == {world.exotic}
