"""Outsiders get seen records: only what is theirs, and touching more raises."""

import pytest

from actions import conversations, shares
from models import db
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from policy import Hidden, NotFound, allowed, find, has, rows, visible
from tests.world import World


def share_order(world: World, fields: list[str], level: str = "respond") -> None:
    with db.unit(write=True):
        order = find(world.nancy, Order, number="PO-1001")
        shares.share(world.nancy, order, db.session.get_one(Organisation, world.exotic), level, fields)


def test_a_customer_sees_the_own_order_without_what_is_ours(world: World) -> None:
    with db.unit(write=False):
        order = find(world.renate, Order, number="11070")
        assert (order.number, order.lines[0].quantity, order.lines[0].product.name) == ("11070", 20, "Chang")
        with pytest.raises(Hidden):
            _ = order.supplier_reference
        with pytest.raises(Hidden):
            _ = order.lines[0].supplier_sku
        with pytest.raises(Hidden):
            order.status = "shipped"


@pytest.mark.parametrize("number", ["11072", "PO-1001", "nothing"])
def test_what_is_foreign_is_not_found(world: World, number: str) -> None:
    with db.unit(write=False), pytest.raises(NotFound):
        find(world.renate, Order, number=number)


def test_a_partner_sees_nothing_until_it_is_shared(world: World) -> None:
    with db.unit(write=False):
        assert rows(world.charlotte, visible(world.charlotte, Order)) == []


def test_a_partner_sees_exactly_the_fields_of_the_share(world: World) -> None:
    share_order(world, ["lines.quantity", "lines.supplier_sku"])
    with db.unit(write=False):
        order = find(world.charlotte, Order, number="PO-1001")
        line = order.lines[0]
        assert (line.quantity, line.supplier_sku, line.product.name) == (40, "EL-CH-24", "Chang")
        assert not has(line, "unit_price")
        with pytest.raises(Hidden):
            _ = line.unit_price
        with pytest.raises(Hidden):
            _ = order.required_at


def test_two_shares_add_up(world: World) -> None:
    share_order(world, ["lines.quantity"], "read")
    share_order(world, ["required_at"], "respond")
    with db.unit(write=False):
        order = find(world.charlotte, Order, number="PO-1001")
        assert has(order.lines[0], "quantity")
        assert has(order, "required_at")
        assert allowed(world.charlotte, "order:confirm", order)


def test_the_level_decides_what_one_may_do(world: World) -> None:
    share_order(world, [], "comment")
    with db.unit(write=False):
        order = find(world.charlotte, Order, number="PO-1001")
        assert order.rights == {"order:start_conversation"}


def test_a_rival_supplier_finds_nothing_of_it(world: World) -> None:
    share_order(world, ["lines.quantity"])
    with db.unit(write=False), pytest.raises(NotFound):
        find(world.yoshi, Order, number="PO-1001")


def test_a_list_of_many_costs_as_many_statements_as_a_list_of_one(world: World) -> None:
    from sqlalchemy import event

    def statements(count: int) -> int:
        with db.unit(write=True):
            for n in range(count):
                conversations.start(world.renate, f"Matter {n}", "x")
        seen: list[str] = []
        listener = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(db.engine(), "before_cursor_execute", listener)
        with db.unit(write=False):
            found = rows(world.greta, visible(world.greta, Conversation).limit(50))
            assert [one.subject for one in found]
        event.remove(db.engine(), "before_cursor_execute", listener)
        return len(seen)

    assert statements(1) == statements(12)
