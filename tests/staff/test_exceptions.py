"""The list of what does not go as ordered: each kind finds its own, and many are settled with one click."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from actions import orders, suppliers
from analytics.exceptions import KINDS
from models import db
from models.orders import Order, OrderLine
from models.organisations import Organisation
from models.types import now
from policy import find
from tests.staff.test_orders import expected
from tests.world import World

LIST = "/staff/exceptions"


@pytest.fixture
def shared(app: Any, world: World) -> None:
    """PO-1001 is shared with Exotic Liquids, which may answer other prices."""
    with db.unit(write=True):
        exotic = db.session.get_one(Organisation, world.exotic)
        suppliers.change_policy(world.steven, exotic, {"prices_shown": True, "price_limit": 50})
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))


def said(world: World, **line: Any) -> None:
    with db.unit(write=True):
        who = find(world.charlotte, Order, number="PO-1001")
        orders.confirm(world.charlotte, who, "accepted_with_changes", [{"line": 1, "response": "changed", **line}])


def found(client: Any) -> set[str]:
    """The kinds in whose list PO-1001 stands."""
    return {kind for kind in KINDS if ">PO-1001<" in client.get(f"{LIST}?kind={kind}").get_data(as_text=True)}


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ({"promised_at": "2026-06-09"}, {"answers", "late"}),
        ({"promised_at": "2026-05-20"}, {"answers"}),
        ({"quantity": 30}, {"answers", "short"}),
        ({"unit_price": "9.50"}, {"answers", "dearer"}),
        ({"unit_price": "8.50"}, {"answers"}),
        ({"quantity": 1, "promised_at": "2026-07-01", "unit_price": "10"}, {"answers", "late", "short", "dearer"}),
    ],
)
def test_each_kind_finds_its_own(shared: None, world: World, as_: Any, line: Any, kinds: set[str]) -> None:
    margaret = as_(world.margaret)
    assert found(margaret) == {"unanswered"}
    with db.unit(write=True):
        db.session.execute(update(OrderLine).where(OrderLine.order_id == world.orders["PO-1001"]).values(unit_price=9))
    said(world, **line)
    assert found(margaret) - {"overdue"} == kinds


@pytest.mark.parametrize(("days", "kinds"), [(-1, {"overdue"}), (1, set())])
def test_what_should_be_here_is_overdue(shared: None, world: World, as_: Any, days: int, kinds: set[str]) -> None:
    day = now() + timedelta(days=days)
    with db.unit(write=True):
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
        own = update(OrderLine).where(OrderLine.order_id == world.orders["PO-1001"])
        db.session.execute(own.values(expected_at=day))
    assert found(as_(world.margaret)) == kinds


def test_many_lines_are_applied_with_one_click_each_once(shared: None, world: World, as_: Any) -> None:
    said(world, promised_at="2026-06-09")
    margaret = as_(world.margaret)
    page = margaret.get(f"{LIST}?kind=late").get_data(as_text=True)
    assert 'value="PO-1001:1:1"' in page
    form = {"all": "yes", "kind": "late", "shown": ["PO-1001:1:1", "PO-1001:7:1", "nonsense"]}
    assert margaret.post(f"{LIST}/applications", form).status_code == 303
    after = margaret.get(f"{LIST}?kind=late").get_data(as_text=True)
    assert "1 line applied in 1 order." in after and "2 more were not done." in after
    assert expected(world) == "2026-06-09"
    margaret.post(f"{LIST}/applications", {"chosen": ["PO-1001:1:1"]})
    assert "PO-1001/1: This was applied already." in margaret.get(LIST).get_data(as_text=True)


def test_many_suppliers_are_chased_with_one_click_each_order_once_a_day(shared: None, world: World, as_: Any) -> None:
    margaret = as_(world.margaret)
    for words in ("2 suppliers reminded of 2 orders.", "was chased about PO-1001 today already"):
        margaret.post(
            f"{LIST}/reminders", {"all": "yes", "kind": "unanswered", "shown": ["PO-1001", "PO-1002", "11070"]}
        )
        assert words in margaret.get(f"{LIST}?kind=unanswered").get_data(as_text=True)


def test_the_home_counts_them(shared: None, world: World, as_: Any) -> None:
    said(world, promised_at="2026-06-09")
    page = as_(world.margaret).get("/staff/").get_data(as_text=True)
    assert '/staff/exceptions?kind=late">1<' in page


def test_a_supplier_finds_none_of_it(shared: None, world: World, as_: Any) -> None:
    charlotte = as_(world.charlotte)
    assert charlotte.get(LIST).status_code == 404
    assert charlotte.post(f"{LIST}/applications", {"chosen": ["PO-1001:1:1"]}).status_code == 404
