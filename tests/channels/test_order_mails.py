"""Orders that go by mail as they are sent: once, in the name of whoever sent them, and never in silence."""

from typing import Any

import pytest
from sqlalchemy import select, update

import worker
from actions import order_links, orders, suppliers
from models import db
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.orders import Order
from models.organisations import Organisation
from models.staff import Staff
from models.types import now
from policy import find
from tests.world import World


def the(world: World) -> Any:
    return find(world.margaret, Order, number="PO-1001")


@pytest.fixture
def agreed(app, world: World) -> None:
    """With Exotic Liquids it is agreed that orders come by mail; PO-1001 is not sent yet."""
    with db.unit(write=True):
        exotic = db.session.get_one(Organisation, world.exotic)
        exotic.email = "orders@exotic.example"
        suppliers.change_policy(world.steven, exotic, {"mail_orders": True})
        the(world).status = "draft"


def no_address(world: World, email: str | None = None) -> None:
    with db.unit(write=True):
        db.session.get_one(Organisation, world.exotic).email = email


def send(as_: Any, world: World) -> str:
    return as_(world.margaret).post("/staff/orders/PO-1001/dispatch", follow_redirects=True).get_data(as_text=True)


def work() -> None:
    """Do what waits to be mailed, twice: a job that is tried again changes nothing."""
    with db.unit(write=False):
        waiting = [one.arguments for one in db.session.scalars(select(Job).where(Job.kind == "order_mail"))]
    for arguments in [*waiting, *waiting]:
        worker.JOBS["order_mail"](arguments)


def mails() -> list[str]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Delivery.to_address).where(Delivery.kind == "order")))


def logged(kind: str) -> list[Interaction]:
    with db.unit(write=False):
        return list(db.session.scalars(select(Interaction).where(Interaction.kind == kind)).unique())


def test_an_order_that_is_sent_is_mailed_once(agreed: None, as_: Any, world: World) -> None:
    send(as_, world)
    assert mails() == []  # nothing is told before it is stored
    work()
    assert mails() == ["orders@exotic.example"]
    assert {one.actor_id for one in logged("order_mailed")} == {world.margaret.person_id}


def test_unless_agreed_nothing_is_mailed(app, as_: Any, world: World) -> None:
    with db.unit(write=True):
        the(world).status = "draft"
    send(as_, world)
    work()
    assert mails() == [] and logged("order_not_mailed") == []


def test_whoever_mails_by_hand_first_is_not_followed_by_a_second_mail(agreed: None, as_: Any, world: World) -> None:
    send(as_, world)
    with db.unit(write=True):
        order_links.mail(world.nancy, the(world), "clerk@exotic.example")
    work()
    assert mails() == ["clerk@exotic.example"]


def test_what_was_answered_meanwhile_is_not_mailed(agreed: None, as_: Any, world: World) -> None:
    send(as_, world)
    with db.unit(write=True):
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
    work()
    assert mails() == []


@pytest.mark.parametrize("email", [None, "by telephone"])
def test_a_supplier_without_address_is_shown_to_staff(agreed: None, as_: Any, world: World, email: str | None) -> None:
    no_address(world, email)
    page = send(as_, world)
    assert "It was not mailed" in page and "has no e-mail address" in page
    work()
    assert the_status(world) == "sent" and mails() == []
    assert {one.audience for one in logged("order_not_mailed")} == {"staff"}
    no_address(world, "orders@exotic.example")
    assert "was to be mailed" not in as_(world.margaret).get("/staff/orders/PO-1001").get_data(as_text=True)


def test_an_address_that_goes_before_the_mail_does_is_told_as_well(agreed: None, as_: Any, world: World) -> None:
    send(as_, world)
    no_address(world)
    work()
    assert mails() == [] and logged("order_not_mailed")
    assert "was to be mailed" in as_(world.margaret).get("/staff/orders/PO-1001").get_data(as_text=True)


def test_the_mail_goes_although_its_sender_has_left(agreed: None, as_: Any, world: World) -> None:
    send(as_, world)
    with db.unit(write=True):
        db.session.execute(update(Staff).where(Staff.id == world.margaret.staff_id).values(ended_at=now()))
    work()
    assert mails() == ["orders@exotic.example"]


def test_leads_agree_it_on_the_page_and_by_api(app, as_: Any, world: World) -> None:
    with db.unit(write=False):
        path = f"/staff/organisations/{find(world.nancy, Organisation, id=world.exotic).public_id}/supplier-policy"
    form = {"auto_apply": "as_ordered", "mail_orders": "yes", "version": "0"}
    assert as_(world.nancy).post(path, form).status_code == 403
    assert as_(world.steven).post(path, form).status_code == 303
    with db.unit(write=False):
        assert suppliers.policy_of(world.exotic).mail_orders


def the_status(world: World) -> str:
    with db.unit(write=False):
        return str(the(world).status)
