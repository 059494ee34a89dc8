"""Plain facts: rows as they stand in the tables, read past every rule, and the canary that each text of them holds."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import inspect, select

from models import db
from models.articles import ArticleText
from models.billing import Invoice as InvoiceRow
from models.billing import Shipment as ShipmentRow
from models.billing import ShipmentLine
from models.conversations import Conversation as ConversationRow
from models.conversations import Party as PartyRow
from models.files import Attachment, File
from models.messages import Message as MessageRow
from models.orders import Order as OrderRow
from models.orders import OrderChange, OrderChangeLine, OrderLine
from models.organisations import Organisation, Relation
from models.people import ContactPoint, Membership, Person
from models.products import Product
from models.share_rules import ShareRule
from models.shares import Share as ShareRow
from models.staff import Location
from models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from models.types import now

CANARY = re.compile(
    r"qz[0-9a-z]{8}zq|\b(?:79|71|91)\d{6}\b"
)  # in texts; in quantities (79…), open ones (71…), prices (91…)
Fact = tuple[Any, ...]


@dataclass(frozen=True)
class Actor:
    side: str
    person: int
    organisation: int | None = None
    role: str = "member"


@dataclass(frozen=True)
class View:
    """What is seen of an order; `lines` is None for all of them with all their fields."""

    fields: frozenset[str]
    lines: dict[int, frozenset[str]] | None
    level: int = 0

    def shows(self, name: str, line: int | None = None) -> bool:
        if self.lines is None:
            return True
        return name in self.fields if line is None else name in self.lines.get(line, ())


EVERYTHING = View(frozenset(), None)


@dataclass
class Share:
    organisation: int
    person: int | None
    level: str
    fields: list[str]
    lines: set[int] | None
    expires_at: datetime | None
    revoked_at: datetime | None
    rule: int | None


@dataclass
class Rule:
    id: int
    kind: str
    through: str
    statuses: list[str]
    days: int
    active: bool


@dataclass
class Order:
    id: int
    number: str
    kind: str
    status: str
    organisation: int
    carrier: int | None
    closed_at: datetime | None
    location: int | None
    lines: dict[int, int | None] = field(default_factory=dict)  # number -> product


@dataclass
class Party:
    left: bool
    from_seq: int
    introduced_seq: int | None


@dataclass
class Message:
    id: int
    seq: int
    kind: str
    audience: str
    author_organisation: int | None


@dataclass
class Conversation:
    id: int
    number: str
    organisation: int | None
    person: int | None
    parties: dict[int | None, Party] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


@dataclass
class World:
    """Everything there is, and `canaries`: what each one is a part of."""

    now: datetime
    rules: dict[int, Rule] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    shares: dict[tuple[str, int], list[Share]] = field(default_factory=lambda: defaultdict(list))
    conversations: dict[int, Conversation] = field(default_factory=dict)
    subsidiaries: set[tuple[int, int | None]] = field(default_factory=set)
    supplies: set[tuple[int, int | None]] = field(default_factory=set)
    distributors: set[int] = field(default_factory=set)
    people: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # who works where
    documents: dict[int, tuple[int, str]] = field(default_factory=dict)  # file -> order, audience
    attached: dict[int, tuple[int, int]] = field(default_factory=dict)  # file -> conversation, message
    canaries: dict[str, Fact] = field(default_factory=dict)

    @cached_property
    def words(self) -> dict[tuple[Any, ...], list[tuple[Fact, str]]]:
        """The canaries of one order or one conversation: its facts, each with the word that stands for it."""
        found: dict[tuple[Any, ...], list[tuple[Fact, str]]] = defaultdict(list)
        for word, fact in self.canaries.items():
            found[fact[:2]].append((fact, word))
        return found


def load() -> World:
    """Read the world of the open unit."""
    world = World(now())
    _rules(world)
    _orders(world)
    _shares(world)
    _conversations(world)
    _papers(world)
    _names(world)
    return world


def _all(table: type) -> list[Any]:
    columns = inspect(table).columns
    return list(db.session.execute(select(*columns)).all())


def _keep(world: World, row: Any, fact: Fact, *names: str) -> None:
    """Note whose part the canaries in some columns of a row are."""
    for name in names:
        for token in CANARY.findall(str(getattr(row, name) or "").removesuffix(".0000")):
            world.canaries[token] = fact


def _rules(world: World) -> None:
    for row in _all(ShareRule):
        world.rules[row.id] = Rule(row.id, row.kind, row.through, row.statuses, row.days, row.active)
    for row in _all(Relation):
        if row.ended_at is None:
            pair = (row.from_id, row.to_id)
            {"subsidiary_of": world.subsidiaries, "supplies": world.supplies}.get(row.kind, set()).add(pair)
            if row.kind == "distributes_for":
                world.distributors.add(row.from_id)
        _keep(world, row, ("private",), "note")


def _orders(world: World) -> None:
    for row in _all(OrderRow):
        world.orders[row.id] = Order(
            row.id,
            row.number,
            row.kind,
            row.status,
            row.organisation_id,
            row.carrier_id,
            row.closed_at,
            row.location_id,
        )
        for name in ("customer_reference", "supplier_reference", "carrier", "source"):
            _keep(world, row, ("order", row.id, name), name)
        _keep(
            world,
            row,
            ("order", row.id, "ship_to"),
            *(f"ship_to_{part}" for part in ("name", "street", "city", "region", "postcode")),
        )
        _keep(world, row, ("order", row.id, "freight"), "freight")
        _keep(world, row, ("private",), "external_reference")
    for row in _all(OrderLine):
        world.orders[row.order_id].lines[row.line] = row.product_id
        for name in ("description", "customer_sku", "supplier_sku", "pack", "quantity", "unit_price"):
            _keep(world, row, ("line", row.order_id, row.line, f"lines.{name}"), name)
        world.canaries[str(row.quantity - row.quantity_shipped)] = (
            "line",
            row.order_id,
            row.line,
            "lines.quantity_open",
        )
    for row in _all(Product):
        _keep(world, row, ("product", row.id), "sku", "name", "gtin")
        _keep(world, row, ("private",), "supplier_sku", "pack", "external_reference")


def _shares(world: World) -> None:
    for row in db.session.execute(select(ShareRow)).unique().scalars():
        lines = None if row.whole else {one.line.line for one in row.lines}
        made = Share(
            row.organisation_id,
            row.person_id,
            row.level,
            row.field_set.fields,
            lines,
            row.expires_at,
            row.revoked_at,
            row.rule_id,
        )
        world.shares[row.subject_type, row.subject_id].append(made)
        _keep(world, row, ("private",), "reason")


def _conversations(world: World) -> None:
    for row in _all(ConversationRow):
        world.conversations[row.id] = Conversation(row.id, row.number, row.organisation_id, row.person_id)
        _keep(world, row, ("subject", row.id), "subject")
    for row in _all(PartyRow):
        if row.side == "partner":
            party = Party(row.left_at is not None, row.from_seq, row.introduced_seq)
            world.conversations[row.conversation_id].parties[row.organisation_id] = party
            _keep(world, row, ("party", row.conversation_id, row.organisation_id), "subject")
    for row in _all(MessageRow):
        message = Message(row.id, row.seq, row.kind, row.audience, row.author_organisation_id)
        world.conversations[row.conversation_id].messages.append(message)
        _keep(world, row, ("message", row.conversation_id, message), "body")


def _papers(world: World) -> None:
    shipments = {row.id: row for row in _all(ShipmentRow)}
    for row in shipments.values():
        _keep(world, row, ("shipment", row.order_id, row.organisation_id), "number", "carrier", "tracking")
        _keep(world, row, ("answer", row.order_id, row.organisation_id), "note")
    for row in _all(ShipmentLine):
        sent = shipments[row.shipment_id]
        _keep(world, row, ("answer", sent.order_id, sent.organisation_id), "quantity", "reason")
    bills = {row.id: row for row in _all(SupplierInvoice)}
    for row in bills.values():
        _keep(world, row, ("answer", row.order_id, row.organisation_id), "number", "note")
    for row in _all(SupplierInvoiceLine):
        bill = bills[row.invoice_id]
        _keep(
            world,
            row,
            ("answer", bill.order_id, bill.organisation_id),
            "description",
            "quantity",
            "unit_price",
            "disputed",
        )
    for row in _all(InvoiceRow):
        _keep(world, row, ("invoice", row.organisation_id), "number")
    changes = {row.id: row for row in _all(OrderChange)}
    for row in changes.values():
        _keep(world, row, ("answer", row.order_id, row.organisation_id), "note")
    for row in _all(OrderChangeLine):
        change = changes[row.change_id]
        _keep(world, row, ("answer", change.order_id, change.organisation_id), "reason")
    of_message = {m.id: (c.id, m) for c in world.conversations.values() for m in c.messages}
    files = {row.id: row for row in _all(File)}
    for row in _all(Attachment):
        if row.subject_type == "order":
            world.documents[row.file_id] = (row.subject_id, row.audience)
            _keep(world, files[row.file_id], ("document", row.subject_id, row.audience), "name")
        else:
            _keep(world, files[row.file_id], ("message", *of_message[row.subject_id]), "name")
    for row in _all(ArticleText):
        _keep(world, row, ("private",), "title", "body")


def _names(world: World) -> None:
    for row in _all(Organisation):
        _keep(world, row, ("organisation", row.id), "name", "email", "phone", "street", "website", "external_reference")
        _keep(world, row, ("private",), "notes")
    for row in _all(Membership):
        world.people[row.person_id].add(row.organisation_id)
    for row in _all(Person):
        if row.id in world.people:
            _keep(world, row, ("person", row.id), "name", "title")
    for row in _all(ContactPoint):
        _keep(world, row, ("person", row.person_id), "value")
    for row in _all(Location):
        _keep(world, row, ("location", row.id), "name")
