"""The list of orders as a table: the same seen records, the rights of the moment, and no cell that runs."""

import csv
import io

from sqlalchemy import select

from actions import orders, share_rules
from models import db
from models.orders import Order
from models.share_rules import ShareRule
from models.shares import ReadLog
from policy import find
from tests.world import World


def table(client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/partners/orders.csv{query}")
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_a_partner_takes_away_what_it_sees_and_nothing_else(app, world: World, as_) -> None:
    with db.unit(write=True):
        find(world.nancy, Order, number="PO-1001").lines[0].supplier_sku = "=HYPERLINK(1)"
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
    found = table(as_(world.charlotte))
    assert [(one["number"], one["lines.line"], one["lines.quantity"]) for one in found] == [
        ("PO-1001", "1", "40"),
        ("PO-1001", "2", "70"),
    ]
    assert {one["lines.unit_price"] for one in found} == {""} and {one["customer_reference"] for one in found} == {""}
    assert found[0]["lines.supplier_sku"] == "'=HYPERLINK(1)"
    assert table(as_(world.charlotte), "?status=confirmed") == []
    assert table(as_(world.yoshi)) == []
    with db.unit(write=False):
        assert db.session.scalars(select(ReadLog.surface).where(ReadLog.subject_type == "orders")).all() == ["export"]


def test_the_rights_are_those_of_the_moment(app, world: World, as_) -> None:
    with db.unit(write=True):
        share_rules.follow(world.orders.values())
    assert len(table(as_(world.charlotte))) == 2
    with db.unit(write=True):
        share_rules.switch(world.andrew, find(world.andrew, ShareRule, key="supplier"), False)
    assert table(as_(world.charlotte)) == []
