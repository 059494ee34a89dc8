"""Shipments: announced against confirmed lines, received, and followed by the customers who wait for them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from actions import order_changes, orders, progress, receipts, shares, shipments, telling
from models import db
from models.billing import Shipment
from models.interactions import Interaction
from models.orders import Order, OrderChange, OrderLine
from models.organisations import Organisation
from models.shares import Share
from policy import Forbidden, Invalid, NotFound, Refused, find, rows, visible
from tests.world import World


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


def order(actor: Any, number: str = "PO-1001") -> Any:
    return find(actor, Order, number=number)


@pytest.fixture(autouse=True)
def confirmed(world: World) -> None:
    """PO-1001 is shared with its supplier; its 40 Chang are confirmed, its 70 syrup as well."""
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, order(world.nancy))
        orders.confirm(world.charlotte, order(world.charlotte), "accepted")


def announce(world: World, *lines: tuple[int, Any], **how: Any) -> str:
    with db.unit(write=True):
        given = [{"line": place, "quantity": number} for place, number in lines] or None
        return shipments.announce(world.charlotte, order(world.charlotte), given, **how).public_id


def receive(world: World, shipment: str, *lines: tuple[int, int]) -> None:
    with db.unit(write=True):
        found = find(world.margaret, Shipment, public_id=shipment)
        given = [{"line": place, "quantity": number, "reason": "Broken"} for place, number in lines]
        receipts.receive(world.margaret, order(world.margaret), found, given)


def sums(world: World, place: int = 1) -> tuple[int, int, int]:
    """Of one line: confirmed, on its way, here."""
    with db.unit(write=False):
        line = order(world.nancy).lines[place - 1]
        return line.quantity_confirmed, line.quantity_announced, line.quantity_shipped


def status(world: World) -> str:
    with db.unit(write=False):
        return str(order(world.nancy).status)


def far(world: World, actor: Any, number: str) -> progress.Progress | None:
    with db.unit(write=False):
        return progress.of_order(order(actor, number)).get(1)


def test_a_supplier_sends_part_of_a_line_and_then_the_rest(world: World) -> None:
    first = announce(world, (1, 25), carrier="DHL", tracking="JD1", packages=2, expected_at="2026-05-20")
    assert sums(world) == (40, 25, 0)
    receive(world, first)
    assert (sums(world), status(world)) == ((40, 0, 25), "partly_received")
    receive(world, announce(world))  # without lines: all that is left
    assert (sums(world), sums(world, 2), status(world)) == ((40, 0, 40), (70, 0, 70), "received")


@pytest.mark.parametrize(("lines", "why"), [
    ([(1, 41)], "Line 1: only 40 are confirmed and not shipped yet."), ([(3, 1)], "line 3 is no line of PO-1001"),
    ([(1, 0)], "Line 1: the quantity must be a whole number, 1 or more."), ([(1, True)], "must be a whole number"),
    ([(1, 1), (1, 2)], "line 1 is named twice"), ([("1", 1)], "line 1 is no line of PO-1001"),
])  # fmt: skip
def test_what_is_wrong_with_a_shipment_is_said_in_words(world: World, lines: list[Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        announce(world, *lines)
    assert sums(world) == (40, 0, 0)


def test_what_is_rejected_or_shipped_or_not_applied_yet_cannot_be_sent(world: World) -> None:
    announce(world, (2, 70))
    with pytest.raises(Invalid, match="Line 2: nothing is confirmed and not shipped yet"):
        announce(world, (2, 1))
    with db.unit(write=True):
        orders.send(world.nancy, again(world))
        lines = [{"line": 1, "response": "changed", "promised_at": "2026-06-30"}, {"line": 2, "response": "rejected"}]
        made = orders.confirm(world.charlotte, order(world.charlotte, "PO-9"), "accepted_with_changes", lines)
    for place, why in ((1, "Line 1 is not confirmed: nothing of it can be sent yet"),):
        with pytest.raises(Invalid, match=why), db.unit(write=True):
            shipments.announce(world.charlotte, order(world.charlotte, "PO-9"), [{"line": place, "quantity": 1}])
    with db.unit(write=True):
        orders.apply_answer(world.nancy, order(world.nancy, "PO-9"), find(world.nancy, OrderChange, id=made.id))
    with pytest.raises(Invalid, match="Line 2 was rejected: nothing of it is wanted"), db.unit(write=True):
        shipments.announce(world.charlotte, order(world.charlotte, "PO-9"), [{"line": 2, "quantity": 1}])


def again(world: World) -> Order:
    """Another draft for Exotic Liquids, with two lines."""
    row = Order(number="PO-9", kind="purchase", status="draft", organisation_id=world.exotic)
    db.session.add(row)
    db.session.flush()
    for place, product in ((1, "chang"), (2, "syrup")):
        db.session.add(
            OrderLine(order_id=row.id, line=place, product_id=world.products[product], description="x", quantity=9)
        )
    db.session.flush()
    db.session.refresh(row)
    return row


def test_nobody_ships_what_is_not_theirs_to_ship(world: World) -> None:
    with pytest.raises(NotFound), db.unit(write=True):
        shipments.announce(world.yoshi, order(world.yoshi), None)
    for who in (world.renate, world.charlotte):
        with pytest.raises((NotFound, Forbidden)), db.unit(write=True):
            shipments.announce(who, order(who, "11070"), None)


def test_what_came_in_less_is_open_again_and_why_is_read_by_the_supplier(world: World) -> None:
    receive(world, announce(world, (1, 40)), (1, 36))
    assert (sums(world), status(world)) == ((40, 0, 36), "partly_received")
    with db.unit(write=False):
        (seen,) = rows(world.charlotte, visible(world.charlotte, Shipment))
        assert (seen.lines[0].quantity, seen.lines[0].quantity_received, seen.lines[0].reason) == (40, 36, "Broken")
        assert shipments.to_send(order(world.charlotte)) == {1: 4, 2: 70}


def test_more_than_agreed_is_never_received_and_a_shipment_only_once(world: World) -> None:
    made = announce(world, (1, 30))
    with pytest.raises(Invalid, match="Line 1: 40 at most belong to this order"):
        receive(world, made, (1, 41))
    with pytest.raises(Invalid, match="line 2 is not in this shipment"):
        receive(world, made, (2, 1))
    receive(world, made, (1, 40))  # more than announced, and agreed all the same
    with pytest.raises(Refused, match="received already"):
        receive(world, made)
    assert sums(world) == (40, 0, 40)


def test_what_was_announced_by_mistake_is_taken_back(world: World) -> None:
    made = announce(world, (1, 40))
    for expected in ("", "taken back"):
        try:
            with db.unit(write=True):
                shipment = find(world.charlotte, Shipment, public_id=made)
                shipments.withdraw(world.charlotte, order(world.charlotte), shipment)
        except Refused as refused:
            assert expected and expected in str(refused)
    assert sums(world) == (40, 0, 0)
    with pytest.raises(Refused, match="taken back by its sender"):
        receive(world, made)


def test_the_customers_days_and_progress_follow_what_is_on_its_way(world: World) -> None:
    # Lehmanns waits for 3, Ernst for 8, 10 and 19: who needs it first is in the first lorry.
    made = announce(world, (1, 15), expected_at="2026-05-12")
    with db.unit(write=False):
        days = {number: order(world.nancy, number).lines[0].expected_at for number in ("11070", "11075", "11077")}
    assert (days["11070"], days["11077"].date()) == (day(5, 12), day(6, 1).date())
    assert far(world, world.renate, "11070") == progress.Progress(0, 3, day(5, 12))
    assert far(world, world.roland, "11075") == progress.Progress(0, 4, day(5, 12))
    assert far(world, world.roland, "11077") is None
    receive(world, made)
    assert far(world, world.renate, "11070") == progress.Progress(3, 0, None)
    with db.unit(write=False):
        said = rows(world.greta, visible(world.greta, Interaction).where(Interaction.kind == "line_moved"))
        assert said and all("Exotic" not in one.summary for one in said)


def test_what_a_shipment_moved_again_is_not_told_as_the_answer_had_it(world: World) -> None:
    with db.unit(write=True):
        made = orders.confirm(world.charlotte, order(world.charlotte), "accepted_with_changes",
                              [{"line": 1, "response": "changed", "promised_at": "2026-06-20"}])  # fmt: skip
        orders.apply_answer(world.margaret, order(world.margaret), find(world.margaret, OrderChange, id=made.id))
        change = find(world.margaret, OrderChange, id=made.id)
        assert not any(one.over for one in telling.notices(world.margaret, change, "PO-1001"))
    announce(world, (1, 3), expected_at="2026-05-12")
    with db.unit(write=False):
        change = find(world.margaret, OrderChange, version=2)
        assert [one.order for one in telling.notices(world.margaret, change, "PO-1001") if one.over] == ["11070"]


def test_a_day_once_split_stays_with_what_has_not_left(world: World) -> None:
    with db.unit(write=True):
        order_changes.change(world.margaret, order(world.margaret), [{"line": 2, "quantity": 60}])
        split = {"line": 1, "response": "split", "deliveries": [
            {"quantity": 25, "promised_at": "2026-05-30"}, {"quantity": 15, "promised_at": "2026-06-20"}]}  # fmt: skip
        made = orders.confirm(world.charlotte, order(world.charlotte), "accepted_with_changes", [split])
        orders.apply_answer(world.margaret, order(world.margaret), find(world.margaret, OrderChange, id=made.id))
    shipment = announce(world, (1, 25), expected_at="2026-06-02")
    with db.unit(write=False):
        line = order(world.nancy).lines[0]
        assert [(one["quantity"], one["promised_at"][:10]) for one in line.deliveries] == [
            (25, "2026-06-02"),
            (15, "2026-06-20"),
        ]
    receive(world, shipment, (1, 20))
    with db.unit(write=False):
        line = order(world.nancy).lines[0]
        assert [one["quantity"] for one in line.deliveries][0] == 20
        assert sum(one["quantity"] for one in line.deliveries) == 40
        assert line.expected_at == day(6, 20)


def test_what_left_can_neither_be_cut_nor_answered_away(world: World) -> None:
    announce(world, (1, 30))
    with pytest.raises(Invalid, match="30 are here or on their way to us"), db.unit(write=True):
        order_changes.change(world.margaret, order(world.margaret), [{"line": 1, "quantity": 29}])
    for response in ("rejected", "changed"):
        line = {"line": 1, "response": response} | ({"quantity": 10} if response == "changed" else {})
        with pytest.raises(Invalid, match="30 are on their way or have arrived"), db.unit(write=True):
            orders.confirm(world.charlotte, order(world.charlotte), "accepted_with_changes", [line])


def test_an_answer_overtaken_by_a_lorry_is_not_applied(world: World) -> None:
    with db.unit(write=True):
        made = orders.confirm(world.charlotte, order(world.charlotte), "accepted_with_changes",
                              [{"line": 1, "response": "changed", "quantity": 10}])  # fmt: skip
    announce(world, (1, 30))
    with pytest.raises(Refused, match="more than this answer leaves"), db.unit(write=True):
        orders.apply_answer(world.margaret, order(world.margaret), find(world.margaret, OrderChange, id=made.id))


def test_a_line_that_was_changed_is_answered_before_it_is_sent(world: World) -> None:
    with db.unit(write=True):
        order_changes.change(world.margaret, order(world.margaret), [{"line": 1, "quantity": 50}])
    with pytest.raises(Invalid, match="Line 1 was changed by the buyer"):
        announce(world, (1, 5))
    announce(world, (2, 5))
    assert sums(world, 2) == (70, 5, 0)


def test_what_another_system_reports_as_confirmed_can_be_sent(world: World) -> None:
    with db.unit(write=True):
        row = again(world)
        orders.send(world.nancy, row)
        row.status = "confirmed"
        db.session.flush()
        shipments.announce(world.charlotte, order(world.charlotte, "PO-9"), [{"line": 1, "quantity": 9}])


def test_quantities_that_are_not_shared_are_not_told_by_a_refusal(world: World) -> None:
    with db.unit(write=True):
        for share in rows(world.nancy, visible(world.nancy, Share)):
            shares.revoke(world.nancy, share)
        row = order(world.nancy)
        shares.share(world.nancy, row, db.session.get_one(Organisation, world.exotic), "respond", [])
    with pytest.raises(Invalid, match="its quantity is not shared with you"):
        announce(world, (1, 1_000))


def test_what_we_send_a_customer_is_shipped_at_once_and_read_by_it(world: World) -> None:
    with db.unit(write=True):
        made = shipments.announce(world.nancy, order(world.nancy, "11070"), [{"line": 1, "quantity": 17}], carrier="UPS",
                                  expected_at="2026-06-03")  # fmt: skip
        key = made.public_id
    with db.unit(write=False):
        row = order(world.renate, "11070")
        assert (row.status, row.lines[0].quantity_open) == ("partly_shipped", 3)
        seen = find(world.renate, Shipment, public_id=key)
        assert (seen.state, seen.carrier, seen.lines[0].quantity) == ("sent", "UPS", 17)
        assert not rows(world.roland, visible(world.roland, Shipment).where(Shipment.public_id == key))
    with pytest.raises(NotFound), db.unit(write=True):
        receipts.receive(
            world.margaret, order(world.margaret, "PO-1001"), find(world.margaret, Shipment, public_id=key)
        )
    with db.unit(write=True):
        shipments.announce(world.nancy, order(world.nancy, "11070"))
    with db.unit(write=False):
        assert order(world.renate, "11070").status == "shipped"
