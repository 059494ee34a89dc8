"""Garbage on every page: whoever sends nonsense anywhere is told so, and nothing ever falls over."""

import base64
import json
import os
from collections.abc import Callable
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from actions import calls, conversations, decisions, issues, limits, mail_in, orders, parties, promises, waves
from models import db
from models.articles import Article
from models.billing import Invoice
from models.calls import Call
from models.conversations import Conversation
from models.jobs import Delivery
from models.mail_in import InboundMail
from models.orders import Order
from models.organisations import Organisation
from policy import SYSTEM, find
from tests.client import Client
from tests.world import World
from web.product import Product

# One try in four, and of single fields, which are very many, one in sixteen: always the same. `make strings` takes all.
SHARE, FEW = (1, 1) if os.environ.get("EVERY_STRING") else (4, 16)
CAST = ("nobody", "renate", "roland", "charlotte", "yoshi", "nancy", "otto", "andrew")
THOROUGH = (
    "nobody",
    "renate",
    "charlotte",
    "andrew",
)  # one of each side gets all of it, the others what differs by role
HUGE = "9" * 25
NUL, LONG = "a\0b", "x" * 20_500
DATABASES = (NUL, HUGE, "0001-01-01T00:00")  # what one database takes and the other may not
TOGETHER = ("", NUL, LONG, HUGE, "\u202e\ud7ff%_\\'\"*")  # in all fields of a form; one by one they get
ALONE = (LONG, HUGE, "-1", "²", "[[]", "0001-01-01T00:00")
SPOILT = ("", NUL, LONG, HUGE, "-1", "²", "[[]", "\u202e\ud7ff%_\\'\"*", "0001-01-01T00:00")
FIELDS = (
    "about", "accept", "all", "carrier", "due_at", "expected_at", "issued_at", "line-1-price", "more-1", "more-1-price",
    "more-1-quantity", "packages", "reason-1", "replaces", "tracking",
     "archived", "article", "assignee", "audience", "body", "category", "client_id", "code", "conversation",
    "current", "direction", "email", "fields", "from", "helpful", "keywords", "kind", "language", "level", "line", "line-1",
    "line-1-date", "line-1-quantity", "line-1-reason", "membership", "name", "next", "note", "number", "order", "orders",
    "organisation", "owner", "password", "person", "priority", "promise", "promise_due", "rating", "reason", "role",
    "scope", "seen", "slug", "state", "status", "subject", "summary", "team", "theme", "title", "until", "version", "words",
    "zone", "text", "done", "done_on", "due", "amount", "payer", "defect", "severity", "quantity", "return_state",
    "return_quantity", "description", "copies", "attachments", "for_customer", "question", "answers", "answer", "confirm",
    "into", "seq", "shown", "extension", "address", "decision",
    "endpoint", "p256dh", "auth",
)  # fmt: skip
ODD = ("a%00b", HUGE, "²", "%ff", "x" * 3000, "team-²", "team-" + HUGE)
QUEUES = ("²", "team-²", "team-" + HUGE, NUL)
ENDINGS = (
    "/profile/password",
    "/profile/switch",
    "/profile/devices",
)  # after these, somebody may have to sign in again
SURFACES = {"/staff": "/staff/", "/portal": "/portal/", "/partners": "/partners/", "/profile": "/profile"}
ROWS = {"HX-Request": "true"}
QUERIES = ("after", "q", "show", "status", "kind", "before", "next", "about", "queue", "channel", "role", "subject", "to",
           "state", "audience", "language", "organisation", "archived", "mine", "line", "conversation", "into",
           "earlier", "view")  # fmt: skip


def cursor(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


CURSORS = [cursor(one) for one in (
    7, {}, [], ["a"], [[], []], ["2026-01-01", 1], ["2026-01-01", "a\0"], ["0001-01-01T00:00:00+14:00", 1],
    ["9999-12-31T23:59:59-14:00", "1"], ["2026-01-01T00:00:00+00:00", 10**30], [10**30], ["a\0b"], [float("inf")],
    ["2026-01-01T00:00:00+00:00", float("inf")], ["a", 10**30], [None], ["\ud800"], ["2026-01-01T00:00:00+00:00", "\ud800"],
)]  # fmt: skip
KEYED = CURSORS[5:18]  # of the right shape for one list or another: these may reach the database
CURSORS += [base64.urlsafe_b64encode(b"[" * 60_000).decode(), "%%%", "é", "AAAA"]


NO_FORMS = (
    (b'{"body": ["\\ud800"], "audience": {}}', "application/json"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"a=%ff%00&body=%ed%a0%80&subject=%ed%a0%80", "application/x-www-form-urlencoded"),
    (b"&".join(b"a%d=1" % n for n in range(1000)), "application/x-www-form-urlencoded"),
)


@pytest.fixture
def places(app: Product, world: World) -> dict[str, str]:
    """What stands in an address: real things, so that the garbage reaches what lies behind them."""
    with db.unit(write=True):
        row, _ = conversations.start(world.renate, "Chang", "All 20?", about=("order_line", "11070/1"))
        purchase = find(world.nancy, Order, number="PO-1001")
        orders.share_with_supplier(world.nancy, purchase)
        parties.add(world.nancy, row, find(world.nancy, Organisation, id=world.exotic))
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
        broken_goods = issues.open(world.nancy, find(world.nancy, Order, number="11070").lines[0], "Broken", "All of it",
                                   conversation=row)  # fmt: skip
        exotic = find(world.nancy, Organisation, id=world.exotic)
        issues.share(world.nancy, broken_goods, exotic)
        asked, _ = decisions.ask(world.nancy, row, "Chai for Chang?", ["Yes", "No"], audience="customer")
        box = mail_in.mailbox()
        held, came = (
            InboundMail(
                mailbox_id=box.id, sha256=key, size=1, storage_key=key, state=state, words="Words", message_key=key
            )
            for key, state in (("held", "held"), ("came", "filed"))
        )
        came.conversation_id = row.id
        mail = Delivery(kind="notice", conversation_id=row.id, seq=1, to_address="to", to_key="to", subject="News", body="Words",
                        message_id="<garbage@test>", state="failed")  # fmt: skip
        db.session.add_all([held, came, mail])
        wave = waves.make(world.steven, "Spring", "customer")
        calls.report(world.nancy, "rang", "hangup", number="+49 30 9999999")
        promise = promises.make(
            world.nancy, find(world.nancy, Organisation, id=world.lehmanns), "A date", conversation=row
        )
        db.session.flush()
        return {
            "held": held.public_id, "original": "came", "mailbox": box.public_id, "promise": promise.public_id,
            "call": db.session.scalars(select(Call)).unique().one().public_id,
            "issue": broken_goods.number, "talk": row.number, "order": "11070", "purchase": "PO-1001",
            "wave": wave.public_id, "partner": exotic.public_id, "delivery": mail.public_id, "decision": asked.public_id,
            "invoice": find(SYSTEM, Invoice, number="INV-11070").public_id,
            "organisation": find(SYSTEM, Organisation, id=world.lehmanns).public_id,
            "person": world.renate.public_id, "slug": find(SYSTEM, Article, slug="public-article").slug,
        }  # fmt: skip


def routes(app: Product, method: str) -> list[Rule]:
    found = [one for one in app.url_map.iter_rules() if method in (one.methods or ()) and one.endpoint != "static"]
    return [one for one in found if not one.rule.startswith("/api")]


# What the public id in an address stands for; anything else is an organisation.
REAL = (
    ("invoice", "invoice"), ("/parties/", "partner"), ("/decisions/", "decision"), ("/promises/", "promise"), ("/calls/", "call"),
    ("/staff/mail/", "held"), ("/staff/messages/", "original"), ("/deliveries/", "delivery"),
    ("/staff/invitations/", "wave"), ("/mailboxes/", "mailbox"),
)  # fmt: skip


def filled(rule: Rule, places: dict[str, str]) -> list[str]:
    """The addresses of a route: one of a real thing, and those of garbage, in every place and in each alone."""
    real = {"number": places["talk"], "slug": places["slug"], "version": "1", "key": "1", "name": "waiting", "secret": "x",
            "relation_id": "1", "person_id": places["person"], "step": "D4", "language": "de",
            "public_id": places["organisation"]}  # fmt: skip
    for part, kind in REAL:
        if part in rule.rule:
            real["public_id"] = places[kind]
    if "/orders/" in rule.rule:
        real["number"] = places["order"] if rule.rule.startswith("/portal") else places["purchase"]
    if "/issues/" in rule.rule:
        real["number"] = places["issue"]
    ways = [address(rule, real)]
    for odd in (ODD if db.is_sqlite() and "GET" in (rule.methods or ()) else ODD[:2]) if rule.arguments else ():
        ways.append(address(rule, dict.fromkeys(real, odd)))
        if len(rule.arguments) > 1 and odd in ODD[:2]:
            ways += [address(rule, real | {name: odd}) for name in rule.arguments]
    return ways


def address(rule: Rule, values: dict[str, str]) -> str:
    found = rule.rule
    for name in rule.arguments:
        for prefix in ("", "int:"):
            found = found.replace(f"<{prefix}{name}>", values[name])
    return found


def broken(who: Client, method: str, path: str, shown: str, share: int = SHARE, **how: Any) -> list[str]:
    """What fell over, in words; nothing when the answer was an answer, or it is not this try's turn."""
    if crc32(f"{method} {shown}".encode()) % share:
        return []
    limits.forget()
    try:
        answer = getattr(who.http, method)(path, **how)
    except Exception as error:
        return [f"{method} {shown}: {type(error).__name__} {str(error)[:80]}"]
    return [f"{method} {shown}: {answer.status_code}"] if answer.status_code >= 500 else []


def people(world: World, as_: Any, name: str) -> Client:
    return as_(getattr(world, name, None))


@pytest.fixture
def strangers(app: Product, world: World, as_: Any) -> Callable[[str, Rule], bool]:
    """Whether a whole surface is shut to somebody, found out once: its garbage stops at the gate, so a probe will do."""
    shut: dict[tuple[str, str], bool] = {}

    def ask(name: str, rule: Rule) -> bool:
        surface = "/" + rule.rule.split("/")[1]
        if surface not in SURFACES:
            return False
        if (name, surface) not in shut:
            shut[name, surface] = people(world, as_, name).http.get(SURFACES[surface]).status_code != 200
        return shut[name, surface]

    return ask


class Recording(ImmutableMultiDict[str, str]):
    """A form or query that remembers which of its fields were asked for."""

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


@pytest.fixture
def recording(app: Product, monkeypatch: pytest.MonkeyPatch) -> type[Recording]:
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Recording)
    return Recording


@pytest.mark.parametrize("name", CAST)
def test_no_page_falls_over_when_somebody_asks_for_nonsense(
    app: Product, world: World, as_: Any, places: dict[str, str], name: str, strangers: Any, recording: type[Recording]
) -> None:
    who, found = people(world, as_, name), []
    thorough, values = name in THOROUGH, spoilt(name)
    cursors = CURSORS if thorough and db.is_sqlite() else KEYED if thorough else KEYED[:1]
    for rule in routes(app, "GET"):
        first, *others = filled(rule, places)
        if strangers(name, rule):
            found += broken(who, "get", (others or [first])[-1], f"{rule.rule} for a stranger")
            continue
        for path in others if thorough else others[:1]:
            found += broken(who, "get", path, f"{rule.rule} at {path[-30:]}")
        recording.asked.clear()
        found += broken(who, "get", first, rule.rule, share=1)
        found += broken(who, "get", first, rule.rule, query_string={"q": "cha", "show": "all", "queue": "waiting"})
        for odd in values if recording.asked else (NUL,):
            query = dict.fromkeys(QUERIES, odd) | {"after": "", "queue": "waiting"}
            found += broken(who, "get", first, f"{rule.rule} ? {odd[:20]!r}", query_string=query)
        asked = dict.fromkeys(recording.asked, ("²", HUGE)) if thorough else {}
        for one, odds in (asked | {"after": [*cursors, NUL, HUGE], "queue": QUEUES}).items():
            for odd in odds if one in recording.asked else ():
                shown = f"{rule.rule} ?{one}={odd[:60]!r}"
                found += broken(who, "get", first, shown, query_string={one: odd[:60_000]}, headers=ROWS)
    assert not found, "\n".join(sorted(set(found)))


def spoilt(name: str) -> tuple[str, ...]:
    """All of it for one of each side; else, and on the second database, what may be answered differently there."""
    if db.is_sqlite():
        return SPOILT if name in THOROUGH else DATABASES
    return DATABASES if name in THOROUGH else (HUGE,)


@pytest.mark.parametrize("name", CAST)
def test_no_form_falls_over_when_somebody_sends_nonsense(
    app: Product, world: World, as_: Any, places: dict[str, str], name: str, strangers: Any
) -> None:
    who, found = people(world, as_, name), []
    for rule in routes(app, "POST"):
        if rule.rule == "/logout":
            continue
        shut, thorough = strangers(name, rule), name in THOROUGH
        first, *others = filled(rule, places)
        tries = [
            (first, odd) for odd in ((NUL,) if shut else TOGETHER if thorough and db.is_sqlite() else spoilt(name))
        ]
        tries += [(path, "") for path in ([] if shut else others if thorough else others[:1])]
        for path, odd in tries:
            who = people(world, as_, name) if rule.rule.startswith(ENDINGS) and not shut else who
            secure = {"X-CSRFToken": who.token()}
            shown = f"{rule.rule} {odd[:20]!r} {path[-20:]}"
            found += broken(who, "post", path, shown, data=dict.fromkeys(FIELDS, odd), headers=secure)
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize(
    ("surface", "name"),
    [("/staff", "andrew"), ("/portal", "greta"), ("/partners", "charles"), ("/profile", "renate"), ("/notices", "renate"),
     ("/help", "renate"),
     ("/login", "nobody"), ("/invitation", "nobody")],
)  # fmt: skip
def test_no_single_field_makes_a_form_fall_over(
    app: Product,
    world: World,
    as_: Any,
    places: dict[str, str],
    recording: type[Recording],
    surface: str,
    name: str,
) -> None:
    who, found = people(world, as_, name), []
    for rule in routes(app, "POST"):
        if not rule.rule.startswith(surface):
            continue
        path = filled(rule, places)[0]
        recording.asked.clear()
        for _ in "ab":
            who = people(world, as_, name) if rule.rule.startswith(ENDINGS) else who
            found += broken(who, "post", path, rule.rule, 1, data=good(places), headers={"X-CSRFToken": who.token()})
        fields = sorted(recording.asked - {"csrf_token"})
        for one in fields:
            for odd in ALONE if db.is_sqlite() else DATABASES[1:]:
                who = people(world, as_, name) if rule.rule.startswith(ENDINGS) else who
                form, secure = good(places) | {one: odd}, {"X-CSRFToken": who.token()}
                found += broken(who, "post", path, f"{rule.rule} {one}={odd[:20]!r}", FEW, data=form, headers=secure)
    assert not found, "\n".join(sorted(set(found)))


def good(places: dict[str, str]) -> dict[str, str]:
    """A form with which most routes go as far as they can."""
    return {"body": "Hello", "subject": "Hello", "audience": "customer", "organisation": places["organisation"],
            "summary": "Called", "kind": "call", "line-1": "date", "line-1-date": "2026-07-01", "line-2": "accept",
            "name": "Somebody", "email": "some.body@x.example", "role": "member", "title": "Title", "scope": "*",
            "promise": "Call back", "level": "comment", "slug": "a-slug", "category": "c",
            "address": "new@ours.example", "decision": "release"}  # fmt: skip


def test_no_form_falls_over_when_it_is_not_a_form(
    app: Product, world: World, as_: Any, places: dict[str, str], strangers: Any
) -> None:
    found = []
    for name in ("renate", "charlotte", "nancy"):
        who = people(world, as_, name)
        secure = {"X-CSRFToken": who.token()}
        for rule in routes(app, "POST"):
            if rule.rule == "/logout" or strangers(name, rule):
                continue
            path = filled(rule, places)[0]
            for data, kind in NO_FORMS if db.is_sqlite() else NO_FORMS[2:3]:
                shown = f"{rule.rule} as {kind}"
                found += broken(who, "post", path, shown, data=data, content_type=kind, headers=secure)
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize("name", THOROUGH)
def test_a_nul_character_or_a_number_beyond_all_bounds_is_answered(
    app: Product, world: World, as_: Any, places: dict[str, str], name: str, strangers: Any
) -> None:
    """A form that is good but for one kind of garbage in everything else, so that it goes as far as it can."""
    who, found = people(world, as_, name), []
    for rule in routes(app, "POST"):
        path = filled(rule, places)[0]
        if rule.rule == "/logout" or strangers(name, rule):
            continue
        for odd in (NUL, HUGE):
            form, secure = dict.fromkeys(FIELDS, odd) | good(places), {"X-CSRFToken": who.token()}
            found += broken(who, "post", path, f"{rule.rule} {odd!r}", data=form, headers=secure)
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize(
    ("name", "path", "field"),
    [("renate", "/portal/orders", "q"), ("charlotte", "/partners/orders", "q"), ("andrew", "/staff/find", "q"),
     ("nobody", "/help/search", "q"), ("andrew", "/staff/articles", "state")],
)  # fmt: skip
def test_the_refusal_of_what_cannot_be_kept_names_the_field(
    as_: Any, world: World, name: str, path: str, field: str
) -> None:
    answer = people(world, as_, name).http.get(path, query_string={field: NUL})
    assert answer.status_code == 422
    assert f"{field}: contains a NUL character" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "form", "status", "words"),
    [("/staff/conversations/{talk}/changes", {"assignee": "²"}, 422, "assignee: must be a whole number"),
     ("/staff/conversations/{talk}/changes", {"team": HUGE}, 422, "team: must be a whole number"),
     ("/staff/conversations/{talk}/changes", {"assignee": "987654"}, 404, "nothing here"),
     ("/staff/conversations/{talk}/changes", {"priority": "low", "version": "newest"}, 422, "version: must be"),
     ("/staff/conversations/{talk}/messages", {"body": "Hello", "seen": HUGE}, 422, "must be a whole number"),
     ("/staff/organisations/{organisation}/edit", {"owner": HUGE}, 422, "owner: must be a whole number"),
     ("/staff/queues/waiting/assignments", {"number": "{talk}", "assignee": "987654"}, 404, "nothing here")],
)  # fmt: skip
def test_a_number_that_is_none_is_refused_by_name_and_changes_nothing(
    as_: Any, world: World, places: dict[str, str], path: str, form: dict[str, str], status: int, words: str
) -> None:
    who = as_(world.andrew)
    answer = who.post(path.format(**places), data={key: value.format(**places) for key, value in form.items()})
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    with db.unit(write=False):
        row = find(world.andrew, Conversation, number=places["talk"])
        assert (row.assignee_id, row.team_id, row.priority) == (None, None, "normal")


def test_a_page_takes_no_json_in_place_of_a_form(as_: Any, world: World) -> None:
    who = as_(world.renate)
    secure = {"X-CSRFToken": who.token()}
    assert who.http.post("/portal/requests", json={"subject": "x", "body": ["y"]}, headers=secure).status_code == 415
