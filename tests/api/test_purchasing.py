"""Purchase orders by the API: every kind of answer, many at once, our changes, the exceptions, what is agreed."""

from typing import Any

import pytest

from actions import orders, suppliers
from models import db
from models.orders import Order
from models.organisations import Organisation
from policy import find
from tests.api.test_api import Api
from tests.world import World

ORDER = "/orders/PO-1001"


@pytest.fixture(autouse=True)
def shared(app: Any, world: World) -> None:
    with db.unit(write=True):
        suppliers.change_policy(world.steven, db.session.get_one(Organisation, world.exotic), {"prices_shown": True})
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))


@pytest.fixture
def api(app: Any, world: World) -> Any:
    return lambda actor: Api(app, actor)


LINES = [
    {"line": 1, "response": "split", "unit_price": "19.25", "deliveries": [
        {"quantity": 15, "promised_at": "2026-06-01"}, {"quantity": 25, "promised_at": "2026-06-09"}]},
    {"line": 2, "response": "substituted", "substitute": "EL-CH-24", "reason": "Out of season"},
]  # fmt: skip


def test_a_supplier_answers_in_every_way_and_reads_what_both_sides_said(world: World, api: Any) -> None:
    charlotte, margaret = api(world.charlotte), api(world.margaret)
    given = {"response": "accepted_with_changes", "lines": LINES, "reference": "EL-77"}
    made = charlotte.post(f"{ORDER}/confirmation", given)
    assert (made.status_code, made.json["version"]) == (201, 1)
    assert margaret.post(f"{ORDER}/changes", {"lines": [{"line": 1, "quantity": 50}]}).status_code == 201
    said = charlotte.get(f"{ORDER}/changes").json["items"]
    assert [(one["version"], one["side"], one["response"]) for one in said] == [
        (2, "buyer", "changed"), (1, "supplier", "accepted_with_changes"),
    ]  # fmt: skip
    split, replaced = said[1]["lines"]
    assert split["deliveries"][1] == {"quantity": 25, "promised_at": "2026-06-09T12:00:00Z"}
    assert split["unit_price"] == {"amount": "19.25", "currency": "USD"} and replaced["substitute"]["name"] == "Chang"
    assert charlotte.get(ORDER).json["supplier_reference"] == "EL-77"


def test_one_of_many_answers_that_is_refused_holds_up_no_other(world: World, api: Any) -> None:
    items = [
        {"order": "PO-1002", "response": "accepted"},
        {"order": "PO-1001", "response": "accepted_with_changes", "lines": [{"line": 1, "response": "rejected"}]},
        {"order": "PO-1001", "response": "accepted", "version": 0},
        {"order": "PO-1001", "response": "accepted", "lines": [{"line": 7, "response": "accepted"}]},
    ]
    came = api(world.charlotte).post("/confirmations", {"items": items}).json["items"]
    assert [one.get("version") for one in came] == [None, 1, None, None]
    assert [one["error"]["field"] for one in came if "error" in one] == ["order", "order", "lines"]


def test_staff_key_in_apply_and_settle_by_the_api(world: World, api: Any) -> None:
    margaret = api(world.margaret)
    late = {"line": 1, "response": "changed", "promised_at": "2026-06-09"}
    given = {"response": "accepted_with_changes", "lines": [late], "channel": "telephone"}
    assert margaret.post(f"{ORDER}/answers", given).status_code == 201
    found = margaret.get("/exceptions?kind=late").json["items"]
    assert [(one["order"], one["line"], one["version"]) for one in found] == [("PO-1001", 1, 1)]
    applied = margaret.post(f"{ORDER}/answers/1/application", {}).json["affected"]
    assert {one["state"] for one in applied} <= {"safe", "late", "short"} and applied[0][
        "after"
    ] == "2026-06-09T12:00:00Z"
    assert margaret.post(f"{ORDER}/answers/1/application", {}).status_code == 409
    notices = margaret.get(f"{ORDER}/answers/1/notices").json["items"]
    assert "9 June 2026" in notices[0]["words"] and notices[0]["way"] is None
    settled = {"items": [{"order": notices[0]["order"], "way": "send"}]}
    assert len(margaret.post(f"{ORDER}/answers/1/notices", settled).json["conversations"]) == 1
    assert margaret.get(f"{ORDER}/answers/1/notices").json["items"][0]["way"] == "send"


def test_an_order_is_cancelled_and_chased_by_the_api(world: World, api: Any) -> None:
    margaret = api(world.margaret)
    assert margaret.post(f"{ORDER}/changes", {"cancel": True, "lines": [{"line": 1}]}).status_code == 422
    assert margaret.post(f"{ORDER}/changes", {"cancel": True}).json["response"] == "cancelled"
    assert [margaret.post(f"{ORDER}/reminders", None).status_code for _ in range(2)] == [204, 409]


def test_leads_set_what_is_agreed_and_others_read_it(world: World, api: Any) -> None:
    with db.unit(write=False):
        path = f"/organisations/{find(world.nancy, Organisation, id=world.exotic).public_id}/supplier-policy"
    before = api(world.nancy).get(path).json
    assert before["price_limit"] == 10
    assert api(world.nancy).call("PUT", path, {"price_limit": 5}).status_code == 403
    set_now = api(world.steven).call("PUT", path, {"price_limit": 5, "version": before["version"]})
    assert (set_now.status_code, set_now.json["price_limit"]) == (200, 5)
    assert api(world.steven).call("PUT", path, {"price_limit": 6, "version": before["version"]}).status_code == 409
    assert api(world.charlotte).get(path).status_code == 403
    code = path.replace("supplier-policy", "access-code")
    assert api(world.nancy).call("PUT", code, {"code": "seven of nine"}).status_code == 403
    assert api(world.steven).call("PUT", code, {"code": "seven"}).status_code == 422
    assert api(world.steven).call("PUT", code, {"code": "seven of nine"}).json == {"access_code": True}
    assert api(world.nancy).get(path).json["access_code"] is True
