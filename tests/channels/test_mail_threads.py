"""Mails of a conversation: from the address of its team, and where the reader's own mail program puts them under theirs."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

import worker
from actions import conversations, installation, mail_in, parties
from models import db
from models.conversations import Conversation
from models.jobs import Delivery
from models.mail_in import InboundMail
from models.organisations import Organisation
from models.staff import Team
from models.types import now
from policy import Actor, find
from tests.channels.mails import came, talks, told, written
from tests.channels.sink import Sink, sink
from tests.channels.test_deliveries import jobs, work
from tests.world import World
from web.product import Product

RENATE = "Renate Messner <renate.messner@lehms.example>"
HERS = "<question.1@mail.lehms.example>"
SUPPLIERS = "<answer.1@mail.s1.example>"


@pytest.fixture
def server(app: Product, world: World) -> Iterator[Sink]:
    with sink() as running:
        installation.use(app.config["SETTINGS"].model_copy(update={"mail_url": running.url}))
        yield running


@pytest.fixture
def number(world: World, server: Sink) -> str:
    """A request that Renate sent to billing's address."""
    with db.unit(write=True):
        billing = db.session.get_one(Team, world.teams["billing"])
        for name in ("billing", "invoices"):
            mail_in.add_mailbox(world.steven, f"{name}@ours.example", billing)
    came(written(RENATE, "Is it paid?", Message_ID=HERS), "invoices@ours.example")
    return talks()[-1].number


def say(who: Actor, number: str, body: str, audience: str | None = None) -> None:
    """Say something, and let everybody concerned be told of it by mail."""
    with db.unit(write=True):
        found = find(who, Conversation, number=number)
        seq, key = conversations.reply(who, found, body, audience=audience).seq, found.id
    worker.JOBS["notice"]({"conversation": key, "seq": seq})
    work()


def long_ago() -> None:
    """Everybody may be written to again; what was written stands after her first mail."""
    with db.unit(write=True):
        hers = update(InboundMail).where(InboundMail.message_id == HERS)
        db.session.execute(hers.values(received_at=now() - timedelta(hours=1)))
        db.session.execute(update(Delivery).values(created_at=now() - timedelta(minutes=30)))


def test_an_answer_comes_from_the_address_that_was_written_to_and_stands_under_the_mail_it_answers(
    world: World, number: str, server: Sink
) -> None:
    say(world.nancy, number, "Yes, today.", "customer")
    mail = server.mails[-1]
    assert mail["From"] == "Northwind Traders <invoices@ours.example>" and mail["To"] == "renate.messner@lehms.example"
    assert mail["In-Reply-To"] == HERS and mail["References"] == HERS
    assert mail["Reply-To"].startswith("service+r-")
    assert mail["Message-ID"] == told(world, person_id=world.renate.person_id).message_id


def test_what_follows_names_everything_before_it_in_order(world: World, number: str, server: Sink) -> None:
    say(world.nancy, number, "Yes, today.", "customer")
    first = server.mails[-1]
    came(written(RENATE, "Thanks. And the other?", Message_ID="<2@mail.lehms.example>", To=first["Reply-To"],
                 In_Reply_To=first["Message-ID"]))  # fmt: skip
    long_ago()
    say(world.nancy, number, "That too.", "customer")
    assert server.mails[-1]["References"].split() == [HERS, first["Message-ID"], "<2@mail.lehms.example>"]
    assert server.mails[-1]["In-Reply-To"] == "<2@mail.lehms.example>"


def test_message_ids_leave_as_they_are_however_long(world: World, number: str, server: Sink) -> None:
    say(world.nancy, number, "Yes, today.", "customer")
    raw = server.raws[-1].split(b"\r\n\r\n")[0]
    assert b"\r\nIn-Reply-To: " + HERS.encode() + b"\r\n" in raw and b"=?" not in raw
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_a_team_without_an_address_writes_from_ours(world: World, number: str, server: Sink) -> None:
    with db.unit(write=True):
        find(world.nancy, Conversation, number=number).team_id = world.teams["sales"]
    say(world.nancy, number, "Yes.", "customer")
    assert server.mails[-1]["From"].addresses[0].addr_spec == "service@localhost"


def test_a_matter_that_came_otherwise_is_written_from_its_teams_first_address(
    world: World, number: str, server: Sink
) -> None:
    with db.unit(write=True):
        row, _ = conversations.start(world.jonas, "Invoices", "Where?")
        row.team_id = world.teams["billing"]
    say(world.nancy, row.number, "Here.", "customer")
    assert server.mails[-1]["From"].addresses[0].addr_spec == "billing@ours.example"


@pytest.mark.parametrize("odd", ["not an id", "<with a space@x>", f"<{'x' * 400}@x>"])
def test_what_is_no_message_id_is_not_repeated(world: World, server: Sink, odd: str) -> None:
    came(written(RENATE, "Is it paid?").replace(b"Subject:", b"Message-ID: " + odd.encode() + b"\nSubject:"))
    say(world.nancy, talks()[-1].number, "Yes.", "customer")
    assert server.mails[-1]["References"] is None and server.mails[-1]["In-Reply-To"] is None


def test_no_header_and_no_quote_of_a_customers_mail_names_the_supplier_nor_the_other_way_round(
    world: World, number: str, server: Sink
) -> None:
    with db.unit(write=True):
        found = find(world.nancy, Conversation, number=number)
        parties.add(world.nancy, found, db.session.get_one(Organisation, world.exotic), subject="Chang")
    say(world.nancy, number, "Can you?", f"partner:{world.exotic}")
    asked = server.mails[-1]
    assert asked["To"] == "charles.exley@s1.example" and asked["References"] is None
    came(written("charles.exley@s1.example", "We can.", Message_ID=SUPPLIERS, To=asked["Reply-To"],
                 In_Reply_To=asked["Message-ID"]))  # fmt: skip
    long_ago()
    say(world.nancy, number, "It will be all right.", "everyone")
    by_reader = {one["To"]: raw.decode() for one, raw in zip(server.mails[1:], server.raws[1:], strict=True)}
    assert len(by_reader) == 2
    for word in ("s1.example", "Exotic", "Exley", "Charles"):
        assert word not in by_reader["renate.messner@lehms.example"]
    for word in ("lehms.example", "Lehmann", "Messner", "Renate"):
        assert word not in by_reader["charles.exley@s1.example"]
    assert SUPPLIERS in by_reader["charles.exley@s1.example"] and HERS in by_reader["renate.messner@lehms.example"]
    assert not jobs()
