"""Every free-text field of every form, of the API and of the import keeps every awkward string, or refuses it in words."""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from actions import conversations, imports, issues, limits, orders
from models import db
from models.articles import Article, ArticleText
from models.billing import Shipment
from models.conversations import Conversation
from models.interactions import Interaction
from models.issues import Issue, IssueCost, IssueStep
from models.logins import Token
from models.messages import Message
from models.orders import Order, OrderChange, OrderChangeLine, OrderLine
from models.organisations import Organisation
from models.people import Person
from models.products import Product as Goods
from models.promises import Promise
from models.shares import Share
from models.text import LONGEST_LINE
from models.types import now
from models.waves import Wave
from policy import SYSTEM, find
from tests.client import Client
from tests.live import token_of
from tests.text.strings import kept, naughty, storable
from tests.world import World
from web.product import Product

# With EVERY_STRING=1 (as `make strings` runs it) each field gets every string; else each field gets its own share of
# them, another one on each database, and all fields together get all of them several times over.
EVERY = 1 if os.environ.get("EVERY_STRING") else 8
DRAWN = 12  # pages are drawn for so many of them only


@dataclass
class Place:
    """Where texts go in: whose form, what else it holds, and which columns then hold the texts of which fields."""

    actor: str
    path: str
    fields: dict[str, Any]  # field of the form: column
    rest: dict[str, Any] = field(default_factory=dict)
    page: str = ""  # where they are read again
    blank: tuple[str, ...] = ()  # fields that may be left blank
    long: tuple[str, ...] = ()  # fields of more than a line
    spaces: tuple[str, ...] = ()  # fields that may hold nothing but spaces, though not nothing
    named: tuple[str, ...] = ()  # fields that name something: nothing but spaces names nothing


FORMS = {
    "a request": Place("renate", "/portal/requests", {"subject": Conversation.subject, "body": Message.body}, long=("body",)),
    "an answer": Place("charlotte", "/partners/orders/PO-1001/confirmation",
                       {"note": OrderChange.note, "line-1-reason": OrderChangeLine.reason},
                       {"line-1": "reject"}, "/partners/orders/PO-1001", ("note", "line-1-reason"), ("note", "line-1-reason")),
    "a call": Place("nancy", "/staff/organisations/{lehmanns}/interactions",
                    {"summary": Interaction.summary, "promise": Promise.words}, {"kind": "call"},
                    "/staff/organisations/{lehmanns}", ("promise",), ("summary",)),
    "a promise": Place("nancy", "/staff/orders/11070/promises", {"promise": Promise.words}, {"shown": "yes"}),
    "a record": Place("nancy", "/staff/organisations/{lehmanns}/edit",
                      {"name": Organisation.name, "street": Organisation.street, "city": Organisation.city,
                       "region": Organisation.region, "postcode": Organisation.postcode, "notes": Organisation.notes}, {},
                      "/staff/organisations/{lehmanns}/edit", ("street", "city", "region", "postcode", "notes"),
                      ("street", "city", "region", "postcode", "notes")),
    "a profile": Place("renate", "/profile", {"name": Person.name, "title": Person.title},
                       {"language": "", "zone": "", "theme": "auto"}, "/profile", ("title",)),
    "a conversation of staff": Place("nancy", "/staff/conversations",
                                     {"subject": Conversation.subject, "body": Message.body},
                                     {"organisation": "{lehmanns}", "audience": "customer"}, long=("body",)),
    "an article": Place("andrew", "/staff/articles", {"title": ArticleText.title, "body": ArticleText.body},
                        {"article": "public-article", "category": "Orders", "language": "en", "audience": "public"},
                        "/staff/articles/public-article", long=("body",)),
    "a share": Place("nancy", "/staff/orders/PO-1002/shares", {"reason": Share.reason},
                     {"organisation": "{tokyo}", "level": "read", "fields": "lines.quantity"}, "", ("reason",), ("reason",)),
    "an issue": Place("nancy", "/staff/issues", {"title": Issue.title, "description": IssueStep.text}, {"line": "11070/1"}, "",
                      (), ("description",), ("description",)),
    "a step": Place("nancy", "/staff/issues/{issue}/steps/D2", {"text": IssueStep.text}, {"done": "yes"}, "/staff/issues/{issue}",
                    (), ("text",), ("text",)),
    "a cost": Place("nancy", "/staff/issues/{issue}/costs", {"words": IssueCost.words}, {"amount": "9", "payer": "us"}),
    "a shipment": Place("charlotte", "/partners/orders/PO-1001/shipments",
                        {"note": Shipment.note, "carrier": Shipment.carrier, "tracking": Shipment.tracking}, {"line-1": "1"},
                        "/partners/orders/PO-1001", ("note", "carrier", "tracking"), ("note",), named=("carrier", "tracking")),
    "a wave": Place("steven", "/staff/invitations", {"name": Wave.name}, {"side": "customer"}, "/staff/invitations"),
    "a token": Place("renate", "/profile/tokens", {"name": Token.name}, {"scope": "conversation"}),
}  # fmt: skip


class Read(HTMLParser):
    """Every text and every typed value of a page, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for name, value in attrs if name == "value" and value]
        if tag == "br":
            self.texts.append("\n")


def shown(page: str) -> str:
    return kept("".join(Read(page).texts))


def some(what: str) -> list[str]:
    """The strings that one field gets: of every eight one, of every field another, and others on each database."""
    begin = 2 * [*FORMS, "a conversation", "a message", "a subject"].index(what) + db.is_sqlite()
    return naughty()[begin % EVERY :: EVERY]


def take_back() -> None:
    """End what was shared, since sharing the same again would be the same share; what was sent can be sent again."""
    with db.unit(write=True):
        db.session.execute(
            update(Share).where(Share.subject_type == "order", Share.level == "read").values(revoked_at=now())
        )
        db.session.execute(update(OrderLine).values(quantity_announced=0))


def taken(place: Place, text: str) -> bool:
    """Whether a string is good for every field of the form."""
    for name in place.fields:
        if name not in place.blank and not (text if name in place.spaces else text.strip()):
            return False
        if name not in place.long and len(text) > LONGEST_LINE:
            return False
    return storable(text)


@pytest.fixture
def known(app: Product, world: World) -> dict[str, str]:
    """An order that its supplier may answer, and the public ids that addresses hold."""
    with db.unit(write=True):
        orders.share_with_supplier(world.nancy, find(world.nancy, Order, number="PO-1001"))
        orders.confirm(world.charlotte, find(world.charlotte, Order, number="PO-1001"), "accepted")
        broken = issues.open(world.nancy, find(world.nancy, Order, number="11070").lines[0], "Broken", "All of it")
        companies = {
            name: find(SYSTEM, Organisation, id=getattr(world, name)).public_id for name in ("lehmanns", "tokyo")
        }
        return companies | {"issue": broken.number}


def newest(place: Place) -> dict[str, Any]:
    """What the columns hold: of rows that are made anew the newest, of the one row that is changed that one."""
    with db.unit(write=False):
        found = {}
        for name, column in place.fields.items():
            table = column.class_
            query = select(column).order_by(table.id.desc()).limit(1)
            if table is Organisation:
                query = select(column).where(table.external_reference == "LEHMS")
            if table is Person:
                query = select(column).where(table.name_key.is_not(None)).order_by(table.version.desc()).limit(1)
            if table is ArticleText:
                query = select(column).join(Article).where(Article.slug == "public-article")
            if table is Interaction:
                query = query.where(Interaction.kind == "call")
            if table is IssueStep:
                query = query.where(IssueStep.step == "D2")
            if table is OrderChangeLine:
                query = query.join(OrderLine, OrderLine.id == OrderChangeLine.line_id).where(OrderLine.line == 1)
            found[name] = db.session.scalar(query)
        return found


@pytest.mark.parametrize("what", FORMS)
def test_by_form(world: World, known: dict[str, str], as_: Callable[..., Client], what: str) -> None:
    place = FORMS[what]
    who = as_(getattr(world, place.actor))
    rest = {name: value.format(**known) for name, value in place.rest.items()}
    path, page = place.path.format(**known), place.page.format(**known)
    number, before = 0, newest(place)
    for text in some(what):
        if not storable(text):
            continue  # no browser can send it
        limits.forget()
        form = rest | dict.fromkeys(place.fields, text) | versions(world, what)
        answer = who.http.post(path, data=form, headers={"X-CSRFToken": who.token()})
        if not taken(place, text):
            assert answer.status_code == 422, (text, answer.status_code)
            assert newest(place) == before, text
            continue
        assert answer.status_code in (200, 302, 303), (
            text,
            answer.status_code,
            shown(answer.get_data(as_text=True))[:400],
        )
        before = {
            name: (kept(text) if text.strip() or name not in place.named else "") or None for name in place.fields
        }
        assert newest(place) == before, text
        take_back()
        number += 1
        if page and number % DRAWN == 0 and text.strip():
            assert kept(text).strip() in shown(who.get(page).get_data(as_text=True)), text
    assert number > 400 / EVERY


def versions(world: World, what: str) -> dict[str, str]:
    """What a form of an editable row says of the state it was opened in."""
    if what != "a profile":
        return {}
    with db.unit(write=False):
        return {"version": str(db.session.scalar(select(Person.version).where(Person.id == world.renate.person_id)))}


@pytest.fixture
def operations(world: World, known: dict[str, str]) -> dict[str, tuple[str, Place]]:
    """Calls of the API: their method, the name of their text field in the body, and where the text then stands."""
    with db.unit(write=True):
        talk, _ = conversations.start(world.renate, "Chang", "All 20?", about=("order_line", "11070/1"))
        number = talk.number
    call = {"organisation": known["lehmanns"], "kind": "call", "channel": "telephone", "direction": "inbound"}
    share: dict[str, Any] = {"subject": {"type": "order", "id": "PO-1002"}, "to": {"organisation": known["tokyo"]},
                             "level": "read", "fields": ["lines.quantity"]}  # fmt: skip
    both = {"subject": Conversation.subject, "body": Message.body}
    return {
        "a conversation": ("POST", Place("renate", "/conversations", both, long=("body",))),
        "a message": ("POST", Place("renate", f"/conversations/{number}/messages", {"body": Message.body}, long=("body",),
                                    spaces=("body",))),
        "a subject": ("PATCH", Place("nancy", f"/conversations/{number}", {"subject": Conversation.subject})),
        "a call": ("POST", Place("nancy", "/interactions", {"summary": Interaction.summary}, call, long=("summary",))),
        "an issue": ("POST", Place("nancy", "/issues", {"title": Issue.title, "description": IssueStep.text},
                                   {"order_line": "11070/1"}, "", (), ("description",), ("description",))),
        "a share": ("POST", Place("nancy", "/shares", {"reason": Share.reason}, share, "", ("reason",), ("reason",))),
        "a promise": ("POST", Place("nancy", "/promises", {"words": Promise.words}, {"organisation": known["lehmanns"]})),
        "an answer": ("POST", Place("charlotte", "/orders/PO-1001/confirmation", {"note": OrderChange.note},
                                    {"response": "rejected"}, "", ("note",), ("note",))),
    }  # fmt: skip


@pytest.mark.parametrize(
    "what", ["a conversation", "a message", "a subject", "a call", "a share", "an answer", "an issue", "a promise"]
)
def test_by_api(app: Product, world: World, operations: dict[str, Any], what: str) -> None:
    method, place = operations[what]
    http, headers = app.test_client(), {"Authorization": f"Bearer {token_of(getattr(world, place.actor))}"}
    before, number = newest(place), 0
    for text in [*some(what), "a\0b"]:
        limits.forget()
        body = place.rest | dict.fromkeys(place.fields, text)
        answer = http.open(f"/api/v1{place.path}", method=method, json=body, headers=headers)
        if not taken(place, text):
            assert answer.status_code == 422, (text, answer.status_code)
            assert answer.get_json()["errors"][0]["field"], text
            assert newest(place) == before, text
            continue
        assert answer.status_code in (200, 201), (text, answer.get_json())
        before = {
            name: (kept(text) if text.strip() or name not in place.named else "") or None for name in place.fields
        }
        assert newest(place) == before, text
        take_back()
        number += 1
    assert number > 400 / EVERY


IMPORTED: dict[str, tuple[str, dict[str, str], tuple[Any, ...]]] = {
    "organisations": ("organisation", {}, (Organisation.name, Organisation.street, Organisation.notes)),
    "people": ("person", {}, (Person.name, Person.title)),
    "products": ("product", {}, (Goods.name, Goods.pack)),
    "interactions": ("interaction", {"organisation": "LEHMS", "kind": "call", "channel": "telephone", "direction": "inbound",
                                     "at": "2026-05-04T09:00:00Z"}, (Interaction.summary,)),
}  # fmt: skip


@pytest.mark.parametrize("kind", IMPORTED)
def test_by_import(world: World, tmp_path: Path, kind: str) -> None:
    singular, rest, columns = IMPORTED[kind]
    texts = [one for one in naughty() if storable(one)]
    names = [column.key for column in columns]
    with (tmp_path / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["external_reference", *rest, *names])
        rows.writerows([f"awkward-{place}", *rest.values(), *([text] * len(names))] for place, text in enumerate(texts))
    (tmp_path / "map.toml").write_text(f'kind = "{singular}"\nsource = "northwind"\nencoding = "utf-8"\n')
    with db.unit(write=True):
        report = imports.run(SYSTEM, kind, tmp_path / "rows.csv", tmp_path / "map.toml")
    refused = {one.line for one in report.refusals}
    assert report.read == len(texts)
    assert report.refused == len(refused)
    assert report.added + report.refused == len(texts)
    with db.unit(write=False):
        found = {tuple(row) for row in db.session.execute(select(*columns))}
    for text in (one for one in texts if one.strip() and len(one) <= LONGEST_LINE):
        assert tuple([kept(text)] * len(columns)) in found, text
