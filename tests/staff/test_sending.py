"""Many purchase orders sent from the list of drafts: each by itself, each refusal named, and nothing for anybody outside."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from models import db
from models.orders import Order
from policy import find
from tests.client import Client
from tests.world import World

DRAFTS = "/staff/orders?kind=purchase&status=draft"


@pytest.fixture
def drafts(app, world: World) -> None:
    """PO-1001 for Exotic Liquids and PO-1002 for Tokyo Traders are not sent yet."""
    with db.unit(write=True):
        db.session.execute(update(Order).where(Order.kind == "purchase").values(status="draft"))


def states(world: World) -> list[str]:
    with db.unit(write=False):
        return [find(world.nancy, Order, number=number).status for number in ("PO-1001", "PO-1002")]


def test_all_drafts_are_sent_with_one_click_and_each_supplier_sees_its_own(
    drafts: None, world: World, as_: Callable[..., Client]
) -> None:
    margaret = as_(world.margaret)
    assert 'status=draft">2<' in margaret.get("/staff/").get_data(as_text=True)
    page = margaret.get(DRAFTS).get_data(as_text=True)
    assert page.count('name="shown"') == 2
    margaret.post("/staff/orders/dispatches", {"all": "yes", "shown": ["PO-1001", "PO-1002"]})
    assert "2 orders sent to 2 suppliers." in margaret.get(DRAFTS).get_data(as_text=True)
    assert states(world) == ["sent", "sent"]
    for supplier, own, other in ((world.charlotte, "PO-1001", "PO-1002"), (world.yoshi, "PO-1002", "PO-1001")):
        waiting = as_(supplier).get("/partners/").get_data(as_text=True)
        assert f"Confirm {own}" in waiting and other not in waiting


def test_only_the_chosen_are_sent_and_what_is_refused_is_named(
    drafts: None, world: World, as_: Callable[..., Client]
) -> None:
    margaret = as_(world.margaret)
    margaret.post("/staff/orders/dispatches", {"chosen": ["PO-1001"], "shown": ["PO-1001", "PO-1002"]})
    assert states(world) == ["sent", "draft"]
    again = {"all": "yes", "shown": ["PO-1001", "PO-1002", "11070", "nothing"]}
    margaret.post("/staff/orders/dispatches", again)
    said = margaret.get(DRAFTS).get_data(as_text=True)
    assert "1 order sent to 1 supplier." in said and "PO-1001: PO-1001 was sent already." in said
    assert "11070: This is not yours to do" in said and "1 more was not done." in said
    assert states(world) == ["sent", "sent"]


def test_nobody_outside_sends_an_order(drafts: None, world: World, as_: Callable[..., Client]) -> None:
    for outsider in (world.charlotte, world.yoshi, world.renate, world.roland):
        assert as_(outsider).post("/staff/orders/dispatches", {"chosen": ["PO-1001"]}).status_code == 404
    assert states(world) == ["draft", "draft"]


def test_other_lists_have_nothing_to_choose(drafts: None, world: World, as_: Callable[..., Client]) -> None:
    assert 'name="chosen"' not in as_(world.nancy).get("/staff/orders?kind=purchase").get_data(as_text=True)
