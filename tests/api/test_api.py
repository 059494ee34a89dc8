"""The API: the same verbs and the same policy as the pages, in JSON."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event

from models import db
from policy import Actor
from tests.live import token_of
from tests.world import World
from web.product import Product


class Api:
    """One person's program."""

    def __init__(self, app: Product, actor: Actor | None, scopes: list[str] | None = None) -> None:
        self.http = app.test_client()
        self.headers = {"Authorization": f"Bearer {token_of(actor, scopes)}"} if actor else {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {} if body is None else {"json": body}
        answer = self.http.open(f"/api/v1{path}", method=method, headers=self.headers | headers, **given)
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json", (path, answer.get_data(as_text=True)[:300])
            assert "Traceback" not in answer.get_data(as_text=True)
        return answer

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)


@pytest.fixture
def api(app: Product, world: World):
    return lambda actor, scopes=None: Api(app, actor, scopes)


def started(renate: Api) -> str:
    made = renate.post(
        "/conversations", {"subject": "Chang", "body": "All 20?", "about": {"type": "order_line", "id": "11070/1"}}
    )
    assert made.status_code == 201
    return made.get_json()["number"]


def exotic(world: World) -> str:
    from models.organisations import Organisation

    with db.unit(write=False):
        return db.session.get_one(Organisation, world.exotic).public_id


def test_the_journey_by_api_alone(api, world: World) -> None:
    renate, nancy, charlotte = api(world.renate), api(world.nancy), api(world.charlotte)
    number = started(renate)
    assert (
        nancy.post(f"/conversations/{number}/messages", {"body": "17 are here", "audience": "customer"}).status_code
        == 201
    )
    partner = {"organisation": exotic(world)}
    fields = ["lines.quantity", "lines.supplier_sku", "lines.promised_at"]
    assert charlotte.get("/orders/PO-1001").status_code == 404
    for subject, names in (
        ({"type": "order", "id": "PO-1001"}, fields),
        ({"type": "conversation", "id": number}, ["created_at"]),
    ):
        shared = nancy.post("/shares", {"subject": subject, "to": partner, "level": "respond", "fields": names})
        assert shared.status_code == 201, shared.get_json()
    order = charlotte.get("/orders/PO-1001").get_json()
    assert {"number", "kind", "status", "lines"} <= order.keys()
    assert "customer_reference" not in order
    assert order["lines"][0].keys() == {"id", "line", "product", "quantity", "supplier_sku", "promised_at"}
    answer = {"response": "accepted_with_changes",
              "lines": [{"line": 1, "response": "changed", "promised_at": "2026-06-08", "reason": "Bottling"}]}  # fmt: skip
    assert charlotte.post("/orders/PO-1001/confirmation", answer).status_code == 201
    assert (
        charlotte.post(f"/conversations/{number}/messages", {"body": "Among us", "audience": "partner"}).status_code
        == 201
    )
    assert (
        charlotte.post(f"/conversations/{number}/messages", {"body": "To all", "audience": "everyone"}).status_code
        == 201
    )
    seen = renate.get(f"/conversations/{number}/messages").get_json()["items"]
    said = [(one["body"], one["author"]["name"]) for one in seen if one["kind"] == "message"]
    assert said == [("All 20?", "Renate Messner"), ("17 are here", "Nancy Davolio"), ("To all", "our supplier")]
    for path in ("", "/messages"):
        assert "Exotic" not in renate.get(f"/conversations/{number}{path}").get_data(as_text=True)
        assert "Lehmann" not in charlotte.get(f"/conversations/{number}{path}").get_data(as_text=True)
    for rival in (world.roland, world.yoshi, world.jonas):
        assert api(rival).get(f"/conversations/{number}").status_code == 404


def test_what_is_foreign_answers_like_what_does_not_exist(api, world: World) -> None:
    number = started(api(world.renate))
    rival = api(world.roland)
    for foreign, nothing in ((f"/conversations/{number}", "/conversations/999999"), ("/orders/11070", "/orders/999999"),
                             (f"/conversations/{number}/messages", "/conversations/999999/messages")):  # fmt: skip
        assert (rival.get(foreign).status_code, rival.get(foreign).get_json()) == (404, rival.get(nothing).get_json())


def test_without_a_token_there_is_nothing(app: Product, world: World) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}):
        answer = app.test_client().get("/api/v1/me", headers=headers)
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_the_cookie_of_a_page_opens_nothing(app: Product, world: World, as_) -> None:
    assert as_(world.renate).http.get("/api/v1/me").status_code == 401


def test_a_narrow_token_reads_only_its_nouns(api, world: World) -> None:
    narrow = api(world.nancy, ["order"])
    assert narrow.get("/orders").status_code == 200
    assert narrow.get("/conversations").status_code == 403
    assert narrow.get("/me").get_json()["scopes"] == ["order"]


def test_lists_come_in_pages(api, world: World) -> None:
    nancy = api(world.nancy)
    first = nancy.get("/orders?limit=4").get_json()
    second = nancy.get(f"/orders?limit=4&after={first['next']}").get_json()
    numbers = [one["number"] for one in first["items"] + second["items"]]
    assert (len(numbers), len(set(numbers)), second["next"]) == (6, 6, None)


def test_the_same_key_repeats_nothing(api, world: World) -> None:
    renate, key = api(world.renate), {"Idempotency-Key": str(uuid.uuid4())}
    body = {"subject": "Once", "body": "Only once"}
    first, again = renate.post("/conversations", body, **key), renate.post("/conversations", body, **key)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert renate.post("/conversations", body | {"body": "Other"}, **key).status_code == 409
    assert len(renate.get("/conversations").get_json()["items"]) == 1


def test_of_four_at_once_under_one_key_one_is_done_and_all_get_its_answer(api, world: World) -> None:
    four, key = [api(world.renate) for _ in range(4)], {"Idempotency-Key": str(uuid.uuid4())}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.post("/conversations", {"subject": "Once", "body": "x"}, **key), four))
    assert [one.status_code for one in answers] == [201] * 4
    assert len({one.get_json()["number"] for one in answers}) == 1
    assert sorted(one.headers.get("Idempotent-Replayed", "") for one in answers) == ["", "true", "true", "true"]
    assert len(four[0].get("/conversations").get_json()["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/conversations", {}, 422),
        ("POST", "/conversations", {"subject": "x", "body": "y", "more": 1}, 422),
        ("POST", "/conversations", {"subject": 5, "body": "y"}, 422),
        ("POST", "/conversations", {"subject": " ", "body": "y"}, 422),
        ("POST", "/conversations", {"subject": "x", "body": "a\0b"}, 422),
        ("POST", "/conversations", {"subject": "x", "body": "y", "client_id": "no"}, 422),
        ("POST", "/conversations", {"subject": "x", "body": "y", "about": {"type": "moon", "id": "1"}}, 422),
        ("POST", "/conversations", {"subject": "x", "body": "y", "about": {"type": "order", "id": "11072"}}, 404),
        ("POST", "/conversations", [], 422),
        ("GET", "/orders?after=garbage", None, 400),
        ("GET", "/orders?limit=0", None, 422),
        ("GET", "/orders?nonsense=1", None, 422),
        ("GET", "/nothing", None, 404),
        ("DELETE", "/orders", None, 405),
        ("POST", "/shares", {"subject": {"type": "order", "id": "11070"}, "to": {"organisation": "x"}, "level": "read", "fields": []}, 403),
    ],
)  # fmt: skip
def test_bad_input_gets_a_problem_document(api, world: World, method: str, path: str, body: Any, status: int) -> None:
    assert api(world.renate).call(method, path, body).status_code == status


def test_a_lone_surrogate_is_refused_naming_the_field(app: Product, world: World, api) -> None:
    answer = app.test_client().post("/api/v1/conversations", data='{"subject": "x", "body": "\\ud800"}',
                                    headers=api(world.renate).headers | {"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code in (400, 422)


def test_no_json_at_all_is_a_problem_too(app: Product, world: World, api) -> None:
    answer = app.test_client().post("/api/v1/conversations", data="not json", headers=api(world.renate).headers)
    assert answer.status_code == 400


def test_staff_change_a_conversation_and_a_stale_change_is_refused(api, world: World) -> None:
    number, nancy = started(api(world.renate)), api(world.nancy)
    changed = nancy.call("PATCH", f"/conversations/{number}", {"priority": "high", "version": 1})
    assert changed.get_json()["priority"] == "high"
    assert nancy.call("PATCH", f"/conversations/{number}", {"priority": "low", "version": 1}).status_code == 409
    assert api(world.renate).call("PATCH", f"/conversations/{number}", {"priority": "low"}).status_code == 403
    assert nancy.call("PATCH", f"/conversations/{number}", {"assignee": world.nancy.public_id}).status_code == 200


def test_a_call_is_logged_and_stands_on_the_timeline(api, world: World) -> None:
    nancy = api(world.nancy)
    own = nancy.get("/organisations?q=Lehm").get_json()["items"][0]
    logged = nancy.post(
        "/interactions", {"organisation": own["id"], "kind": "call", "summary": "Called about the date"}
    )
    assert logged.status_code == 201
    kinds = [one["kind"] for one in nancy.get(f"/organisations/{own['id']}/interactions?kind=call").get_json()["items"]]
    assert kinds == ["call"]
    assert (
        api(world.renate).post("/interactions", {"organisation": own["id"], "kind": "call", "summary": "x"}).status_code
        == 403
    )


def test_a_share_taken_back_hides_the_order_at_once(api, world: World) -> None:
    nancy, charlotte = api(world.nancy), api(world.charlotte)
    made = nancy.post("/shares", {"subject": {"type": "order", "id": "PO-1001"}, "to": {"organisation": exotic(world)},
                                  "level": "read", "fields": ["lines.quantity"]}).get_json()  # fmt: skip
    assert charlotte.get("/orders/PO-1001").status_code == 200
    assert charlotte.post("/orders/PO-1001/confirmation", {"response": "accepted"}).status_code == 403
    assert nancy.call("DELETE", f"/shares/{made['id']}").status_code == 204
    assert charlotte.get("/orders/PO-1001").status_code == 404


def test_a_list_of_many_shares_costs_as_many_statements_as_one_of_few(api, world: World) -> None:
    nancy, partner = api(world.nancy), exotic(world)

    def statements() -> int:
        seen: list[str] = []
        listener = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(db.engine(), "before_cursor_execute", listener)
        assert nancy.get("/shares").get_json()["items"]
        event.remove(db.engine(), "before_cursor_execute", listener)
        return len(seen)

    for number in ("PO-1001", "11070", "11072", "11075"):
        made = nancy.post("/shares", {"subject": {"type": "order", "id": number}, "to": {"organisation": partner},
                                      "level": "read", "fields": []})  # fmt: skip
        assert made.status_code == 201, number
        if number == "PO-1001":
            few = statements()
    assert statements() == few


def test_an_unknown_field_is_named(api, world: World) -> None:
    answer = api(world.nancy).post("/shares", {"subject": {"type": "order", "id": "PO-1001"}, "level": "read",
                                               "to": {"organisation": exotic(world)}, "fields": ["lines.secret"]})  # fmt: skip
    assert answer.status_code == 422
    assert "lines.secret" in answer.get_data(as_text=True)


def test_the_document_describes_every_operation(app: Product, world: World) -> None:
    document = app.test_client().get("/api/openapi.json").get_json()
    described = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    import re

    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }  # fmt: skip
    assert described == routed
    assert app.test_client().get("/api/docs").status_code == 200


def test_articles_are_found_by_their_words(api, world: World) -> None:
    assert {one["slug"] for one in api(world.renate).get("/articles").get_json()["items"]} == {
        "public-article",
        "customers-article",
    }
