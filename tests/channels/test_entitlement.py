"""A mail that waits is not sent once its reader has lost the right to what it says; nor does a reminder give it back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

import worker
from actions import conversations, installation, order_links, order_notices, orders, parties
from config import Settings
from models import db
from models.conversations import Conversation
from models.jobs import Delivery, Job
from models.order_links import OrderLink
from models.orders import Order
from models.organisations import Organisation
from models.people import Membership
from models.shares import Share
from models.types import now
from policy import Actor, find
from tests import endings
from tests.channels.sink import Sink, sink
from tests.endings import Ending
from tests.world import World
from web.product import Product


@pytest.fixture
def server(app: Product, settings: Settings, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(settings.model_copy(update={"mail_url": running.url}))
        yield running


def do(kind: str, most: int = 9) -> None:
    """Do all work of one kind that is due."""
    with db.unit(write=False):
        due = db.session.execute(select(Job.id, Job.arguments).where(Job.kind == kind, Job.state == "pending")).all()
    for key, arguments in due[:most]:
        worker.perform((key, kind, dict(arguments), 1))


def to(server: Sink) -> list[str]:
    return [str(mail["To"]) for mail in server.mails]


def the(number: str, world: World) -> Any:
    return find(world.margaret, Order, number=number)


@pytest.fixture
def number(server: Sink, world: World) -> str:
    """Renate's request, in which Charlotte of Exotic Liquids has spoken: she is told of what is said there."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "Will all 20 come in time?")
        parties.add(world.nancy, row, db.session.get_one(Organisation, world.exotic), subject="Chang")
        number = row.number
    say(world.charlotte, number, "We look into it.")
    return number


def say(actor: Actor, number: str, body: str) -> None:
    with db.unit(write=True):
        conversations.reply(actor, find(actor, Conversation, number=number), body, audience="everyone")


@pytest.mark.parametrize("ending", endings.OF_TALK, ids=lambda one: one.__name__)
@pytest.mark.parametrize("written", [False, True], ids=["queued", "written"])
def test_news_of_a_conversation_reaches_only_who_may_still_read_it(
    world: World, server: Sink, number: str, ending: Ending, written: bool
) -> None:
    do("notice")
    do("mail")
    server.mails.clear()
    with db.unit(write=True):
        db.session.execute(update(Delivery).values(created_at=now() - timedelta(minutes=11)))
    say(world.nancy, number, "Only for whom it concerns")
    if written:
        do("notice")
    ending(world)
    do("notice")
    do("mail")
    instead = {world.charles.email} if ending is endings.left_the_firm and not written else set()  # her manager
    assert set(to(server)) == {world.renate.email} | instead  # the customer is told as ever: there was news to tell
    with db.unit(write=False):
        left = db.session.scalars(select(Delivery).where(Delivery.to_address == world.charlotte.email)).unique().all()
        assert not [one for one in left if "Only for whom it concerns" in f"{one.body}{one.html}"]
        assert [one.state for one in left if one.state != "sent"] == (["failed"] if written else [])


def test_who_came_back_is_not_sent_what_was_said_before(world: World, server: Sink, number: str) -> None:
    say(world.nancy, number, "Said in the first time")
    do("notice")
    endings.taken_out(world)
    with db.unit(write=True):
        row = find(world.nancy, Conversation, number=number)
        parties.add(world.nancy, row, db.session.get_one(Organisation, world.exotic), subject="Chang")
    do("mail")
    assert world.charlotte.email not in to(server)


@pytest.mark.parametrize("ending", endings.OF_ORGANISATION, ids=lambda one: one.__name__)
def test_an_order_that_waits_to_be_mailed_stays_here(world: World, server: Sink, ending: Ending) -> None:
    with db.unit(write=True):
        order_links.mail(world.margaret, the("PO-1001", world), "orders@exotic.example")
        orders.share_with_supplier(world.margaret, the("PO-1002", world))
        order_links.mail(world.margaret, the("PO-1002", world), "orders@tokyo.example")
    ending(world)
    do("mail")
    assert to(server) == ["orders@tokyo.example"]


def asked(world: World, *numbers: str) -> None:
    """Orders are sent to Exotic Liquids, and it is to be told of them."""
    with db.unit(write=True):
        for number in numbers:
            row = the(number, world)
            row.status, row.organisation_id = "draft", world.exotic
            db.session.flush()
            orders.send(world.margaret, row)


@pytest.mark.parametrize("ending", endings.OF_ORGANISATION, ids=lambda one: one.__name__)
@pytest.mark.parametrize("written", [False, True], ids=["queued", "written"])
@pytest.mark.parametrize("accounts", [True, False], ids=["people", "mailbox"])
def test_a_reminder_neither_tells_of_an_order_that_ended_nor_shares_it_again(
    world: World, server: Sink, ending: Ending, written: bool, accounts: bool
) -> None:
    with db.unit(write=True):
        db.session.get_one(Organisation, world.exotic).email = "orders@exotic.example"
        if not accounts:
            db.session.execute(update(Membership).where(Membership.side == "partner").values(ended_at=now()))
    asked(world, "PO-1001")
    if written:
        do("order_notices")
    ending(world)
    with db.unit(write=True):
        the("PO-1001", world).asked_at = now() - timedelta(days=3)
    worker.JOBS["order_reminders"]({})
    with db.unit(write=True):
        order_notices.chase(world.margaret, the("PO-1001", world))
    do("order_notices")
    do("mail")
    do("order_notices")
    do("mail")
    assert to(server) == []
    with db.unit(write=False):
        held = select(func.count()).select_from(Share).where(Share.revoked_at.is_(None), Share.expires_at > now())
        assert db.session.scalar(held) == 0


def test_of_two_orders_in_one_mail_the_one_that_is_still_shared_is_told_anew(world: World, server: Sink) -> None:
    asked(world, "PO-1001", "PO-1002")
    do("order_notices")
    with db.unit(write=True):
        gone = select(Order.id).where(Order.number == "PO-1002").scalar_subquery()
        db.session.execute(update(Share).where(Share.subject_id == gone).values(revoked_at=now()))
    for kind in ("mail", "order_notices", "mail"):
        do(kind)
    told = [mail.get_body(("plain",)).get_content() for mail in server.mails]
    assert ["PO-1001" in one and "PO-1002" not in one for one in told] == [True]


def test_a_link_is_made_again_only_by_hand(world: World, server: Sink) -> None:
    with db.unit(write=True):
        order_links.mail(world.margaret, the("PO-1001", world), "orders@exotic.example")
    endings.taken_back(world)
    with db.unit(write=True):
        order_links.mail(world.margaret, the("PO-1001", world), "orders@exotic.example")
    with db.unit(write=False):
        assert db.session.scalar(select(func.count()).select_from(OrderLink)) == 2
    do("mail")
    assert to(server)[-1:] == ["orders@exotic.example"]
