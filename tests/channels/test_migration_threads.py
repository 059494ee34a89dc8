"""Our first mail into a migrated conversation stands under the old ones in its reader's program, and names nobody else's."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from actions import installation, parties
from models import db
from models.conversations import Conversation
from models.former import FormerMail
from models.organisations import Organisation
from models.people import ContactPoint
from models.types import now
from policy import find
from tests.channels.mails import came, talks, written
from tests.channels.migrating import lines, migrate, talk
from tests.channels.sink import Sink, sink
from tests.channels.test_mail_threads import say
from tests.world import World
from web.product import Product

RENATE, HERS = "Renate Messner <renate.messner@lehms.example>", "renate.messner@lehms.example"


@pytest.fixture
def server(app: Product, world: World) -> Iterator[Sink]:
    with sink() as running:
        ours = {"mail_url": running.url, "mail_authserv": "mx.ours.example"}
        installation.use(app.config["SETTINGS"].model_copy(update=ours))
        yield running


def old(folder: Path, **more: str) -> str:
    """A thread of Renate's with our answer, a note of ours, and what others wrote into it; returns our number of it."""
    export = talk(
        7, ("customer", "Is it coming?"), ("agent", "On Friday."), ("agent", "She is cross."), ("customer", "And mine?"),
        ("customer", "Mine too?"), customer={"name": "Renate", "email": HERS} | more,
    )  # fmt: skip
    ids = (
        "<asked@lehms.example>",
        "answer@old.example",
        "note@old.example",
        "<jonas@lehms.example>",
        "<rival@ernsh.example>",
    )
    for message, one in zip(export["messages"], ids, strict=True):
        message["message_id"] = one
    export["messages"][2]["private"] = True
    export["messages"][3]["from"] = {"email": "jonas.lang@lehms.example", "side": "customer"}
    export["messages"][4]["from"] = {"email": "roland.mendel@ernsh.example", "side": "customer"}
    assert migrate("jsonl", lines(folder, export)).messages.taken == 5
    return talks()[-1].number


def test_it_names_what_its_reader_wrote_and_was_written_there(world: World, server: Sink, tmp_path: Path) -> None:
    say(world.nancy, old(tmp_path), "It left today.", "customer")
    mail = server.mails[-1]
    assert mail["To"] == HERS and mail["References"].split() == ["<asked@lehms.example>", "<answer@old.example>"]
    assert mail["In-Reply-To"] == "<answer@old.example>"


def test_what_follows_goes_on_after_it(world: World, server: Sink, tmp_path: Path) -> None:
    number = old(tmp_path)
    came(written(RENATE, "Thanks.", Message_ID="<new@lehms.example>", In_Reply_To="<answer@old.example>",
                 Authentication_Results="mx.ours.example; dmarc=pass"))  # fmt: skip
    say(world.nancy, number, "You are welcome.", "customer")
    ids = ["<asked@lehms.example>", "<answer@old.example>", "<new@lehms.example>"]
    assert server.mails[-1]["References"].split() == ids


def test_a_supplier_that_is_brought_in_reads_no_message_id_of_the_past(
    world: World, server: Sink, tmp_path: Path
) -> None:
    number = old(tmp_path)
    with db.unit(write=True):
        found = find(world.nancy, Conversation, number=number)
        parties.add(world.nancy, found, db.session.get_one(Organisation, world.exotic), subject="Chang")
    say(world.nancy, number, "Can you?", f"partner:{world.exotic}")
    assert "s1.example" in server.mails[-1]["To"] and server.mails[-1]["References"] is None


@pytest.mark.parametrize("proven", [None, now()])
def test_an_address_that_she_had_there_counts_where_she_proved_it(
    world: World, server: Sink, tmp_path: Path, proven: datetime | None
) -> None:
    with db.unit(write=True):
        facts = {"kind": "email", "value": "renate@home.example", "value_key": "renate@home.example"}
        db.session.add(ContactPoint(person_id=world.renate.person_id, verified_at=proven, **facts))
    say(world.nancy, old(tmp_path, email="renate@home.example"), "It left today.", "customer")
    assert server.mails[-1]["To"] == HERS
    assert (server.mails[-1]["References"] is None) == (proven is None)


def test_of_a_mailbox_our_mails_are_theirs_that_they_went_to(world: World, server: Sink, tmp_path: Path) -> None:
    mails = [
        written(HERS, "Is it coming?", Message_ID="<1@lehms.example>", Date="Wed, 13 May 2020 13:19:00 +0000"),
        written("service@localhost", "Who has it?", To="jonas.lang@lehms.example", Message_ID="<2@old.example>",
                In_Reply_To="<1@lehms.example>", Date="Wed, 13 May 2020 13:20:00 +0000"),
        written("service@localhost", "On Friday.", To=HERS, Message_ID="<3@old.example>",
                In_Reply_To="<1@lehms.example>", Date="Wed, 13 May 2020 13:21:00 +0000"),
    ]  # fmt: skip
    (tmp_path / "in.mbox").write_bytes(b"".join(b"From x Wed May 13 13:19:00 2020\n" + one + b"\n" for one in mails))
    assert migrate("mbox", tmp_path / "in.mbox").messages.taken == 3
    say(world.nancy, talks()[-1].number, "It left today.", "customer")
    assert server.mails[-1]["References"].split() == ["<1@lehms.example>", "<3@old.example>"]


def test_of_what_was_migrated_before_this_was_asked_nothing_is_named(
    world: World, server: Sink, tmp_path: Path
) -> None:
    number = old(tmp_path)
    with db.unit(write=True):
        db.session.execute(update(FormerMail).values(address_key=None, at=None))
    say(world.nancy, number, "It left today.", "customer")
    assert server.mails[-1]["References"] is None
