"""Orders at the desk: sharing, applying an answer and telling those whom it moves, and who outside saw it."""

import pytest

from actions import conversations as talks
from actions import orders, parties
from models import db
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from models.shares import Share
from policy import find, rows, threads, visible
from policy.fields import DEFAULT_SETS
from tests.world import World

LATER = [{"line": 1, "response": "changed", "promised_at": "2026-06-09"}]


@pytest.fixture
def answered(app, world: World) -> None:
    """Exotic Liquids has answered PO-1001: Chang a week later."""
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
    with db.unit(write=True):
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted_with_changes", LATER)


def shares(world: World) -> list[Share]:
    with db.unit(write=False):
        return rows(world.nancy, visible(world.nancy, Share).order_by(Share.id))


def exotic(world: World) -> str:
    with db.unit(write=False):
        return find(world.nancy, Organisation, id=world.exotic).public_id


def expected(world: World, number: str = "11070") -> str:
    with db.unit(write=False):
        return find(world.nancy, Order, number=number).lines[0].expected_at.date().isoformat()


PAGES = ["orders", "orders?kind=purchase&status=sent&q=PO-10", "orders?q=nothing", "orders/11070", "orders/PO-1001"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens(app, world: World, as_, path: str) -> None:
    assert as_(world.nancy).get(f"/staff/{path}").status_code == 200


@pytest.mark.parametrize(("query", "found"), [("kind=purchase", "PO-1002"), ("q=customerref-11072", "11072")])
def test_lists_find_orders_by_kind_and_reference(app, world: World, as_, query: str, found: str) -> None:
    page = as_(world.nancy).get(f"/staff/orders?{query}").get_data(as_text=True)
    assert f"/staff/orders/{found}" in page
    assert "/staff/orders/11070" not in page


def test_the_page_shows_what_waits_for_a_line_and_what_feeds_it(app, world: World, as_) -> None:
    nancy = as_(world.nancy)
    assert "/staff/orders/11077" in nancy.get("/staff/orders/PO-1001").get_data(as_text=True)
    assert "/staff/orders/PO-1001" in nancy.get("/staff/orders/11070").get_data(as_text=True)


def test_an_order_is_shared_extended_and_taken_back(app, world: World, as_) -> None:
    nancy, charlotte = as_(world.nancy), as_(world.charlotte)
    form = {
        "organisation": exotic(world),
        "level": "respond",
        "fields": list(DEFAULT_SETS["order"]),
        "until": "2099-01-31",
    }
    assert nancy.post("/staff/orders/PO-1001/shares", form).status_code == 303
    assert charlotte.get("/partners/orders/PO-1001").status_code == 200
    public_id = shares(world)[0].public_id
    nancy.post(f"/staff/shares/{public_id}/extension", {"until": "2099-03-31"})
    assert shares(world)[0].expires_at.date().isoformat() == "2099-03-31"
    nancy.post(f"/staff/shares/{public_id}/revocation")
    assert charlotte.get("/partners/orders/PO-1001").status_code == 404
    assert nancy.post(f"/staff/shares/{public_id}/revocation").status_code == 409


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"fields": ["lines.margin"]}, 422),
        ({"level": "own"}, 422),
        ({"until": "soon"}, 422),
        ({"organisation": "x"}, 404),
    ],
)
def test_a_share_that_makes_no_sense_is_not_made(app, world: World, as_, changed: dict, code: int) -> None:
    form = {"organisation": exotic(world), "level": "read", "fields": [], "until": ""} | changed
    assert as_(world.nancy).post("/staff/orders/PO-1001/shares", form).status_code == code
    assert shares(world) == []


@pytest.mark.parametrize("outsider", ["renate", "charlotte", "yoshi"])
def test_nobody_outside_finds_the_desk(answered: None, world: World, as_, outsider: str) -> None:
    client, public_id = as_(getattr(world, outsider)), shares(world)[0].public_id
    assert client.get("/staff/orders/PO-1001").status_code == 404
    answer = "orders/PO-1001/answers/1"
    paths = [f"shares/{public_id}/revocation", f"shares/{public_id}/extension", "orders/PO-1001/shares"]
    for path in [*paths, f"{answer}/application", f"{answer}/notices", "orders/PO-1001/dispatch"]:
        assert client.post(f"/staff/{path}", {"until": "2099-01-01"}).status_code == 404
    assert (shares(world)[0].revoked_at, expected(world)) == (None, "2026-06-01")


def test_an_answer_shows_whom_it_moves_before_and_after_and_is_applied_once(answered: None, world: World, as_) -> None:
    margaret = as_(world.margaret)
    before = margaret.get("/staff/orders/PO-1001").get_data(as_text=True)
    assert "What applying it does" in before and "late" in before
    assert margaret.post("/staff/orders/PO-1001/answers/1/application").status_code == 303
    assert expected(world) == "2026-06-09"
    assert "Tell customers as chosen" in margaret.get("/staff/orders/PO-1001").get_data(as_text=True)
    assert margaret.post("/staff/orders/PO-1001/answers/1/application").status_code == 409
    assert margaret.post("/staff/orders/PO-1001/answers/7/application").status_code == 404


def test_those_whom_it_moves_are_told_in_one_decision(answered: None, world: World, as_) -> None:
    with db.unit(write=True):
        row, _ = talks.start(world.renate, "Chang", "In time?", about=("order_line", "11070/1"))
        parties.add(world.nancy, row, find(world.nancy, Organisation, id=world.exotic))
    margaret = as_(world.margaret)
    margaret.post("/staff/orders/PO-1001/answers/1/application")
    told = margaret.post("/staff/orders/PO-1001/answers/1/notices", {"way-11070": "send"})
    assert told.status_code == 303
    with db.unit(write=False):
        said = threads.messages(world.renate, find(world.renate, Conversation, number=row.number), "Northwind")
        unsaid = threads.messages(world.charlotte, find(world.charlotte, Conversation, number=row.number), "Northwind")
    assert "9 June 2026" in said[-1]["body"]
    assert not [one for one in unsaid if "9 June" in one["body"]]


def test_the_page_says_who_outside_saw_which_fields(answered: None, world: World, as_) -> None:
    assert "Nobody yet" in as_(world.nancy).get("/staff/orders/PO-1001").get_data(as_text=True)
    as_(world.charlotte).get("/partners/orders/PO-1001")
    page = as_(world.nancy).get("/staff/orders/PO-1001").get_data(as_text=True)
    assert "Charlotte Cooper" in page and "on the page" in page


def test_a_draft_is_sent_once(app, world: World, as_) -> None:
    with db.unit(write=True):
        find(world.nancy, Order, number="PO-1002").status = "draft"
    nancy = as_(world.nancy)
    assert [nancy.post("/staff/orders/PO-1002/dispatch").status_code for _ in range(2)] == [303, 409]
    assert as_(world.yoshi).get("/partners/orders/PO-1002").status_code == 200
