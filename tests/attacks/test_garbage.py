"""Garbage on every page: whoever sends nonsense anywhere is told so, and nothing ever falls over."""

import base64
import json
from typing import Any

import pytest
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from actions import conversations, limits, orders, parties
from models import db
from models.articles import Article
from models.billing import Invoice
from models.orders import Order
from models.organisations import Organisation
from policy import SYSTEM, find
from tests.client import Client
from tests.world import World
from web.product import Product

CAST = ("nobody", "renate", "roland", "charlotte", "yoshi", "nancy", "otto", "andrew")
HUGE = "9" * 25
NUL, LONG = "a\0b", "x" * 30_000
SPOILT = ("", NUL, LONG, HUGE, "-1", "²", "[[]", "\u202e\ud7ff%_\\'\"*", "0001-01-01T00:00")
FIELDS = (
    "about", "all", "archived", "article", "assignee", "audience", "body", "category", "client_id", "code", "conversation",
    "current", "direction", "email", "fields", "from", "helpful", "keywords", "kind", "language", "level", "line", "line-1",
    "line-1-date", "line-1-quantity", "line-1-reason", "membership", "name", "next", "note", "number", "order", "orders",
    "organisation", "owner", "password", "person", "priority", "promise", "promise_due", "rating", "reason", "role",
    "scope", "seen", "slug", "state", "status", "subject", "summary", "team", "theme", "title", "until", "version", "words",
    "zone",
)  # fmt: skip
QUERIES = ("after", "q", "show", "status", "kind", "before", "next", "about", "queue", "channel", "role", "subject", "to",
           "state", "audience", "language", "organisation", "archived", "mine")  # fmt: skip


def cursor(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


CURSORS = [cursor(one) for one in (
    7, {}, [], ["a"], [[], []], ["2026-01-01", 1], ["2026-01-01", "a\0"], ["0001-01-01T00:00:00+14:00", 1],
    ["9999-12-31T23:59:59-14:00", "1"], ["2026-01-01T00:00:00+00:00", 10**30], [10**30], ["a\0b"], [float("inf")],
    ["2026-01-01T00:00:00+00:00", float("inf")], ["a", 10**30], [None], ["\ud800"], ["2026-01-01T00:00:00+00:00", "\ud800"],
)]  # fmt: skip
CURSORS += [base64.urlsafe_b64encode(b"[" * 60_000).decode(), "%%%", "é", "AAAA"]


@pytest.fixture
def places(app: Product, world: World) -> dict[str, str]:
    """What stands in an address: real things, so that the garbage reaches what lies behind them."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "All 20?", about=("order_line", "11070/1"))
        purchase = find(world.nancy, Order, number="PO-1001")
        orders.share_with_supplier(world.nancy, purchase)
        parties.add(world.nancy, row, find(world.nancy, Organisation, id=world.exotic))
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
        return {
            "talk": row.number, "order": "11070", "purchase": "PO-1001",
            "invoice": find(SYSTEM, Invoice, number="INV-11070").public_id,
            "organisation": find(SYSTEM, Organisation, id=world.lehmanns).public_id,
            "slug": find(SYSTEM, Article, slug="public-article").slug,
        }  # fmt: skip


def routes(app: Product, method: str) -> list[Rule]:
    found = [one for one in app.url_map.iter_rules() if method in (one.methods or ()) and one.endpoint != "static"]
    return [one for one in found if not one.rule.startswith("/api")]


def filled(rule: Rule, places: dict[str, str]) -> list[str]:
    """The addresses of a route: one of a real thing, and one of garbage."""
    real = {"number": places["talk"], "slug": places["slug"], "version": "1", "key": "1", "name": "waiting", "secret": "x",
            "public_id": places["invoice"] if "invoice" in rule.rule else places["organisation"]}  # fmt: skip
    if "/orders/" in rule.rule:
        real["number"] = places["order"] if rule.rule.startswith("/portal") else places["purchase"]
    ways = []
    for odd in (None, "²", "a%00b", HUGE, "%ff", "x" * 3000, "team-²", "team-" + HUGE):
        if odd is not None and not rule.arguments:
            continue
        address = rule.rule
        for name in rule.arguments:
            for prefix in ("", "int:"):
                address = address.replace(f"<{prefix}{name}>", real[name] if odd is None else odd)
        ways.append(address)
    return ways


def broken(who: Client, method: str, path: str, shown: str, **how: Any) -> list[str]:
    """What fell over, in words; nothing when the answer was an answer."""
    limits.forget()
    try:
        answer = getattr(who.http, method)(path, **how)
    except Exception as error:
        return [f"{method} {shown}: {type(error).__name__} {str(error)[:80]}"]
    return [f"{method} {shown}: {answer.status_code}"] if answer.status_code >= 500 else []


def people(world: World, as_: Any, name: str) -> Client:
    return as_(getattr(world, name, None))


@pytest.mark.parametrize("name", CAST)
def test_no_page_falls_over_when_somebody_asks_for_nonsense(
    app: Product, world: World, as_: Any, places: dict[str, str], name: str
) -> None:
    who, found = people(world, as_, name), []
    for rule in routes(app, "GET"):
        first, *others = filled(rule, places)
        for path in others:
            found += broken(who, "get", path, f"{rule.rule} at {path[-30:]}")
        for odd in SPOILT:
            query = {one: odd for one in QUERIES if one not in ("after", "queue")}
            found += broken(who, "get", first, f"{rule.rule} ? {odd[:20]!r}", query_string=query)
        for odd in [*CURSORS, *SPOILT]:
            found += broken(who, "get", first, f"{rule.rule} ?after={odd[:60]!r}", query_string={"after": odd[:60_000]})
        for odd in ("²", "team-²", "team-" + HUGE, NUL):
            found += broken(who, "get", first, f"{rule.rule} ?queue={odd!r}", query_string={"queue": odd})
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize("name", CAST)
def test_no_form_falls_over_when_somebody_sends_nonsense(
    app: Product, world: World, as_: Any, places: dict[str, str], name: str
) -> None:
    who, found = people(world, as_, name), []
    for rule in routes(app, "POST"):
        if rule.rule == "/logout":
            continue
        for place, path in enumerate(filled(rule, places)):
            for odd in SPOILT if place == 0 else ("",):
                who = people(world, as_, name) if "/profile" in rule.rule else who
                form = dict.fromkeys(FIELDS, odd)
                secure = {"X-CSRFToken": who.token()}
                found += broken(who, "post", path, f"{rule.rule} {odd[:20]!r} {path[-20:]}", data=form, headers=secure)
    assert not found, "\n".join(sorted(set(found)))


class Recording(ImmutableMultiDict[str, str]):
    """A form that remembers which of its fields were asked for."""

    asked: set[str] = set()

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def getlist(self, key: str, *how: Any) -> list[Any]:
        self.asked.add(key)
        return super().getlist(key, *how)

    def get(self, key: str, *how: Any, **named: Any) -> Any:
        self.asked.add(key)
        return super().get(key, *how, **named)


@pytest.mark.parametrize(
    ("surface", "name"),
    [("/staff", "andrew"), ("/portal", "greta"), ("/partners", "charles"), ("/profile", "renate"), ("/help", "renate"),
     ("/login", "nobody"), ("/invitation", "nobody")],
)  # fmt: skip
def test_no_single_field_makes_a_form_fall_over(
    app: Product,
    world: World,
    as_: Any,
    places: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    surface: str,
    name: str,
) -> None:
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Recording)
    who, found = people(world, as_, name), []
    for rule in routes(app, "POST"):
        if not rule.rule.startswith(surface):
            continue
        path = filled(rule, places)[0]
        Recording.asked.clear()
        for _ in "ab":
            who = people(world, as_, name) if "/profile" in rule.rule else who
            found += broken(who, "post", path, rule.rule, data=good(places), headers={"X-CSRFToken": who.token()})
        fields = sorted(Recording.asked - {"csrf_token"})
        for one in fields:
            for odd in SPOILT[1:]:
                who = people(world, as_, name) if "/profile" in rule.rule else who
                form, secure = good(places) | {one: odd}, {"X-CSRFToken": who.token()}
                found += broken(who, "post", path, f"{rule.rule} {one}={odd[:20]!r}", data=form, headers=secure)
    assert not found, "\n".join(sorted(set(found)))


def good(places: dict[str, str]) -> dict[str, str]:
    """A form with which most routes go as far as they can."""
    return {"body": "Hello", "subject": "Hello", "audience": "customer", "organisation": places["organisation"],
            "summary": "Called", "kind": "call", "line-1": "date", "line-1-date": "2026-07-01", "line-2": "accept",
            "name": "Somebody", "email": "some.body@x.example", "role": "member", "title": "Title", "scope": "*",
            "promise": "Call back", "level": "comment", "slug": "a-slug", "category": "c"}  # fmt: skip


def test_no_form_falls_over_when_it_is_not_a_form(app: Product, world: World, as_: Any, places: dict[str, str]) -> None:
    found = []
    for name in ("renate", "charlotte", "nancy"):
        who = people(world, as_, name)
        secure = {"X-CSRFToken": who.token()}
        for rule in routes(app, "POST"):
            if rule.rule == "/logout":
                continue
            path = filled(rule, places)[0]
            for data, kind in (
                (b'{"body": ["\\ud800"], "audience": {}}', "application/json"), (b"\xff\xfe\0", "text/plain"),
                (b"--x\r\nbroken", "multipart/form-data; boundary=x"), (b"a=%ff%00&body=%ed%a0%80&subject=%ed%a0%80", "application/x-www-form-urlencoded"),
                (b"&".join(b"a%d=1" % n for n in range(3000)), "application/x-www-form-urlencoded"),
            ):  # fmt: skip
                found += broken(
                    who, "post", path, f"{rule.rule} as {kind}", data=data, content_type=kind, headers=secure
                )
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize("name", ["nobody", "renate", "charlotte", "andrew"])
def test_a_nul_character_or_a_number_beyond_all_bounds_is_answered(
    app: Product, world: World, as_: Any, places: dict[str, str], name: str
) -> None:
    """The short form of the above: what one database takes and the other refuses."""
    who, found = people(world, as_, name), []
    for rule in routes(app, "GET"):
        first, *others = filled(rule, places)
        found += [
            one
            for path in others
            for one in broken(who, "get", path, f"{rule.rule} at {path[-30:]}")
            if "a%00b" in path or HUGE in path
        ]
        for odd in (NUL, HUGE):
            for one in QUERIES:
                found += broken(who, "get", first, f"{rule.rule} ?{one}={odd!r}", query_string={one: odd})
    for rule in routes(app, "POST"):
        path = filled(rule, places)[0]
        if rule.rule == "/logout":
            continue
        for odd in (NUL, HUGE):
            found += broken(who, "post", path, f"{rule.rule} {odd!r}", data=good(places) | {one: odd for one in FIELDS if one not in good(places)},
                            headers={"X-CSRFToken": who.token()})  # fmt: skip
    assert not found, "\n".join(sorted(set(found)))
