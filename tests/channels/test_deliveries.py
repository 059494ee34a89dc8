"""How our mails went: said on what they told of, to us alone, and sent again once where they failed."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

import worker
from actions import conversations, deliveries, installation, order_links
from models import db
from models.conversations import Conversation
from models.interactions import Interaction
from models.jobs import Delivery, Job
from models.orders import Order
from policy import Actor, Refused, find
from tests.api.test_api import Api
from tests.channels.mails import came
from tests.channels.sink import Sink, sink
from tests.channels.test_mail_in import bounced
from tests.world import World
from web.product import Product

PAGE = "/staff/conversations/"


@pytest.fixture
def server(app: Product, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(app.config["SETTINGS"].model_copy(update={"mail_url": running.url}))
        yield running


@pytest.fixture
def number(app: Product, world: World) -> str:
    """Renate's request, which Nancy has answered."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "Will all 20 come?")
        seq = conversations.reply(
            world.nancy, find(world.nancy, Conversation, number=row.number), "Yes.", audience="customer"
        ).seq
        key = row.id
    worker.JOBS["notice"]({"conversation": key, "seq": seq})
    return row.number


def jobs(kind: str = "mail") -> list[Any]:
    with db.unit(write=False):
        query = select(Job).where(Job.kind == kind, Job.state == "pending").order_by(Job.id)
        return [(one.id, one.kind, dict(one.arguments), one.attempts + 1) for one in db.session.scalars(query)]


def work() -> None:
    """Let the worker send what waits, once."""
    for job in jobs():
        worker.perform(job)


def delivery(**which: Any) -> Delivery:
    with db.unit(write=False):
        query = select(Delivery).filter_by(**which).order_by(Delivery.id.desc()).limit(1)
        return db.session.scalars(query).unique().one()


def page(as_: Any, who: Actor, path: str) -> str:
    return as_(who).get(path).get_data(as_text=True)


def again(as_: Any, who: Actor, key: str) -> int:
    return as_(who).post(f"/staff/deliveries/{key}/retries").status_code


def failed(server: Sink, words: str = "550 no such user") -> Delivery:
    server.refuse = words
    work()
    server.refuse = ""
    return delivery()


def test_staff_see_on_a_message_that_its_mail_waits_and_then_that_it_was_sent(
    as_: Any, world: World, number: str, server: Sink
) -> None:
    assert "waiting" in page(as_, world.nancy, PAGE + number).split("Renate Messner</b>: ")[1][:60]
    work()
    shown = page(as_, world.nancy, PAGE + number)
    assert "sent" in shown.split("Renate Messner</b>: ")[1][:60] and "Send again" not in shown.split('id="words"')[0]


def test_a_mail_that_is_refused_for_good_fails_at_once_with_the_reason_in_words(
    as_: Any, world: World, number: str, server: Sink
) -> None:
    assert failed(server).state == "failed" and not jobs()
    shown = page(as_, world.nancy, PAGE + number)
    assert "The mail server does not take it: 550 no such user" in shown and "Send again" in shown


def test_an_address_that_nobody_has_fails_at_once_as_well(world: World, number: str, server: Sink) -> None:
    server.unknown.add(world.renate.email)
    work()
    assert delivery().state == "failed"
    assert delivery().error == "The mail server does not take mail to this address: 550 5.1.1 nobody here"


def test_a_mail_that_is_refused_for_now_waits_and_fails_once_the_worker_gives_up(
    world: World, number: str, server: Sink
) -> None:
    assert failed(server, "451 come back later").state == "pending"
    server.refuse = "451 come back later"
    (key, kind, arguments, _) = jobs()[0]
    worker.perform((key, kind, arguments, len(worker.PAUSES) + 1))
    assert delivery().state == "failed" and "451 come back later" in delivery().error


def test_a_mail_that_came_back_is_shown_as_failed_with_what_its_server_said(
    as_: Any, world: World, number: str, server: Sink
) -> None:
    work()
    came(bounced(delivery().message_id))
    assert "550 no such user" in page(as_, world.nancy, PAGE + number).split("E-mail to")[1]
    assert again(as_, world.nancy, delivery().public_id) == 303
    work()
    assert [one["Message-ID"].strip() for one in server.mails] == [
        delivery().message_id
    ] * 2 and delivery().state == "sent"


def test_sent_again_twice_at_once_it_is_sent_once_and_logged(as_: Any, world: World, number: str, server: Sink) -> None:
    key = failed(server).public_id
    assert [again(as_, world.nancy, key), again(as_, world.nancy, key)] == [303, 409]
    work()
    work()
    assert len(server.mails) == 1 and again(as_, world.nancy, key) == 409
    with db.unit(write=False):
        logged = db.session.scalars(select(Interaction).where(Interaction.kind == "mail_retried")).unique().one()
        assert logged.actor_id == world.nancy.person_id and logged.audience == "staff"


def test_nobody_outside_learns_how_a_mail_to_anybody_went(as_: Any, world: World, number: str, server: Sink) -> None:
    key = failed(server).public_id
    for who, path in ((world.renate, "/portal/requests/"), (world.greta, "/portal/requests/")):
        shown = page(as_, who, path + number).split('id="words"')[0]
        assert "E-mail to" not in shown and "no such user" not in shown
    for who in (world.renate, world.greta, world.roland, world.charlotte, world.yoshi):
        assert again(as_, who, key) == 404


def test_an_agent_sees_and_sends_again_only_what_is_of_their_own_teams(
    as_: Any, world: World, number: str, server: Sink
) -> None:
    assert again(as_, world.otto, failed(server).public_id) == 404
    with db.unit(write=True):
        find(world.nancy, Conversation, number=number).team_id = world.teams["billing"]
    assert again(as_, world.otto, delivery().public_id) == 303


def test_whoever_lost_the_right_meanwhile_is_not_written_to(world: World, number: str, server: Sink) -> None:
    key = failed(server).id
    with db.unit(write=True):
        row = db.session.scalars(select(Conversation).where(Conversation.number == number)).unique().one()
        row.person_id = world.jonas.person_id
        deliveries.retry(world.nancy, db.session.get_one(Delivery, key))
    work()
    assert not server.mails and not delivery().repeatable
    with db.unit(write=True), pytest.raises(Refused, match="not kept"):
        deliveries.retry(world.nancy, db.session.get_one(Delivery, key))


def test_an_order_whose_mail_came_back_is_mailed_anew_once(as_: Any, world: World, server: Sink) -> None:
    with db.unit(write=True):
        order_links.mail(world.margaret, find(world.margaret, Order, number="PO-1001"), "orders@exotic.example")
    work()
    with db.unit(write=True):
        found = db.session.scalars(select(Delivery).where(Delivery.kind == "order")).unique().one()
        found.state, found.error, key = "failed", "Not delivered: mailbox full", found.public_id
    shown = page(as_, world.margaret, "/staff/orders/PO-1001")
    assert "orders@exotic.example" in shown and "mailbox full" in shown and "Send again" in shown
    assert [again(as_, world.margaret, key), again(as_, world.margaret, key)] == [303, 409]
    work()
    first, second = (one.get_body(("plain",)).get_content() for one in server.mails)
    assert first.split("/order/")[1][:40] != second.split("/order/")[1][:40]


def test_by_api_staff_read_how_mails_went_and_send_them_again(
    app: Product, world: World, number: str, server: Sink
) -> None:
    key = failed(server).public_id
    nancy, renate = (Api(app, who) for who in (world.nancy, world.renate))
    said = nancy.get(f"/conversations/{number}/messages").json["items"][-1]["mails"]
    assert [(one["id"], one["state"], one["to"]["name"], one["again"]) for one in said] == [
        (key, "failed", "Renate Messner", True)
    ]
    assert [one["id"] for one in nancy.get("/deliveries?state=failed").json["items"]] == [key]
    assert renate.get("/deliveries").json["items"] == [] and "mails" not in str(
        renate.get(f"/conversations/{number}/messages").json
    )
    assert nancy.post(f"/deliveries/{key}/retries", None).json["state"] == "waiting"
    assert nancy.post(f"/deliveries/{key}/retries", None).status_code == 409
    assert renate.post(f"/deliveries/{key}/retries", None).status_code == 404


def test_whoever_looks_is_told_of_each_change_once_it_is_stored(
    as_: Any, world: World, number: str, server: Sink
) -> None:
    heard: list[str] = []
    db.listen("mailed", lambda news: heard.extend(f"{delivery().state} {one}" for one in dict.fromkeys(news)))
    about = (delivery().conversation_id, delivery().seq)
    failed(server)
    again(as_, world.nancy, delivery().public_id)
    work()
    came(bounced(delivery().message_id))
    assert heard == [f"{state} {about}" for state in ("failed", "pending", "sent", "failed")]


def test_whoever_looks_is_told_that_a_mail_was_asked_for_and_that_it_was_given_up(
    world: World, number: str, server: Sink
) -> None:
    heard: list[Any] = []
    db.listen("mailed", heard.extend)
    with db.unit(write=True):
        key = find(world.nancy, Conversation, number=number).id
        seq = conversations.reply(world.renate, find(world.renate, Conversation, number=number), "And the Chai?").seq
    worker.JOBS["notice"]({"conversation": key, "seq": seq})  # for whoever of us it concerns
    server.refuse = "451 come back later"
    asked = len(heard)
    (job, kind, arguments, _) = jobs()[0]
    worker.perform((job, kind, arguments, len(worker.PAUSES) + 1))
    assert delivery(id=arguments["delivery"]).state == "failed" and len(heard) > asked
