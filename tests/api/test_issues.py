"""Issues over the API: each reads what its page shows, in fields; what is not for it is absent."""

from collections.abc import Callable
from typing import Any

import pytest

from policy import Actor
from tests.api.test_api import Api, api, exotic, started
from tests.world import World

__all__ = ["api"]
Call = Callable[..., Api]
NEW = {
    "order_line": "11070/1",
    "title": "Chang: bottles broken",
    "description": "Three crushed",
    "defect": "damaged",
    "quantity": 3,
}


def opened(api: Call, world: World, **more: Any) -> str:
    made = api(world.nancy).post("/issues", NEW | more)
    assert made.status_code == 201, made.get_json()
    return str(made.get_json()["number"])


def shared(api: Call, world: World, number: str, fields: list[str], level: str = "respond") -> None:
    body = {
        "subject": {"type": "issue", "id": number},
        "to": {"organisation": exotic(world)},
        "level": level,
        "fields": fields,
    }
    made = api(world.nancy).post("/shares", body)
    assert made.status_code == 201 and made.get_json()["subject"] == {"type": "issue", "id": number}


def seen(api: Call, actor: Actor, number: str) -> dict[str, Any]:
    answer = api(actor).get(f"/issues/{number}")
    assert answer.status_code == 200
    return dict(answer.get_json())


def test_a_problem_is_taken_up_answered_and_settled_by_machines(api: Call, world: World) -> None:
    number = opened(api, world, conversation=started(api(world.renate)))
    shared(api, world, number, ["title", "steps"])
    answer = api(world.charlotte).call("PUT", f"/issues/{number}/steps/D4", {"text": "The glue"})
    assert answer.status_code == 200
    step = next(one for one in answer.get_json()["steps"] if one["step"] == "D4")
    assert step["text"] == "The glue" and step["author"] == {"side": "own", "name": "Charlotte Cooper"}
    assert seen(api, world.renate, number)["stage"] == "cause_found"
    closed = api(world.nancy).call("PATCH", f"/issues/{number}", {"status": "closed"})
    assert closed.get_json()["status"] == "closed"
    assert api(world.charlotte).call("PUT", f"/issues/{number}/steps/D5", {"text": "More"}).status_code == 403


def test_what_is_not_for_somebody_is_absent(api: Call, world: World) -> None:
    number = opened(api, world, for_customer=True)
    cost = {"words": "Sorting", "amount": "12.50", "payer": "partner"}
    assert api(world.nancy).post(f"/issues/{number}/costs", cost).get_json()["amount"] == {
        "amount": "12.50",
        "currency": "USD",
    }
    shared(api, world, number, ["title"], "read")
    assert seen(api, world.renate, number).keys() == {
        "number", "status", "stage", "quantity", "product", "order_line", "opened_at", "closed_at", "goods_return",
    }  # fmt: skip
    assert seen(api, world.charlotte, number).keys() == {"number", "status", "title", "product"}
    ours = seen(api, world.nancy, number)
    assert ours["purchase_line"] == "PO-1001/1" and ours["costs"][0]["payer"] == "partner" and len(ours["steps"]) == 8


def test_only_those_who_see_it_have_it_in_their_list(api: Call, world: World) -> None:
    number = opened(api, world)
    shared(api, world, number, ["title"], "read")
    lists = {who: [one["number"] for one in api(getattr(world, who)).get("/issues").get_json()["items"]]
             for who in ("nancy", "charlotte", "yoshi", "renate")}  # fmt: skip
    assert lists == {"nancy": [number], "charlotte": [number], "yoshi": [], "renate": []}


@pytest.mark.parametrize("wrong", [{"text": ""}, {"text": "x", "done_at": "2999-01-01T00:00:00Z"}, {"text": "x", "step": "D4"},
                                   {"text": "x", "done_at": "0001-01-01T00:00:00+14:00"}])  # fmt: skip
def test_an_answer_that_is_none_is_refused(api: Call, world: World, wrong: dict[str, str]) -> None:
    number = opened(api, world)
    assert api(world.nancy).call("PUT", f"/issues/{number}/steps/D4", wrong).status_code == 422


@pytest.mark.parametrize(
    "wrong", [{"quantity": 0}, {"quantity": 10**30}, {"order_line": "11070/²"}, {"title": ""}, {"defect": "x"}]
)
def test_an_issue_that_is_none_is_refused(api: Call, world: World, wrong: dict[str, Any]) -> None:
    assert api(world.nancy).post("/issues", NEW | wrong).status_code in (404, 422)


def test_a_token_for_other_things_does_nothing_with_issues(api: Call, world: World) -> None:
    number = opened(api, world)
    narrow = api(world.nancy, ["order"])
    for method, path, body in (("GET", "/issues", None), ("GET", f"/issues/{number}", None), ("POST", "/issues", NEW)):
        assert narrow.call(method, path, body).status_code == 403
