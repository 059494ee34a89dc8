"""What a partner had is gone with the next byte once its right has ended, through every door; its rival never had it."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from actions import conversations, documents, order_links, parties, shares
from models import db
from models.conversations import Conversation
from models.jobs import Delivery
from models.orders import Order
from models.organisations import Organisation
from models.shares import Share
from policy import Actor, find
from policy.fields import DEFAULT_SETS
from tests import endings
from tests.actions.test_files import photo, send
from tests.client import Client
from tests.endings import Ending
from tests.live import token_of
from tests.world import World
from web.product import Product

FIELDS = [*DEFAULT_SETS["order"], "lines.unit_price"]


@pytest.fixture
def things(app: Product, world: World) -> dict[str, str]:
    """PO-1001 with a document and its price, and Renate's request with her photo: both are Exotic Liquids' to see."""
    with db.unit(write=True):
        exotic, order = db.session.get_one(Organisation, world.exotic), find(world.nancy, Order, number="PO-1001")
        order.lines[0].unit_price = Decimal("19.07")
        shares.share(world.nancy, order, exotic, "respond", FIELDS)
        order_links.mail(world.nancy, order, "orders@exotic.example")
        row, _ = conversations.start(world.renate, "Broken bottles", "Look.", about=("order", "11070"))
        parties.add(world.nancy, row, exotic, subject="Bottles")
        talk = row.number
        body = db.session.scalars(select(Delivery.body).where(Delivery.kind == "order")).one()
    paper, picture = send(world.nancy, "offer.jpg", photo()), send(world.renate, "pallet.jpg", photo())
    with db.unit(write=True):
        documents.attach(world.nancy, find(world.nancy, Order, number="PO-1001"), [paper], "everyone")
        talked = find(world.renate, Conversation, number=talk)
        conversations.reply(world.renate, talked, "This one", audience="everyone", attachments=[picture])
    secret = body.split("/order/")[1].split()[0]
    return {"talk": talk, "paper": paper, "picture": picture, "secret": secret}


class Door:
    """One way to a record: where it is asked for, and what is read there of it while one has the right."""

    def __init__(self, path: str, shows: str = "", program: bool = False) -> None:
        self.path, self.shows, self.program = path, shows, program

    def opens(self, who: Client, token: str, things: dict[str, str]) -> bool:
        """Go there in person, or with a program's token, and say whether the thing is to be had."""
        headers = {"Authorization": f"Bearer {token}"} if self.program else {}
        http = who.app.test_client() if self.program else who.http
        answer = http.get(self.path.format(**things), headers=headers)
        assert answer.status_code < 500
        text = answer.get_data(as_text=True) if "image" not in answer.mimetype else ""
        return answer.status_code == 200 and self.shows.format(**things) in text


ORDER = [
    Door("/partners/orders/PO-1001", "EL-CH-24"),
    Door("/partners/orders", "PO-1001"),
    Door("/partners/orders?q=PO-1001&status=waiting", "/partners/orders/PO-1001"),
    Door("/partners/", "PO-1001"),
    Door("/partners/orders.csv", "PO-1001"),
    Door("/partners/answers.csv", "PO-1001"),
    Door("/api/v1/orders/PO-1001", "EL-CH-24", program=True),
    Door("/api/v1/orders", "PO-1001", program=True),
    Door("/api/v1/shares", "PO-1001", program=True),
]
DOCUMENTS = [
    Door("/files/{paper}"),
    Door("/files/{paper}", program=True),
    Door("/partners/orders/PO-1001", "offer.jpg"),
]
TALK = [
    Door("/partners/conversations/{talk}", "This one"),
    Door("/partners/conversations/{talk}/messages", "This one"),
    Door("/partners/conversations", "#{talk}"),
    Door("/partners/", "conversations/{talk}"),
    Door("/api/v1/conversations/{talk}", "{talk}", program=True),
    Door("/api/v1/conversations/{talk}/messages", "This one", program=True),
    Door("/api/v1/conversations", "{talk}", program=True),
    Door("/files/{picture}"),
    Door("/files/{picture}", program=True),
]
CASES = [
    (ending, door)
    for endings_of, doors in ((endings.OF_ALL, ORDER), (endings.OF_DOCUMENTS, DOCUMENTS), (endings.OF_TALK, TALK))
    for ending in endings_of
    for door in doors
]


@pytest.mark.parametrize("ending", dict.fromkeys(ending for ending, _ in CASES), ids=lambda one: one.__name__)
def test_every_door_is_shut_once_the_right_has_ended(
    world: World, things: dict[str, str], as_: Callable[[Actor], Client], ending: Ending
) -> None:
    doors = [door for one, door in CASES if one is ending]
    charlotte, yoshi = ((as_(who), token_of(who)) for who in (world.charlotte, world.yoshi))
    shut = [door.path for door in doors if not door.opens(*charlotte, things)]
    assert not shut  # nothing is learnt from a door that was never open
    assert not [door.path for door in doors if door.opens(*yoshi, things)]
    ending(world)
    assert not [door.path for door in doors if door.opens(*charlotte, things)]


@pytest.mark.parametrize("ending", endings.OF_DOCUMENTS, ids=lambda one: one.__name__)
def test_a_file_is_not_given_again_to_who_has_it_already(
    world: World, things: dict[str, str], as_: Callable[[Actor], Client], ending: Ending
) -> None:
    charlotte, path = as_(world.charlotte), f"/files/{things['paper']}"
    first = charlotte.get(path)
    kept = {"If-None-Match": first.headers.get("ETag", "*"), "Range": "bytes=10-"}
    assert first.status_code == 200
    ending(world)
    for headers in ({}, kept, {"Range": "bytes=10-"}):
        assert charlotte.get(path, headers=headers).status_code in (302, 404)


@pytest.mark.parametrize("ending", endings.OF_ALL, ids=lambda one: one.__name__)
def test_nothing_is_written_once_the_right_has_ended(
    world: World, things: dict[str, str], as_: Callable[[Actor], Client], ending: Ending
) -> None:
    charlotte = as_(world.charlotte)
    ending(world)
    for path, form in (
        ("orders/PO-1001/confirmation", {"all": "yes", "version": "0"}),
        ("orders/PO-1001/acknowledgement", {}),
        ("orders/PO-1001/conversations", {"body": "And now?"}),
        (f"conversations/{things['talk']}/messages", {"body": "Still there?"}),
    ):
        assert charlotte.post(f"/partners/{path}", form).status_code in (302, 404), path
    with db.unit(write=False):
        order = find(world.nancy, Order, number="PO-1001")
        talk = find(world.nancy, Conversation, number=things["talk"])
        assert (order.status, order.acknowledged_at) == ("sent", None)
        assert "Still there?" not in talk.snippet


@pytest.mark.parametrize("ending", endings.OF_ORGANISATION, ids=lambda one: one.__name__)
@pytest.mark.parametrize("place", ["", "/document"])
def test_the_link_of_a_mail_shows_and_takes_nothing_once_the_share_has_ended(
    app: Product, world: World, things: dict[str, str], ending: Ending, place: str
) -> None:
    clerk, path = Client(app), f"/order/{things['secret']}"
    assert clerk.get(path + place).status_code == 200
    token = clerk.http.get(path).get_data(as_text=True).split('name="csrf-token" content="')[1].split('"')[0]
    ending(world)
    gone = clerk.get(path + place)
    assert gone.status_code == 410 and "EL-CH-24" not in gone.get_data(as_text=True)
    assert clerk.http.post(path, data={"all": "yes"}, headers={"X-CSRFToken": token}).status_code == 410
    with db.unit(write=False):
        assert find(world.nancy, Order, number="PO-1001").status == "sent"


def test_a_paper_and_a_table_drawn_anew_show_only_what_is_shared_now(
    app: Product, world: World, things: dict[str, str], as_: Callable[[Actor], Client]
) -> None:
    def shown() -> tuple[str, set[str]]:
        paper = Client(app).http.get(f"/order/{things['secret']}/document").data
        table = as_(world.charlotte).get("/partners/orders.csv").get_data().decode("utf-8-sig")
        prices = {one["lines.unit_price"] for one in csv.DictReader(io.StringIO(table))}
        return "".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages), prices

    paper, prices = shown()
    assert "19.07" in paper and any(prices)
    endings.narrowed(world)
    paper, prices = shown()
    assert "PO-1001" in paper and "19.07" not in paper and prices == {""}


@pytest.mark.parametrize("ending", endings.OF_ORGANISATION, ids=lambda one: one.__name__)
def test_what_ended_is_given_again_with_one_click_and_the_talk_from_then_on(
    world: World, things: dict[str, str], as_: Callable[[Actor], Client], ending: Ending
) -> None:
    ending(world)
    charlotte, nancy, talk = as_(world.charlotte), as_(world.nancy), things["talk"]
    with db.unit(write=True):
        missed = find(world.renate, Conversation, number=talk)
        conversations.reply(world.renate, missed, "While you were away", audience="everyone")
        ended = (
            db.session.scalars(select(Share).where(Share.subject_type.in_(("order", "conversation")))).unique().all()
        )
    for one in ended:
        assert as_(world.yoshi).post(f"/staff/shares/{one.public_id}/renewal").status_code == 404
        assert nancy.post(f"/staff/shares/{one.public_id}/renewal").status_code == 303
        assert nancy.post(f"/staff/shares/{one.public_id}/renewal").status_code == 303  # twice is once
    assert "19.07" in charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    page = charlotte.get(f"/partners/conversations/{talk}").get_data(as_text=True)
    assert "While you were away" not in page and "This one" not in page
    with db.unit(write=False):
        assert len(db.session.scalars(select(Share)).unique().all()) == 2 * len(ended)


def test_what_still_holds_is_not_given_again(
    world: World, things: dict[str, str], as_: Callable[[Actor], Client]
) -> None:
    with db.unit(write=False):
        held = db.session.scalars(select(Share.public_id)).all()
    nancy = as_(world.nancy)
    assert [nancy.post(f"/staff/shares/{one}/renewal").status_code for one in held] == [409] * len(held)
