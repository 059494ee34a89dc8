"""A supplier takes away its open orders, and only those."""

from collections.abc import Callable

from sqlalchemy import update

from actions import shares
from models import db
from models.orders import Order
from models.organisations import Organisation
from policy import find
from tests.client import Client
from tests.partners.test_export import table
from tests.world import World


def test_the_open_orders_as_a_table(app, world: World, as_: Callable[..., Client]) -> None:
    with db.unit(write=True):
        exotic = db.session.get_one(Organisation, world.exotic)
        for number in ("PO-1001", "PO-1002"):
            shares.share(world.nancy, find(world.nancy, Order, number=number), exotic, "read", ["lines.quantity"])
        db.session.execute(update(Order).where(Order.number == "PO-1002").values(status="received"))
    charlotte = as_(world.charlotte)
    assert {one["number"] for one in table(charlotte, "?status=current")} == {"PO-1001"}
    assert {one["number"] for one in table(charlotte)} == {"PO-1001", "PO-1002"}
    assert table(as_(world.yoshi), "?status=current") == []
    assert "PO-1002" not in charlotte.get("/partners/orders?status=current").get_data(as_text=True)
