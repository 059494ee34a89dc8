"""Conversations of a partner: what it reads and sends, masked, without scripts as well."""

import pytest

from actions import conversations, orders, parties
from models import db
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from policy import find, threads
from tests.world import World


@pytest.fixture
def number(app, world: World) -> str:
    """A request of Renate into which Exotic Liquids was brought and asked; PO-1001 is shared."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "For Lehmanns", "All 20?", about=("order_line", "11070/1"))
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
        parties.add(world.nancy, row, find(world.nancy, Organisation, id=world.exotic), subject="Chang on PO-1001")
        conversations.reply(world.nancy, row, "Can you make it?", audience=f"partner:{world.exotic}")
        return row.number


def bodies(actor, number: str) -> list[str]:
    with db.unit(write=False):
        found = threads.messages(actor, find(actor, Conversation, number=number), "Northwind")
        return [one["body"] for one in found if one["kind"] == "message"]


def test_a_question_waits_on_the_home_page_and_in_the_list(world: World, number: str, as_) -> None:
    charlotte = as_(world.charlotte)
    for path in ("/partners/", "/partners/conversations", "/partners/conversations?show=waiting"):
        assert "Chang on PO-1001" in charlotte.get(path).get_data(as_text=True)
    assert "1 conversation waiting" in charlotte.get("/partners/").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/partners/conversations/{}", "/partners/orders/PO-1001"])
def test_the_thread_shows_what_is_for_us_and_never_a_name_of_the_customer(
    world: World, number: str, as_, path: str
) -> None:
    page = as_(world.charlotte).get(path.format(number)).get_data(as_text=True)
    assert "Can you make it?" in page
    for hidden in ("All 20?", "For Lehmanns", "Renate", "Lehmanns", "11070"):
        assert hidden not in page


def test_a_rival_finds_no_conversation(world: World, number: str, as_) -> None:
    yoshi = as_(world.yoshi)
    for path in (f"/partners/conversations/{number}", f"/partners/conversations/{number}/messages"):
        assert yoshi.get(path).status_code == 404
    sent = yoshi.post(f"/partners/conversations/{number}/messages", {"body": "x", "audience": "partner"})
    assert sent.status_code == 404


@pytest.mark.parametrize(("audience", "heard"), [("partner", False), ("everyone", True)])
def test_what_is_sent_reaches_exactly_whom_it_says(world: World, number: str, as_, audience: str, heard: bool) -> None:
    sent = as_(world.charlotte).post(
        f"/partners/conversations/{number}/messages", {"body": "A week later", "audience": audience}
    )
    assert sent.status_code == 303
    assert ("A week later" in bodies(world.renate, number)) is heard
    assert "A week later" in bodies(world.nancy, number)


def test_what_was_answered_no_longer_waits(world: World, number: str, as_) -> None:
    charlotte = as_(world.charlotte)
    charlotte.post(f"/partners/conversations/{number}/messages", {"body": "Yes", "audience": "partner"})
    assert "conversation waiting" not in charlotte.get("/partners/").get_data(as_text=True)


@pytest.mark.parametrize("audience", ["customer", "staff"])
def test_a_partner_cannot_write_past_us(world: World, number: str, as_, audience: str) -> None:
    sent = as_(world.charlotte).post(
        f"/partners/conversations/{number}/messages", {"body": "Psst", "audience": audience}
    )
    assert sent.status_code == 403
    assert "Psst" not in bodies(world.nancy, number)


def test_an_empty_message_comes_back(world: World, number: str, as_) -> None:
    sent = as_(world.charlotte).post(f"/partners/conversations/{number}/messages", {"body": "", "audience": "partner"})
    assert sent.status_code == 422


def test_a_question_about_an_order_begins_a_conversation_with_us_alone(app, world: World, as_) -> None:
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
    charlotte = as_(world.charlotte)
    begun = charlotte.post("/partners/orders/PO-1001/conversations", {"body": "Which pallets?"})
    page = charlotte.get(begun.headers["Location"]).get_data(as_text=True)
    assert begun.status_code == 303 and "Which pallets?" in page
    assert 'value="everyone"' not in page
    assert "Which pallets?" in charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    assert as_(world.yoshi).get(begun.headers["Location"]).status_code == 404
