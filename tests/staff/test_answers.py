"""Answers at the desk: each kind is shown and applied, one that came otherwise is keyed in, and an order is changed."""

from io import BytesIO
from typing import Any

import pytest

from actions import conversations, orders
from models import db
from models.conversations import Conversation
from models.orders import Order
from models.organisations import Organisation
from policy import find, rows, threads, visible
from tests.staff.test_orders import expected
from tests.world import World

SPLIT = {
    "line": 1, "response": "split",
    "deliveries": [{"quantity": 20, "promised_at": "2026-06-01"}, {"quantity": 20, "promised_at": "2026-06-15"}],
}  # fmt: skip
PAGE = "/staff/orders/PO-1001"


def the(world: World) -> Any:
    with db.unit(write=False):
        return find(world.margaret, Order, number="PO-1001")


@pytest.fixture
def shared(app: Any, world: World) -> None:
    """PO-1001 is shared with Exotic Liquids as usual."""
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))


def said(world: World, **line: Any) -> None:
    with db.unit(write=True):
        who = find(world.charlotte, Order, number="PO-1001")
        orders.confirm(world.charlotte, who, "accepted_with_changes", [{"line": 1, **line}])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (SPLIT, "split into deliveries"),
        ({"line": 1, "response": "substituted", "substitute": "EL-AS-55"}, "replaced"),
        ({"line": 1, "response": "changed", "quantity": 30}, "<s>40</s>"),
        ({"line": 1, "response": "rejected", "reason": "Sold out"}, "“Sold out”"),
    ],
)
def test_every_kind_of_answer_is_read_and_applied(shared: None, world: World, as_: Any, given: Any, words: str) -> None:
    with db.unit(write=True):
        row = find(world.charlotte, Order, number="PO-1001")
        several = len(row.lines) > 1 or given["response"] != "rejected"
        orders.confirm(world.charlotte, row, "accepted_with_changes" if several else "rejected", [given])
    margaret = as_(world.margaret)
    assert words in margaret.get(PAGE).get_data(as_text=True)
    assert margaret.post(f"{PAGE}/answers/1/application", {"line": "1"}).status_code == 303
    assert "confirmed" in margaret.get(PAGE).get_data(as_text=True)


def test_an_answer_by_telephone_counts_as_the_suppliers_own_with_its_proof(
    shared: None, world: World, as_: Any
) -> None:
    margaret = as_(world.margaret)
    assert "All as ordered" in margaret.get(f"{PAGE}/answer").get_data(as_text=True)
    form = {"line-1": "date", "line-1-date": "2026-06-09", "channel": "telephone", "reference": "EL-77", "version": "0"}
    form["files"] = (BytesIO(b"%PDF-1.4\n%%EOF"), "their-answer.pdf")
    assert margaret.post(f"{PAGE}/answers", form).status_code == 303
    page = margaret.get(PAGE).get_data(as_text=True)
    for words in ("by telephone", "Written down by Margaret Peacock", "EL-77", "their-answer.pdf", "Only us"):
        assert words in page
    assert "their-answer.pdf" not in as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)


def test_what_cannot_be_written_down_keeps_what_was_typed(shared: None, world: World, as_: Any) -> None:
    margaret = as_(world.margaret)
    form = {"line-1": "quantity", "line-1-quantity": "999", "line-1-reason": "They said so", "version": "0"}
    refused = margaret.post(f"{PAGE}/answers", form)
    assert refused.status_code == 422 and "They said so" in refused.get_data(as_text=True)
    said(world, response="changed", promised_at="2026-06-09")
    assert margaret.post(f"{PAGE}/answers", {"all": "yes", "version": "0"}).status_code == 409


def test_a_changed_order_asks_its_supplier_again_and_can_be_cancelled(shared: None, world: World, as_: Any) -> None:
    margaret, charlotte = as_(world.margaret), as_(world.charlotte)
    assert margaret.get(f"{PAGE}/change").status_code == 200
    assert margaret.post(f"{PAGE}/changes", {"line-1-quantity": "40", "version": "0"}).status_code == 422
    assert margaret.post(f"{PAGE}/changes", {"line-1-quantity": "50", "version": "0"}).status_code == 303
    assert the(world).status == "changed"
    assert "Changed by the buyer" in charlotte.get("/partners/orders/PO-1001").get_data(as_text=True)
    assert margaret.post(f"{PAGE}/changes", {"cancel": "yes", "version": "0"}).status_code == 409
    assert margaret.post(f"{PAGE}/changes", {"cancel": "yes", "version": "1"}).status_code == 303
    assert "Change 2 by us" in margaret.get(PAGE).get_data(as_text=True)


def test_a_supplier_is_reminded_once_a_day(shared: None, world: World, as_: Any) -> None:
    margaret = as_(world.margaret)
    assert [margaret.post(f"{PAGE}/reminders").status_code for _ in range(2)] == [303, 409]


def test_each_customer_is_told_told_with_something_else_or_left(shared: None, world: World, as_: Any) -> None:
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Another matter", "Do you sell crates?")
        number = row.number
    said(world, response="changed", promised_at="2026-06-09")
    margaret = as_(world.margaret)
    margaret.post(f"{PAGE}/answers/1/application")
    assert expected(world) == "2026-06-09"
    page = margaret.get(PAGE).get_data(as_text=True)
    assert "we now expect it on 9 June 2026" in page and f"Into #{number}" in page
    form = {"way-11070": "fold", "way-11072": "send", "way-11075": "leave", "words-11070": "Chang is a week late."}
    assert margaret.post(f"{PAGE}/answers/1/notices", form).status_code == 303
    with db.unit(write=False):
        heard = threads.messages(world.renate, find(world.renate, Conversation, number=number), "N")
        assert [one["body"] for one in heard][1:] == ["Chang is a week late."]
        assert len(rows(world.roland, visible(world.roland, Conversation))) == 1
        assert rows(world.yoshi, visible(world.yoshi, Conversation)) == []
    page = margaret.get(PAGE).get_data(as_text=True)
    assert page.count("told with something else") == 1 and 'name="way-11075"' in page
    margaret.post(f"{PAGE}/answers/1/notices", {"way-11070": "send"})
    with db.unit(write=False):
        assert len(threads.messages(world.renate, find(world.renate, Conversation, number=number), "N")) == 2
    assert margaret.post(f"{PAGE}/answers/1/notices", {"way-11075": "shout"}).status_code == 422


def test_what_was_moved_again_is_told_once_as_it_is_now(shared: None, world: World, as_: Any) -> None:
    margaret = as_(world.margaret)
    for version, day in ((1, "2026-06-09"), (2, "2026-06-16")):
        said(world, response="changed", promised_at=day)
        margaret.post(f"{PAGE}/answers/{version}/application")
    page = margaret.get(PAGE).get_data(as_text=True)
    assert page.count('name="way-11072"') == 2 and "moved again since" in page
    for version in (1, 2):
        assert margaret.post(f"{PAGE}/answers/{version}/notices", {"way-11072": "send"}).status_code == 303
    with db.unit(write=False):
        heard = threads.messages(world.roland, find(world.roland, Conversation), "N")
        assert ["16 June" in one["body"] for one in heard] == [True]


@pytest.mark.parametrize("outsider", ["renate", "charlotte", "yoshi"])
def test_nobody_outside_finds_these_pages(shared: None, world: World, as_: Any, outsider: str) -> None:
    client = as_(getattr(world, outsider))
    assert {client.get(f"{PAGE}/{path}").status_code for path in ("answer", "change")} == {404}
    assert {client.post(f"{PAGE}/{path}").status_code for path in ("answers", "changes", "reminders")} == {404}
    assert the(world).status == "sent"


def test_leads_set_what_is_agreed_with_a_supplier_and_agents_read_it(shared: None, world: World, as_: Any) -> None:
    with db.unit(write=False):
        path = f"/staff/organisations/{find(world.nancy, Organisation, id=world.exotic).public_id}/supplier-policy"
    form = {"auto_apply": "within_tolerance", "tolerance_days": "5", "prices_shown": "yes", "version": "0"}
    assert as_(world.nancy).post(path, form).status_code == 403
    assert "disabled" in as_(world.nancy).get(path).get_data(as_text=True)
    steven = as_(world.steven)
    assert steven.post(path, form | {"tolerance_price": "101"}).status_code == 422
    assert [steven.post(path, form).status_code for _ in range(2)] == [303, 409]
    assert "Price, if another" in as_(world.charlotte).get("/partners/orders/PO-1001").get_data(as_text=True)
    said(world, response="changed", promised_at="2026-06-03")
    assert expected(world) == "2026-06-03"
