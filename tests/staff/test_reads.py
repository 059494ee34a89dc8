"""The read log: one row per page of a list, by organisation, to take away, forgotten in time."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from actions import reading, share_rules, shares
from channels import housekeeping
from models import db
from models.orders import Order
from models.organisations import Organisation
from models.shares import ReadLog, ReadRecord
from models.types import now
from policy import find
from tests.world import World


@pytest.fixture
def shared(app, world: World) -> None:
    with db.unit(write=True):
        share_rules.follow(world.orders.values())


def organisation(world: World, name: str) -> str:
    with db.unit(write=False):
        return find(world.nancy, Organisation, id=getattr(world, name)).public_id


def looks(kind: str = "orders") -> list[ReadLog]:
    with db.unit(write=False):
        return list(db.session.scalars(select(ReadLog).where(ReadLog.subject_type == kind)).unique())


def test_a_page_of_a_list_is_one_look_however_often_it_is_opened(shared: None, world: World, as_) -> None:
    charlotte = as_(world.charlotte)
    for _ in range(3):
        charlotte.get("/partners/orders")
    found = looks()
    assert [(one.surface, [record.subject_id for record in one.records]) for one in found] == [("list", ["PO-1001"])]
    assert "lines.quantity" in found[0].fields and "lines.unit_price" not in found[0].fields
    assert "Charlotte Cooper" in as_(world.nancy).get("/staff/orders/PO-1001").get_data(as_text=True)
    assert "Charlotte Cooper" not in as_(world.nancy).get("/staff/orders/PO-1002").get_data(as_text=True)


def test_the_desk_reads_what_a_partner_saw_and_takes_it_away(shared: None, world: World, as_) -> None:
    as_(world.charlotte).get("/partners/orders/PO-1001")
    as_(world.yoshi).get("/partners/orders")
    path = f"/staff/organisations/{organisation(world, 'exotic')}/reads"
    page = as_(world.nancy).get(path).get_data(as_text=True)
    assert "Charlotte Cooper" in page and "Yoshi" not in page and "As CSV" not in page
    taken = as_(world.steven).get(f"{path}.csv")
    assert "PO-1001" in taken.get_data(as_text=True) and "Yoshi" not in taken.get_data(as_text=True)
    assert as_(world.nancy).get(f"{path}.csv").status_code == 403
    assert as_(world.charles).get(path).status_code == 404


def test_the_customers_manager_reads_of_lists_only_the_own_orders(shared: None, world: World, as_) -> None:
    with db.unit(write=True):
        for number, owner in (("11070", world.lehmanns), ("11072", world.ernst)):
            reading._saw_list(world.yoshi, "orders", {number: owner, "11077": world.ernst}, ["status"], "list")
    page = as_(world.greta).get("/portal/access-log").get_data(as_text=True)
    assert "11070" in page and "a supplier of" in page
    assert "11072" not in page and "11077" not in page and "Yoshi" not in page and "Tokyo" not in page
    assert "11077" in as_(world.roland).get("/portal/access-log").get_data(as_text=True)


def test_a_customer_does_not_learn_of_its_draft_order_from_who_looked_at_it(world: World, as_) -> None:
    with db.unit(write=True):
        draft = find(world.nancy, Order, number="11070")
        shares.share(world.nancy, draft, find(world.nancy, Organisation, id=world.tokyo), "read", [])
        draft.status = "draft"
    yoshi = as_(world.yoshi)
    assert "11070" in yoshi.get("/partners/orders").get_data(as_text=True)
    assert yoshi.get("/partners/orders/11070").status_code == 200
    assert len(looks("order")) == len(looks("orders")) == 1
    assert "11070" not in as_(world.greta).get("/portal/access-log").get_data(as_text=True)


def test_looks_are_forgotten_when_they_are_old(shared: None, world: World, as_, app) -> None:
    as_(world.charlotte).get("/partners/orders")
    as_(world.yoshi).get("/partners/orders")
    with db.unit(write=True):
        old = update(ReadLog).where(ReadLog.person_id == world.yoshi.person_id)
        db.session.execute(old.values(at=now() - timedelta(days=731)))
    with app.app_context():
        housekeeping.forget_looks({})
    assert {one.person_id for one in looks()} == {world.charlotte.person_id}
    with db.unit(write=False):
        assert db.session.scalar(select(func.count()).select_from(ReadRecord)) == 1
