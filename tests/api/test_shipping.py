"""Shipments and suppliers' invoices by the API, from announcement to payment, and what each side reads of them."""

from typing import Any

import pytest

from actions import orders
from models import db
from models.orders import Order
from policy import find
from tests.api.test_api import Api
from tests.world import World

ORDER = "/orders/PO-1001"


@pytest.fixture(autouse=True)
def confirmed(app: Any, world: World) -> None:
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")


@pytest.fixture
def api(app: Any, world: World) -> Any:
    return lambda actor: Api(app, actor)


def test_machines_walk_an_order_from_its_shipment_to_its_payment(world: World, api: Any) -> None:
    charlotte, margaret, renate = api(world.charlotte), api(world.margaret), api(world.renate)
    refused = charlotte.post(f"{ORDER}/shipments", {"lines": [{"line": 1, "quantity": 41}]})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["field"] == "lines.1.quantity"
    assert "Line 1: only 40 are confirmed and not shipped yet." in refused.json["errors"][0]["message"]
    given = {
        "lines": [{"line": 1, "quantity": 25}],
        "carrier": "DHL",
        "tracking": "JD1",
        "packages": 2,
        "expected_at": "2026-05-20",
    }
    made = charlotte.post(f"{ORDER}/shipments", given)
    assert (made.status_code, made.json["state"], made.json["number"]) == (201, "on_its_way", "PO-1001-1")
    assert renate.get("/orders/11070").json["lines"][0]["progress"] == {
        "here": 0, "on_its_way_to_us": 3, "until": "2026-05-20T12:00:00Z"}  # fmt: skip
    assert "progress" not in charlotte.get(ORDER).json["lines"][0]
    counted = {"lines": [{"line": 1, "quantity": 20, "reason": "Broken"}]}
    came = margaret.post(f"{ORDER}/shipments/{made.json['id']}/receipt", counted).json
    assert came["lines"] == [{"line": 1, "quantity": 25, "quantity_received": 20, "reason": "Broken"}]
    assert charlotte.get(f"{ORDER}/shipments").json["items"][0]["lines"] == came["lines"]
    line = margaret.get(ORDER).json["lines"][0]
    assert (line["quantity_shipped"], line["quantity_announced"], line["quantity_open"]) == (20, 0, 20)

    bill = {"number": "R-1", "lines": [{"line": 1, "quantity": 25, "unit_price": "19.00"}]}
    sent = charlotte.post(f"{ORDER}/invoices", bill).json
    assert "wrong" not in sent["lines"][0]
    (found,) = margaret.get(f"{ORDER}/invoices").json["items"]
    assert found["lines"][0]["wrong"] == ["more"]
    assert margaret.post(f"{ORDER}/invoices/{sent['id']}/approval", {}).status_code == 422
    said = {"lines": [{"position": 1, "reason": "20 came in"}]}
    assert margaret.post(f"{ORDER}/invoices/{sent['id']}/dispute", said).json["state"] == "disputed"
    assert charlotte.get(f"{ORDER}/invoices").json["items"][0]["lines"][0]["disputed"] == "20 came in"
    bill["lines"][0]["quantity"] = 20  # type: ignore[index]
    corrected = charlotte.post(f"{ORDER}/invoices", bill | {"replaces": sent["id"]}).json
    for verb, state in (("approval", "approved"), ("payment", "paid")):
        answer = margaret.post(f"{ORDER}/invoices/{corrected['id']}/{verb}", {}).json
        assert answer["state"] == state
    assert margaret.post(f"{ORDER}/invoices/{corrected['id']}/payment", {}).status_code == 409


def test_a_shipment_sent_twice_under_one_key_is_announced_once(world: World, api: Any, app: Any) -> None:
    charlotte = api(world.charlotte)
    body = {"lines": [{"line": 1, "quantity": 5}]}
    answers = [charlotte.post(f"{ORDER}/shipments", body, Idempotency_Key="lorry-1").json["id"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(charlotte.get(f"{ORDER}/shipments").json["items"]) == 1


def test_what_was_announced_by_mistake_is_taken_back(world: World, api: Any) -> None:
    charlotte = api(world.charlotte)
    made = charlotte.post(f"{ORDER}/shipments", {}).json
    assert [one["quantity"] for one in made["lines"]] == [40, 70]
    for status in (204, 409):
        assert charlotte.post(f"{ORDER}/shipments/{made['id']}/withdrawal", {}).status_code == status
    assert charlotte.get(f"{ORDER}/shipments").json["items"][0]["state"] == "withdrawn"
