"""Supply: what waits for what, in numbers, and linked so that a supplier's answer reaches the customer."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, event, func, select

from actions import supply
from actions.imports import demo
from models import db
from models.orders import Order, OrderLine, SupplyLink
from models.products import Product
from policy import SYSTEM, Forbidden
from tests.world import World


@pytest.fixture
def unlinked(world: World) -> World:
    """The cast's orders before anybody has linked them."""
    with db.unit(write=True):
        db.session.execute(delete(SupplyLink))
    return world


def propose() -> supply.Proposal:
    with db.unit(write=True):
        return supply.propose(SYSTEM)


def position(product_id: int) -> supply.Position:
    with db.unit(write=False):
        return supply.position(product_id)


def links(world: World) -> dict[str, int]:
    query = select(Order.number, SupplyLink.quantity).join(OrderLine, OrderLine.order_id == Order.id)
    with db.unit(write=False):
        return dict(db.session.execute(query.join(SupplyLink, SupplyLink.sales_line_id == OrderLine.id)).all())


def test_stock_is_given_to_the_first_and_the_rest_is_linked_to_what_comes(unlinked: World) -> None:
    propose()
    assert links(unlinked) == {"11070": 3, "11072": 8, "11075": 10, "11077": 19}


def test_proposing_again_changes_nothing(unlinked: World) -> None:
    first = propose()
    assert first.linked == 4
    assert propose() == supply.Proposal(0, 0)


def test_a_line_is_expected_when_the_last_of_it_arrives_and_a_short_one_not_yet(unlinked: World) -> None:
    propose()
    arrival = {row.order.number: row.line.expected_at for row in position(unlinked.products["chang"]).rows}
    with db.unit(write=False):
        due = db.session.scalar(select(Order.required_at).where(Order.number == "PO-1001"))
    assert arrival == {"11070": due, "11072": due, "11075": due, "11077": None}


def test_a_line_covered_from_stock_is_expected_when_it_is_required(unlinked: World) -> None:
    with db.unit(write=True):
        db.session.get_one(Product, unlinked.products["chang"]).stock = 62
    propose()
    found = position(unlinked.products["chang"])
    assert (links(unlinked), found.short) == ({}, 0)
    assert all(row.line.expected_at == row.order.required_at for row in found.rows)


def test_whoever_needs_it_first_is_served_first(unlinked: World) -> None:
    with db.unit(write=True):
        order = db.session.scalars(select(Order).where(Order.number == "11077")).unique().one()
        order.required_at -= timedelta(days=10)
    propose()
    assert [(row.order.number, row.from_stock, row.short) for row in position(unlinked.products["chang"]).rows] == [
        ("11077", 17, 0), ("11070", 0, 0), ("11072", 0, 0), ("11075", 0, 5),
    ]  # fmt: skip


def test_a_link_from_the_other_system_is_kept_and_comes_first(unlinked: World) -> None:
    query = select(OrderLine.id).join(Order).where(OrderLine.line == 1)
    with db.unit(write=True):
        sales = db.session.scalar(query.where(Order.number == "11077"))
        purchase = db.session.scalar(query.where(Order.number == "PO-1001"))
        db.session.add(SupplyLink(purchase_line_id=purchase, sales_line_id=sales, quantity=24, proposed=False))
    propose()
    assert links(unlinked) == {"11077": 24, "11070": 3, "11072": 8, "11075": 5}
    assert propose() == supply.Proposal(0, 0)


def test_a_cancelled_purchase_no_longer_covers_anything(unlinked: World) -> None:
    propose()
    with db.unit(write=True):
        db.session.scalars(select(Order).where(Order.number == "PO-1001")).unique().one().status = "cancelled"
    found = position(unlinked.products["chang"])
    assert (found.coming, found.short) == (0, 45)
    propose()
    assert links(unlinked) == {}


def test_the_position_costs_the_same_few_statements_for_any_number_of_orders(unlinked: World) -> None:
    propose()
    seen = []
    event.listen(db.engine(), "before_cursor_execute", lambda *_: seen.append(1))
    position(unlinked.products["chang"])
    assert len([one for one in seen if one]) <= 5


def test_only_an_admin_proposes(world: World) -> None:
    with db.unit(write=True), pytest.raises(Forbidden):
        supply.propose(world.nancy)


def test_chang_in_the_demo_is_62_wanted_17_here_40_coming_5_short(database: str) -> None:
    for step in demo.steps(SYSTEM):
        with db.unit(write=True):
            step(None)
    for _ in range(2):
        with db.unit(write=True):
            demo.finish(SYSTEM)
    with db.unit(write=False):
        chang = db.session.scalar(select(Product.id).where(Product.name == "Chang"))
        found = supply.position(chang)
        assert db.session.scalar(select(func.count()).select_from(SupplyLink)) > 4
    assert (found.wanted, found.orders, found.stock, found.coming, found.short) == (62, 4, 17, 40, 5)
    rows = [(row.order.number, row.from_stock, [part[1] for part in row.from_links], row.short) for row in found.rows]
    assert rows == [
        ("11070", 17, [3], 0), ("11072", 0, [8], 0), ("11075", 0, [10], 0), ("11077", 0, [19], 5),
    ]  # fmt: skip
