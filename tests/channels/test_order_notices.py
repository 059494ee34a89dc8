"""What suppliers are told of their orders by mail: together, in time, and not too often."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from babel.dates import format_date
from sqlalchemy import select, update

import worker
from actions import order_changes, order_links, order_notices, orders, suppliers
from models import db
from models.jobs import Delivery
from models.orders import Order, OrderLine
from models.organisations import Organisation
from models.people import Membership
from models.purchasing import OrderNotice
from models.types import now
from policy import find
from tests.client import Client
from tests.world import World
from web.product import Product


def the(world: World, number: str = "PO-1001") -> Any:
    return find(world.margaret, Order, number=number)


def told(world: World) -> Sequence[Delivery]:
    """Do what waits for Exotic Liquids, and read the mails about orders so far."""
    worker.JOBS["order_notices"]({"organisation": world.exotic})
    with db.unit(write=False):
        return db.session.scalars(select(Delivery).where(Delivery.kind == "order_notice").order_by(Delivery.id)).all()


def sent(world: World, number: str = "PO-1001") -> None:
    with db.unit(write=True):
        the(world, number).status = "draft"
        db.session.flush()
        orders.send(world.margaret, the(world, number))


def half_a_day_later() -> None:
    with db.unit(write=True):
        db.session.execute(update(OrderNotice).values(told_at=now() - timedelta(hours=13)))


def test_what_comes_together_is_one_mail_that_leads_to_the_order(app: Product, world: World) -> None:
    sent(world)
    with db.unit(write=True):
        order_changes.change(world.margaret, the(world), [{"line": 1, "quantity": 9}])
    mails = told(world)
    assert [one.to_address for one in mails] == ["charles.exley@s1.example"]
    assert "/partners/orders/PO-1001" in mails[0].body and "changed, please answer again" in mails[0].body


def test_a_supplier_without_accounts_answers_from_the_mail(app: Product, world: World) -> None:
    with db.unit(write=True):
        db.session.execute(update(Membership).where(Membership.side == "partner").values(ended_at=now()))
        db.session.get_one(Organisation, world.exotic).email = "orders@exotic.example"
    sent(world)
    mails = told(world)
    secret = re.search(r"/order/(\S+)", mails[0].body).group(1)  # type: ignore[union-attr]
    assert mails[0].to_address == "orders@exotic.example"
    assert Client(app).get(f"/order/{secret}").status_code == 200


def test_the_second_mail_of_a_day_waits_and_what_was_answered_meanwhile_is_left_out(app: Product, world: World) -> None:
    sent(world)
    told(world)
    with db.unit(write=True):
        order_changes.change(world.margaret, the(world), [{"line": 1, "quantity": 9}])
    assert len(told(world)) == 1
    half_a_day_later()
    with db.unit(write=True):
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
    assert len(told(world)) == 1


def test_who_is_chased_hears_it_at_once(app: Product, world: World) -> None:
    sent(world)
    told(world)
    with db.unit(write=True):
        order_notices.chase(world.margaret, the(world))
    mails = told(world)
    assert len(mails) == 2 and "we wait for your answer" in mails[1].body


def test_what_was_mailed_by_hand_meanwhile_is_not_told_again(app: Product, world: World) -> None:
    sent(world)
    with db.unit(write=True):
        order_links.mail(world.margaret, the(world), "orders@exotic.example")
    assert told(world) == []


def test_unanswered_orders_and_promised_days_are_reminded_of_once(app: Product, world: World) -> None:
    with db.unit(write=True):
        row = the(world)
        orders.share_with_supplier(world.nancy, row)
        row.asked_at = now() - timedelta(days=3)
    for _ in range(2):
        worker.JOBS["order_reminders"]({})
    assert ["not answered yet" in one.body for one in told(world)] == [True]
    half_a_day_later()
    with db.unit(write=True):
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
        soon = now() + timedelta(days=2)
        db.session.execute(update(OrderLine).where(OrderLine.order_id == the(world).id).values(expected_at=soon))
    for _ in range(2):
        worker.JOBS["order_reminders"]({})
    assert f"promised for {format_date(soon)}" in told(world)[-1].body


def test_no_reminder_where_none_is_agreed(app: Product, world: World) -> None:
    with db.unit(write=True):
        the(world).asked_at = now() - timedelta(days=3)
        exotic = db.session.get_one(Organisation, world.exotic)
        suppliers.change_policy(world.steven, exotic, {"answer_days": 0, "reminder_days": 0})
    worker.JOBS["order_reminders"]({})
    with db.unit(write=False):
        assert db.session.scalars(select(OrderNotice).where(OrderNotice.organisation_id == world.exotic)).all() == []


def test_nobody_is_reminded_of_what_was_only_imported(app: Product, world: World) -> None:
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, the(world))
        the(world).asked_at, the(world).ordered_at = None, now() - timedelta(days=20)
    worker.JOBS["order_reminders"]({})
    assert told(world) == []


def test_a_rivals_orders_stand_in_nobody_elses_mail(app: Product, world: World) -> None:
    sent(world)
    sent(world, "PO-1002")
    assert all("PO-1002" not in one.body for one in told(world))
