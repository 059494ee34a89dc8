"""A day as it goes by, hour for hour: how many mails somebody finds who was not there, through the worker and a mail server."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import inspect, select

import worker
from actions import conversations, installation, notice_choices, order_changes, orders
from models import db
from models.conversations import Conversation
from models.jobs import Delivery, Job
from models.mail_paces import MailPace
from models.orders import Order, OrderLine
from models.purchasing import OrderNotice
from models.types import now
from policy import find
from tests.channels.sink import Sink, sink
from tests.world import World
from web.product import Product

REMEMBERS = (Job, OrderNotice, Delivery, MailPace)


@pytest.fixture
def server(app: Product, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(installation.settings().model_copy(update={"mail_url": running.url}))
        yield running


def hours_go_by(hours: float) -> None:
    """Let the worker do what falls due within some hours, in steps of a quarter."""
    for _ in range(round(hours * 4)):
        with db.unit():
            for table in REMEMBERS:
                for row in db.session.scalars(select(table)).unique():
                    earlier(row)
        while worker.work_once():
            pass


def earlier(row: Any) -> None:
    for column in inspect(type(row)).column_attrs:
        if isinstance(at := getattr(row, column.key), datetime):
            setattr(row, column.key, at - timedelta(minutes=15))


def twelve_orders(world: World) -> list[str]:
    """Twelve drafts of Exotic Liquids, made as its PO-1001 is."""
    made = []
    with db.unit():
        for place in range(12):
            order = Order(number=f"PO-12{place:02}", kind="purchase", status="draft", organisation_id=world.exotic)
            db.session.add(order)
            db.session.flush()
            db.session.add(OrderLine(order_id=order.id, line=1, product_id=world.products["chang"], quantity=40,
                                     description="Chang", unit_price=19))  # fmt: skip
            made.append(order.number)
    return made


def test_a_supplier_with_12_orders_and_30_changes_on_one_day_gets_at_most_2_mails(server: Sink, world: World) -> None:
    numbers = twelve_orders(world)
    for number in numbers:
        with db.unit():
            orders.send(world.margaret, find(world.margaret, Order, number=number))
        hours_go_by(0.25)  # from nine to noon
    for place in range(30):
        with db.unit():
            row = find(world.margaret, Order, number=numbers[place % 12])
            order_changes.change(world.margaret, row, [{"line": 1, "quantity": 41 + place}])
        hours_go_by(0.25)  # from noon to half past seven
    hours_go_by(13)
    told = [one for one in server.mails if str(one["To"]) == world.charles.email]
    assert len(told) == 2 == len(server.mails)
    last = told[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(number in last and f"/partners/orders/{number}" in last for number in numbers)  # nothing is left out


def test_an_agent_away_for_a_day_gets_one_digest(server: Sink, world: World) -> None:
    with db.unit():  # her mail comes an hour before this day begins: in 23 hours
        here = now().astimezone(ZoneInfo("Europe/London")) - timedelta(hours=1)
        notice_choices.choose(world.nancy, notice_choices.usual(world.nancy).pace, None, here.hour * 60 + here.minute)
        talks = [conversations.start(world.renate, f"Matter {place}", "Please look.")[0] for place in range(4)]
        numbers = [one.number for one in talks]
        for one in talks:
            one.assignee_id = world.nancy.staff_id
    for hour in range(8):
        with db.unit():
            row = find(world.renate, Conversation, number=numbers[hour % 4])
            conversations.reply(world.renate, row, f"Hello, it is {9 + hour} o'clock")
        hours_go_by(1)
    with db.unit():  # of one she read all on her telephone
        row = find(world.nancy, Conversation, number=numbers[0])
        conversations.mark_read(world.nancy, row, row.last_seq)
    assert server.mails == []
    hours_go_by(16)
    (mail,) = server.mails
    assert str(mail["To"]) == world.nancy.email
    words = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(f"#{number} " in words for number in numbers[1:]) and f"#{numbers[0]} " not in words
    hours_go_by(26)
    assert len(server.mails) == 1  # nothing new, so nothing more
